//! Which accounts there are records of.

use entrenous_identity::{AccountId, Day};
use zeroize::Zeroizing;

use super::{array, arrays, read, write};
use crate::{Error, engine::Stored};

/// Strangers who may have written to us without being accepted: each costs us up to 70 KB. More are turned away
/// until the application has accepted or forgotten some, or the first has been silent for long enough.
pub(crate) const MAX_STRANGERS: usize = 1_024;
/// Days without a message after which a stranger makes place for another one.
const SILENT_DAYS: u32 = 30;

/// All accounts that this one has to do with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contacts {
    pub(crate) accepted: Vec<AccountId>,
    /// Those who wrote to us, and to whom we have not chosen to write.
    strangers: Vec<Stranger>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stranger {
    account: AccountId,
    /// The day of the last message.
    heard: Day,
}

impl Contacts {
    pub(crate) fn strangers(&self) -> impl Iterator<Item = AccountId> {
        self.strangers.iter().map(|stranger| stranger.account)
    }

    /// Enters a stranger who writes today; gives the one to be forgotten for that, if there is no room.
    ///
    /// # Errors
    /// [`Error::TooManyStrangers`].
    pub(crate) fn add_stranger(
        &mut self,
        account: AccountId,
        today: Day,
    ) -> Result<Option<AccountId>, Error> {
        let mut forgotten = None;
        // spec: CLIENT-29, CLIENT-105
        if self.strangers.len() >= MAX_STRANGERS {
            // a clock that was far ahead must not keep anybody for ever
            let silent = |stranger: &Stranger| today.0.abs_diff(stranger.heard.0);
            let longest = self.strangers.iter().max_by_key(|stranger| silent(stranger));
            let longest = longest.filter(|stranger| silent(stranger) >= SILENT_DAYS).copied();
            forgotten = Some(longest.ok_or(Error::TooManyStrangers)?.account);
        }
        self.strangers.retain(|stranger| Some(stranger.account) != forgotten);
        self.strangers.push(Stranger { account, heard: today });
        Ok(forgotten)
    }

    /// A stranger has written today. Tells whether that changes anything.
    pub(crate) fn heard(&mut self, account: &AccountId, today: Day) -> bool {
        let stranger = self.strangers.iter_mut().find(|stranger| stranger.account == *account);
        stranger.is_some_and(|stranger| core::mem::replace(&mut stranger.heard, today) != today)
    }

    /// Enters an account that we write to.
    pub(crate) fn accept(&mut self, account: AccountId) {
        self.strangers.retain(|stranger| stranger.account != account);
        if !self.accepted.contains(&account) {
            self.accepted.push(account);
        }
    }

    /// Whether an account is one of them.
    pub(crate) fn has(&self, account: &AccountId) -> bool {
        self.accepted.contains(account) || self.strangers().any(|stranger| stranger == *account)
    }

    /// Takes an account out.
    pub(crate) fn remove(&mut self, account: &AccountId) {
        self.accepted.retain(|accepted| accepted != account);
        self.strangers.retain(|stranger| stranger.account != *account);
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct ContactsProto {
    /// Account ids, 32 bytes each.
    #[prost(bytes = "vec", tag = "1")]
    accepted: Vec<u8>,
    /// account id 32 ‖ day 4 of each.
    #[prost(bytes = "vec", tag = "2")]
    strangers: Vec<u8>,
}

impl Stored for Contacts {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let stranger = |stranger: &Stranger| {
            [stranger.account.as_bytes().as_slice(), &stranger.heard.0.to_be_bytes()].concat()
        };
        write(&ContactsProto {
            accepted: self.accepted.iter().flat_map(|id| *id.as_bytes()).collect(),
            strangers: self.strangers.iter().flat_map(stranger).collect(),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let stranger = |bytes: &[u8; 36]| -> Result<Stranger, Error> {
            let (account, day) = bytes.split_at(32);
            let heard = Day(u32::from_be_bytes(array(day)?));
            Ok(Stranger { account: AccountId::from_bytes(array(account)?), heard })
        };
        let ContactsProto { accepted, strangers } = read(bytes)?;
        Ok(Self {
            accepted: arrays(&accepted)?.iter().map(|id| AccountId::from_bytes(*id)).collect(),
            strangers: arrays(&strangers)?.iter().map(stranger).collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: usize) -> AccountId {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_be_bytes());
        AccountId::from_bytes(id)
    }

    // spec: CLIENT-29, CLIENT-105
    #[test]
    fn the_stranger_who_was_silent_longest_makes_place_after_thirty_days() {
        let mut contacts = Contacts::default();
        for number in 0..MAX_STRANGERS {
            let day = Day(20_000 + u32::from(number == 7));
            assert_eq!(contacts.add_stranger(account(number), day), Ok(None));
        }
        let next = account(MAX_STRANGERS);
        for number in (0..MAX_STRANGERS).filter(|number| ![3, 7].contains(number)) {
            assert!(contacts.heard(&account(number), Day(20_020)));
        }
        assert_eq!(contacts.add_stranger(next, Day(20_029)), Err(Error::TooManyStrangers));
        assert_eq!(contacts.add_stranger(next, Day(20_030)), Ok(Some(account(3))));
        assert_eq!(contacts.strangers().count(), MAX_STRANGERS);
        assert!(!contacts.heard(&account(3), Day(20_030)));
        let again = contacts.add_stranger(account(3), Day(20_030));
        assert_eq!(again, Err(Error::TooManyStrangers));
        assert_eq!(Contacts::from_bytes(&contacts.to_bytes()).as_ref(), Ok(&contacts));
        // those of a clock that was years ahead
        assert_eq!(contacts.add_stranger(account(9_999), Day(19_000)).map(|gone| gone.is_some()), Ok(true));
    }
}
