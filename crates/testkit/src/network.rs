//! A network that loses, repeats, reorders, delays, falls silent and replays, by seeded chance.

pub mod forgery;

use rand::RngExt;

use crate::rng::ScriptedRng;

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Who initiates.
    Alice,
    /// Who answers.
    Bob,
}

impl End {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Alice, Self::Bob];

    /// The one at the other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Alice => Self::Bob,
            Self::Bob => Self::Alice,
        }
    }
}

/// How the network behaves. Chances are from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conduct {
    /// Chance that a message is lost.
    pub loss: f64,
    /// Chance that a message that arrives will arrive once more.
    pub duplicates: f64,
    /// Chance that a message goes back to the end of the queue.
    pub late: f64,
    /// Messages at the head of the queue any of which may be the next; at least 1.
    pub window: usize,
}

impl Conduct {
    /// Everything arrives once and in order.
    pub const GOOD: Self = Self { loss: 0.0, duplicates: 0.0, late: 0.0, window: 1 };
}

/// A message on its way, with whatever its sender noted about it.
#[derive(Clone, Debug)]
pub struct Packet<N> {
    /// The bytes that travel.
    pub bytes: Vec<u8>,
    /// Known to the test, and not to the network.
    pub note: N,
}

/// What became of the message whose turn it was.
#[derive(Clone, Debug)]
pub enum Fate<N> {
    /// There was none.
    Idle,
    /// It never arrives.
    Lost,
    /// It goes behind the others.
    Delayed,
    /// It arrives, perhaps not for the last time.
    Arrives {
        /// The message.
        packet: Packet<N>,
        /// It was left in the queue as well.
        again: bool,
    },
}

/// The two directions between two ends.
#[derive(Debug)]
pub struct Network<N> {
    conduct: Conduct,
    rng: ScriptedRng,
    to: [Direction<N>; 2],
}

#[derive(Debug)]
struct Direction<N> {
    queue: Vec<Packet<N>>,
    seen: Vec<Packet<N>>,
}

impl<N: Clone> Network<N> {
    /// An empty network; `seed` drives its chance.
    pub fn new(conduct: Conduct, seed: u64) -> Self {
        let to = [(); 2].map(|()| Direction { queue: Vec::new(), seen: Vec::new() });
        Self { conduct, rng: ScriptedRng::new(seed), to }
    }

    /// Takes a message for `to`. An eavesdropper keeps a copy.
    pub fn send(&mut self, to: End, packet: Packet<N>) {
        let direction = &mut self.to[to as usize];
        direction.seen.push(packet.clone());
        direction.queue.push(packet);
    }

    /// Puts a message for `to` into the queue again, as a transport does that got no acknowledgement.
    pub fn send_again(&mut self, to: End, packet: Packet<N>) {
        self.to[to as usize].queue.push(packet);
    }

    /// Decides about the next message for `to`.
    pub fn step(&mut self, to: End) -> Fate<N> {
        let Conduct { loss, duplicates, late, window } = self.conduct;
        let queue = &mut self.to[to as usize].queue;
        if queue.is_empty() {
            return Fate::Idle;
        }
        let packet = queue.remove(self.rng.random_range(..window.min(queue.len())));
        if self.rng.random_bool(loss) {
            return Fate::Lost;
        }
        if self.rng.random_bool(late) {
            queue.push(packet);
            return Fate::Delayed;
        }
        let again = self.rng.random_bool(duplicates);
        if again {
            queue.push(packet.clone());
        }
        Fate::Arrives { packet, again }
    }

    /// Takes all that is on its way to `to`, for ever or for the caller to deliver.
    pub fn drain(&mut self, to: End) -> Vec<Packet<N>> {
        core::mem::take(&mut self.to[to as usize].queue)
    }

    /// All that was ever sent to `to`.
    pub fn seen(&self, to: End) -> &[Packet<N>] {
        &self.to[to as usize].seen
    }

    /// Anything ever sent to `to`, once more; none where nothing was.
    pub fn replay(&mut self, to: End) -> Option<Packet<N>> {
        let seen = &self.to[to as usize].seen;
        (!seen.is_empty()).then(|| seen[self.rng.random_range(..seen.len())].clone())
    }
}
