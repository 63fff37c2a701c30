//! Groups from two to a thousand members.

use std::time::Duration;

use entrenous_wire::padding::Padding;

use crate::{
    curve::Curve,
    groups::{Mls, mls::Tree, of_mls, ours::Ours},
    in_turn::Parties,
    messages::{Messages, seal_and_open},
    party::OURS,
    report::points,
    rotations::{Rotation, Sessions, Turns, rotate},
};

const MEMBERS: [usize; 6] = [2, 8, 32, 128, 512, 1024];

/// No tree is built for longer.
const PATIENCE: Duration = Duration::from_secs(5);

pub fn run() {
    for members in MEMBERS {
        let mls = || of_mls(members, Tree::Full, PATIENCE);
        let mut groups: Parties<dyn Messages> = vec![(OURS, Box::new(Ours::new(Padding::default())))];
        groups.extend(mls().into_iter().map(as_messages));
        let [encrypt, _] = seal_and_open(&mut groups, 32, 32, 9);
        points(Curve::GroupEncrypt, members, &encrypt);

        let ours = Sessions::new(members - 1, Turns::None);
        let mut groups: Parties<dyn Rotation> = vec![(OURS, Box::new(ours))];
        groups.extend(mls().into_iter().map(as_rotation));
        let [sender, receiver, ..] = rotate(&mut groups);
        points(Curve::NewKeySender, members, &sender);
        points(Curve::NewKeyReceiver, members, &receiver);
    }
}

fn as_messages((name, group): (&'static str, Box<dyn Mls>)) -> (&'static str, Box<dyn Messages>) {
    (name, group)
}

fn as_rotation((name, group): (&'static str, Box<dyn Mls>)) -> (&'static str, Box<dyn Rotation>) {
    (name, group)
}
