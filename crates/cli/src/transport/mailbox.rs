//! Where envelopes wait, and what is found there.

use std::{collections::BTreeSet, fmt};

use entrenous::Address;

/// A place that envelopes are put into.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mailbox {
    /// A device's own.
    Device(Address),
    /// A meeting place of two devices, one of which has no address yet: 16 random bytes that only they know.
    Rendezvous([u8; 16]),
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(address) => write!(f, "Device({address})"),
            // whoever knows it can meet there
            Self::Rendezvous(_) => f.write_str("Rendezvous(..)"),
        }
    }
}

/// Names an envelope in its mailbox. Tickets sort by arrival.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) String);

impl Ticket {
    /// The name, which no other envelope of the mailbox ever has.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An envelope in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its name, to remove it by.
    pub ticket: Ticket,
    /// Whom it says it is from: a hint where to look, claimed by whoever put it there.
    pub from: Option<Address>,
    /// Its bytes, unverified.
    pub envelope: Vec<u8>,
}

/// Part of what is in a mailbox, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// What came whole.
    pub arrived: Vec<Arrived>,
    /// Files under names of ours that are incomplete, too long or no envelopes. They were left alone.
    pub left_alone: u64,
    /// Where to go on, or none when this was all.
    pub next: Option<Ticket>,
}

/// What a waiting process knows of already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(pub(super) BTreeSet<Ticket>);
