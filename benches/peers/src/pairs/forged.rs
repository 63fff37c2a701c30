//! Work for one forged message. Whoever is asked refuses it, and is as before.

use crate::{
    allocations::counted,
    clock::{median, timed},
    messages::new,
    pairs::{
        End, Ours, new_vodozemac, new_wacore,
        pair::{Pair, exchange, settle},
    },
    party::{OURS, VODOZEMAC, WACORE},
    report::figure,
    unit::Unit,
};

const ROUNDS: usize = 15;

/// Forgeries that are timed at once.
const BATCH: usize = 16;

pub fn measure() {
    // as many header keys to try as a session ever has
    let ours = Ours::with_old_chains();
    // the newest chain's, the next one's and all old ones
    let keys = 2 + ours.old_chains();
    figure("forged, foreign header: header keys that are tried", Unit::Count, OURS, keys as f64);
    let pairs: [(_, Box<dyn Pair>); 3] =
        [(OURS, Box::new(ours)), (VODOZEMAC, new_vodozemac()), (WACORE, new_wacore())];
    for (name, mut pair) in pairs {
        settle(pair.as_mut());
        let next = new(|out| pair.seal(End::Alice, &[7; 32], out));
        // Bob has answered: only then a new chain of Alice may come
        exchange(pair.as_mut(), End::Bob, End::Alice, b"answer");
        let foreign: Vec<_> = (0..BATCH).map(|_| pair.with_foreign_header(&next)).collect();
        refuse(name, "foreign header", pair.as_mut(), &foreign);
        let false_body = vec![pair.with_false_body(&next); BATCH];
        refuse(name, "genuine header, false body", pair.as_mut(), &false_body);
        let begins = new(|out| pair.seal(End::Alice, &[7; 32], out));
        let false_body = vec![pair.with_false_body(&begins); BATCH];
        refuse(name, "genuine header of a new chain, false body", pair.as_mut(), &false_body);
        assert!(pair.open(End::Bob, &begins, &mut Vec::new()), "genuine");
        let most = vec![pair.most_work()];
        refuse(name, "the most steps that a header may ask for, false body", pair.as_mut(), &most);
    }
}

fn refuse(name: &'static str, what: &str, pair: &mut dyn Pair, forged: &[Vec<u8>]) {
    let before = pair.stored();
    let mut out = Vec::with_capacity(1024);
    let mut times = Vec::new();
    let mut allocations = 0.0_f64;
    for _ in 0..ROUNDS {
        let (time, (count, refused)) = timed(|| {
            counted(|| forged.iter().filter(|message| !pair.open(End::Bob, message, &mut out)).count())
        });
        assert_eq!(refused, forged.len(), "a forgery opened");
        times.push(time / forged.len() as f64);
        allocations = allocations.max(count / forged.len() as f64);
    }
    let time = median(times).expect("rounds");
    figure(&format!("forged, {what}: time"), Unit::Nanoseconds, name, time);
    figure(&format!("forged, {what}: allocations"), Unit::Count, name, allocations);
    if name == OURS {
        let after = pair.stored();
        let longer = after.len().abs_diff(before.len());
        let changed = longer + before.iter().zip(&after).filter(|(before, after)| before != after).count();
        figure(&format!("forged, {what}: bytes changed in the store"), Unit::Bytes, name, changed as f64);
    }
}
