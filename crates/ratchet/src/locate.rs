//! The first look at a message: opening its header and saying what is needed to open the rest.

use alloc::vec::Vec;

use entrenous_identity::{Day, HandshakeHash};
use entrenous_primitives::{aead::Cipher, x25519::PublicKey};
use entrenous_wire::{
    envelope::{Envelope, Kind},
    header::{HEADER_LEN, Header},
};

use crate::{
    BlockId, CloneEvidence, OpenError, Session,
    boxes::{AssociatedData, open_header},
    epoch::EpochStep,
    opened::OpenedMessage,
    session::{Phase, Ratchet},
    skipped::{NewKeys, SkipPlan},
};

/// What the first look at a message has shown.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "boxing the message would allocate at each opening")]
pub enum Looked<'s, 'm> {
    /// It belongs to the session and is to be opened.
    Message(Located<'s, 'm>),
    /// It can't be opened, and shows that two states of the peer's device have written. The session has not
    /// changed and has nothing to store; the caller remembers it. Whoever has such a message can bring it any
    /// number of times.
    Clone(CloneEvidence),
}

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

/// Where in the session the message belongs.
#[derive(Debug)]
pub(crate) enum Place {
    /// Skipped earlier in this chain of the peer.
    Skipped { chain: u64 },
    /// Next in the peer's newest chain, or ahead in it.
    Current,
    /// In a new chain: the peer has answered ours.
    Next { begins: Beginning, clone_suspected: bool, dropped: u32 },
}

/// What a chain of the peer begins with.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub(crate) peer: PublicKey<Ratchet>,
    pub(crate) epoch_step: EpochStep,
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
    ///  1 under recv.hk: dh must equal recv's, else a clone; (pn, epoch, mix) too, else Rejected
    ///    n < recv.n: skipped[n], else Duplicate, or a clone; else skip to n and step
    ///  2 under nhkr, only in Live: dh new, epoch as mine and mix = 0, or the next one and the peer offers; else Rejected
    ///    pn < recv.n: the peer was restored from an older state: no skipping, open normally, CloneSuspected
    ///    else finish recv up to pn if the budget allows, else derive none of it and tell
    ///  3 under old header keys, newest first: skipped[n], else Duplicate, or a clone
    ///  4 else Rejected
    /// ```
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn locate<'s, 'm>(
        &'s mut self,
        envelope: &Envelope<'m>,
        today: Day,
    ) -> Result<Looked<'s, 'm>, OpenError> {
        match self.look(envelope, today) {
            // spec: RATCHET-19
            Ok(None) => Err(OpenError::Rejected),
            Ok(Some(Found { header, place, plan, dead })) => Ok(Looked::Message(Located {
                session: self,
                envelope: *envelope,
                today,
                header,
                place,
                plan,
                dead,
            })),
            // spec: RATCHET-58
            Err(NotFound::Clone(evidence)) => Ok(Looked::Clone(evidence)),
            Err(NotFound::Refused(error)) => Err(error),
        }
    }

    fn look(&self, envelope: &Envelope<'_>, today: Day) -> Result<Option<Found>, NotFound> {
        let hash = received_hash(envelope);
        // spec: RATCHET-10
        if hash.is_some_and(|hash| hash != self.handshake_hash) {
            return Err(OpenError::Rejected.into());
        }
        if let Some(found) = self.locate_current(envelope, hash.as_ref())? {
            return Ok(Some(found));
        }
        match self.locate_next(envelope, hash.as_ref(), today)? {
            Some(found) => Ok(Some(found)),
            None => self.locate_old(envelope, hash.as_ref()),
        }
    }

    fn locate_current(
        &self,
        envelope: &Envelope<'_>,
        hash: Option<&HandshakeHash>,
    ) -> Result<Option<Found>, NotFound> {
        let Some(recv) = &self.receiving else { return Ok(None) };
        let Some(header) = try_header(recv.header.cipher(), envelope, hash)? else { return Ok(None) };
        let Header { ratchet_key, n, pn, flags, nonce_salt: _ } = header.fields;
        // spec: RATCHET-57
        if ratchet_key != *recv.peer.as_bytes() {
            return Err(NotFound::Clone(CloneEvidence::ChainBegunTwice));
        }
        // spec: RATCHET-11
        if (pn, flags.epoch, flags.mix) != (recv.pn, recv.flags.epoch, recv.flags.mix) {
            return Err(OpenError::Rejected.into());
        }
        if n < recv.n {
            return self.skipped(envelope, header, recv.id, recv.skipped.contains(n)).map(Some);
        }
        let budget = self.limits.steps_per_message;
        // spec: RATCHET-12
        if n - recv.n > budget {
            return Err(OpenError::TooFarAhead.into());
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
    ) -> Result<Option<Found>, NotFound> {
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
        if !is_new {
            return Err(OpenError::Rejected.into());
        }
        // spec: RATCHET-15
        let epoch_step = self.epoch.receiving_step(flags).ok_or(OpenError::Rejected)?;
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
        new.push(NewKeys::new(self.next_chain_id(), 0..n));
        let dead = self.dead_chains(today);
        let plan = self.plan(new, &dead);
        Ok(Some(Found {
            header,
            place: Place::Next { begins: Beginning { peer, epoch_step }, clone_suspected, dropped },
            plan,
            dead,
        }))
    }

    fn locate_old(
        &self,
        envelope: &Envelope<'_>,
        hash: Option<&HandshakeHash>,
    ) -> Result<Option<Found>, NotFound> {
        for old in &self.old {
            // built on use: 384 bytes of schedule for each of 32 keys would be most of the session
            if let Some(header) = try_header(&Cipher::new(old.header.as_bytes()), envelope, hash)? {
                let n = header.fields.n;
                return self.skipped(envelope, header, old.id, old.skipped.contains(n)).map(Some);
            }
        }
        Ok(None)
    }

    fn skipped(
        &self,
        envelope: &Envelope<'_>,
        header: OpenedHeader,
        chain: u64,
        kept: bool,
    ) -> Result<Found, NotFound> {
        let n = header.fields.n;
        // spec: RATCHET-18
        if !kept {
            return Err(match self.opened.contradict(&OpenedMessage::new(chain, n, envelope.tag())) {
                true => NotFound::Clone(CloneEvidence::NumberUsedTwice),
                false => OpenError::Duplicate.into(),
            });
        }
        let needed = [BlockId::of(chain, n)].into();
        let plan = SkipPlan { needed, ..SkipPlan::default() };
        Ok(Found { header, place: Place::Skipped { chain }, plan, dead: Vec::new() })
    }

    fn plan(&self, new: Vec<NewKeys>, dead: &[u64]) -> SkipPlan {
        let old = self.old.iter().rev().map(|chain| (chain.id, &chain.skipped));
        let newest = self.receiving.iter().map(|chain| (chain.id, &chain.skipped));
        // spec: RATCHET-20
        SkipPlan::new(new, old.chain(newest), dead, self.limits.skipped_keys)
    }
}

struct Found {
    header: OpenedHeader,
    place: Place,
    plan: SkipPlan,
    dead: Vec<u64>,
}

/// Why there is nothing to open.
enum NotFound {
    Refused(OpenError),
    Clone(CloneEvidence),
}

impl From<OpenError> for NotFound {
    fn from(error: OpenError) -> Self {
        Self::Refused(error)
    }
}
