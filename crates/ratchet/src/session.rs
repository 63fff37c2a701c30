//! The state of a session, between messages.

use alloc::{boxed::Box, collections::VecDeque, vec::Vec};

use entrenous_identity::{
    Day, HandshakeHash, InitiatorSecret, Transcript,
    session_secret::{Header, Root},
};
use entrenous_primitives::{
    role::Role,
    secret::Key,
    x25519::{PublicKey, SecretKey},
};
use entrenous_wire::header::Flags;

use crate::{
    Limits,
    ahead::Ahead,
    boxes::HeaderKey,
    epoch::{Epoch, EpochStep},
    kdf::Chain,
    opened::OpenedMessages,
    resumption::ResumptionSecrets,
    skipped::{SkipPlan, SkippedIndex},
};

/// Role of the key that one side sends in the headers of a chain and drops when the answer is opened.
#[derive(Debug)]
pub(crate) enum Ratchet {}
impl Role for Ratchet {
    const NAME: &'static str = "ratchet";
}

/// Which side of the handshake this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// Opened the session.
    Initiator,
    /// Was written to.
    Responder,
}

/// One session with one device.
///
/// ```text
///   initiate --> Turn --seal--> Live --open a new chain--> Turn ...
///   accept (Await, never stored) --open the first message--> Turn ...
/// ```
///
/// In `Turn` it is our turn to bring a new ratchet key; it is born when the next message is sealed and dies
/// when the answer is opened. Sealing and opening compute a small delta beside the state and apply it only
/// when the step is committed; a step that fails or is dropped leaves no trace.
#[derive(Debug)]
pub struct Session {
    pub(crate) party: Party,
    pub(crate) transcript: Transcript,
    pub(crate) handshake_hash: HandshakeHash,
    /// Sent along by the initiator until the first reply is read.
    pub(crate) handshake: Option<Vec<u8>>,
    pub(crate) root: Key<Root>,
    pub(crate) epoch: Epoch,
    pub(crate) phase: Phase,
    /// Messages sealed in our newest chain; becomes `pn` of the next.
    pub(crate) ns: u32,
    /// NHKs: encrypts the headers of our next chain.
    pub(crate) next_send: Key<Header>,
    /// NHKr: opens the headers of the peer's next chain.
    pub(crate) next_receive: HeaderKey,
    /// The peer's newest chain; none before its first message.
    pub(crate) receiving: Option<Receiving>,
    /// Former chains of the peer, newest first; boxed, so that growing copies no key.
    pub(crate) old: VecDeque<Box<OldChain>>,
    /// RS of the last root steps.
    pub(crate) resumption: ResumptionSecrets,
    /// Tags of the last messages that were opened.
    pub(crate) opened: OpenedMessages,
    /// Of the next turn.
    pub(crate) ahead: Option<Ahead>,
    pub(crate) limits: Limits,
}

/// Whose turn it is to bring a ratchet key.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Ours: the peer's newest key is known, our own is not drawn yet.
    Turn { peer: PublicKey<Ratchet> },
    /// The peer's: our chain is in use.
    Live(Live),
}

/// Our sending chain.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) secret: SecretKey<Ratchet>,
    /// Kept because deriving it again would cost more than the whole message.
    pub(crate) public: PublicKey<Ratchet>,
    pub(crate) chain: Key<Chain>,
    pub(crate) header: HeaderKey,
    pub(crate) pn: u32,
    /// What the root step that began it did about the post-quantum epoch.
    pub(crate) epoch_step: EpochStep,
}

/// The peer's newest chain.
#[derive(Debug)]
pub(crate) struct Receiving {
    /// The number of this chain among the peer's, from 0: names its skipped-key records.
    pub(crate) id: u64,
    pub(crate) header: HeaderKey,
    pub(crate) peer: PublicKey<Ratchet>,
    pub(crate) pn: u32,
    pub(crate) flags: Flags,
    pub(crate) chain: Key<Chain>,
    /// The number of the next message in order.
    pub(crate) n: u32,
    pub(crate) skipped: SkippedIndex,
}

/// A former chain of the peer: only its skipped messages can still be opened.
#[derive(Debug)]
pub(crate) struct OldChain {
    pub(crate) id: u64,
    pub(crate) header: Key<Header>,
    pub(crate) retired: Day,
    pub(crate) skipped: SkippedIndex,
}

impl OldChain {
    /// Whether it has been a former chain for `days`; one retired in the future counts as retired today.
    pub(crate) fn is_expired(&self, today: Day, days: u32) -> bool {
        // spec: RATCHET-21
        today.0.saturating_sub(self.retired.0) >= days
    }
}

impl Session {
    /// The initiator's session, ready to seal.
    ///
    /// ```text
    /// Init initiator: Turn{rk = RK, dhr = S_B, nhks = HK_A, nhkr = HK_B, ns = 0, recv = none}
    /// ```
    pub fn initiate(secret: InitiatorSecret, limits: Limits) -> Self {
        let InitiatorSecret { session, peer_prekey, handshake } = secret;
        // spec: RATCHET-1
        Self {
            party: Party::Initiator,
            transcript: session.transcript,
            handshake_hash: session.handshake_hash,
            handshake: Some(handshake),
            root: session.root,
            epoch: Epoch::first(Party::Initiator),
            phase: Phase::Turn { peer: peer_prekey.in_role() },
            ns: 0,
            next_send: session.header_initiator,
            next_receive: HeaderKey::new(session.header_responder),
            receiving: None,
            old: VecDeque::new(),
            resumption: ResumptionSecrets::new(),
            opened: OpenedMessages::new(),
            ahead: None,
            limits,
        }
    }

    /// Which side of the handshake this is.
    pub fn party(&self) -> Party {
        self.party
    }

    /// T of the handshake.
    pub fn transcript(&self) -> Transcript {
        self.transcript
    }

    /// hs of the handshake: prekey messages of this session are found by it.
    pub fn handshake_hash(&self) -> HandshakeHash {
        self.handshake_hash
    }

    /// Whether the peer has answered, as far as we have read.
    pub fn is_answered(&self) -> bool {
        self.receiving.is_some()
    }

    /// Skipped message keys that are kept at present.
    pub fn skipped_keys(&self) -> u32 {
        let old = self.old.iter().map(|chain| chain.skipped.len());
        old.chain(self.receiving.iter().map(|chain| chain.skipped.len())).sum()
    }

    /// The number of the peer's next chain.
    pub(crate) fn next_chain_id(&self) -> u64 {
        self.receiving.as_ref().map_or(0, |recv| recv.id + 1)
    }

    /// The skipped numbers of `chain`, if it is known.
    pub(crate) fn index(&self, chain: u64) -> Option<&SkippedIndex> {
        let newest = self.receiving.iter().map(|recv| (recv.id, &recv.skipped));
        let old = self.old.iter().map(|old| (old.id, &old.skipped));
        newest.chain(old).find(|(id, _)| *id == chain).map(|(_, index)| index)
    }

    pub(crate) fn index_mut(&mut self, chain: u64) -> Option<&mut SkippedIndex> {
        let newest = self.receiving.iter_mut().map(|recv| (recv.id, &mut recv.skipped));
        let old = self.old.iter_mut().map(|old| (old.id, &mut old.skipped));
        newest.chain(old).find(|(id, _)| *id == chain).map(|(_, index)| index)
    }

    /// Enters into the indexes which skipped keys went and came.
    pub(crate) fn apply_plan(&mut self, plan: &SkipPlan) {
        for (chain, range) in &plan.evicted {
            // none for a chain that went as a whole
            if let Some(index) = self.index_mut(*chain) {
                index.remove(range);
            }
        }
        for new in &plan.new {
            if let Some(index) = self.index_mut(new.chain) {
                index.insert(&new.kept);
            }
        }
    }
}
