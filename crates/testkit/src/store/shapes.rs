//! Keys, generations and records of every shape that a client makes.

use entrenous::store::{Action, Generation, MAX_RECORD, Record, RecordKey};

use super::{Place, Property, Violation, apply, change, ensure, expect, key, record};

pub(super) fn properties<P: Place>() -> Vec<Property<P>> {
    vec![
        Property { name: "keys that are near each other are different keys", check: near_keys },
        Property { name: "every generation below 2^63 is kept", check: generations },
        Property { name: "any bytes are kept, none and zeros too", check: bytes },
        Property { name: "the longest record is kept", check: longest },
        Property { name: "a thousand records are changed at once", check: many },
    ]
}

/// Keys that differ in one bit, in each byte, and in signs that a text or a number would lose.
fn keys() -> Vec<RecordKey> {
    let base = *b"\x00a\xff\x00'\"%\\_A\x80\xc3\x28\x00\x00\x00";
    let one_bit = (0..128).map(|bit| {
        let mut bytes = base;
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    });
    let ends = [[0; 16], [0xff; 16], base];
    one_bit.chain(ends).map(RecordKey::from_bytes).collect()
}

fn near_keys<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    let mut expected: Vec<_> = keys().into_iter().map(|key| (key, None)).collect();
    expect(&store, &expected)?;
    for n in 0..expected.len() {
        let content = record(n as u64, expected[n].0.as_bytes());
        apply(&mut store, [(expected[n].0, change(None, Action::Put(content.clone())))])?;
        expected[n].1 = Some(content);
        expect(&store, &expected)?;
    }
    for n in (0..expected.len()).step_by(2) {
        apply(&mut store, [(expected[n].0, change(Some(n as u64), Action::Remove))])?;
        expected[n].1 = None;
    }
    expect(&store, &expected)
}

fn generations<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    let last = (1 << 63) - 1;
    ensure!(Generation::new(last).is_some() && Generation::new(last + 1).is_none(), "another bound");
    // where 32-bit integers and doubles end, and the neighbours that they would mix up
    let edges =
        [0, 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 53, (1 << 53) + 1, last - 1, last];
    let mut before = None;
    for n in edges {
        apply(&mut store, [(key(1), change(before, Action::Put(record(n, b"at an edge"))))])?;
        expect(&store, &[(key(1), Some(record(n, b"at an edge")))])?;
        before = Some(n);
    }
    Ok(())
}

fn bytes<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    let every: Vec<u8> = (0..=255).collect();
    let contents =
        [&b""[..], &[0], &[0; 64], &[0xff; 64], &every, "été".as_bytes(), b"a\0b\0", b"\r\n' OR 1=1 --"];
    let records: Vec<_> = (1..).map(key).zip(contents.map(|bytes| record(1, bytes))).collect();
    apply(&mut store, records.iter().map(|(key, record)| (*key, change(None, Action::Put(record.clone())))))?;
    let expected: Vec<_> = records.into_iter().map(|(key, record)| (key, Some(record))).collect();
    expect(&store, &expected)?;
    drop(store);
    expect(&place.open(), &expected)
}

fn longest<P: Place>(place: &P) -> Result<(), Violation> {
    let mut store = place.open();
    // no pattern of a length that a page or block has
    let pattern =
        |seed: u32, n: usize| (0..n as u32).map(move |at| (at.wrapping_mul(seed) >> 13) as u8).collect();
    let long = |generation, seed, len| -> Record {
        record(generation, Vec::from_iter::<Vec<u8>>(pattern(seed, len)))
    };
    for (n, len) in [(1, 4095), (2, 4096), (3, 65_536), (4, 1 << 20), (5, MAX_RECORD)] {
        let first = long(1, 2_654_435_761, len);
        apply(&mut store, [(key(n), change(None, Action::Put(first.clone())))])?;
        expect(&store, &[(key(n), Some(first))])?;
        let second = long(2, 40_503, len);
        apply(&mut store, [(key(n), change(Some(1), Action::Put(second.clone())))])?;
        expect(&store, &[(key(n), Some(second))])?;
    }
    apply(&mut store, [(key(5), change(Some(2), Action::Remove))])?;
    expect(&store, &[(key(5), None)])
}

fn many<P: Place>(place: &P) -> Result<(), Violation> {
    const COUNT: u64 = 1000;
    let mut store = place.open();
    // spread over the keys, as hashes are
    let spread = |n: u64| {
        RecordKey::from_bytes(
            u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes(),
        )
    };
    let content = |n: u64, round: u8| record(n, vec![round; (n % 700) as usize]);
    apply(&mut store, (0..COUNT).map(|n| (spread(n), change(None, Action::Put(content(n, 1))))))?;
    // of each three one is replaced, one removed and one kept
    apply(
        &mut store,
        (0..COUNT).map(|n| {
            let action = match n % 3 {
                0 => Action::Put(content(n, 2)),
                1 => Action::Remove,
                _ => Action::Keep,
            };
            (spread(n), change(Some(n), action))
        }),
    )?;
    let after = |n: u64| match n % 3 {
        0 => Some(content(n, 2)),
        1 => None,
        _ => Some(content(n, 1)),
    };
    let expected: Vec<_> = (0..COUNT).map(|n| (spread(n), after(n))).collect();
    expect(&store, &expected)?;
    expect(&place.open(), &expected)
}
