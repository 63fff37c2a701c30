//! Two sessions, and somebody who edits, splices, repeats and reflects what they send.

use std::sync::{LazyLock, Mutex};

use rand::RngExt;

use super::edit::edit;
use crate::{pair::Pair, peer::Peer, rng::ScriptedRng};

/// So few that no chain grows old within a story: what was sealed opens, in whatever order.
const STEPS: usize = 60;

struct Sent {
    to: usize,
    bytes: Vec<u8>,
    content: [u8; 4],
    opened: bool,
}

/// What was sealed opens once, where it belongs; whatever else comes is refused, and changes nothing.
pub(super) fn attack(input: &[u8]) {
    let mut rng = ScriptedRng::scripted(input);
    let mut ends = established();
    let mut sent: Vec<Sent> = Vec::new();
    for number in 0..u32::try_from((input.len() / 8).min(STEPS)).expect("few") {
        let end = rng.random_range(0..2_usize);
        let what = rng.random_range(0..8_u8);
        if what < 3 || sent.is_empty() {
            let content = number.to_be_bytes();
            let bytes = ends[end].seal(&content).expect("not exhausted");
            sent.push(Sent { to: 1 - end, bytes, content, opened: false });
            continue;
        }
        let at = rng.random_range(0..sent.len());
        match what {
            3 | 4 => deliver(&mut ends, &mut sent[at]),
            5 => drop(ends[1 - sent[at].to].refuse(&sent[at].bytes)),
            _ => {
                let all: Vec<Vec<u8>> = sent.iter().map(|sent| sent.bytes.clone()).collect();
                let edited = edit(&mut rng, &sent[at].bytes, &all);
                if !all.contains(&edited) {
                    ends[end].refuse(&edited);
                }
            }
        }
    }
    sent.iter_mut().for_each(|sent| deliver(&mut ends, sent));
}

/// The same two in every story; agreeing would take longer than a story.
fn established() -> [Peer; 2] {
    static ENDS: LazyLock<Mutex<[Peer; 2]>> = LazyLock::new(|| Mutex::new(Pair::established(1).into()));
    let ends = ENDS.lock().expect("no story has failed");
    [(&ends[0], 7), (&ends[1], 8)].map(|(end, seed)| end.reopen(&end.stored(), seed))
}

fn deliver(ends: &mut [Peer; 2], sent: &mut Sent) {
    if sent.opened {
        ends[sent.to].refuse(&sent.bytes);
    } else {
        assert_eq!(ends[sent.to].read(&sent.bytes), sent.content);
        sent.opened = true;
    }
}
