//! Receiving: an envelope is opened, and what it tells enters the inbox, in one commit.

mod accept;
mod ahead;
mod deliver;
mod open;

use std::collections::{BTreeMap, BTreeSet};

use entrenous_identity::HandshakeHash;
use entrenous_wire::envelope::{self, Envelope, Kind};

pub(crate) use deliver::expiry;

use crate::{
    Address, Error, Item,
    engine::{Habit, Name, Step, Stop, Which, sealed::Run},
    record::Pair,
};

/// Strangers together get one part in so many of the inbox.
const STRANGERS_SHARE: u64 = 4;

/// Opens an envelope.
///
/// # Errors
/// [`Error::Malformed`], [`Error::Rejected`] and [`Error::Duplicate`]: the transport may drop such bytes, they will
/// never be anything else. [`Error::NoSession`] when nothing is known of `from`, or a handshake is of another
/// device: a wrong hint is not followed up. [`Error::KeyUnavailable`] when a prekey is gone, or the store has lost a
/// key. [`Error::Untrusted`], [`Error::TooManyResets`] and [`Error::TooManyHandshakes`] for handshakes; the
/// transport keeps the last two for later. [`Error::InboxFull`],
/// [`Error::TooManyStrangers`], [`Error::TooEarly`] and [`Error::OutboxFull`] until there is room: the transport keeps the
/// envelope. [`Error::RemovedFromAccount`]. None of them
/// changes anything, but that envelopes which are of a session and can't be opened are counted.
#[derive(Clone, Copy, Debug)]
pub struct Receive<'a> {
    /// The transport's hint where it comes from.
    pub from: Address,
    /// As it came.
    pub bytes: &'a [u8],
}

impl Run for Receive<'_> {
    type Output = Vec<Item>;

    fn habit(&self) -> Option<Habit> {
        Some(Habit::ReceiveFrom(self.from))
    }

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Item>, Stop> {
        step.want(self.names())?;
        step.receive(self)?;
        Ok(step.told())
    }
}

/// Opens envelopes, in their order and in one commit: what an application does that comes back to many. One that
/// can't be opened doesn't hold up the others: what is wrong with it, as for [`Receive`], is its own outcome.
#[derive(Clone, Copy, Debug)]
pub struct ReceiveMany<'a> {
    /// As they came.
    pub envelopes: &'a [Receive<'a>],
}

impl Run for ReceiveMany<'_> {
    /// What became of each envelope.
    type Output = Vec<Result<Vec<Item>, Error>>;

    fn run(&self, step: &mut Step<'_>) -> Result<Self::Output, Stop> {
        step.want(self.envelopes.iter().flat_map(Receive::names))?;
        step.look_ahead(self.envelopes)?;
        let mut outcomes = Vec::with_capacity(self.envelopes.len());
        let mut missed = BTreeSet::new();
        let is_group = |received: &Receive<'_>| envelope::is_group(received.bytes) == Ok(true);
        for run in self.envelopes.chunk_by(|one, next| is_group(one) && is_group(next)) {
            let mut opened = match run {
                [_] => BTreeMap::new(),
                run => match step.attempt(|step| step.receive_backlog(run)) {
                    // each says by itself what is wrong
                    Ok(opened) => opened.unwrap_or_default(),
                    Err(Stop::Missing) => {
                        missed.extend(run.iter().map(|envelope| envelope.from));
                        continue;
                    }
                    Err(stop) => return Err(stop),
                },
            };
            for (at, envelope) in run.iter().enumerate() {
                if let Some(items) = opened.remove(&at) {
                    outcomes.push(Ok(items));
                    continue;
                }
                step.looks_only = missed.contains(&envelope.from);
                match step.attempt(|step| step.receive(envelope)) {
                    Ok(outcome) => {
                        let told = step.told();
                        outcomes.push(outcome.map(|()| told));
                    }
                    // the others say what they miss as well, so that it is loaded at once
                    Err(Stop::Missing) => drop(missed.insert(envelope.from)),
                    Err(stop) => return Err(stop),
                }
            }
        }
        if missed.is_empty() { Ok(outcomes) } else { Err(Stop::Missing) }
    }
}

impl Receive<'_> {
    /// What every envelope needs.
    fn names(&self) -> [Name; 6] {
        let from = self.from;
        let contact = Name::Contact(from.account);
        [Name::Own, Name::Inbox, Name::Pair(from), contact, Name::Seen(from), Name::Owed(from)]
    }
}

impl Step<'_> {
    fn receive(&mut self, received: &Receive<'_>) -> Result<(), Stop> {
        let from = received.from;
        if envelope::is_group(received.bytes)? {
            return self.receive_group_message(&from, received.bytes);
        }
        let envelope = Envelope::parse(received.bytes)?;
        // an own device may bring the list that has this one again
        // spec: CLIENT-8
        if from.account != self.device.account {
            self.own()?;
        }
        self.of_stranger = !self.is_close(&from)?;
        self.check_inbox()?;
        let pair: Pair = self.get_unless_damaged(Name::Pair(from))?.unwrap_or_default();
        match envelope.kind() {
            Kind::Ratchet => self.receive_in_session(&from, pair, &envelope, None),
            Kind::Prekey { handshake } => {
                // spec: AGREE-18
                let hash = HandshakeHash::of(handshake);
                match pair.session(&hash) {
                    Some(_) => self.receive_in_session(&from, pair, &envelope, Some(hash)),
                    None => self.accept(&from, pair, &envelope, handshake, hash),
                }
            }
        }
    }

    /// A full inbox stops receiving, so that nothing has to be dropped. Strangers fill a quarter of it at most, so
    /// that contacts still get in.
    pub(crate) fn check_inbox(&mut self) -> Result<(), Stop> {
        let (limits, of_stranger) = (self.policy.queues, self.of_stranger);
        let inbox = self.queue(Which::Inbox)?;
        // spec: CLIENT-21
        if inbox.items.len() >= limits.inbox_items || inbox.bytes >= limits.inbox_bytes {
            return Err(Error::InboxFull.into());
        }
        let (items, bytes) = (limits.inbox_items / STRANGERS_SHARE, limits.inbox_bytes / STRANGERS_SHARE);
        // spec: CLIENT-114
        match of_stranger && (inbox.of_strangers.len() >= items || inbox.bytes_of_strangers >= bytes) {
            true => Err(Error::TooManyStrangers.into()),
            false => Ok(()),
        }
    }
}
