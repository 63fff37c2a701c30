//! What brings an account back when its primary is lost: the account key's seed, as a code to be written down or
//! as a file under a passphrase. Nothing else is in it: no devices, no contacts, no messages.

mod file;

use alloc::string::String;
use core::fmt;

use entrenous_primitives::{passphrase::PassphraseError, random::RandomError, secret::SecretBytes};
use entrenous_wire::Malformed;
use thiserror::Error;
use zeroize::Zeroizing;

pub use file::{FILE_LEN, RecoveryFile};

use crate::{
    AccountId, AccountKey,
    text::{self, Kind, TextError},
};

/// Why no code was had from a file, or no file made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// The bytes are no recovery file.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The file asks for costs out of bounds, or no key could be derived.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// The random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Another passphrase, or a damaged file: which of the two can't be told.
    #[error("another passphrase, or a damaged file")]
    NotOpened,
}

/// The account key's seed, 32 bytes, wiped when dropped. Who has it is the account.
pub struct RecoveryCode(SecretBytes<32>);

impl RecoveryCode {
    /// The code of `account`.
    pub fn of(account: &AccountKey) -> Self {
        Self(SecretBytes::from_bytes(account.seed()))
    }

    /// Reads its text form.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        text::decode(Kind::Recovery, text).map(Self)
    }

    /// Its text form, 77 characters, to be written down.
    pub fn text(&self) -> Zeroizing<String> {
        // spec: IDENTITY-90
        text::encode(Kind::Recovery, self.0.as_bytes())
    }

    /// The account's key.
    pub fn account_key(&self) -> AccountKey {
        AccountKey::from_seed(self.0.as_bytes())
    }

    /// The account that it brings back.
    pub fn account_id(&self) -> AccountId {
        AccountId::of(&self.account_key().verifying_key())
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("RecoveryCode([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::{testing::account, text::Problem};

    // spec: IDENTITY-90
    #[test]
    fn a_code_brings_the_account_back() {
        let (key, _, list) = account(1);
        let code = RecoveryCode::of(&key);
        let again = RecoveryCode::parse(&code.text()).unwrap().account_key();
        assert_eq!(again.verifying_key(), *list.account_key());
        assert_eq!(code.text().len(), 77);
        assert_eq!(format!("{code:?}"), "RecoveryCode([redacted])");
    }

    #[test]
    fn a_card_is_no_recovery_code() {
        let (_, _, list) = account(1);
        let text = format!("{}", crate::Card::of(&list));
        let problem = RecoveryCode::parse(&text).map_err(|error| error.problem).err();
        assert_eq!(problem, Some(Problem::OtherKind(Kind::Card)));
    }
}
