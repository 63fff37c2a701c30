//! The receiving half of a ratchet turn: what a new chain of the peer gives and changes.

use alloc::{boxed::Box, vec::Vec};
use core::mem;

use entrenous_identity::{
    Day,
    session_secret::{Resume, Root},
};
use entrenous_primitives::{
    secret::{Key, SecretBytes},
    x25519::PublicKey,
};
use entrenous_wire::header::Flags;

use crate::{
    OpenError, Session,
    ahead::Ahead,
    boxes::HeaderKey,
    chain::{skip, walk},
    epoch::{Epoch, EpochStep},
    kdf::{Chain, Message, root_step},
    locate::{Beginning, OpenedHeader},
    session::{OldChain, Phase, Ratchet, Receiving},
    skipped::{SkipPlan, SkippedIndex, WorkingSet},
};

/// What the peer's new chain gives: the receiving half of a ratchet turn.
pub(crate) struct ReceivingStep {
    pub(crate) root: Key<Root>,
    pub(crate) chain: Key<Chain>,
    pub(crate) next_receive: HeaderKey,
    pub(crate) resumption: Key<Resume>,
}

/// ```text
/// rk, ck, nhkr', rs = KDF_RK(rk, DH(dhs, hdr.dh), [es of an epoch that ends here], e)
/// ```
pub(crate) fn receiving_step(
    root: &Key<Root>,
    dh: &SecretBytes<32>,
    epoch: &Epoch,
    epoch_step: EpochStep,
) -> ReceivingStep {
    // spec: RATCHET-22
    let step = root_step(root, dh, epoch.secret_of(epoch_step), epoch.number);
    ReceivingStep {
        root: step.root,
        chain: step.chain,
        next_receive: HeaderKey::new(step.next_header),
        resumption: step.resumption,
    }
}

/// What a new chain of the peer changes.
#[derive(Debug)]
pub(crate) struct Turned {
    root: Key<Root>,
    next_receive: HeaderKey,
    resumption: Key<Resume>,
    peer: PublicKey<Ratchet>,
    chain: Key<Chain>,
    next: u32,
    pn: u32,
    flags: Flags,
    epoch_step: EpochStep,
    dead: Vec<u64>,
    retired: Day,
}

impl Session {
    pub(crate) fn turn(
        &mut self,
        begins: Beginning,
        header: &OpenedHeader,
        plan: &SkipPlan,
        dead: Vec<u64>,
        today: Day,
        working: &mut WorkingSet,
    ) -> Result<(Turned, Key<Message>), OpenError> {
        let Beginning { peer, epoch_step } = begins;
        let Phase::Live(live) = &self.phase else { return Err(OpenError::Rejected) };
        let next_id = self.next_chain_id();
        if let Some(recv) = &self.receiving {
            skip(&recv.chain, plan.keys_of(recv.id), working);
        }
        let step = |dh: &SecretBytes<32>| receiving_step(&self.root, dh, &self.epoch, epoch_step);
        let step = match &self.ahead {
            Some(Ahead::Theirs { own, peer: of, dh }) if *own == live.public && *of == peer => step(dh),
            _ => step(&live.secret.agree(&peer).map_err(|_| OpenError::Rejected)?),
        };
        // wiped where it is: it serves once
        self.ahead = None;
        let (chain, mk) = walk(&step.chain, plan.keys_of(next_id), working);
        let turned = Turned {
            root: step.root,
            next_receive: step.next_receive,
            resumption: step.resumption,
            peer,
            chain,
            next: header.fields.n + 1,
            pn: header.fields.pn,
            flags: header.fields.flags,
            epoch_step,
            dead,
            retired: today,
        };
        Ok((turned, mk))
    }

    pub(crate) fn apply_turn(&mut self, turned: Turned) {
        let Turned {
            root,
            next_receive,
            resumption,
            peer,
            chain,
            next,
            pn,
            flags,
            epoch_step,
            dead,
            retired,
        } = turned;
        self.epoch.receiving_stepped(self.party, epoch_step, flags, retired);
        let header = mem::replace(&mut self.next_receive, next_receive);
        let id = self.next_chain_id();
        let skipped = SkippedIndex::default();
        let recv = Receiving { id, header, peer, pn, flags, chain, n: next, skipped };
        self.old.retain(|old| !dead.contains(&old.id));
        if let Some(former) = self.receiving.replace(recv) {
            // its chain key is erased here: nothing of it is to come that isn't among the skipped
            let Receiving { id, header, skipped, .. } = former;
            self.old.push_front(Box::new(OldChain { id, header: header.into_key(), retired, skipped }));
        }
        if !dead.is_empty() {
            self.forget_opened();
        }
        self.resumption.push(resumption);
        self.root = root;
        // our own chain is answered: its ratchet key, chain key and header key are erased; ns becomes pn
        // spec: RATCHET-27, RATCHET-32
        self.phase = Phase::Turn { peer };
        self.handshake = None;
    }
}
