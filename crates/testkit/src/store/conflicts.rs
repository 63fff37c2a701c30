//! One record that is not as expected, and nothing of the commit has happened.

use entrenous::store::{Action, Change, Commit};

use super::{Place, Property, Violation, apply, change, commit, ensure, expect, key, record};

pub(super) fn properties<P: Place>() -> Vec<Property<P>> {
    vec![
        Property { name: "absent was expected, and it is there", check: |place| each(place, None) },
        Property { name: "it was expected, and it is absent", check: missing },
        Property { name: "an earlier generation was expected", check: |place| each(place, Some(THERE - 1)) },
        Property { name: "a later generation was expected", check: |place| each(place, Some(THERE + 1)) },
        Property {
            name: "one with the same last 32 bits was expected",
            check: |place| each(place, Some(THERE + (1 << 32))),
        },
        Property { name: "a removed record's generation is not expected any more", check: removed },
        Property { name: "after a conflict the handle works", check: goes_on },
    ]
}

/// The generation of what is there.
const THERE: u64 = 1 << 40;

/// Places in the order of keys where the one change that doesn't hold may be, of `WIDTH`.
const WIDTH: u64 = 7;

/// What may be asked of the record that is not as expected.
fn actions() -> [Action; 3] {
    [Action::Keep, Action::Put(record(THERE + 9, b"never")), Action::Remove]
}

/// The n-th of the changes that would be fine by themselves: every kind that there is.
fn fine(n: u64) -> Change {
    match n % 4 {
        0 => change(Some(THERE), Action::Put(record(THERE + 1, b"replaced"))),
        1 => change(Some(THERE), Action::Remove),
        2 => change(Some(THERE), Action::Keep),
        _ => change(Some(THERE), Action::Put(record(THERE + 1, b""))),
    }
}

/// Every record is there; the wrong expectation is tried at each place among fine changes, with each action.
fn each<P: Place>(place: &P, wrong: Option<u64>) -> Result<(), Violation> {
    let mut store = place.open();
    let there = |n: u64| (key(n), Some(record(THERE, [n as u8; 40])));
    let mut before: Vec<_> = (0..WIDTH).map(there).collect();
    let put = before.iter().map(|(key, record)| (*key, record.clone().expect("just made")));
    apply(&mut store, put.map(|(key, record)| (key, change(None, Action::Put(record)))).collect::<Vec<_>>())?;
    // a record that a fine change would make
    before.push((key(WIDTH), None));
    for at in 0..WIDTH {
        for action in actions() {
            let mut changes: Vec<_> = (0..WIDTH).map(|n| (key(n), fine(n))).collect();
            changes[at as usize].1 = change(wrong, action.clone());
            changes.push((key(WIDTH), change(None, Action::Put(record(1, b"made")))));
            refused(&mut store, changes, &before, &format!("{action:?} at {at}"))?;
            // alone, too
            refused(&mut store, vec![(key(at), change(wrong, action.clone()))], &before, "alone")?;
        }
    }
    drop(store);
    expect(&place.open(), &before)
}

fn missing<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    apply(&mut store, [(key(1), change(None, Action::Put(record(THERE, b"there"))))])?;
    let before = [(key(0), None), (key(1), Some(record(THERE, b"there"))), (key(2), None)];
    for at in [0, 2] {
        for action in actions() {
            for wrong in [0, 1, THERE] {
                let changes = vec![
                    (key(1), change(Some(THERE), Action::Put(record(THERE + 1, b"replaced")))),
                    (key(at), change(Some(wrong), action.clone())),
                ];
                refused(&mut store, changes, &before, &format!("{action:?} at {at}, expected {wrong}"))?;
                refused(&mut store, vec![(key(at), change(Some(wrong), action.clone()))], &before, "alone")?;
            }
        }
    }
    Ok(())
}

fn removed<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    apply(&mut store, [(key(1), change(None, Action::Put(record(5, b"first"))))])?;
    apply(&mut store, [(key(1), change(Some(5), Action::Remove))])?;
    for action in actions() {
        refused(&mut store, vec![(key(1), change(Some(5), action))], &[(key(1), None)], "after removal")?;
    }
    apply(&mut store, [(key(1), change(None, Action::Put(record(9, b"second"))))])?;
    for action in actions() {
        let before = [(key(1), Some(record(9, b"second")))];
        refused(&mut store, vec![(key(1), change(Some(5), action))], &before, "after a new one")?;
    }
    Ok(())
}

fn goes_on<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    apply(&mut store, [(key(1), change(None, Action::Put(record(1, b"one"))))])?;
    for n in 1..5 {
        let before = [(key(1), Some(record(n, if n == 1 { b"one" } else { b"two" })))];
        refused(&mut store, vec![(key(1), change(Some(n + 1), Action::Remove))], &before, "the next one")?;
        apply(&mut store, [(key(1), change(Some(n), Action::Put(record(n + 1, b"two"))))])?;
    }
    Ok(())
}

/// Commits what must be a conflict, and looks whether everything is as `before`.
fn refused<S: entrenous::store::Store>(
    store: &mut S,
    changes: Vec<(entrenous::store::RecordKey, Change)>,
    before: &[(entrenous::store::RecordKey, Option<entrenous::store::Record>)],
    what: &str,
) -> Result<(), Violation> {
    let done = commit(store, changes)?;
    ensure!(done == Commit::Conflict, "{what}: applied");
    expect(store, before)
        .map_err(|Violation(found)| Violation(format!("{what}: a conflict has changed {found}")))
}
