//! One handle, one record after another.

use entrenous::store::Action;

use super::{Place, Property, Violation, apply, change, ensure, expect, key, load, record};

pub(super) fn properties<P: Place>() -> Vec<Property<P>> {
    vec![
        Property { name: "what was never put is absent", check: absent },
        Property { name: "answers come in the order of the keys, repeated ones too", check: order },
        Property { name: "no keys, no answers", check: no_keys },
        Property { name: "put, replaced, removed, put again", check: life },
        Property { name: "a removal leaves the others alone", check: others },
        Property { name: "an empty commit is applied", check: empty },
        Property { name: "keep compares and changes nothing", check: keep },
        Property { name: "removing what is absent is applied", check: remove_absent },
        Property { name: "what was applied is there when the place is opened again", check: reopened },
    ]
}

fn absent<P: Place>(place: &P) -> Result<(), Violation> {
    expect(&place.open(), &[(key(1), None), (key(2), None)])
}

fn order<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    apply(&mut store, (1..=3).map(|n| (key(n), change(None, Action::Put(record(n, [n as u8]))))))?;
    let answer = |n: u64| (key(n), (n <= 3).then(|| record(n, [n as u8])));
    expect(&store, &[3, 9, 1, 3, 2, 9, 3].map(answer))
}

fn no_keys<P: Place>(place: &P) -> Result<(), Violation> {
    ensure!(load(&place.open(), &[])?.is_empty(), "answers without keys");
    Ok(())
}

fn life<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    let steps = [
        (change(None, Action::Put(record(5, b"first"))), Some(record(5, b"first"))),
        (change(Some(5), Action::Put(record(6, b"second, longer"))), Some(record(6, b"second, longer"))),
        (change(Some(6), Action::Put(record(7, b"3rd"))), Some(record(7, b"3rd"))),
        // the same generation again is the client's affair
        (change(Some(7), Action::Put(record(7, b"3rd again"))), Some(record(7, b"3rd again"))),
        (change(Some(7), Action::Remove), None),
        (change(None, Action::Put(record(2, b"anew"))), Some(record(2, b"anew"))),
    ];
    for (step, after) in steps {
        apply(&mut store, [(key(1), step)])?;
        expect(&store, &[(key(1), after)])?;
    }
    Ok(())
}

fn others<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    apply(&mut store, (1..=9).map(|n| (key(n), change(None, Action::Put(record(n, [n as u8]))))))?;
    apply(&mut store, [(key(5), change(Some(5), Action::Remove))])?;
    let left: Vec<_> = (1..=9).map(|n| (key(n), (n != 5).then(|| record(n, [n as u8])))).collect();
    expect(&store, &left)
}

fn empty<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    apply(&mut store, [])?;
    apply(&mut store, [(key(1), change(None, Action::Put(record(1, b"there"))))])?;
    apply(&mut store, [])?;
    expect(&store, &[(key(1), Some(record(1, b"there")))])
}

fn keep<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    apply(&mut store, [(key(1), change(None, Action::Put(record(1, b"kept"))))])?;
    apply(&mut store, [(key(1), change(Some(1), Action::Keep)), (key(2), change(None, Action::Keep))])?;
    expect(&store, &[(key(1), Some(record(1, b"kept"))), (key(2), None)])
}

fn remove_absent<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    apply(&mut store, [(key(1), change(None, Action::Remove))])?;
    expect(&store, &[(key(1), None)])
}

fn reopened<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    apply(&mut store, (1..=3).map(|n| (key(n), change(None, Action::Put(record(n, b"old"))))))?;
    apply(
        &mut store,
        [
            (key(1), change(Some(1), Action::Put(record(2, b"new")))),
            (key(2), change(Some(2), Action::Remove)),
        ],
    )?;
    drop(store);
    let expected = [Some(record(2, b"new")), None, Some(record(3, b"old"))];
    let expected: Vec<_> = (1..=3).map(key).zip(expected).collect();
    expect(&place.open(), &expected)?;
    expect(&place.open(), &expected)
}
