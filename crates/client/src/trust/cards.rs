//! Cards: what one gives to a contact. Scanned from the person's own screen, a card verifies; come as a text it only
//! says whom to expect.

use entrenous_identity::{AccountId, Card, DeviceList, card::CardComparison};

use super::{Proof, Trust};
use crate::{
    Client, Env, Error, Event, Store,
    engine::{Name, Step, Stop, sealed::Run},
    record::{CardRecord, Lists},
};

/// What a card has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardSeen {
    /// Whose it is.
    pub account: AccountId,
    /// What it says of the device list that is known here.
    pub list: CardList,
    /// Whether the account is verified by it.
    pub verified: bool,
}

/// What a card says of the device list that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardList {
    /// No list of the account is known yet.
    NoneKnown,
    /// It is the same.
    Same,
    /// The card's is later: the one here is old, or the later one is withheld.
    CardIsLater,
    /// The one here is later: the card's owner doesn't know the newest of the own account.
    CardIsEarlier,
    /// They exclude each other: somebody else has the account's key, or the card is not genuine.
    Contradicts,
}

/// The own card, to be shown or sent.
#[derive(Clone, Copy, Debug)]
pub struct OwnCard;

impl Run for OwnCard {
    type Output = Card;

    fn run(&self, step: &mut Step<'_>) -> Result<Card, Stop> {
        let Lists(known) = step.expect(Name::Lists(step.device.account))?;
        Ok(Card::of(known.in_force()))
    }
}

/// Takes in a card that came as a text: the account becomes a contact, to be reached once a bundle of it is there.
/// Nothing is verified, and what the card says of lists is nobody's word but the text's.
#[derive(Clone, Copy, Debug)]
pub struct AddCard<'a> {
    /// The card's text.
    pub card: &'a str,
}

impl Run for AddCard<'_> {
    type Output = CardSeen;

    fn run(&self, step: &mut Step<'_>) -> Result<CardSeen, Stop> {
        let card = Card::parse(self.card)?;
        let account = card.account_id();
        let list = step.compare_card(&card)?;
        step.notice_lost_trust(&account)?;
        let mut contact = step.contact_or_new(&account)?;
        // spec: CLIENT-44
        if !contact.accepted {
            contact.accepted = true;
            step.put(Name::Contact(account), &contact);
            let mut contacts = step.contacts()?;
            contacts.accept(account);
            step.put(Name::Contacts, &contacts);
        }
        Ok(CardSeen { account, list, verified: false })
    }
}

/// Takes in a card that was scanned from the screen of the person who is there.
///
/// # Errors
/// [`Error::IdentityMismatch`] when the card is not of the account that is expected: whom the user knows under that
/// name is somebody else. [`Error::Text`]; [`Error::ApiMisuse`] for the own card.
#[derive(Clone, Copy, Debug)]
pub struct ScanCard<'a> {
    /// The card's text.
    pub card: &'a str,
    /// The account that the user takes the person for; none for a new one.
    pub expected: Option<AccountId>,
}

impl Run for ScanCard<'_> {
    type Output = CardSeen;

    fn run(&self, step: &mut Step<'_>) -> Result<CardSeen, Stop> {
        let card = Card::parse(self.card)?;
        let account = card.account_id();
        if self.expected.is_some_and(|expected| expected != account) {
            return Err(Error::IdentityMismatch.into());
        }
        let list = step.compare_card(&card)?;
        step.want([Name::Inbox])?;
        // spec: CLIENT-45
        match list {
            CardList::Contradicts => {
                step.tell(Event::CardContradicts { account })?;
                return Ok(CardSeen { account, list, verified: false });
            }
            CardList::CardIsLater => step.tell(Event::ListWithheld { account })?,
            CardList::NoneKnown | CardList::Same | CardList::CardIsEarlier => {}
        }
        if matches!(list, CardList::NoneKnown | CardList::CardIsLater) {
            step.put(Name::Card(account), &CardRecord(card.list_name()));
        }
        let contact = step.contact_or_new(&account)?;
        step.decide(&account, contact, Trust::verified(Proof::Card, step.now))?;
        Ok(CardSeen { account, list, verified: true })
    }
}

impl Step<'_> {
    fn compare_card(&mut self, card: &Card) -> Result<CardList, Stop> {
        let account = card.account_id();
        if account == self.device.account {
            return Err(Error::ApiMisuse("the own card").into());
        }
        self.want(Self::decision_names(account))?;
        // it is going to be replaced, if anything
        self.note(Name::Card(account))?;
        let Some(Lists(known)) = self.get_unless_damaged(Name::Lists(account))? else {
            return Ok(CardList::NoneKnown);
        };
        let others = known.other_branches().iter();
        let is_on_a_branch =
            others.map(|branch| card.compare(branch)).any(|seen| seen == CardComparison::Same);
        Ok(match card.compare(known.in_force()) {
            CardComparison::Same => CardList::Same,
            CardComparison::HeldIsOlder if is_on_a_branch => CardList::Contradicts,
            CardComparison::HeldIsOlder => CardList::CardIsLater,
            CardComparison::HeldIsNewer => CardList::CardIsEarlier,
            CardComparison::Forked | CardComparison::OtherAccount => CardList::Contradicts,
        })
    }

    /// Compares a list that has come with the card that was scanned before it.
    // spec: CLIENT-45
    pub(crate) fn check_card(&mut self, list: &DeviceList) -> Result<(), Stop> {
        let account = list.account_id();
        let Some(CardRecord(card)) = self.get_unless_damaged(Name::Card(account))? else { return Ok(()) };
        if list.epoch() < card.epoch {
            return Ok(());
        }
        self.remove(Name::Card(account))?;
        let contradicts = match list.epoch() - card.epoch {
            0 => *list.hash() != card.hash,
            1 => !list.parents().contains(&card.hash),
            // nothing is shown of what lies further back
            _ => false,
        };
        if contradicts { self.tell(Event::CardContradicts { account }) } else { Ok(()) }
    }
}

impl<S: Store, E: Env> Client<S, E> {
    /// The own card, to be shown on the screen or sent. Nothing in it is secret.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn own_card(&mut self) -> Result<Card, Error> {
        self.perform(&OwnCard)
    }

    /// Takes in a card that came as a text: the account becomes a contact, and nothing is verified.
    ///
    /// # Errors
    /// [`Error::Text`]; [`Error::ApiMisuse`] for the own card; as for [`Client::perform`].
    pub fn add_card(&mut self, card: &str) -> Result<CardSeen, Error> {
        self.perform(&AddCard { card })
    }

    /// Takes in a card that was scanned from the screen of the person who is there, whom the user takes for
    /// `expected` if it is anybody known: this verifies.
    ///
    /// # Errors
    /// Those of [`ScanCard`].
    pub fn scan_card(&mut self, card: &str, expected: Option<&AccountId>) -> Result<CardSeen, Error> {
        self.perform(&ScanCard { card, expected: expected.copied() })
    }
}
