//! The faulty store: each fault happens once, at its occasion, and is what it says.

use entrenous::store::{Action, Change, Changes, Commit, Generation, MemoryStore, Record, RecordKey, Store};
use entrenous_testkit::{
    faults::{Fault, Faults, FaultyError, FaultyStore, Reach},
    store::conformance,
};

const KEYS: [RecordKey; 3] =
    [RecordKey::from_bytes([1; 16]), RecordKey::from_bytes([2; 16]), RecordKey::from_bytes([3; 16])];

fn record(generation: u64, bytes: &[u8]) -> Record {
    Record { generation: Generation::new(generation).unwrap(), bytes: bytes.to_vec() }
}

fn put(key: RecordKey, expected: Option<u64>, record: Record) -> Changes {
    let expected = expected.map(|n| Generation::new(n).unwrap());
    Changes::from_iter([(key, Change { expected, action: Action::Put(record) })])
}

/// The first key in its second version, the second in its first, the third removed.
fn filled() -> (MemoryStore, FaultyStore<MemoryStore>, Faults) {
    let memory = MemoryStore::new();
    let mut store = FaultyStore::new(memory.clone());
    let faults = store.faults();
    let removal = Change { expected: Generation::new(9), action: Action::Remove };
    let commits = [
        put(KEYS[0], None, record(1, b"one")),
        put(KEYS[0], Some(1), record(2, b"ONE")),
        put(KEYS[1], None, record(5, b"two")),
        put(KEYS[2], None, record(9, b"three")),
        Changes::from_iter([(KEYS[2], removal)]),
    ];
    assert!(commits.iter().all(|changes| store.commit(changes).unwrap() == Commit::Applied));
    (memory, store, faults)
}

/// The answers to all keys with `fault` at each of its occasions.
fn answers(fault: Fault) -> Vec<Vec<Option<Record>>> {
    let mut answers = Vec::new();
    for occasion in 0.. {
        let (_, store, faults) = filled();
        faults.arm(fault, Reach::Answer, occasion);
        let answer = store.load(&KEYS).unwrap();
        if !faults.fired() {
            break;
        }
        assert_eq!(store.load(&KEYS).unwrap(), genuine());
        answers.push(answer);
    }
    answers
}

fn genuine() -> Vec<Option<Record>> {
    vec![Some(record(2, b"ONE")), Some(record(5, b"two")), None]
}

/// The genuine answers with one in another's place.
fn but(at: usize, answer: Option<Record>) -> Vec<Option<Record>> {
    let mut answers = genuine();
    answers[at] = answer;
    answers
}

#[test]
fn with_nothing_armed_it_conforms() {
    let violations = conformance(|| {
        let (memory, faults) = (MemoryStore::new(), Faults::default());
        move || FaultyStore::reopened(memory.clone(), &faults)
    });
    assert_eq!(violations, []);
}

#[test]
fn what_is_tampered_with_is_what_the_fault_says() {
    let (first, second) = (record(2, b"ONE"), record(5, b"two"));
    let expected = [
        (Fault::Swap, vec![but(0, Some(second.clone())), but(1, Some(first.clone()))]),
        (Fault::Flip(4), vec![but(0, Some(record(2, b"OOE"))), but(1, Some(record(5, b"tvo")))]),
        (Fault::Generation, vec![but(0, Some(record(3, b"ONE"))), but(1, Some(record(6, b"two")))]),
        (Fault::Rollback, vec![but(0, Some(record(1, b"one"))), but(2, Some(record(9, b"three")))]),
        (Fault::Rebirth, vec![but(0, Some(record(1, b"one"))), but(2, Some(record(9, b"three")))]),
        (Fault::Lose, vec![but(0, None), but(1, None)]),
        (Fault::Truncate, vec![but(0, Some(record(2, b"ON"))), but(1, Some(record(5, b"tw")))]),
    ];
    for (fault, expected) in expected {
        assert_eq!(answers(fault), expected, "{fault:?}");
    }
}

#[test]
fn a_lie_that_reaches_the_store_stays_and_compares() {
    let (memory, mut store, faults) = filled();
    faults.arm(Fault::Rollback, Reach::Store, 0);
    assert_eq!(store.load(&KEYS).unwrap(), but(0, Some(record(1, b"one"))));
    assert_eq!(memory.load(&KEYS).unwrap(), but(0, Some(record(1, b"one"))));
    assert_eq!(store.commit(&put(KEYS[0], Some(1), record(2, b"fork"))).unwrap(), Commit::Applied);
    let (memory, store, faults) = filled();
    faults.arm(Fault::Lose, Reach::Store, 1);
    store.load(&KEYS).unwrap();
    assert_eq!(memory.load(&KEYS).unwrap(), but(1, None));
}

#[test]
fn failures_leave_what_they_say() {
    let changes = put(KEYS[1], Some(5), record(6, b"TWO"));
    let after = but(1, Some(record(6, b"TWO")));
    for (fault, told, left) in [
        (Fault::FailCommit, None, genuine()),
        (Fault::FailAfterCommit, None, after.clone()),
        (Fault::Conflict, Some(Commit::Conflict), genuine()),
    ] {
        let (memory, mut store, faults) = filled();
        faults.arm(fault, Reach::Answer, 0);
        // what writes nothing is no occasion
        assert_eq!(store.commit(&Changes::new()).unwrap(), Commit::Applied);
        match store.commit(&changes) {
            Ok(commit) => assert_eq!(Some(commit), told),
            Err(error) => assert!(matches!(error, FaultyError::Injected) && told.is_none()),
        }
        assert_eq!(memory.load(&KEYS).unwrap(), left);
        let again = store.commit(&changes).unwrap();
        assert_eq!(again, if left == after { Commit::Conflict } else { Commit::Applied });
        assert_eq!(faults.operations(), 8);
    }
    let (_, store, faults) = filled();
    faults.arm(Fault::FailLoad, Reach::Answer, 1);
    assert!(store.load(&KEYS).is_ok() && store.load(&KEYS).is_err() && store.load(&KEYS).is_ok());
}
