//! All that a story is played with.

use rand::RngExt;

use crate::{
    network::{End, Network},
    oracle::{Name, Note, Oracle},
    pair::Pair,
    peer::{Peer, Received, Refused, Stored},
    rng::ScriptedRng,
};

use super::{
    character::Character,
    place::Place,
    stats::{Event, Stats},
};

/// What the schedule knows about a message on its way.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) note: Note,
    pub(super) content: Vec<u8>,
}

/// The two real ends, their accounts and the network between them.
#[derive(Debug)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) rng: ScriptedRng,
    pub(super) character: Character,
    pub(super) pair: Pair,
    pub(super) places: [Place; 2],
    pub(super) network: Network<Known>,
    pub(super) forked: bool,
    pub(super) stats: Stats,
    drawn: u64,
}

impl World {
    /// The keys are those of `seed`; `rng` makes the choices.
    pub(super) fn new(seed: u64, mut rng: ScriptedRng) -> Self {
        let character = Character::draw(&mut rng);
        Self {
            seed,
            pair: Pair::new(seed, character.limits),
            places: Oracle::pair(character.limits).map(Place::new),
            network: Network::new(character.conduct, rng.random()),
            forked: false,
            stats: Stats::default(),
            drawn: 0,
            character,
            rng,
        }
    }

    /// Ends the story, naming its seed.
    pub(super) fn fail(&self, end: End, what: &str) -> ! {
        panic!("seed {}, at {end:?}: {what}\nso far:\n{}", self.seed, self.stats)
    }

    pub(super) fn check(&self, holds: bool, end: End, what: &str) {
        if !holds {
            self.fail(end, what);
        }
    }

    pub(super) fn place(&mut self, end: End) -> &mut Place {
        &mut self.places[end as usize]
    }

    /// The real end; none for a responder that has opened nothing.
    pub(super) fn peer(&mut self, end: End) -> Option<&mut Peer> {
        match end {
            End::Alice => Some(&mut self.pair.alice),
            End::Bob => self.pair.bob.as_mut(),
        }
    }

    /// The post-quantum epoch of an end that is there.
    pub(super) fn epoch(&mut self, end: End) -> u64 {
        self.peer(end).map_or(0, |peer| peer.session.status().post_quantum.epoch)
    }

    pub(super) fn stored(&mut self, end: End) -> Option<Stored> {
        self.peer(end).map(|peer| peer.stored())
    }

    /// Opens `bytes` at the real end, which may be a responder's first message.
    pub(super) fn open(&mut self, end: End, bytes: &[u8]) -> Result<Received, Refused> {
        match self.peer(end) {
            Some(peer) => peer.open(bytes),
            None => self.pair.accept(bytes),
        }
    }

    /// Opens `bytes` and drops the step.
    pub(super) fn open_and_drop(&mut self, end: End, bytes: &[u8]) -> Result<(), Refused> {
        match self.peer(end) {
            Some(peer) => peer.open_and_drop(bytes),
            None => {
                let opened = self.pair.accept(bytes).map(drop);
                self.pair.bob = None;
                opened
            }
        }
    }

    /// A name, and as many of them as one likes.
    pub(super) fn draw_name(&mut self) -> Name {
        self.drawn += 1;
        Name::drawn(self.drawn)
    }

    /// A seed that no other process of the story has: two with the same would draw the same keys, which the account
    /// takes for different ones.
    pub(super) fn draw_seed(&mut self) -> u64 {
        self.drawn += 1;
        let chosen: u64 = self.rng.random();
        self.drawn << 32 | chosen & u64::from(u32::MAX)
    }

    /// Content that no other message of the story has.
    pub(super) fn draw_content(&mut self) -> Vec<u8> {
        self.drawn += 1;
        let mut content = self.drawn.to_be_bytes().to_vec();
        content.resize(8 + self.rng.random_range(0..100), 0xa5);
        content
    }

    /// Closes the client of `end` and opens it from its records.
    pub(super) fn restart(&mut self, end: End) {
        let seed = self.draw_seed();
        let Some(peer) = self.peer(end) else { return };
        let before = peer.stored();
        *peer = peer.reopen(&before, seed);
        let same = peer.stored() == before;
        self.check(same, end, "a record read and written again differs");
        self.stats.count(Event::Restart);
    }
}
