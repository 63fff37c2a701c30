//! A store whose disk is at fault, or whose server lies, at one chosen point.
//!
//! Each kind of fault has its own occasions, counted from 0 in the order in which they come: for a failing load each
//! load, for a failing commit each commit that writes, for a record that is tampered with each record for which that
//! is possible. So a test goes through all of them:
//!
//! ```
//! use entrenous::store::{MemoryStore, RecordKey, Store};
//! use entrenous_testkit::faults::{Fault, FaultyStore, Reach};
//!
//! for occasion in 0.. {
//!     let store = FaultyStore::new(MemoryStore::new());
//!     let faults = store.faults();
//!     faults.arm(Fault::FailLoad, Reach::Answer, occasion);
//!     let loaded = store.load(&[RecordKey::from_bytes([1; 16])]);
//!     assert_eq!(loaded.is_err(), faults.fired());
//!     if !faults.fired() {
//!         break;
//!     }
//! }
//! ```

mod memory;

use core::{cell::RefCell, fmt};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use entrenous::store::{Action, Change, Changes, Commit, FailureKind, Record, RecordKey, Store};

use memory::Memory;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A load is an error.
    FailLoad,
    /// A commit that writes is an error and has changed nothing.
    FailCommit,
    /// A commit that writes is an error, but was applied if it could be.
    FailAfterCommit,
    /// A commit that writes is a conflict though everything was as expected; nothing is changed.
    Conflict,
    /// The record of another key is served, the next one that has a record.
    Swap,
    /// One bit is flipped: the lowest of the byte with this number, counted from the start and around.
    Flip(usize),
    /// The bytes are right, and the generation is one more.
    Generation,
    /// The version before the current one is served; for a record that was removed, its last one.
    Rollback,
    /// The first version that there ever was is served, where that is another than the current one.
    Rebirth,
    /// A record is absent.
    Lose,
    /// The last byte is cut off.
    Truncate,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::FailLoad,
        Self::FailCommit,
        Self::FailAfterCommit,
        Self::Conflict,
        Self::Swap,
        Self::Flip(0),
        Self::Generation,
        Self::Rollback,
        Self::Rebirth,
        Self::Lose,
        Self::Truncate,
    ];
}

/// How long a record stays tampered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// In one answer.
    Answer,
    /// In the store itself, so that later answers and comparisons agree with it.
    Store,
}

/// The error of a [`FaultyStore`].
#[derive(Debug)]
pub enum FaultyError<E> {
    /// The armed fault.
    Injected,
    /// The store's own.
    Inner(E),
}

impl<E: fmt::Display> fmt::Display for FaultyError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Injected => f.write_str("injected fault"),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for FaultyError<E> {}

#[derive(Debug, Default)]
struct State {
    armed: Option<(Fault, Reach, u64)>,
    /// Occasions that the armed fault has had, the one at which it fired among them.
    occasions: u64,
    fired: bool,
    operations: u64,
    memory: Memory,
}

/// Arms a [`FaultyStore`] while a client owns it.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<State>>);

impl Faults {
    /// Lets `fault` happen once, at its occasion number `occasion` from now on.
    pub fn arm(&self, fault: Fault, reach: Reach, occasion: u64) {
        let mut state = self.state();
        state.armed = Some((fault, reach, occasion));
        (state.occasions, state.fired) = (0, false);
    }

    /// Whether the armed fault has happened.
    pub fn fired(&self) -> bool {
        self.state().fired
    }

    /// Loads and commits so far, those that failed among them.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The armed fault, with its reach, if this is its occasion: one that `suits` it is counted.
    fn happens(&self, suits: impl FnOnce(Fault, &Memory) -> bool) -> Option<(Fault, Reach)> {
        let mut state = self.state();
        let (fault, reach, occasion) = state.armed?;
        if !suits(fault, &state.memory) {
            return None;
        }
        let now = state.occasions == occasion;
        state.occasions += 1;
        state.fired |= now;
        now.then_some((fault, reach))
    }
}

/// A store around `S` that fails or lies where its [`Faults`] say; else it is `S`.
#[derive(Debug)]
pub struct FaultyStore<S> {
    /// In a cell because a load may have to change what is there.
    inner: RefCell<S>,
    faults: Faults,
}

impl<S: Store> FaultyStore<S> {
    /// With nothing armed.
    pub fn new(inner: S) -> Self {
        Self::reopened(inner, &Faults::default())
    }

    /// Another handle for the same faults, which knows the versions that came by there: a client opened again.
    pub fn reopened(inner: S, faults: &Faults) -> Self {
        Self { inner: RefCell::new(inner), faults: faults.clone() }
    }

    /// What arms it.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// What a load answers for `key`, whose record is `found`.
    fn tamper(&self, key: RecordKey, found: Option<Record>) -> Result<Option<Record>, FaultyError<S::Error>> {
        let mut tampered = None;
        let happens = self.faults.happens(|fault, memory| {
            tampered = memory.tampered(fault, key, found.as_ref());
            tampered.is_some()
        });
        let (Some((_, reach)), Some(tampered)) = (happens, tampered) else { return Ok(found) };
        if reach == Reach::Store {
            let expected = found.map(|record| record.generation);
            let action = tampered.clone().map_or(Action::Remove, Action::Put);
            let changes = Changes::from_iter([(key, Change { expected, action })]);
            // whoever was faster has put something genuine there; this answer is tampered with all the same
            let _ = self.inner.borrow_mut().commit(&changes).map_err(FaultyError::Inner)?;
        }
        Ok(tampered)
    }
}

impl<S: Store> Store for FaultyStore<S> {
    type Error = FaultyError<S::Error>;

    fn kind(error: &Self::Error) -> FailureKind {
        match error {
            FaultyError::Injected => FailureKind::Other,
            FaultyError::Inner(error) => S::kind(error),
        }
    }

    fn load(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Self::Error> {
        self.faults.state().operations += 1;
        if self.faults.happens(|fault, _| fault == Fault::FailLoad).is_some() {
            return Err(FaultyError::Injected);
        }
        let found = self.inner.borrow().load(keys).map_err(FaultyError::Inner)?;
        for (key, record) in keys.iter().zip(&found) {
            self.faults.state().memory.note(*key, record.as_ref());
        }
        keys.iter().zip(found).map(|(key, record)| self.tamper(*key, record)).collect()
    }

    fn commit(&mut self, changes: &Changes) -> Result<Commit, Self::Error> {
        self.faults.state().operations += 1;
        let suits =
            |fault, _: &Memory| matches!(fault, Fault::FailCommit | Fault::FailAfterCommit | Fault::Conflict);
        let fault = if changes.writes() { self.faults.happens(suits) } else { None };
        match fault {
            Some((Fault::FailCommit, _)) => return Err(FaultyError::Injected),
            Some((Fault::Conflict, _)) => return Ok(Commit::Conflict),
            _ => {}
        }
        let commit = self.inner.get_mut().commit(changes).map_err(FaultyError::Inner)?;
        if commit == Commit::Applied {
            let mut state = self.faults.state();
            for (key, change) in changes {
                match &change.action {
                    Action::Keep => {}
                    Action::Put(record) => state.memory.note(*key, Some(record)),
                    Action::Remove => state.memory.note(*key, None),
                }
            }
        }
        if fault.is_some() { Err(FaultyError::Injected) } else { Ok(commit) }
    }
}
