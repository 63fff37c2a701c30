//! A thousand messages that come in reverse order.

use crate::{
    clock::{median, timed},
    groups::pairs_of_mls,
    in_turn::Parties,
    messages::{Messages, content, new},
    pairs::pair::Pair,
    report::{Figures, figures},
    unit::Unit,
};

const COUNT: usize = 1000;
const ROUNDS: usize = 5;

/// Nanoseconds for each message, and how many were lost.
fn reverse<M: Messages + ?Sized>(party: &mut M) -> [f64; 2] {
    let content = content(32);
    let sealed: Vec<_> = (0..COUNT).map(|_| new(|out| party.seal(&content, out))).collect();
    let mut opened: Vec<_> = (0..COUNT).map(|_| Vec::with_capacity(1024)).collect();
    let (time, lost) = timed(|| {
        let pairs = sealed.iter().rev().zip(&mut opened);
        pairs.filter_map(|(message, out)| (!party.open(message, out)).then(|| out.clear())).count()
    });
    let right = opened.iter().filter(|out| !out.is_empty() && party.content(out) == content).count();
    assert_eq!(right + lost, COUNT, "opened to something else");
    [time / COUNT as f64, lost as f64]
}

/// The time of those that lose none, and what the others lose.
pub fn measure(pairs: &Parties<dyn Pair>) {
    let mut groups = pairs_of_mls();
    let mut samples = vec![Vec::new(); pairs.len() + groups.len()];
    for _ in 0..ROUNDS {
        let pairs = pairs.iter().map(|(_, pair)| reverse(pair.fork().as_mut()));
        let groups = groups.iter_mut().map(|(_, group)| reverse(group.as_mut()));
        for (sample, samples) in pairs.chain(groups).zip(&mut samples) {
            samples.push(sample);
        }
    }
    let names = pairs.iter().map(|(name, _)| *name).chain(groups.iter().map(|(name, _)| *name));
    let (mut times, mut losses) = (Figures::new(), Figures::new());
    for (name, samples) in names.zip(&samples) {
        let of = |n: usize| median(samples.iter().map(|sample: &[f64; 2]| sample[n]).collect());
        let (time, lost) = (of(0).expect("rounds"), of(1).expect("rounds"));
        losses.push((name, lost));
        if lost == 0.0 {
            times.push((name, time));
        }
    }
    figures("1,000 in reverse order, each", Unit::Nanoseconds, &times);
    figures("1,000 in reverse order: lost", Unit::Count, &losses);
}
