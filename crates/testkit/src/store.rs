//! What every store must hold, as properties that any implementation can be put through.
//!
//! ```
//! use entrenous::store::MemoryStore;
//! use entrenous_testkit::store::conformance;
//!
//! let violations = conformance(|| {
//!     let store = MemoryStore::new();
//!     move || store.clone()
//! });
//! assert_eq!(violations, []);
//! ```
#![allow(clippy::cast_possible_truncation, reason = "patterns of bytes, made of small numbers")]

mod alone;
mod conflicts;
mod shapes;
mod shared;

use core::fmt;

use entrenous::store::{Action, Change, Changes, Commit, Generation, MemoryStore, Record, RecordKey, Store};

/// A place for records: empty when it is made, and opened as often as one likes, one handle beside another.
pub trait Place: Sync {
    /// A handle on it.
    type Store: Store + Send;

    /// Opens it: what was committed to the place before is there.
    fn open(&self) -> Self::Store;

    /// Whether whoever has got an error from a handle goes on with it, rather than to end and open the place anew. If so, the
    /// place is well again.
    fn goes_on(&self) -> bool {
        false
    }
}

impl<S: Store + Send, F: Fn() -> S + Sync> Place for F {
    type Store = S;

    fn open(&self) -> S {
        self()
    }
}

impl Place for MemoryStore {
    type Store = Self;

    fn open(&self) -> Self {
        self.clone()
    }
}

/// One thing that a store must hold.
pub struct Property<P> {
    /// What it is, in words.
    pub name: &'static str,
    /// Looks whether it holds in a fresh place.
    pub check: fn(&P) -> Result<(), Violation>,
}

impl<P> fmt::Debug for Property<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Property({:?})", self.name)
    }
}

/// What a store did wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(pub String);

/// All that a store must hold.
pub fn properties<P: Place>() -> Vec<Property<P>> {
    let lists = [alone::properties(), shapes::properties(), conflicts::properties(), shared::properties()];
    lists.into_iter().flatten().collect()
}

/// Looks at every property, each in a place of its own that `fresh` makes, and names those that don't hold.
pub fn conformance<P: Place>(fresh: impl Fn() -> P) -> Vec<(&'static str, Violation)> {
    let look = |Property { name, check }: Property<P>| Some((name, check(&fresh()).err()?));
    properties().into_iter().filter_map(look).collect()
}

/// Ends a property with a [`Violation`] unless a condition holds.
macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err($crate::store::Violation(format!($($what)+)));
        }
    };
}
use ensure;

/// The key that is `n`, big-endian, in its last bytes.
fn key(n: u64) -> RecordKey {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    RecordKey::from_bytes(bytes)
}

fn generation(n: u64) -> Generation {
    Generation::new(n).expect("a generation below 2^63")
}

fn record(n: u64, bytes: impl Into<Vec<u8>>) -> Record {
    Record { generation: generation(n), bytes: bytes.into() }
}

/// A change: what must be there, and what to do.
fn change(expected: Option<u64>, action: Action) -> Change {
    Change { expected: expected.map(generation), action }
}

/// Loads, and looks whether there is one answer for each key.
fn load<S: Store>(store: &S, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Violation> {
    let loaded = store.load(keys).map_err(|error| Violation(format!("load failed: {error}")))?;
    ensure!(loaded.len() == keys.len(), "{} answers for {} keys", loaded.len(), keys.len());
    Ok(loaded)
}

/// Loads and compares, without putting long records into the words.
fn expect<S: Store>(store: &S, expected: &[(RecordKey, Option<Record>)]) -> Result<(), Violation> {
    let keys: Vec<_> = expected.iter().map(|(key, _)| *key).collect();
    for (found, (key, expected)) in load(store, &keys)?.iter().zip(expected) {
        ensure!(found == expected, "{key:?}: {found:?} in the place of {expected:?}");
    }
    Ok(())
}

fn commit<S: Store>(
    store: &mut S,
    changes: impl IntoIterator<Item = (RecordKey, Change)>,
) -> Result<Commit, Violation> {
    let changes: Changes = changes.into_iter().collect();
    store.commit(&changes).map_err(|error| Violation(format!("commit failed: {error}")))
}

/// Commits what must be applied.
fn apply<S: Store>(
    store: &mut S,
    changes: impl IntoIterator<Item = (RecordKey, Change)>,
) -> Result<(), Violation> {
    let done = commit(store, changes)?;
    ensure!(done == Commit::Applied, "a conflict where everything was as expected");
    Ok(())
}
