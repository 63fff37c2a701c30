//! What a member may still open of one sender key, told from the specification alone: two sets of numbers and a name.

use std::collections::BTreeSet;

use entrenous_group::sender_key::{DistributionError, EndedKey, OpenError};

/// Messages of one sender key.
const MOST: u32 = 4096;

/// Stands for a chain: equal exactly where the chain keys at one iteration would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// The one that the key commits to.
    Committed,
    /// Another that its sender gave somebody, from a later iteration on.
    Doubled(u32),
}

/// What is known of a message without opening it.
#[derive(Clone, Copy, Debug)]
pub struct Note {
    /// The message's number.
    pub n: u32,
    /// The chain under which it was sealed.
    pub chain: Chain,
    /// Its sender signed it, and nothing of it was changed since.
    pub genuine: bool,
}

/// The account of one key at one member.
#[derive(Clone, Debug)]
pub struct Oracle {
    chain: Chain,
    first: u32,
    opened: BTreeSet<u32>,
    end: u32,
    /// What is before it was given up.
    floor: u32,
    /// The sender has lost access.
    pub closed: bool,
}

/// What a distribution must come to.
///
/// # Errors
/// What else it must come to.
pub fn accept(known: Option<&Oracle>, chain: Chain, at: u32) -> Result<Option<Oracle>, DistributionError> {
    if at == 0 && chain != Chain::Committed {
        return Err(DistributionError::WrongCommitment);
    }
    let Some(known) = known else {
        return Ok(Some(Oracle {
            chain,
            first: at,
            opened: BTreeSet::new(),
            end: MOST,
            floor: 0,
            closed: false,
        }));
    };
    if at < known.first {
        return Err(DistributionError::Rewound);
    }
    // a chain can be compared while there is one, from where it stands on
    if at >= known.next() && known.next() < known.end && chain != known.chain {
        return Err(DistributionError::OtherChain);
    }
    Ok(None)
}

impl Oracle {
    /// The number after the highest that was opened.
    pub fn next(&self) -> u32 {
        self.opened.last().map_or(self.first, |last| last + 1).max(self.floor)
    }

    /// Keys of skipped messages that are kept.
    pub fn kept(&self) -> u32 {
        let passed = (self.first.max(self.floor)..self.next()).filter(|n| !self.opened.contains(n));
        u32::try_from(passed.count()).expect("at most 4,096")
    }

    /// Whether nothing more can be opened.
    pub fn is_spent(&self) -> bool {
        (self.first.max(self.floor)..self.end).all(|n| self.opened.contains(&n))
    }

    /// What opening the message must come to.
    ///
    /// # Errors
    /// What else it must come to.
    pub fn open(&mut self, note: &Note) -> Result<(), OpenError> {
        if note.n < self.first {
            return Err(OpenError::BeforeFirst);
        }
        if note.n >= self.end {
            return Err(OpenError::Ended);
        }
        if note.n < self.floor || self.opened.contains(&note.n) {
            return Err(OpenError::Duplicate);
        }
        if note.chain != self.chain || !note.genuine {
            return Err(OpenError::Rejected);
        }
        self.opened.insert(note.n);
        Ok(())
    }

    /// The sender loses access, when its message `parked` is parked: it opens, and of what is missing before the
    /// end the last five rows of 64.
    pub fn close(&mut self, parked: Option<u32>) {
        if self.closed {
            return;
        }
        let seen = parked.map_or(0, |n| n + 1).max(self.next());
        self.end = self.end.min(seen);
        let rows = self.end.div_ceil(64);
        self.floor = if rows > 5 { (rows - 5) * 64 } else { 0 };
        self.closed = true;
    }

    /// The sender says that it has sealed `count` messages.
    pub fn end_at(&mut self, count: u32) -> EndedKey {
        let contradicted = self.next() > count && self.next() > self.first;
        self.end = self.end.min(count.max(self.next()));
        if contradicted { EndedKey::CloneSuspected } else { EndedKey::Ended }
    }
}
