//! The responder's first step: a session begins only when its first message opens.

use alloc::{collections::VecDeque, vec::Vec};

use entrenous_identity::ResponderSecret;
use entrenous_primitives::{output::Uncommitted, x25519::PublicKey};
use entrenous_wire::{envelope::Envelope, header::Header};

use crate::{
    Committed, Limits, OpenError, Report, Session,
    boxes::HeaderKey,
    chain::walk,
    epoch::{Epoch, EpochStep},
    locate::{received_hash, try_header},
    open::read_body,
    opened::{OpenedMessage, OpenedMessages},
    resumption::ResumptionSecrets,
    session::{Party, Phase, Ratchet, Receiving},
    skipped::{NewKeys, SkipPlan, SkippedIndex, WorkingSet},
    turn::receiving_step,
};

/// The responder before the first message. It can open one message and nothing else, and is never stored.
///
/// ```text
/// Init responder: Await{rk = RK, dhs = S_B private, nhks = HK_B, nhkr = HK_A, ns = 0, recv = none}
/// ```
#[derive(Debug)]
pub struct Await {
    secret: ResponderSecret,
    limits: Limits,
}

impl Await {
    /// Waits for the first message of the handshake's session.
    pub fn new(secret: ResponderSecret, limits: Limits) -> Self {
        Self { secret, limits }
    }

    /// Opens the first message, any of the initiator's first chain, into `out`, whose content is replaced.
    ///
    /// # Errors
    /// [`OpenError::Rejected`] when it is not authentic, [`OpenError::TooFarAhead`] when too many come before
    /// it. Nothing is kept then, and no prekey used up: another message of the chain may begin the session anew.
    pub fn open<'o>(self, envelope: &Envelope<'_>, out: &'o mut Vec<u8>) -> Result<Accepted<'o>, OpenError> {
        let Self { secret: ResponderSecret { session, prekey }, limits } = self;
        // spec: RATCHET-33
        let mut out = Uncommitted::new(out);
        let secret = prekey.in_role::<Ratchet>();
        // spec: RATCHET-2
        let hash = received_hash(envelope).filter(|hash| *hash == session.handshake_hash);
        let hash = hash.ok_or(OpenError::Rejected)?;
        let header_key = HeaderKey::new(session.header_initiator);
        let opened = try_header(header_key.cipher(), envelope, Some(&hash))?;
        let mut header = opened.ok_or(OpenError::Rejected)?;
        let Header { ratchet_key, n, pn, flags: received, nonce_salt: _ } = header.fields;
        // spec: RATCHET-23
        let peer = PublicKey::from_bytes(&ratchet_key).map_err(|_| OpenError::Rejected)?;
        // spec: RATCHET-14, RATCHET-15
        let epoch = Epoch::first(Party::Responder);
        if pn != 0 || epoch.receiving_step(received) != Some(EpochStep::Stay) {
            return Err(OpenError::Rejected);
        }
        // spec: RATCHET-12
        if n > limits.steps_per_message {
            return Err(OpenError::TooFarAhead);
        }
        let new = [NewKeys::new(0, 0..n)].into();
        let plan = SkipPlan::new(new, core::iter::empty(), &[], limits.skipped_keys);
        let mut working = WorkingSet::default();
        let dh = secret.agree(&peer).map_err(|_| OpenError::Rejected)?;
        let step = receiving_step(&session.root, &dh, &epoch, EpochStep::Stay);
        let (chain, mk) = walk(&step.chain, plan.keys_of(0), &mut working);
        read_body(&mk, &mut header, envelope, &mut out)?;

        let mut resumption = ResumptionSecrets::new();
        resumption.push(step.resumption);
        let mut opened = OpenedMessages::new();
        opened.push(OpenedMessage::new(0, n, envelope.tag()));
        let mut accepted = Session {
            party: Party::Responder,
            transcript: session.transcript,
            handshake_hash: session.handshake_hash,
            handshake: None,
            root: step.root,
            epoch,
            phase: Phase::Turn { peer },
            ns: 0,
            next_send: session.header_responder,
            next_receive: step.next_receive,
            receiving: Some(Receiving {
                id: 0,
                header: header_key,
                peer,
                pn,
                flags: received,
                chain,
                n: n + 1,
                skipped: SkippedIndex::default(),
            }),
            old: VecDeque::new(),
            resumption,
            opened,
            ahead: None,
            limits,
        };
        accepted.apply_plan(&plan);
        Ok(Accepted { session: accepted, plan, working, out })
    }
}

/// A session whose first message is opened and not committed. Dropping it leaves nothing behind, and the
/// one-time prekey where it was.
#[derive(Debug)]
#[must_use = "a session that is not committed is dropped"]
pub struct Accepted<'o> {
    session: Session,
    plan: SkipPlan,
    working: WorkingSet,
    out: Uncommitted<'o>,
}

impl<'o> Accepted<'o> {
    /// Releases the session and the plaintext. The caller stores the session, and deletes the one-time prekey,
    /// in one commit before it shows the plaintext.
    pub fn commit(self) -> (Session, Committed<'o>) {
        let Self { session, plan, working, out } = self;
        let report = Report { new_chain: true, lost_keys: plan.lost, ..Report::default() };
        (session, Committed::new(out.release(), report, plan, working))
    }
}
