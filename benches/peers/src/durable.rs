//! Messages that our client sends through SQLite, beside bare SQLite that commits the same rows with the same guarantees.
//! Both run in turn, on one disk; the times are those of a clock on the wall.

mod bare;
mod crowd;
mod sender;

use std::time::Duration;

use crate::{
    clock::median,
    curve::Curve,
    party::{BARE_SQLITE, OURS},
    report::{figure, figures, points},
    unit::Unit,
};
use bare::Bare;
use crowd::Crowd;
use sender::Sender;

/// Messages in one commit.
const MANY: usize = 1000;

/// Messages that are sent one by one in a store of each size.
const SENDINGS: usize = 200;

/// How often a store of each size is opened.
const OPENINGS: usize = 21;

/// Measures all of it.
pub fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut sender = Sender::new(folder.path());
    let mut bare = Bare::open(&folder.path().join("bare.db"));
    for (name, count, rounds) in
        [("one message, durable", 1, 200), ("1,000 messages in one commit", MANY, 11)]
    {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(nanoseconds(sender.send(count)));
            theirs.push(nanoseconds(bare.write(&sender.committed())));
        }
        let [ours, theirs] = [ours, theirs].map(|times| median(times).expect("rounds"));
        figures(name, Unit::Nanoseconds, &[(OURS, ours), (BARE_SQLITE, theirs)]);
        figure(&format!("{name}: messages"), Unit::PerSecond, OURS, count as f64 / ours * 1e9);
    }
}

/// What a message costs in a store with ever more sessions.
pub fn crowds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut crowd = Crowd::new(folder.path());
    for sessions in [100, 1_000, 10_000, 100_000] {
        crowd.grow_to(sessions);
        let (mut sent, mut opened) = (Vec::new(), Vec::new());
        for _ in 0..SENDINGS {
            sent.push(nanoseconds(crowd.send()));
        }
        for _ in 0..OPENINGS {
            opened.push(nanoseconds(crowd.open_and_send()));
        }
        for (curve, times) in [(Curve::Store, sent), (Curve::StoreOpened, opened)] {
            points(curve, sessions, &[(OURS, median(times).expect("rounds"))]);
        }
    }
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}
