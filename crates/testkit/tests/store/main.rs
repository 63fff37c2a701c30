//! The conformance suite itself: the store in memory passes it, and a store with any one sin does not.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod faults;
mod mutant;
mod sin;

use entrenous::store::MemoryStore;
use entrenous_testkit::store::conformance;

use mutant::Mutant;
use sin::Sin;

#[test]
fn the_store_in_memory_conforms() {
    let violations = conformance(|| {
        let store = MemoryStore::new();
        move || store.clone()
    });
    assert_eq!(violations, []);
}

/// Otherwise the mutants below could fail for another reason than their sin.
#[test]
fn a_mutant_without_sin_conforms() {
    assert_eq!(violated(None), Vec::<&str>::new());
}

#[test]
fn every_sin_is_found() {
    for (sin, expected) in Sin::ALL {
        let violated = violated(Some(sin));
        assert!(violated.contains(&expected), "{sin:?}: {violated:?}");
    }
}

fn violated(sin: Option<Sin>) -> Vec<&'static str> {
    let violations = conformance(|| {
        let place = Mutant::new(sin);
        move || place.open()
    });
    violations.into_iter().map(|(name, _)| name).collect()
}
