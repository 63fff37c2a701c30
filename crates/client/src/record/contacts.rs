//! Which accounts there are records of.

use entrenous_identity::AccountId;
use zeroize::Zeroizing;

use super::{arrays, read, write};
use crate::{Error, engine::Stored};

/// Strangers who may have written to us without being accepted: each costs us up to 70 KB. More are turned away
/// until the application has accepted or forgotten some.
pub(crate) const MAX_STRANGERS: usize = 1_024;

/// All accounts that this one has to do with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contacts {
    pub(crate) accepted: Vec<AccountId>,
    /// Those who wrote to us, and to whom we have not chosen to write.
    pub(crate) strangers: Vec<AccountId>,
}

impl Contacts {
    /// Enters a stranger.
    ///
    /// # Errors
    /// [`Error::TooManyStrangers`].
    pub(crate) fn add_stranger(&mut self, account: AccountId) -> Result<(), Error> {
        // spec: CLIENT-29
        if self.strangers.len() >= MAX_STRANGERS {
            return Err(Error::TooManyStrangers);
        }
        self.strangers.push(account);
        Ok(())
    }

    /// Enters an account that we write to.
    pub(crate) fn accept(&mut self, account: AccountId) {
        self.strangers.retain(|stranger| *stranger != account);
        if !self.accepted.contains(&account) {
            self.accepted.push(account);
        }
    }

    /// Takes an account out.
    pub(crate) fn remove(&mut self, account: &AccountId) {
        self.accepted.retain(|accepted| accepted != account);
        self.strangers.retain(|stranger| stranger != account);
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct ContactsProto {
    /// Account ids, 32 bytes each.
    #[prost(bytes = "vec", tag = "1")]
    accepted: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    strangers: Vec<u8>,
}

impl Stored for Contacts {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let bytes = |ids: &[AccountId]| ids.iter().flat_map(|id| *id.as_bytes()).collect();
        write(&ContactsProto { accepted: bytes(&self.accepted), strangers: bytes(&self.strangers) })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let ids = |bytes: &[u8]| -> Result<Vec<AccountId>, Error> {
            Ok(arrays(bytes)?.iter().map(|id| AccountId::from_bytes(*id)).collect())
        };
        let ContactsProto { accepted, strangers } = read(bytes)?;
        Ok(Self { accepted: ids(&accepted)?, strangers: ids(&strangers)? })
    }
}
