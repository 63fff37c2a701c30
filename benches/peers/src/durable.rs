//! Messages that our client sends through SQLite, beside bare SQLite that commits the same rows with the same guarantees.
//! Both run in turn, on one disk; the times are those of a clock on the wall.

mod bare;
mod sender;

use std::time::Duration;

use crate::{
    clock::median,
    party::{BARE_SQLITE, OURS},
    report::{figure, figures},
    unit::Unit,
};
use bare::Bare;
use sender::Sender;

/// Messages in one commit.
const MANY: usize = 1000;

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

fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}
