//! The second look at a message: opening its body, and what that changes.

use alloc::{boxed::Box, vec::Vec};
use core::mem;

use entrenous_identity::{Day, session_secret::Root};
use entrenous_primitives::{
    secret::Key,
    x25519::{PublicKey, SecretKey},
};
use entrenous_wire::{Malformed, envelope::Envelope, frame::Frame, header::Flags};
use zeroize::Zeroize;

use crate::{
    BlockId, Located, OpenError, Session, SkippedBlock,
    boxes::{HeaderKey, open_body},
    kdf::{Chain, Message, chain_step, root_step},
    locate::{OpenedHeader, Place},
    output::Uncommitted,
    session::{OldChain, Phase, Ratchet, Receiving},
    skipped::{NewKeys, SkipPlan, SkippedIndex, WorkingSet},
};

impl<'s> Located<'s, '_> {
    /// Opens the body into `out`, whose content is replaced. `records` are the records named by
    /// [`Located::needed`].
    ///
    /// # Errors
    /// [`OpenError`]; the session is unchanged and `out` wiped.
    pub fn open<'o>(
        self,
        records: Vec<SkippedBlock>,
        out: &'o mut Vec<u8>,
    ) -> Result<Opened<'s, 'o>, OpenError> {
        let Self { session, envelope, today, mut header, place, mut plan, dead } = self;
        let mut out = Uncommitted::new(out);
        let n = header.fields.n;
        let present = |id: &BlockId| session.index(id.chain).map_or(0, |index| index.present(id.block));
        let (mut working, lost) = WorkingSet::load(&plan.needed, records, present);
        // a record that is lost takes its own messages with it, and no others
        for id in lost {
            plan.lose(id, present(&id));
        }
        for (chain, range) in &plan.evicted {
            working.remove(*chain, range);
        }
        let mut report = Report { lost_keys: plan.lost, ..Report::default() };
        let (delta, mk) = match place {
            Place::Skipped { chain } => {
                let mk = working.take(chain, n).ok_or(OpenError::WrongRecords)?;
                (Delta::Skipped { chain, n }, mk)
            }
            Place::Current => {
                let recv = session.receiving.as_ref().ok_or(OpenError::Rejected)?;
                let (chain, mk) = walk(&recv.chain, plan.keys_of(recv.id), &mut working);
                (Delta::Current { chain, next: n + 1 }, mk)
            }
            Place::Next { peer, clone_suspected, dropped } => {
                report.clone_suspected = clone_suspected;
                report.lost_keys += dropped;
                report.new_chain = true;
                let (turned, mk) = session.turn(peer, &header, &plan, dead, today, &mut working)?;
                (Delta::Turn(Box::new(turned)), mk)
            }
        };
        read_body(&mk, &mut header, &envelope, out.buffer())?;
        Ok(Opened { session, delta, plan, working, report, out })
    }
}

/// Decrypts the body into `out`.
pub(crate) fn read_body(
    mk: &Key<Message>,
    header: &mut OpenedHeader,
    envelope: &Envelope<'_>,
    out: &mut Vec<u8>,
) -> Result<(), OpenError> {
    let body = envelope.body();
    if out.capacity() < body.len() {
        // growing frees what the buffer held before: somebody's earlier plaintext
        out.zeroize();
        out.reserve_exact(body.len());
    }
    out.clear();
    out.resize(body.len(), 0);
    // spec: RATCHET-26
    open_body(mk, &mut header.ad, &header.bytes, body, envelope.tag(), out).map_err(|_| OpenError::Rejected)
}

/// Steps `chain` over the numbers of `new`, keeping the keys to be kept; gives the chain beyond the last, if
/// there was a step.
fn skip(chain: &Key<Chain>, new: Option<&NewKeys>, working: &mut WorkingSet) -> Option<Key<Chain>> {
    let new = new?;
    let mut at = None;
    for n in new.steps.clone() {
        let (next, mk) = chain_step(at.as_ref().unwrap_or(chain));
        if new.kept.contains(&n) {
            working.push(new.chain, n, mk);
        }
        at = Some(next);
    }
    at
}

/// Skips as [`skip`] does and steps once more, for the message itself.
pub(crate) fn walk(
    chain: &Key<Chain>,
    new: Option<&NewKeys>,
    working: &mut WorkingSet,
) -> (Key<Chain>, Key<Message>) {
    let at = skip(chain, new, working);
    chain_step(at.as_ref().unwrap_or(chain))
}

/// What the peer's new chain gives: the receiving half of a ratchet turn.
pub(crate) struct ReceivingStep {
    pub(crate) root: Key<Root>,
    pub(crate) chain: Key<Chain>,
    pub(crate) next_receive: HeaderKey,
}

/// ```text
/// rk, ck, nhkr' = KDF_RK(rk, DH(dhs, hdr.dh), e)
/// ```
pub(crate) fn receiving_step(
    root: &Key<Root>,
    secret: &SecretKey<Ratchet>,
    peer: &PublicKey<Ratchet>,
    epoch: u64,
) -> Result<ReceivingStep, OpenError> {
    // spec: RATCHET-22
    let dh = secret.agree(peer).map_err(|_| OpenError::Rejected)?;
    let step = root_step(root, &dh, epoch);
    Ok(ReceivingStep { root: step.root, chain: step.chain, next_receive: HeaderKey::new(step.next_header) })
}

/// What a new chain of the peer changes.
#[derive(Debug)]
struct Turned {
    root: Key<Root>,
    next_receive: HeaderKey,
    peer: PublicKey<Ratchet>,
    chain: Key<Chain>,
    next: u32,
    pn: u32,
    flags: Flags,
    dead: Vec<u64>,
    retired: Day,
}

impl Session {
    fn turn(
        &self,
        peer: PublicKey<Ratchet>,
        header: &OpenedHeader,
        plan: &SkipPlan,
        dead: Vec<u64>,
        today: Day,
        working: &mut WorkingSet,
    ) -> Result<(Turned, Key<Message>), OpenError> {
        let Phase::Live(live) = &self.phase else { return Err(OpenError::Rejected) };
        let mut next_id = 0;
        if let Some(recv) = &self.receiving {
            next_id = recv.id + 1;
            skip(&recv.chain, plan.keys_of(recv.id), working);
        }
        let step = receiving_step(&self.root, &live.secret, &peer, self.epoch)?;
        let (chain, mk) = walk(&step.chain, plan.keys_of(next_id), working);
        let turned = Turned {
            root: step.root,
            next_receive: step.next_receive,
            peer,
            chain,
            next: header.fields.n + 1,
            pn: header.fields.pn,
            flags: header.fields.flags,
            dead,
            retired: today,
        };
        Ok((turned, mk))
    }

    fn apply_turn(&mut self, turned: Turned) {
        let Turned { root, next_receive, peer, chain, next, pn, flags, dead, retired } = turned;
        let header = mem::replace(&mut self.next_receive, next_receive);
        let id = self.receiving.as_ref().map_or(0, |recv| recv.id + 1);
        let skipped = SkippedIndex::default();
        let recv = Receiving { id, header, peer, pn, flags, chain, n: next, skipped };
        self.old.retain(|old| !dead.contains(&old.id));
        if let Some(former) = self.receiving.replace(recv) {
            // its chain key is erased here: nothing of it is to come that isn't among the skipped
            let Receiving { id, header, skipped, .. } = former;
            self.old.push_front(OldChain { id, header: header.into_key(), retired, skipped });
        }
        self.root = root;
        // our own chain is answered: its ratchet key, chain key and header key are erased; ns becomes pn
        // spec: RATCHET-27, RATCHET-32
        self.phase = Phase::Turn { peer };
        self.handshake = None;
    }

    fn index(&self, chain: u64) -> Option<&SkippedIndex> {
        let newest = self.receiving.iter().map(|recv| (recv.id, &recv.skipped));
        let old = self.old.iter().map(|old| (old.id, &old.skipped));
        newest.chain(old).find(|(id, _)| *id == chain).map(|(_, index)| index)
    }

    fn index_mut(&mut self, chain: u64) -> Option<&mut SkippedIndex> {
        let newest = self.receiving.iter_mut().map(|recv| (recv.id, &mut recv.skipped));
        let old = self.old.iter_mut().map(|old| (old.id, &mut old.skipped));
        newest.chain(old).find(|(id, _)| *id == chain).map(|(_, index)| index)
    }

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

#[derive(Debug)]
enum Delta {
    Skipped { chain: u64, n: u32 },
    Current { chain: Key<Chain>, next: u32 },
    Turn(Box<Turned>),
}

/// An opened message that is not committed. Dropping it rolls back and wipes the plaintext, which nobody has
/// seen; the same message opens again.
#[derive(Debug)]
#[must_use = "an opening that is not committed is rolled back"]
pub struct Opened<'s, 'o> {
    session: &'s mut Session,
    delta: Delta,
    plan: SkipPlan,
    working: WorkingSet,
    report: Report,
    out: Uncommitted<'o>,
}

impl<'o> Opened<'_, 'o> {
    /// Applies the step, which can't fail, and releases the plaintext.
    ///
    /// The caller makes session and records durable before it shows the plaintext; where that fails, it
    /// discards the session in memory and loads it again.
    pub fn commit(self) -> Committed<'o> {
        let Self { session, delta, plan, working, report, out } = self;
        match delta {
            Delta::Skipped { chain, n } => {
                if let Some(index) = session.index_mut(chain) {
                    index.remove(&(n..n + 1));
                }
            }
            Delta::Current { chain, next } => {
                if let Some(recv) = &mut session.receiving {
                    recv.chain = chain;
                    recv.n = next;
                }
            }
            Delta::Turn(turned) => session.apply_turn(*turned),
        }
        session.apply_plan(&plan);
        Committed::new(out.release(), report, plan, working)
    }
}

/// A message that was opened and committed.
#[derive(Debug)]
pub struct Committed<'o> {
    /// The frame; or, where the peer sealed something that is none, what was wrong with it: its key is consumed
    /// all the same.
    pub frame: Result<Frame<'o>, Malformed>,
    /// What the application or the status should know.
    pub report: Report,
    /// What changed in the skipped-key records, to be stored in one commit with the session.
    pub records: RecordChanges,
}

impl<'o> Committed<'o> {
    pub(crate) fn new(plaintext: &'o [u8], report: Report, plan: SkipPlan, working: WorkingSet) -> Self {
        let (put, emptied) = working.finish();
        let mut remove = plan.removed;
        remove.extend(emptied);
        // a record that was lost may have been begun anew
        remove.retain(|id| put.iter().all(|block| block.id() != *id));
        // spec: RATCHET-28
        Self { frame: Frame::parse(plaintext), report, records: RecordChanges { put, remove } }
    }
}

/// What an opening tells besides the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The message began a new chain of the peer: the first of the session, or an answer to our newest one.
    pub new_chain: bool,
    /// The peer's new chain counts fewer messages in its former one than we have read: it was restored from
    /// an older state, or somebody runs a copy of it.
    pub clone_suspected: bool,
    /// Messages that can't be opened any more, should they come: their keys were dropped for a limit.
    pub lost_keys: u32,
}

/// Skipped-key records to write and to remove.
#[derive(Debug, Default)]
pub struct RecordChanges {
    /// To be written, each in the place of its former content.
    pub put: Vec<SkippedBlock>,
    /// To be removed.
    pub remove: Vec<BlockId>,
}
