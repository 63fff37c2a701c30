//! The post-quantum epoch in the account of one end, from the specification alone: a blob is a name, and a shard says
//! of which blob it is.

use entrenous_ratchet::{PostQuantumPolicy, ShardsPerMessage};

use super::Name;

/// Shards of the offerer's blob and of the answerer's.
const NEEDED: [u32; 2] = [37, 35];

/// Shards that a blob has.
const INDICES: u32 = 255;

/// What the shards are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blob {
    /// An encapsulation key.
    Key(Name),
    /// The ciphertext for a key, with its confirmation, and the secret of both.
    Answer {
        /// The key.
        to: Name,
        /// The secret.
        secret: Name,
    },
    /// Neither: shards that don't fit together, or the answer to such.
    Garbage(Name),
}

/// The shards that go along with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    first: u32,
    count: u32,
    blob: Blob,
}

/// What a header says about the epoch, and the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochNote {
    /// Modulo 64.
    pub epoch: u64,
    /// The sender has the peer's blob.
    pub have: bool,
    /// The chain mixes in the secret of the epoch before.
    pub mix: bool,
    /// The shards.
    pub run: Option<Run>,
}

/// How a chain begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// In the epoch of the chain before.
    Stay,
    /// With the secret of the epoch before.
    Mix(Name),
    /// In another epoch all the same.
    Skip,
}

/// The epoch of one end.
#[derive(Clone, Debug)]
pub struct Epoch {
    initiator: bool,
    /// From 1.
    pub number: u64,
    stage: Stage,
    sent: u32,
    /// Skipped in a row.
    pub skipped: u32,
    /// The last that was mixed in.
    pub mixed: Option<u64>,
}

#[derive(Clone, Debug)]
enum Stage {
    Resting { messages: Option<u32> },
    Offered { key: Name, out: Outgoing, answer: Vec<(u32, Blob)> },
    Settled(Option<Name>),
    Collecting(Vec<(u32, Blob)>),
    Collected(Blob),
    Answered { secret: Option<Name>, out: Outgoing },
}

#[derive(Clone, Debug)]
struct Outgoing {
    blob: Blob,
    needed: u32,
    next: u32,
    peer_has: bool,
}

impl Outgoing {
    fn new(blob: Blob, needed: u32) -> Self {
        Self { blob, needed, next: 0, peer_has: false }
    }
}

impl Epoch {
    /// The first of a session.
    pub fn first(initiator: bool) -> Self {
        let stage = if initiator { Stage::Collecting(Vec::new()) } else { Stage::Resting { messages: None } };
        Self { initiator, number: 1, stage, sent: 0, skipped: 0, mixed: None }
    }

    fn next(&mut self, mixed: bool) {
        if mixed {
            (self.mixed, self.skipped) = (Some(self.number), 0);
        } else {
            self.skipped += 1;
        }
        self.number += 1;
        // odd epochs are the responder's to offer
        let offers = (self.number % 2 == 1) != self.initiator;
        self.stage =
            if offers { Stage::Resting { messages: Some(0) } } else { Stage::Collecting(Vec::new()) };
    }

    /// A chain of this end begins; `fresh` is drawn for it.
    pub fn sending_step(&mut self, fresh: Name, policy: &PostQuantumPolicy) -> Step {
        match &self.stage {
            Stage::Settled(secret) => {
                let step = secret.map_or(Step::Skip, Step::Mix);
                self.next(secret.is_some());
                step
            }
            Stage::Resting { messages } => {
                if policy.offers && messages.is_none_or(|messages| messages >= policy.pause_messages) {
                    let key = Name::derived("key", [fresh, fresh]);
                    let out = Outgoing::new(Blob::Key(key), NEEDED[0]);
                    self.stage = Stage::Offered { key, out, answer: Vec::new() };
                }
                Step::Stay
            }
            Stage::Collected(offer) => {
                let (blob, secret) = match offer {
                    Blob::Key(key) => {
                        let secret = Name::derived("secret", [*key, fresh]);
                        (Blob::Answer { to: *key, secret }, Some(secret))
                    }
                    _ => (Blob::Garbage(fresh), None),
                };
                self.stage = Stage::Answered { secret, out: Outgoing::new(blob, NEEDED[1]) };
                Step::Stay
            }
            _ => Step::Stay,
        }
    }

    /// What a message of a chain that began with `step` says.
    pub fn seal(&mut self, step: Step, policy: &PostQuantumPolicy) -> EpochNote {
        let have = matches!(self.stage, Stage::Settled(_) | Stage::Collected(_) | Stage::Answered { .. });
        let ShardsPerMessage::Exactly(most) = policy.shards else { panic!("stories say how many") };
        let sent = self.sent;
        let run = self.outgoing().filter(|out| !out.peer_has).and_then(|out| {
            let count = u32::from(most).min(2 * out.needed - sent);
            let run = Run { first: out.next, count, blob: out.blob };
            out.next = (out.next + count) % INDICES;
            (count > 0).then_some(run)
        });
        self.sent += run.map_or(0, |run| run.count);
        self.count();
        EpochNote { epoch: self.number % 64, have, mix: matches!(step, Step::Mix(_)), run }
    }

    /// A chain of the peer begins; none if it can't.
    pub fn receiving_step(&mut self, note: &EpochNote) -> Option<Step> {
        let step = match (&self.stage, note.epoch == self.number % 64) {
            (_, true) => (!note.mix).then_some(Step::Stay)?,
            (Stage::Resting { .. } | Stage::Offered { .. } | Stage::Settled(_), false) => return None,
            _ if note.epoch != (self.number + 1) % 64 => return None,
            (Stage::Answered { secret, .. }, false) if note.mix => Step::Mix((*secret)?),
            _ if note.mix => return None,
            _ => Step::Skip,
        };
        if step != Step::Stay {
            self.next(step != Step::Skip);
        } else if let Some(out) = self.outgoing() {
            out.peer_has = note.have;
        }
        self.sent = 0;
        Some(step)
    }

    /// A message was opened.
    pub fn opened(&mut self, note: &EpochNote) {
        if note.epoch == self.number % 64 {
            if note.have
                && let Some(out) = self.outgoing()
            {
                out.peer_has = true;
            }
            if let Some(run) = note.run {
                self.take(run);
            }
        }
        self.count();
    }

    fn take(&mut self, run: Run) {
        let (shards, needed) = match &mut self.stage {
            Stage::Offered { answer, .. } => (answer, NEEDED[1]),
            Stage::Collecting(shards) => (shards, NEEDED[0]),
            _ => return,
        };
        for place in 0..run.count {
            let index = (run.first + place) % INDICES;
            if shards.len() < needed as usize && shards.iter().all(|(known, _)| *known != index) {
                shards.push((index, run.blob));
            }
        }
        if shards.len() < needed as usize {
            return;
        }
        let first = shards[0].1;
        let one_blob = shards.iter().all(|(_, blob)| *blob == first);
        let blob = if one_blob { first } else { Blob::Garbage(Name(0)) };
        self.stage = match &self.stage {
            Stage::Offered { key, .. } => Stage::Settled(match blob {
                Blob::Answer { to, secret } if to == *key => Some(secret),
                _ => None,
            }),
            _ => Stage::Collected(blob),
        };
    }

    /// What is sent of this epoch from now on is false: a key of somebody else's, or nothing that is any.
    pub fn lie(&mut self, fresh: Name, foreign: bool) {
        if let Some(out) = self.outgoing() {
            out.blob = if foreign {
                Blob::Key(Name::derived("foreign", [Name(0); 2]))
            } else {
                Blob::Garbage(fresh)
            };
        }
        // what was offered is what an answer is compared with
        if let Stage::Offered { key, .. } = &mut self.stage {
            *key = fresh;
        }
    }

    fn outgoing(&mut self) -> Option<&mut Outgoing> {
        match &mut self.stage {
            Stage::Offered { out, .. } | Stage::Answered { out, .. } => Some(out),
            _ => None,
        }
    }

    fn count(&mut self) {
        if let Stage::Resting { messages: Some(messages) } = &mut self.stage {
            *messages += 1;
        }
    }
}
