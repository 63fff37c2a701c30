//! The link code: what the primary shows and the new device scans.

use alloc::string::String;
use core::fmt;

use entrenous_primitives::{
    hash::sha256,
    role::Role,
    secret::{Key, SecretBytes},
};
use entrenous_wire::{Malformed, Reason, label, linking::CODE_LEN};
use zeroize::Zeroizing;

use crate::{
    AccountId,
    text::{self, Kind, TextError},
};

/// Role of the secret in a link code, from which the boxes' keys derive.
#[derive(Debug)]
pub(super) enum LinkSecret {}
impl Role for LinkSecret {
    const NAME: &'static str = "link secret";
}

/// rendezvous id 16 ‖ secret 32 ‖ account id 32 ‖ commitment 32. Secret for as long as it is valid.
pub struct LinkCode {
    rendezvous: [u8; 16],
    secret: Key<LinkSecret>,
    account: AccountId,
    commitment: [u8; 32],
}

impl LinkCode {
    pub(super) fn new(
        rendezvous: [u8; 16],
        secret: SecretBytes<32>,
        account: AccountId,
        commitment: [u8; 32],
    ) -> Self {
        Self { rendezvous, secret: Key::from_secret(secret), account, commitment }
    }

    /// Reads a code's text form.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let payload = text::decode::<CODE_LEN>(Kind::Link, text)?;
        // of a payload of this length nothing is malformed
        Self::from_payload(payload.as_bytes())
            .map_err(|_| TextError { expected: Kind::Link, problem: text::Problem::Invalid })
    }

    /// Its text form, 237 characters, to be shown as a QR code or copied.
    pub fn text(&self) -> Zeroizing<String> {
        // spec: IDENTITY-80
        text::encode(Kind::Link, self.payload().as_bytes())
    }

    /// Where the two devices meet: the name of a mailbox at the relay. Whoever knows it can disturb, not read.
    pub fn rendezvous(&self) -> &[u8; 16] {
        &self.rendezvous
    }

    /// The account that the new device is to belong to.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    pub(super) fn secret(&self) -> &[u8; 32] {
        self.secret.as_bytes()
    }

    pub(super) fn commitment(&self) -> &[u8; 32] {
        &self.commitment
    }

    /// H(label ‖ payload): everything in the code, the secret included.
    pub(super) fn hash(&self) -> [u8; 32] {
        // spec: IDENTITY-82
        sha256(&[label::LINK_CODE, self.payload().as_bytes()])
    }

    pub(super) fn payload(&self) -> SecretBytes<CODE_LEN> {
        let mut payload = SecretBytes::zeroed();
        let parts = [&self.rendezvous[..], self.secret(), self.account.as_bytes(), &self.commitment];
        let bytes = payload.as_mut_bytes().iter_mut();
        bytes.zip(parts.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        payload
    }

    pub(super) fn from_payload(payload: &[u8]) -> Result<Self, Malformed> {
        let short = Malformed::new("link code", Reason::Length);
        let (rendezvous, rest) = payload.split_first_chunk().ok_or(short)?;
        let (secret, rest) = rest.split_first_chunk().ok_or(short)?;
        let (account, rest) = rest.split_first_chunk().ok_or(short)?;
        Ok(Self {
            rendezvous: *rendezvous,
            secret: Key::from_bytes(secret),
            account: AccountId::from_bytes(*account),
            commitment: rest.try_into().map_err(|_| short)?,
        })
    }

    /// A copy for the next state: explicit, since it copies a secret.
    pub(super) fn copy(&self) -> Self {
        Self {
            rendezvous: self.rendezvous,
            secret: Key::from_bytes(self.secret()),
            account: self.account,
            commitment: self.commitment,
        }
    }
}

impl fmt::Debug for LinkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rendezvous: _, secret: _, account, commitment: _ } = self;
        write!(f, "LinkCode({account}, [redacted])")
    }
}
