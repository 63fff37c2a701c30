//! A message that comes before many others, and one of those, late.

use crate::{
    clock::{median, timed},
    curve::Curve,
    messages::new,
    pairs::{End, Pair, parties},
    report::{Figures, note, points},
};

/// Up to the most steps that a message may cost at our end; beyond the keys that we keep.
const SKIPPED: [usize; 8] = [0, 1, 10, 100, 1000, 2000, 10_000, 25_000];

const ROUNDS: usize = 5;

pub fn run() {
    let pairs = parties();
    for skipped in SKIPPED {
        let mut samples = vec![(Vec::new(), Vec::new()); pairs.len()];
        for _ in 0..ROUNDS {
            for ((_, pair), (ahead, late)) in pairs.iter().zip(&mut samples) {
                if skipped <= pair.limits().at_once {
                    let times = sample(pair.fork().as_mut(), skipped);
                    ahead.push(times.0);
                    late.extend(times.1);
                }
            }
        }
        let (mut ahead, mut late) = (Figures::new(), Figures::new());
        for ((name, _), samples) in pairs.iter().zip(samples) {
            ahead.extend(median(samples.0).map(|time| (*name, time)));
            late.extend(median(samples.1).map(|time| (*name, time)));
        }
        points(Curve::Ahead, skipped, &ahead);
        points(Curve::Late, skipped, &late);
    }
    for (name, pair) in &pairs {
        let limits = pair.limits();
        note(format!("{name}: skips at most {} at once and keeps at most {}", limits.at_once, limits.kept));
    }
}

/// Nanoseconds to open the message behind those that are skipped, and then the last of them, if there is one.
fn sample(pair: &mut dyn Pair, skipped: usize) -> (f64, Option<f64>) {
    let seal = |pair: &mut dyn Pair| new(|out| pair.seal(End::Alice, &[7; 32], out));
    let last_skipped = (0..skipped).map(|_| seal(pair)).last();
    let message = seal(pair);
    let mut out = Vec::with_capacity(1024);
    let mut open = |message: &Vec<u8>| {
        let (time, opened) = timed(|| pair.open(End::Bob, message, &mut out));
        assert!(opened && pair.content(&out) == [7; 32], "genuine");
        time
    };
    let ahead = open(&message);
    (ahead, last_skipped.as_ref().map(open))
}
