//! What one end may still open, told from the design alone.
//!
//! The session with its cryptography taken out: a key is a [`Name`], a derivation makes a new name of names, and
//! a message is a [`Note`] of what its header says. Two names are equal exactly where two keys would be, so
//! the account stays right for an end that goes back to an older state as well. It is written from the
//! specification and shares nothing with the implementation, which keeps blocks, indexes and plans where this
//! keeps one list and throws away from its front.

mod epoch;
pub mod roster;
pub mod sender_key;

use entrenous_primitives::hash::sha256;
use entrenous_ratchet::{CloneEvidence, Limits, OpenError, PostQuantumPolicy};

pub use epoch::{Blob, Epoch, EpochNote, Run, Step};

use crate::peer::Refused;

const REJECTED: Refused = Refused::Open(OpenError::Rejected);

/// Stands for a key. A key pair has one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(u64);

impl Name {
    /// The name of a key that is drawn, the `number`-th of its story.
    pub fn drawn(number: u64) -> Self {
        Self::derived("drawn", [Self(number), Self(0)])
    }

    fn derived(what: &str, [a, b]: [Self; 2]) -> Self {
        let hash = sha256(&[what.as_bytes(), &a.0.to_be_bytes(), &b.0.to_be_bytes()]);
        Self(u64::from_be_bytes(core::array::from_fn(|at| hash[at])))
    }

    /// A Diffie–Hellman secret: the same from both ends.
    fn shared(a: Self, b: Self) -> Self {
        Self::derived("shared", [a.min(b), a.max(b)])
    }
}

/// What a message's header says, and under which keys it was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// The key that seals the header.
    pub header_key: Name,
    /// The sender's ratchet key.
    pub ratchet_key: Name,
    /// The chain that gives the body's key.
    pub chain: Name,
    /// The message's number in its chain.
    pub n: u32,
    /// Messages of the sender's former chain.
    pub pn: u32,
    /// The body's tag: another one at each sealing.
    pub tag: Name,
    /// What header and frame say of the post-quantum epoch.
    pub epoch: EpochNote,
}

/// A message that opens, and what comes with it.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The account once the message is opened.
    pub after: Oracle,
    /// Where the message stands.
    pub position: Position,
    /// The sender counts less than was read.
    pub clone_suspected: bool,
    /// Messages missing at a chain's end that were too many to derive.
    pub gap_dropped: u32,
    /// Keys that made room for newer ones.
    pub evicted: u32,
    /// Keys that went with their chain.
    pub retired: u32,
    /// The peer has mixed an epoch in.
    pub mixed: bool,
    /// The peer has skipped an epoch.
    pub skipped: bool,
}

/// Where a message stands among those that were opened before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// It is the newest of the newest chain.
    Newest,
    /// It begins a chain.
    NewChain,
    /// It was overtaken in the newest chain.
    Overtaken,
    /// It is of a former chain.
    FormerChain,
}

/// The account of one end.
#[derive(Clone, Debug)]
pub struct Oracle {
    limits: Limits,
    root: Name,
    /// The post-quantum epoch.
    pub epoch: Epoch,
    turn: Turn,
    /// Messages sealed in the newest chain.
    ns: u32,
    next_send: Name,
    next_receive: Name,
    receiving: Option<Receiving>,
    /// Header keys of the peer's former chains, newest first.
    old: Vec<Name>,
    /// Oldest first.
    skipped: Vec<Skipped>,
    /// The last opened messages of chains that are known, oldest first.
    opened: Vec<Note>,
}

/// Who brings the next ratchet key.
#[derive(Clone, Debug)]
enum Turn {
    Ours { peer: Name },
    Theirs { own: Name, sending: Option<Sending> },
}

#[derive(Clone, Debug)]
struct Sending {
    header_key: Name,
    chain: Name,
    pn: u32,
    step: Step,
}

#[derive(Clone, Debug)]
struct Receiving {
    header_key: Name,
    ratchet_key: Name,
    chain: Name,
    pn: u32,
    /// Epoch and `mix` of all its headers.
    flags: (u64, bool),
    n: u32,
}

#[derive(Clone, Debug)]
struct Skipped {
    header_key: Name,
    chain: Name,
    n: u32,
}

impl Oracle {
    /// Initiator and responder after their handshake.
    pub fn pair(limits: Limits) -> [Self; 2] {
        let [root, prekey, initiator, responder] = [1, 2, 3, 4].map(Name);
        let end = |initiator, turn, next_send, next_receive| Self {
            limits,
            root,
            epoch: Epoch::first(initiator),
            turn,
            ns: 0,
            next_send,
            next_receive,
            receiving: None,
            old: Vec::new(),
            skipped: Vec::new(),
            opened: Vec::new(),
        };
        [
            end(true, Turn::Ours { peer: prekey }, initiator, responder),
            end(false, Turn::Theirs { own: prekey, sending: None }, responder, initiator),
        ]
    }

    /// Whether a message of the peer was ever opened: an initiator sends its handshake along until then.
    pub fn has_heard(&self) -> bool {
        self.receiving.is_some()
    }

    /// Keys of skipped messages that are kept.
    pub fn kept(&self) -> usize {
        self.skipped.len()
    }

    /// Seals: the message's note, and the account afterwards. `fresh`, drawn anew for each sealing, is the ratchet
    /// key, should one be needed, and names the tag.
    /// None where the chain is exhausted, or the responder was not written to yet.
    pub fn seal(&self, fresh: Name, policy: &PostQuantumPolicy) -> Option<(Note, Self)> {
        let mut after = self.clone();
        if let Turn::Ours { peer } = self.turn {
            let step = after.epoch.sending_step(fresh, policy);
            let (root, chain, next) = root_step(self.root, Name::shared(fresh, peer), step);
            let sending = Sending { header_key: self.next_send, chain, pn: self.ns, step };
            after.turn = Turn::Theirs { own: fresh, sending: Some(sending) };
            (after.root, after.next_send, after.ns) = (root, next, 0);
        }
        let Turn::Theirs { own, sending: Some(sending) } = &after.turn else { return None };
        let step = sending.step;
        let mut note = Note {
            header_key: sending.header_key,
            ratchet_key: *own,
            chain: sending.chain,
            n: after.ns,
            pn: sending.pn,
            tag: Name::derived("tag", [fresh, fresh]),
            epoch: EpochNote { epoch: 0, have: false, mix: false, run: None },
        };
        if after.ns >= self.limits.chain_messages {
            return None;
        }
        note.epoch = after.epoch.seal(step, policy);
        after.ns += 1;
        Some((note, after))
    }

    /// What opening the message must give.
    ///
    /// # Errors
    /// What else it must give.
    pub fn expect(&self, note: &Note) -> Result<Opening, Refused> {
        if let Some(receiving) = self.receiving.as_ref().filter(|at| at.header_key == note.header_key) {
            return self.in_newest_chain(receiving, note);
        }
        match self.turn {
            Turn::Theirs { own, .. } if note.header_key == self.next_receive => self.in_next_chain(own, note),
            _ if self.old.contains(&note.header_key) => self.skipped_before(note, Position::FormerChain),
            _ => Err(REJECTED),
        }
    }

    fn in_newest_chain(&self, receiving: &Receiving, note: &Note) -> Result<Opening, Refused> {
        if note.ratchet_key != receiving.ratchet_key {
            return Err(Refused::Clone(CloneEvidence::ChainBegunTwice));
        }
        if note.pn != receiving.pn || (note.epoch.epoch, note.epoch.mix) != receiving.flags {
            return Err(REJECTED);
        }
        if note.n < receiving.n {
            return self.skipped_before(note, Position::Overtaken);
        }
        if note.n - receiving.n > self.limits.steps_per_message {
            return Err(Refused::Open(OpenError::TooFarAhead));
        }
        let mut opening = self.opening(Position::Newest);
        opening.after.skip_to(note.n);
        opening.after.step(note)?;
        opening.evict();
        Ok(opening)
    }

    fn in_next_chain(&self, own: Name, note: &Note) -> Result<Opening, Refused> {
        match &self.receiving {
            Some(receiving) if receiving.ratchet_key == note.ratchet_key => return Err(REJECTED),
            None if note.pn != 0 => return Err(REJECTED),
            _ => {}
        }
        let mut epoch = self.epoch.clone();
        let Some(step) = epoch.receiving_step(&note.epoch) else { return Err(REJECTED) };
        // one budget: the new chain's part first, what is left is for the former's end
        let Some(left) = self.limits.steps_per_message.checked_sub(note.n) else {
            return Err(Refused::Open(OpenError::TooFarAhead));
        };
        let mut opening = self.opening(Position::NewChain);
        opening.mixed = matches!(step, Step::Mix(_));
        opening.skipped = step == Step::Skip;
        let after = &mut opening.after;
        after.epoch = epoch;
        if let Some(former) = &self.receiving {
            if note.pn < former.n {
                opening.clone_suspected = true;
            } else if note.pn - former.n > left {
                opening.gap_dropped = note.pn - former.n;
            } else {
                after.skip_to(note.pn);
            }
            after.old.insert(0, former.header_key);
            after.old.truncate(usize::from(self.limits.old_chains));
            let known = after.skipped.len();
            after.skipped.retain(|key| after.old.contains(&key.header_key));
            opening.retired = count(known - after.skipped.len());
            after.opened.retain(|note| after.old.contains(&note.header_key));
        }
        let (root, chain, next) = root_step(self.root, Name::shared(own, note.ratchet_key), step);
        (after.root, after.next_receive) = (root, next);
        after.turn = Turn::Ours { peer: note.ratchet_key };
        after.receiving = Some(Receiving {
            header_key: note.header_key,
            ratchet_key: note.ratchet_key,
            chain,
            pn: note.pn,
            flags: (note.epoch.epoch, note.epoch.mix),
            n: 0,
        });
        after.skip_to(note.n);
        after.step(note)?;
        opening.evict();
        Ok(opening)
    }

    fn skipped_before(&self, note: &Note, position: Position) -> Result<Opening, Refused> {
        let same = |key: &Skipped| (key.header_key, key.n) == (note.header_key, note.n);
        let Some(at) = self.skipped.iter().position(same) else {
            let here = |known: &&Note| (known.header_key, known.n) == (note.header_key, note.n);
            let other = self.opened.iter().find(here).is_some_and(|known| known.tag != note.tag);
            let twice = Refused::Clone(CloneEvidence::NumberUsedTwice);
            return Err(if other { twice } else { Refused::Open(OpenError::Duplicate) });
        };
        if self.skipped[at].chain != note.chain {
            return Err(REJECTED);
        }
        let mut opening = self.opening(position);
        opening.after.skipped.remove(at);
        opening.after.remember(note);
        Ok(opening)
    }

    fn opening(&self, position: Position) -> Opening {
        Opening {
            after: self.clone(),
            position,
            clone_suspected: false,
            gap_dropped: 0,
            evicted: 0,
            retired: 0,
            mixed: false,
            skipped: false,
        }
    }

    /// Keeps the keys of the newest chain up to `n`.
    fn skip_to(&mut self, n: u32) {
        let Some(Receiving { header_key, chain, n: at, .. }) = &mut self.receiving else { return };
        let (header_key, chain) = (*header_key, *chain);
        self.skipped.extend((*at..n).map(|n| Skipped { header_key, chain, n }));
        *at = n;
    }

    /// Opens the body of the newest chain's next message.
    fn step(&mut self, note: &Note) -> Result<(), Refused> {
        let receiving = self.receiving.as_mut().filter(|at| at.chain == note.chain);
        receiving.ok_or(REJECTED)?.n += 1;
        self.remember(note);
        Ok(())
    }

    /// Sixteen tags are remembered, and what the message says of the epoch.
    fn remember(&mut self, note: &Note) {
        self.epoch.opened(&note.epoch);
        self.opened.push(*note);
        let over = self.opened.len().saturating_sub(16);
        self.opened.drain(..over);
    }
}

impl Opening {
    /// Messages that can't be opened any more.
    pub fn lost_keys(&self) -> u32 {
        self.gap_dropped + self.evicted + self.retired
    }

    fn evict(&mut self) {
        let skipped = &mut self.after.skipped;
        let over = count(skipped.len()).saturating_sub(self.after.limits.skipped_keys);
        skipped.drain(..over as usize);
        self.evicted = over;
    }
}

/// Root, chain and next header key.
fn root_step(root: Name, shared: Name, step: Step) -> (Name, Name, Name) {
    let shared = if let Step::Mix(secret) = step { Name::derived("mixed", [shared, secret]) } else { shared };
    let name = |what| Name::derived(what, [root, shared]);
    (name("root"), name("chain"), name("header"))
}

fn count(len: usize) -> u32 {
    u32::try_from(len).expect("a test's messages are few")
}
