//! Groups from two to a thousand members.

use std::time::Duration;

use entrenous_wire::padding::Padding;

use crate::{
    curve::Curve,
    groups::{Whole, mls::Tree, of_mls, ours::Ours},
    in_turn::Parties,
    messages::{Messages, seal_and_open},
    party::OURS,
    report::points,
    rotations::{Cost, Rotation, Sessions, Turns, rotate},
};

const MEMBERS: [usize; 6] = [2, 8, 32, 128, 512, 1024];

/// No tree is built for longer.
const PATIENCE: Duration = Duration::from_secs(5);

pub fn run() {
    for members in MEMBERS {
        let mut groups: Parties<dyn Whole> = vec![(OURS, Box::new(OurGroup::new(members)))];
        groups.extend(of_mls(members, Tree::Full, PATIENCE));
        let [encrypt, _] = seal_and_open(&mut groups, 32, 32, 9, || ());
        points(Curve::GroupEncrypt, members, &encrypt);
        let [sender, receiver, ..] = rotate(&mut groups);
        points(Curve::NewKeySender, members, &sender);
        points(Curve::NewKeyReceiver, members, &receiver);
    }
}

/// Our messages, and our keys over sessions in the middle of a chain.
struct OurGroup {
    messages: Ours,
    sessions: Sessions,
}

impl OurGroup {
    fn new(members: usize) -> Self {
        let sessions = Sessions::new(members - 1, Turns::None);
        Self { messages: Ours::new(Padding::default()), sessions }
    }
}

impl Messages for OurGroup {
    fn begin(&mut self) {
        self.messages.begin();
    }

    fn seal(&mut self, content: &[u8], out: &mut Vec<u8>) {
        self.messages.seal(content, out);
    }

    fn open(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool {
        self.messages.open(message, out)
    }

    fn content<'o>(&self, out: &'o [u8]) -> &'o [u8] {
        self.messages.content(out)
    }
}

impl Rotation for OurGroup {
    fn rotate(&mut self) -> Cost {
        self.sessions.rotate()
    }
}
