//! What a session costs in bytes: on the wire and in the store.

use entrenous_wire::padding::Padding;

use crate::{
    messages::new,
    pairs::{
        End, Epoch, Ours, new_vodozemac, new_wacore,
        pair::{Pair, exchange},
        strangers,
    },
    party::{OURS, VODOZEMAC, WACORE},
    report::figure,
    unit::Unit,
};

const CONTENT: [u8; 32] = [7; 32];

/// Messages skipped for the size of a store with their keys.
const SKIPPED: usize = 1000;

/// What a session may store for each old header key.
const OLD_KEY: usize = 40;

pub fn measure() {
    added();
    stored();
}

fn beyond_content(message: &[u8]) -> f64 {
    message.len() as f64 - CONTENT.len() as f64
}

fn added() {
    let bare = |epoch| Ours::with_padding(epoch, Padding::None);
    let pairs: [(_, Box<dyn Pair>); 3] =
        [(OURS, Box::new(bare(Epoch::Rests))), (VODOZEMAC, new_vodozemac()), (WACORE, new_wacore())];
    for (name, mut pair) in pairs {
        let later = new(|out| pair.seal(End::Alice, &CONTENT, out));
        figure("bytes added to 32: later message", Unit::Bytes, name, beyond_content(&later));
    }
    for shards in [1, 2] {
        let message = bare(Epoch::UnderWay).with_shards(shards, &CONTENT);
        let row = format!("bytes added to 32: later message with {shards} of the post-quantum shards");
        figure(&row, Unit::Bytes, OURS, beyond_content(&message));
    }
    for (name, mut pair) in strangers(Padding::None) {
        let first = pair.initiate(&CONTENT);
        figure("bytes added to 32: first message", Unit::Bytes, name, beyond_content(&first));
    }
}

fn stored() {
    let ours = Ours::new(Epoch::Rests);
    without_old_keys("fresh", &ours);
    without_old_keys("with all old header keys", &Ours::with_old_chains());
    let pairs: [(_, Box<dyn Pair>); 3] =
        [(OURS, Box::new(ours)), (VODOZEMAC, new_vodozemac()), (WACORE, new_wacore())];
    for (name, mut pair) in pairs {
        let before = pair.stored().len();
        figure("stored session, fresh", Unit::Bytes, name, before as f64);
        let mut last = Vec::new();
        (0..=SKIPPED).for_each(|_| pair.seal(End::Alice, &CONTENT, &mut last));
        assert!(pair.open(End::Bob, &last, &mut Vec::new()), "genuine");
        let after = pair.stored().len();
        let kept = SKIPPED.min(pair.limits().kept);
        let each = (after - before) as f64 / kept as f64;
        figure(&format!("stored session, {SKIPPED} messages skipped"), Unit::Bytes, name, after as f64);
        figure("stored session, for each skipped key that is kept", Unit::Bytes, name, each);
    }
    let most = most_in_an_epoch() as f64;
    figure("stored session, the most within a post-quantum epoch", Unit::Bytes, OURS, most);
}

/// Our session as it is, and less what its old header keys may take.
fn without_old_keys(what: &str, ours: &Ours) {
    let (stored, old) = (ours.stored().len(), ours.old_chains());
    let row = format!("stored session, {what}: old header keys in it");
    figure(&row, Unit::Count, OURS, old as f64);
    let row = format!("stored session, {what}: less {OLD_KEY} B for each old header key");
    figure(&row, Unit::Bytes, OURS, (stored - OLD_KEY * old) as f64);
}

/// Bytes of the larger end, over a few epochs without a pause.
fn most_in_an_epoch() -> usize {
    let mut pair = Ours::new(Epoch::UnderWay);
    let exchange_and_look = |_| {
        exchange(&mut pair, End::Bob, End::Alice, &CONTENT);
        exchange(&mut pair, End::Alice, End::Bob, &CONTENT);
        pair.larger_session()
    };
    (0..200).map(exchange_and_look).max().unwrap_or_default()
}
