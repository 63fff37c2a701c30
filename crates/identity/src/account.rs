//! The account: an Ed25519 key whose hash is its address.

use core::fmt;

use entrenous_primitives::{
    ed25519::{SigningKey, VerifyingKey},
    hash::sha256,
    role::Role,
};
use entrenous_wire::label;

/// Role of the key that signs an account's device lists.
#[derive(Debug)]
pub enum Account {}
impl Role for Account {
    const NAME: &'static str = "account";
}

/// The account's secret key. It lives on the primary device and in the recovery export alone.
pub type AccountKey = SigningKey<Account>;
/// The account's public key, 32 bytes.
pub type AccountPublicKey = VerifyingKey<Account>;

/// The account's address, 32 bytes: a hash of its public key, so that it certifies itself and no server
/// can give it to another key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 32]);

impl AccountId {
    /// The address of `key`: H(label ‖ key).
    pub fn of(key: &AccountPublicKey) -> Self {
        // spec: IDENTITY-1
        Self(sha256(&[label::ACCOUNT_ID, key.as_bytes()]))
    }

    /// An address that was stored or learned elsewhere.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The address, 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({self})")
    }
}
