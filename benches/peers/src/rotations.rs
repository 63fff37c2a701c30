//! New keys for a whole group: ours, and the peers' sender keys, over sessions; commits of MLS.

mod pairwise;
mod sessions;

use std::time::Duration;

use crate::{
    groups::{megolm::Megolm, mls::Tree, of_mls, wacore::Wacore},
    in_turn::{Parties, medians},
    pairs::{new_vodozemac, new_wacore},
    party::{MEGOLM, OURS, SENDER_KEYS},
    report::{Figures, figures},
    unit::Unit,
};
use pairwise::Pairwise;
pub use sessions::{Sessions, Turns};

const ROUNDS: usize = 11;

/// No tree is built for longer.
const PATIENCE: Duration = Duration::from_secs(150);

/// What a new key for the whole group costs.
#[derive(Clone, Copy)]
pub struct Cost {
    /// Nanoseconds of the sender.
    pub sender: f64,
    /// Nanoseconds of each receiver.
    pub receiver: f64,
    /// Bytes that the sender uploads.
    pub sender_up: f64,
    /// Bytes that each receiver downloads.
    pub receiver_down: f64,
    /// Bytes in all that members upload and download.
    pub in_all: f64,
}

/// A group of many, in which one member makes new keys again and again.
pub trait Rotation {
    /// One new key, checked to be the same for sender and receivers.
    fn rotate(&mut self) -> Cost;
}

/// Over sessions in the middle of a chain: a new sender key, sealed for each member.
fn over_sessions(members: usize) -> Parties<dyn Rotation> {
    vec![
        (OURS, Box::new(Sessions::new(members, Turns::None))),
        (SENDER_KEYS, Box::new(Pairwise::<Wacore>::new(members, new_wacore))),
        (MEGOLM, Box::new(Pairwise::<Megolm>::new(members, new_vodozemac))),
    ]
}

/// The figures of a [`Cost`], as rows name them.
const FIGURES: [(&str, Unit); 5] = [
    ("sender", Unit::Nanoseconds),
    ("each receiver", Unit::Nanoseconds),
    ("up, sender", Unit::Bytes),
    ("down, each receiver", Unit::Bytes),
    ("up and down in all", Unit::Bytes),
];

/// Measures groups with `members` beside the sender.
pub fn run(members: usize) {
    let of_mls = |tree| -> Parties<dyn Rotation> {
        let groups = of_mls(members + 1, tree, PATIENCE);
        groups.into_iter().map(|(name, group)| (name, group as Box<dyn Rotation>)).collect()
    };
    let live = over_sessions(members);
    let turning: Parties<dyn Rotation> = vec![(OURS, Box::new(Sessions::new(members, Turns::All)))];
    let (full, blank) = (of_mls(Tree::Full), of_mls(Tree::Blank));
    let [live_end, turning_end] = [live.len(), live.len() + turning.len()];
    let full_end = turning_end + full.len();

    let mut all: Parties<dyn Rotation> = live.into_iter().chain(turning).chain(full).chain(blank).collect();
    let costs = rotate(&mut all);
    let names =
        ["live sessions / full tree", "every session turns / full tree", "live sessions / blank tree"];
    for (place, name) in names.into_iter().enumerate() {
        for ((what, unit), costs) in FIGURES.into_iter().zip(&costs) {
            let (live, turning) = (&costs[..live_end], &costs[live_end..turning_end]);
            let (full, blank) = (&costs[turning_end..full_end], &costs[full_end..]);
            let [over_sessions, mls] = [[live, full], [turning, full], [live, blank]][place];
            figures(&format!("new key for {members}, {name}: {what}"), unit, &[over_sessions, mls].concat());
        }
    }
}

/// Medians of what a new key costs each of them.
pub fn rotate<R: Rotation + ?Sized>(groups: &mut Parties<R>) -> [Figures; 5] {
    medians(groups, ROUNDS, |_, group| {
        let Cost { sender, receiver, sender_up, receiver_down, in_all } = group.rotate();
        [sender, receiver, sender_up, receiver_down, in_all]
    })
}
