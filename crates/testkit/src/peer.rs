//! One end of a session with its store of skipped keys, both kept as records, as a client keeps them.

use std::collections::BTreeMap;

use entrenous_identity::{Day, Timestamp};
use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::{
    BlockId, CloneEvidence, Committed, Limits, Located, Looked, OpenError, RecordChanges, Report, SealError,
    SealPolicy, Session, SkippedBlock,
};
use entrenous_wire::{
    Malformed,
    envelope::Envelope,
    frame::{Frame, FrameKind},
};

use crate::{
    device::{TODAY, start_of},
    rng::ScriptedRng,
};

/// A session and its skipped keys.
#[derive(Debug)]
pub struct Peer {
    /// The session.
    pub session: Session,
    /// The skipped-key records by name.
    pub skipped: BTreeMap<BlockId, Vec<u8>>,
    /// What the peer's clock shows.
    pub today: Day,
    /// What it chooses for the messages that it seals.
    pub policy: SealPolicy,
    /// Its randomness.
    pub rng: ScriptedRng,
    salt: NonceSalt,
    limits: Limits,
}

/// Why bytes were not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not a message at all.
    Malformed(Malformed),
    /// A message that the session refused.
    Open(OpenError),
    /// A message that only shows that two states of the other end have written.
    Clone(CloneEvidence),
}

/// All that a peer has stored; equal exactly when both records are equal byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The session's record.
    pub session: Vec<u8>,
    /// The skipped-key records by name.
    pub skipped: BTreeMap<BlockId, Vec<u8>>,
}

/// A message that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The frame's content; what was wrong with the frame where it is none.
    pub content: Result<Vec<u8>, Malformed>,
    /// What the session told.
    pub report: Report,
}

impl Peer {
    /// A peer with an empty store; `seed` drives its randomness and nonce salt.
    pub fn new(session: Session, limits: Limits, seed: u64) -> Self {
        let mut rng = ScriptedRng::new(seed);
        let salt = NonceSalt::new(&mut rng).expect("scripted");
        Self {
            session,
            skipped: BTreeMap::new(),
            today: TODAY,
            policy: SealPolicy::default(),
            salt,
            rng,
            limits,
        }
    }

    /// Seals `content` and commits.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(&mut self, content: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut out = Vec::new();
        let now = self.now();
        let Self { session, policy, salt, rng, .. } = self;
        session.seal(&frame(content), policy, now, salt, rng, &mut out)?.commit();
        Ok(out)
    }

    /// The beginning of the peer's day.
    pub fn now(&self) -> Timestamp {
        start_of(self.today)
    }

    /// Seals `content`, drops the step, and gives what would have been sent: as a crash between sealing and
    /// storing, in which the bytes leaked all the same.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal_and_drop(&mut self, content: &[u8]) -> Result<Vec<u8>, SealError> {
        let before = self.stored();
        let bytes = self.seal(content)?;
        self.restore(&before);
        Ok(bytes)
    }

    /// Opens `bytes` and commits.
    ///
    /// # Errors
    /// [`Refused`]; the peer is unchanged.
    pub fn open(&mut self, bytes: &[u8]) -> Result<Received, Refused> {
        let envelope = Envelope::parse(bytes).map_err(Refused::Malformed)?;
        let mut out = Vec::new();
        let located = message(self.session.locate(&envelope, self.today))?;
        let records = load(&self.skipped, &located);
        let committed = located.open(records, &mut out).map_err(Refused::Open)?.commit();
        let (received, records) = split(committed);
        self.store(records);
        Ok(received)
    }

    /// Opens `bytes` and drops the step.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn open_and_drop(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let envelope = Envelope::parse(bytes).map_err(Refused::Malformed)?;
        let mut out = Vec::new();
        let located = message(self.session.locate(&envelope, self.today))?;
        let records = load(&self.skipped, &located);
        drop(located.open(records, &mut out).map_err(Refused::Open)?);
        assert!(out.is_empty(), "a dropped step leaves no plaintext");
        Ok(())
    }

    /// Opens `bytes`, which must be a genuine frame, and gives its content.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.open(bytes).expect("opens").content.expect("a frame")
    }

    /// Tries to open `bytes`, which must be refused without a trace: what is stored stays as it is byte for
    /// byte, and no plaintext is left in the buffer.
    pub fn refuse(&mut self, bytes: &[u8]) -> Refused {
        let before = self.stored();
        let refused = self.try_refused(bytes);
        assert_eq!(self.stored(), before, "a refusal changed the state");
        refused
    }

    fn try_refused(&mut self, bytes: &[u8]) -> Refused {
        let envelope = match Envelope::parse(bytes) {
            Ok(envelope) => envelope,
            Err(malformed) => return Refused::Malformed(malformed),
        };
        let located = match message(self.session.locate(&envelope, self.today)) {
            Ok(located) => located,
            Err(refused) => return refused,
        };
        let records = load(&self.skipped, &located);
        let mut out = b"what was in the buffer".to_vec();
        let error = located.open(records, &mut out).map(|_| ()).expect_err("must be refused");
        assert!(out.is_empty(), "a refusal left something in the buffer");
        Refused::Open(error)
    }

    /// Seals `count` messages whose contents are their places, from 0.
    pub fn seal_many(&mut self, count: u32) -> Vec<Vec<u8>> {
        (0..count).map(|i| self.seal(&i.to_be_bytes()).expect("sealed")).collect()
    }

    /// Applies what an opening changed in the skipped-key records.
    pub fn store(&mut self, records: RecordChanges) {
        for block in &records.put {
            self.skipped.insert(block.id(), block.to_record().to_vec());
        }
        for id in &records.remove {
            self.skipped.remove(id);
        }
    }

    /// A copy of all that is stored: a snapshot, or what a thief takes.
    pub fn stored(&self) -> Stored {
        Stored { session: self.session.to_record().to_vec(), skipped: self.skipped.clone() }
    }

    /// Goes back to `stored`. The nonce salt goes on, as it does in a client that stays open; a client opened
    /// anew has another, which [`Peer::reopen`] plays.
    pub fn restore(&mut self, stored: &Stored) {
        self.session = Session::from_record(&stored.session, self.limits).expect("own record");
        self.skipped.clone_from(&stored.skipped);
    }

    /// A second peer from `stored`: a client opened anew, a second process, or a thief.
    pub fn reopen(&self, stored: &Stored, seed: u64) -> Self {
        let session = Session::from_record(&stored.session, self.limits).expect("own record");
        let mut peer = Self::new(session, self.limits, seed);
        peer.skipped.clone_from(&stored.skipped);
        (peer.today, peer.policy) = (self.today, self.policy);
        peer
    }
}

/// A frame of the application with a fixed time and nonce.
pub fn frame(content: &[u8]) -> Frame<'_> {
    Frame {
        kind: FrameKind::Application,
        sent_ms: 1_728_000_000_000,
        nonce: [7; 8],
        ttl: None,
        list_epoch: None,
        shards: None,
        content,
    }
}

/// What is to be opened, if anything is.
fn message<'s, 'm>(looked: Result<Looked<'s, 'm>, OpenError>) -> Result<Located<'s, 'm>, Refused> {
    match looked.map_err(Refused::Open)? {
        Looked::Message(located) => Ok(located),
        Looked::Clone(evidence) => Err(Refused::Clone(evidence)),
    }
}

/// The records that `located` needs, from the store.
fn load(skipped: &BTreeMap<BlockId, Vec<u8>>, located: &Located<'_, '_>) -> Vec<SkippedBlock> {
    let records = located.needed().iter().filter_map(|id| skipped.get(id));
    records.map(|record| SkippedBlock::from_record(record).expect("own record")).collect()
}

/// The message and the record changes of a committed opening.
pub fn split(committed: Committed<'_>) -> (Received, RecordChanges) {
    let Committed { frame, report, records } = committed;
    (Received { content: frame.map(|frame| frame.content.to_vec()), report }, records)
}
