//! The card: what one gives to a contact, as a QR code or a text, so that a scan tells more than a name does.

use core::fmt;

use crate::{
    AccountId, AccountPublicKey, DeviceList, ListName,
    text::{self, Kind, Problem, TextError},
};

/// Bytes of a card's payload: account key 32 ‖ epoch 4 ‖ list hash 32.
pub const PAYLOAD_LEN: usize = 32 + 4 + 32;

/// An account's key with the epoch and hash of its current device list. `Display` gives its text form, 149
/// characters. Nothing in it is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    account_key: AccountPublicKey,
    epoch: u32,
    list_hash: [u8; 32],
}

/// What a scanned card says of the list that we hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardComparison {
    /// It is the list of the card: nobody stands between.
    Same,
    /// We hold an older list. Just not come yet, or withheld from us: to be fetched, and compared again.
    HeldIsOlder,
    /// We hold a newer list. The card's owner knows less of the own account than we do.
    HeldIsNewer,
    /// One epoch, two lists: the account is forked, or its key is in other hands.
    Forked,
    /// The card is of another account: whom we know under this name is somebody else.
    OtherAccount,
}

impl Card {
    /// The card of who issued `list`.
    pub fn of(list: &DeviceList) -> Self {
        Self { account_key: *list.account_key(), epoch: list.epoch(), list_hash: *list.hash() }
    }

    /// Reads a card's text form.
    ///
    /// # Errors
    /// [`TextError`]; [`Problem::Invalid`] for an account key that is not canonical and for an epoch of zero.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let invalid = TextError { expected: Kind::Card, problem: Problem::Invalid };
        let payload = text::decode::<PAYLOAD_LEN>(Kind::Card, text)?;
        let (account_key, rest) = payload.as_bytes().split_first_chunk().ok_or(invalid)?;
        let (epoch, list_hash) = rest.split_first_chunk().ok_or(invalid)?;
        // spec: IDENTITY-65
        let card = Self {
            account_key: AccountPublicKey::from_bytes(account_key).map_err(|_| invalid)?,
            epoch: u32::from_be_bytes(*epoch),
            list_hash: list_hash.try_into().map_err(|_| invalid)?,
        };
        if card.epoch == 0 { Err(invalid) } else { Ok(card) }
    }

    /// The account that the card is of.
    pub fn account_id(&self) -> AccountId {
        AccountId::of(&self.account_key)
    }

    /// The account's public key.
    pub fn account_key(&self) -> &AccountPublicKey {
        &self.account_key
    }

    /// The epoch of the list that the card's owner has, from 1.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// What the list is called that the card's owner has.
    pub fn list_name(&self) -> ListName {
        ListName { epoch: self.epoch, hash: self.list_hash }
    }

    /// Compares with the list that we hold of whom we believe to have in front of us.
    pub fn compare(&self, held: &DeviceList) -> CardComparison {
        use core::cmp::Ordering::{Equal, Greater, Less};
        // spec: IDENTITY-66
        if self.account_key != *held.account_key() {
            return CardComparison::OtherAccount;
        }
        match held.epoch().cmp(&self.epoch) {
            Less => CardComparison::HeldIsOlder,
            Greater => CardComparison::HeldIsNewer,
            Equal if self.list_hash == *held.hash() => CardComparison::Same,
            Equal => CardComparison::Forked,
        }
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // spec: IDENTITY-64
        let payload = [&self.account_key.as_bytes()[..], &self.epoch.to_be_bytes(), &self.list_hash].concat();
        f.write_str(&text::encode(Kind::Card, &payload))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::testing::{TODAY, account};

    // spec: IDENTITY-64
    #[test]
    fn a_card_comes_back() {
        let (_, _, list) = account(1);
        let card = Card::of(&list);
        let text = card.to_string();
        assert_eq!(text.len(), 149);
        assert_eq!(Card::parse(&text), Ok(card));
        assert_eq!(card.account_id(), list.account_id());
        assert_eq!((card.account_key(), card.list_name()), (list.account_key(), list.name()));
        assert_eq!(Card { epoch: 7, ..card }.epoch(), 7);
    }

    /// The worked example of `docs/spec/identity.md`, which another implementation computed.
    // spec: IDENTITY-64
    #[test]
    fn the_specifications_example_holds() {
        let account_key = crate::AccountKey::from_seed(&[1; 32]).verifying_key();
        let card = Card { account_key, epoch: 7, list_hash: [0x22; 32] };
        let text = concat!(
            "EN1C-HA4E-7QBM-17RS-BZAJ-VCPK-SEJX-EB56-E2DZ-3PA1-46ZK-EJ40-3D0F-DXE0-0000-0WH2-",
            "48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-47JK-ZH9G",
        );
        assert_eq!(card.to_string(), text);
        assert_eq!(Card::parse(text), Ok(card));
    }

    // spec: IDENTITY-65
    #[test]
    fn keys_that_are_no_keys_and_epoch_zero_are_refused() {
        let (_, _, list) = account(1);
        let card = Card::of(&list);
        let mut bad_key = [0xff; PAYLOAD_LEN];
        bad_key[0] = 0xee;
        let epoch_zero = Card { epoch: 0, ..card }.to_string();
        for text in [&*text::encode(Kind::Card, &bad_key), &epoch_zero] {
            assert_eq!(Card::parse(text).map_err(|error| error.problem), Err(Problem::Invalid));
        }
    }

    // spec: IDENTITY-66
    #[test]
    fn a_scan_exposes_withheld_and_forked_lists() {
        let (key, device, list) = account(1);
        let (_, _, other) = account(2);
        let fork = DeviceList::first(&key, &[device.entry(&list.account_id())], TODAY.plus(1)).unwrap();
        let card = Card::of(&list);
        assert_eq!(card.compare(&list), CardComparison::Same);
        assert_eq!(card.compare(&fork), CardComparison::Forked);
        assert_eq!(card.compare(&other), CardComparison::OtherAccount);
        // whatever the hash: a higher epoch is the newer list
        for hash in [*list.hash(), [0; 32]] {
            let newer = Card { epoch: 2, list_hash: hash, ..card };
            assert_eq!(newer.compare(&list), CardComparison::HeldIsOlder);
        }
        // a card of an older epoch can't be made of a first list, so of the other side of the comparison
        let older = Card { epoch: 0, ..card };
        assert_eq!(older.compare(&list), CardComparison::HeldIsNewer);
    }
}
