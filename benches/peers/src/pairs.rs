//! 1:1 sessions: ours beside vodozemac and wacore-libsignal.

mod costs;
mod forged;
mod header;
mod ours;
mod pair;
mod parts;
mod reverse;
mod set_up;
mod vodozemac;
mod wacore;

use entrenous_wire::padding::Padding;

pub use pair::{End, Pair};
pub use wacore::ready::ready;

use crate::{
    clock::{median, timed},
    curve::size,
    in_turn::{Parties, medians},
    messages::{allocations, seal_and_open},
    party::{OURS, VODOZEMAC, WACORE},
    report::{Figures, figure, figures},
    unit::Unit,
};
use ours::{Epoch, Ours};
use pair::exchange;
use parts::Parts;
use set_up::SetUp;
use vodozemac::Vodozemac;
use wacore::Wacore;

/// Rounds of messages.
const ROUNDS: usize = 101;

/// Rounds of set-up.
const SET_UPS: usize = 31;

/// Lengths of contents, and the messages that are timed at once: few enough that the caches hold what they write.
const SIZES: [(usize, usize); 3] = [(32, 64), (1 << 10, 64), (64 << 10, 2)];

/// Everybody with a session, all in the middle of a chain.
pub fn parties() -> Parties<dyn Pair> {
    vec![(OURS, Box::new(Ours::new(Epoch::Rests))), (VODOZEMAC, new_vodozemac()), (WACORE, new_wacore())]
}

/// A session of vodozemac.
pub fn new_vodozemac() -> Box<dyn Pair> {
    Box::new(Vodozemac::new())
}

/// A session of wacore-libsignal.
pub fn new_wacore() -> Box<dyn Pair> {
    Box::new(Wacore::new())
}

/// Measures all of it.
pub fn run() {
    let mut pairs = parties();
    for (len, count) in SIZES {
        let mut parts = Vec::new();
        let [encrypt, decrypt] =
            seal_and_open(&mut pairs, len, count, ROUNDS, || parts.push(Parts::measure(len)));
        let name = size(len as f64);
        figures(&format!("encrypt, {name}"), Unit::Nanoseconds, &encrypt);
        figures(&format!("decrypt, {name}"), Unit::Nanoseconds, &decrypt);
        report_parts(&name, &parts);
    }
    ping_pong();
    set_up();
    reverse::measure(&pairs);
    let names =
        ["encrypt", "decrypt", "encrypt into the caller's buffer", "decrypt into the caller's buffer"];
    for (name, count) in names.iter().zip(allocations(&mut pairs)) {
        figures(&format!("allocations: {name}"), Unit::Count, &count);
    }
    costs::measure();
    forged::measure();
}

/// The parts of our step, and their sum.
fn report_parts(size: &str, rounds: &[Parts]) {
    let part = |name, of: fn(&Parts) -> f64| {
        let time = median(rounds.iter().map(of).collect()).expect("rounds");
        figure(&format!("encrypt, {size}: {name}"), Unit::Nanoseconds, OURS, time);
    };
    part("the chain step alone", |parts| parts.chain_step);
    part("the header's box alone", |parts| parts.header);
    part("the body's box alone", |parts| parts.body);
    part("the sum of its parts", Parts::sum);
}

/// Round trips that are timed at once: several epochs of those that have them without a pause.
const ROUND_TRIPS: usize = 128;

fn ping_pong() {
    let mut pairs = parties();
    pairs.push(("without a pause", Box::new(Ours::new(Epoch::UnderWay))));
    let [times] = medians(&mut pairs, 11, |_, pair| {
        let (time, ()) = timed(|| {
            for _ in 0..ROUND_TRIPS {
                exchange(pair, End::Bob, End::Alice, &[7; 32]);
                exchange(pair, End::Alice, End::Bob, &[7; 32]);
            }
        });
        [time / ROUND_TRIPS as f64]
    });
    let (mut at_rest, mut in_epochs) = (Figures::new(), Figures::new());
    for (party, time) in times {
        match party {
            OURS => at_rest.push((OURS, time)),
            VODOZEMAC | WACORE => {
                [&mut at_rest, &mut in_epochs].into_iter().for_each(|row| row.push((party, time)))
            }
            _ => in_epochs.insert(0, (OURS, time)),
        }
    }
    figures("ping-pong, 32 B, post-quantum epochs at rest", Unit::Nanoseconds, &at_rest);
    figures("ping-pong, 32 B, post-quantum epochs without a pause", Unit::Nanoseconds, &in_epochs);
}

fn strangers(padding: Padding) -> Parties<dyn SetUp> {
    vec![
        (OURS, Box::new(ours::Strangers::new(padding))),
        (VODOZEMAC, Box::new(vodozemac::Strangers::new())),
        (WACORE, Box::new(wacore::Strangers::new())),
    ]
}

fn set_up() {
    let [initiator, responder] = medians(&mut strangers(Padding::default()), SET_UPS, |_, pair| {
        pair.begin();
        let (initiating, first) = timed(|| pair.initiate(&[7; 32]));
        let (responding, content) = timed(|| pair.respond(&first));
        assert_eq!(content, [7; 32]);
        [initiating, responding]
    });
    figures("set-up: initiator, bundle to first ciphertext", Unit::Nanoseconds, &initiator);
    figures("set-up: responder, to first plaintext", Unit::Nanoseconds, &responder);
}
