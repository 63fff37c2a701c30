//! The first look at a message: opening its header and saying what is needed to open the rest.

use alloc::vec::Vec;

use entrenous_identity::{Day, HandshakeHash};
use entrenous_primitives::{aead::Cipher, x25519::PublicKey};
use entrenous_wire::{
    envelope::{Envelope, Kind},
    header::{HEADER_LEN, Header},
    records::MAX_OLD_CHAINS,
};

use crate::{
    BlockId, OpenError, Session,
    boxes::{AssociatedData, open_header},
    session::{Phase, Ratchet},
    skipped::{NewKeys, SkipPlan},
};

/// A message whose header is authentic; its body is not read yet.
#[derive(Debug)]
pub struct Located<'s, 'm> {
    pub(crate) session: &'s mut Session,
    pub(crate) envelope: Envelope<'m>,
    pub(crate) today: Day,
    pub(crate) header: OpenedHeader,
    pub(crate) place: Place,
    pub(crate) plan: SkipPlan,
    /// Former chains whose time is over or place is needed, gone with this message.
    pub(crate) dead: Vec<u64>,
}

impl Located<'_, '_> {
    /// The skipped-key records to be loaded for [`Located::open`]; none for traffic in order.
    pub fn needed(&self) -> &[BlockId] {
        &self.plan.needed
    }
}

/// A decrypted header, with what binds the body to it.
pub(crate) struct OpenedHeader {
    pub(crate) fields: Header,
    pub(crate) bytes: [u8; HEADER_LEN],
    pub(crate) ad: AssociatedData,
}

impl core::fmt::Debug for OpenedHeader {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { fields: Header { n, pn, .. }, bytes: _, ad: _ } = self;
        write!(f, "OpenedHeader {{ n: {n}, pn: {pn} }}")
    }
}

/// What [`Session::expire`] has forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Messages that can't be opened any more, should they come.
    pub lost_keys: u32,
    /// The skipped-key records to be removed.
    pub records: Vec<BlockId>,
}

/// Where in the session the message belongs.
#[derive(Debug)]
pub(crate) enum Place {
    /// Skipped earlier in this chain of the peer.
    Skipped { chain: u64 },
    /// Next in the peer's newest chain, or ahead in it.
    Current,
    /// In a new chain: the peer has answered ours.
    Next { peer: PublicKey<Ratchet>, clone_suspected: bool, dropped: u32 },
}

/// Opens the header under one key.
pub(crate) fn try_header(
    cipher: &Cipher,
    envelope: &Envelope<'_>,
    handshake: Option<&HandshakeHash>,
) -> Result<Option<OpenedHeader>, OpenError> {
    let ad = AssociatedData::new(handshake);
    let Ok(bytes) = open_header(cipher, &ad, envelope.tag(), envelope.sealed_header()) else {
        return Ok(None);
    };
    // authentic, so no other key is tried whatever is wrong with it
    // spec: RATCHET-24
    let fields = Header::decode(&bytes).map_err(|_| OpenError::Rejected)?;
    Ok(Some(OpenedHeader { fields, bytes, ad }))
}

/// hs of a prekey message, computed from the bytes received.
pub(crate) fn received_hash(envelope: &Envelope<'_>) -> Option<HandshakeHash> {
    match envelope.kind() {
        Kind::Prekey { handshake } => Some(HandshakeHash::of(handshake)),
        Kind::Ratchet => None,
    }
}

impl Session {
    /// Finds where `envelope` belongs, if it is of this session at all; changes nothing. At most 34 header
    /// keys are tried, and nothing is allocated for a forgery.
    ///
    /// ```text
    /// which header key opens first decides, no second try after a failed body:
    ///  1 under recv.hk: (dh, pn, epoch, mix) must equal recv's, else Rejected
    ///    n < recv.n: skipped[n], else Duplicate; else skip to n and step
    ///  2 under nhkr, only in Live: dh new, epoch as mine, mix = 0, else Rejected
    ///    pn < recv.n: the peer was restored from an older state: no skipping, open normally, CloneSuspected
    ///    else finish recv up to pn if the budget allows, else derive none of it and tell
    ///  3 under old header keys, newest first: skipped[n], else Duplicate
    ///  4 else Rejected
    /// ```
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn locate<'s, 'm>(
        &'s mut self,
        envelope: &Envelope<'m>,
        today: Day,
    ) -> Result<Located<'s, 'm>, OpenError> {
        let hash = received_hash(envelope);
        // spec: RATCHET-10
        if hash.is_some_and(|hash| hash != self.handshake_hash) {
            return Err(OpenError::Rejected);
        }
        let found = match self.locate_current(envelope, hash.as_ref())? {
            Some(found) => Some(found),
            None => match self.locate_next(envelope, hash.as_ref(), today)? {
                Some(found) => Some(found),
                None => self.locate_old(envelope, hash.as_ref())?,
            },
        };
        // spec: RATCHET-19
        let Found { header, place, plan, dead } = found.ok_or(OpenError::Rejected)?;
        Ok(Located { session: self, envelope: *envelope, today, header, place, plan, dead })
    }

    fn locate_current(
        &self,
        envelope: &Envelope<'_>,
        hash: Option<&HandshakeHash>,
    ) -> Result<Option<Found>, OpenError> {
        let Some(recv) = &self.receiving else { return Ok(None) };
        let Some(header) = try_header(recv.header.cipher(), envelope, hash)? else { return Ok(None) };
        let Header { ratchet_key, n, pn, flags, nonce_salt: _ } = header.fields;
        // spec: RATCHET-11
        if ratchet_key != *recv.peer.as_bytes()
            || (pn, flags.epoch, flags.mix) != (recv.pn, recv.flags.epoch, recv.flags.mix)
        {
            return Err(OpenError::Rejected);
        }
        if n < recv.n {
            return self.skipped(header, recv.id, recv.skipped.contains(n)).map(Some);
        }
        let budget = self.limits.steps_per_message;
        // spec: RATCHET-12
        if n - recv.n > budget {
            return Err(OpenError::TooFarAhead);
        }
        let plan = if n == recv.n {
            SkipPlan::default()
        } else {
            self.plan([NewKeys::new(recv.id, recv.n..n)].into(), &[])
        };
        Ok(Some(Found { header, place: Place::Current, plan, dead: Vec::new() }))
    }

    fn locate_next(
        &self,
        envelope: &Envelope<'_>,
        hash: Option<&HandshakeHash>,
        today: Day,
    ) -> Result<Option<Found>, OpenError> {
        // spec: RATCHET-13
        let Phase::Live(_) = self.phase else { return Ok(None) };
        let Some(header) = try_header(self.next_receive.cipher(), envelope, hash)? else { return Ok(None) };
        let Header { ratchet_key, n, pn, flags, nonce_salt: _ } = header.fields;
        // spec: RATCHET-23
        let peer = PublicKey::from_bytes(&ratchet_key).map_err(|_| OpenError::Rejected)?;
        // spec: RATCHET-14
        let is_new = match &self.receiving {
            Some(recv) => recv.peer != peer,
            None => pn == 0,
        };
        // spec: RATCHET-15
        if !is_new || flags.epoch != self.flags().epoch || flags.mix {
            return Err(OpenError::Rejected);
        }
        let budget = self.limits.steps_per_message;
        // spec: RATCHET-12
        let left = budget.checked_sub(n).ok_or(OpenError::TooFarAhead)?;

        let mut new = Vec::new();
        let (mut clone_suspected, mut dropped) = (false, 0);
        if let Some(recv) = &self.receiving {
            match pn.checked_sub(recv.n) {
                // spec: RATCHET-16
                None => clone_suspected = true,
                Some(gap) if gap <= left => new.push(NewKeys::new(recv.id, recv.n..pn)),
                // spec: RATCHET-17
                Some(gap) => dropped = gap,
            }
        }
        let next_id = self.receiving.as_ref().map_or(0, |recv| recv.id + 1);
        new.push(NewKeys::new(next_id, 0..n));
        let dead = self.dead_chains(today);
        let plan = self.plan(new, &dead);
        Ok(Some(Found { header, place: Place::Next { peer, clone_suspected, dropped }, plan, dead }))
    }

    fn locate_old(
        &self,
        envelope: &Envelope<'_>,
        hash: Option<&HandshakeHash>,
    ) -> Result<Option<Found>, OpenError> {
        for old in &self.old {
            // built on use: 624 bytes of schedule for each of 32 keys would be most of the session
            if let Some(header) = try_header(&Cipher::new(old.header.as_bytes()), envelope, hash)? {
                let n = header.fields.n;
                return self.skipped(header, old.id, old.skipped.contains(n)).map(Some);
            }
        }
        Ok(None)
    }

    fn skipped(&self, header: OpenedHeader, chain: u64, kept: bool) -> Result<Found, OpenError> {
        // spec: RATCHET-18
        if !kept {
            return Err(OpenError::Duplicate);
        }
        let needed = [BlockId::of(chain, header.fields.n)].into();
        let plan = SkipPlan { needed, ..SkipPlan::default() };
        Ok(Found { header, place: Place::Skipped { chain }, plan, dead: Vec::new() })
    }

    fn plan(&self, new: Vec<NewKeys>, dead: &[u64]) -> SkipPlan {
        let old = self.old.iter().rev().map(|chain| (chain.id, &chain.skipped));
        let newest = self.receiving.iter().map(|chain| (chain.id, &chain.skipped));
        // spec: RATCHET-20
        SkipPlan::new(new, old.chain(newest), dead, self.limits.skipped_keys)
    }

    /// The former chains that go when the newest becomes one: the expired, and the oldest beyond the limit.
    fn dead_chains(&self, today: Day) -> Vec<u64> {
        if self.receiving.is_none() {
            return Vec::new();
        }
        let room = usize::from(self.limits.old_chains).clamp(1, MAX_OLD_CHAINS as usize) - 1;
        let over = |at: usize| at >= room;
        let days = self.limits.old_chain_days;
        let dead = self.old.iter().enumerate().filter(|(at, old)| over(*at) || old.is_expired(today, days));
        dead.map(|(_, old)| old.id).collect()
    }

    /// Forgets the former chains of the peer whose time is over, with their skipped keys. A turn does the same;
    /// this is for sessions in which none comes. The caller stores the session and removes the records in one
    /// commit.
    pub fn expire(&mut self, today: Day) -> Expired {
        let days = self.limits.old_chain_days;
        let mut expired = Expired::default();
        self.old.retain(|old| {
            let keep = !old.is_expired(today, days);
            if !keep {
                expired.lost_keys += old.skipped.len();
                expired
                    .records
                    .extend(old.skipped.blocks().map(|(block, _)| BlockId { chain: old.id, block }));
            }
            keep
        });
        expired
    }
}

struct Found {
    header: OpenedHeader,
    place: Place,
    plan: SkipPlan,
    dead: Vec<u64>,
}
