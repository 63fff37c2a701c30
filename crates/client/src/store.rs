//! The store contract: what a database must do, and all that it gets to see.
//!
//! A store keeps small sealed records by opaque keys. It can't read them, and what it swaps, changes or makes up
//! is noticed. Two calls are enough: [`Store::load`] and [`Store::commit`]. The second is all or nothing, and
//! compares before it writes, so that two processes on one store get a [`Commit::Conflict`] and never a fork.

mod changes;
mod memory;

use core::fmt;

pub use changes::{Action, Change, Changes};
pub use memory::MemoryStore;

/// Longest record that a client writes, in bytes: room for one envelope of 16 MiB with its padding.
pub const MAX_RECORD: usize = 20 << 20;

/// Where a client keeps everything. [`MemoryStore`] is for tests; the package `entrenous-store-sqlite` is what
/// most applications want; an own implementation is checked by the conformance suite in the test kit.
pub trait Store {
    /// What can go wrong in the database itself.
    type Error: core::error::Error + Send + Sync + 'static;

    /// What an error comes to, for applications that don't know this store: [`FailureKind::Other`] unless it says more.
    fn kind(_error: &Self::Error) -> FailureKind {
        FailureKind::Other
    }

    /// The records of `keys`, in their order; none for a key that has no record. All are as they were at one moment:
    /// of a commit by others either everything or nothing is seen.
    ///
    /// # Errors
    /// When the database fails. Nothing is changed.
    fn load(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Self::Error>;

    /// Makes all of `changes` durable, or none. First every [`Change::expected`] is compared with what is there,
    /// with no other commit in between; one that differs makes it a [`Commit::Conflict`].
    ///
    /// [`Commit::Applied`] says that the changes survive a crash of the process and of the machine.
    ///
    /// # Errors
    /// When the database fails. All of the changes may have been made then, or none; and what a load shows right
    /// after it may still change when the machine crashes. The caller lets nothing out on the strength of it.
    fn commit(&mut self, changes: &Changes) -> Result<Commit, Self::Error>;
}

/// What an error of a database comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// Others hold it: trying again may help.
    Busy,
    /// There is no room.
    Full,
    /// It can't be opened or written, or is open to others: its place or its rights are wrong.
    Denied,
    /// What is there is not what was written.
    Damaged,
    /// The application uses it in a way that it is not made for.
    Misuse,
    /// Anything else.
    Other,
}

/// What became of the changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a conflict has changed nothing"]
pub enum Commit {
    /// They are durable.
    Applied,
    /// A record was not as expected; nothing was changed.
    Conflict,
}

/// The opaque name of a record, 16 bytes: a keyed hash, so that it tells nobody what the record is of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey([u8; 16]);

impl RecordKey {
    /// A key as a store has kept it.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes to keep it under.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// The version of a record: below 2^63, so that every database has an integer for it. It is drawn anew with every
/// write, so that no two writes of a record ever look the same, be it one that was removed and made again or one that
/// was brought back from a copy and written again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(u64);

impl Generation {
    /// Length of the random bytes of which one is made.
    pub(crate) const LEN: usize = 8;

    /// A generation as a store has kept it; none from 2^63 on.
    pub const fn new(generation: u64) -> Option<Self> {
        match generation >> 63 {
            0 => Some(Self(generation)),
            _ => None,
        }
    }

    /// The number, below 2^63.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// That of a write, from 8 random bytes.
    // spec: CLIENT-5
    pub(crate) const fn random(bytes: [u8; Self::LEN]) -> Self {
        Self(u64::from_be_bytes(bytes) >> 1)
    }
}

/// A sealed record.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Its version.
    pub generation: Generation,
    /// Sealed by the client: at most [`MAX_RECORD`] bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { generation, bytes } = self;
        write!(f, "Record({generation:?}, {} bytes)", bytes.len())
    }
}
