//! Sealing a message.

use alloc::vec::Vec;

use entrenous_identity::{
    Timestamp,
    session_secret::{Header, Resume, Root},
};
use entrenous_primitives::{
    nonce_salt::NonceSalt,
    output::Uncommitted,
    secret::{Key, SecretBytes},
    x25519::{PublicKey, SecretKey},
};
use entrenous_wire::{
    Malformed, Reason,
    envelope::{EnvelopeLayout, EnvelopeParts},
    frame::{Frame, MAX_SHARDS, SHARD_LEN},
    header,
};
use rand_core::TryCryptoRng;

use crate::{
    SealError, SealPolicy, Session,
    ahead::Ahead,
    boxes::{AssociatedData, HeaderKey, seal_body, seal_header},
    epoch::{Begun, Epoch},
    kdf::{Chain, chain_step, root_step},
    session::{Live, Phase, Ratchet},
};

impl Session {
    /// Seals `frame` into `out`, whose content is replaced.
    ///
    /// In the middle of a chain nothing is drawn from `rng` and, when `out` has the capacity, nothing is
    /// allocated; a turn draws the new ratchet key, and what a post-quantum epoch needs. `now` dates that. The shards
    /// of the frame are the session's business: what the caller has put there is replaced.
    ///
    /// ```text
    /// seal: Turn -> dhs = new; pn = ns; ns = 0; hks = nhks
    ///               rk, cks, nhks, rs = KDF_RK(rk, DH(dhs, dhr), [es of an epoch that ends here], e)
    ///               all post-quantum work: a new offer's key pair, or an encapsulation              -> Live
    ///       Live -> at 2^20 messages: ChainExhausted
    ///               cks, mk = KDF_CK(cks); body = AEAD(mk, ..., frame with shards); erase mk
    ///               ehdr = AEAD(hks, ..., hdr); ns += 1
    /// ```
    ///
    /// # Errors
    /// [`SealError`]; the session is unchanged and `out` wiped.
    pub fn seal<'s, 'o>(
        &'s mut self,
        frame: &Frame<'_>,
        policy: &SealPolicy,
        now: Timestamp,
        salt: &mut NonceSalt,
        rng: &mut (impl TryCryptoRng + ?Sized),
        out: &'o mut Vec<u8>,
    ) -> Result<Sealed<'s, 'o>, SealError> {
        // spec: RATCHET-33
        let mut out = Uncommitted::new(out);
        let mut ad = AssociatedData::new(self.handshake.is_some().then_some(&self.handshake_hash));

        let mut turn = None;
        let (live, n, epoch, answers) = match &self.phase {
            Phase::Turn { peer } => {
                let new = turn.insert(self.sending_step(peer, policy, now, rng)?);
                let answers = self.receiving.as_ref().map_or(0, |recv| recv.n);
                (&new.live, 0, new.epoch.as_ref().unwrap_or(&self.epoch), answers)
            }
            Phase::Live(live) => (live, self.ns, &self.epoch, 0),
        };
        // spec: RATCHET-9
        if n >= self.limits.chain_messages.min(header::MAX_CHAIN) {
            return Err(SealError::ChainExhausted);
        }
        // 1,184 bytes are not made when none of them is needed
        let mut space = None;
        let shards = if epoch.sends_shards() {
            epoch.shards(frame, policy, answers, space.insert([0; MAX_SHARDS * SHARD_LEN]))
        } else {
            None
        };
        let frame = &Frame { shards, ..*frame };
        let shards = frame.shards.map_or(Ok(0), |shards| shards.count())?;
        // spec: RATCHET-32
        let layout = EnvelopeLayout::new(self.handshake.as_deref(), frame.encoded_len(policy.padding))?;
        let (chain, mk) = chain_step(&live.chain);
        let hdr = header::Header {
            ratchet_key: *live.public.as_bytes(),
            n,
            pn: live.pn,
            flags: epoch.flags(live.epoch_step),
            // spec: RATCHET-8
            nonce_salt: salt.next_salt(),
        }
        .encode();

        let EnvelopeParts { header, body, tag } = layout.prepare(out.buffer_for(layout.total_len()))?;
        frame.encode_into(body)?;
        *tag = seal_body(&mk, &mut ad, &hdr, body).map_err(|_| Malformed::new("frame", Reason::Length))?;
        seal_header(live.header.cipher(), &ad, tag, &hdr, header)
            .map_err(|_| Malformed::new("header", Reason::Length))?;
        // wiped where it is: it serves once, whatever becomes of the message
        self.ahead = None;
        Ok(Sealed { session: self, delta: Delta { turn, chain, ns: n + 1, shards }, out })
    }

    fn sending_step(
        &self,
        peer: &PublicKey<Ratchet>,
        policy: &SealPolicy,
        now: Timestamp,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<NewChain, SealError> {
        // spec: RATCHET-25
        let step =
            |dh: &SecretBytes<32>| root_step(&self.root, dh, self.epoch.secret_to_mix(), self.epoch.number);
        let (secret, public, step) = match &self.ahead {
            Some(Ahead::Ours { secret, public, peer: of, dh }) if of == peer => {
                (secret.in_role(), *public, step(dh))
            }
            _ => {
                let secret = SecretKey::generate(rng)?;
                let dh = secret.agree(peer).map_err(|_| SealError::UnusableKey)?;
                let public = secret.public_key();
                (secret, public, step(&dh))
            }
        };
        let Begun { step: epoch_step, epoch } =
            self.epoch.sending_step(self.party, &self.transcript, &policy.post_quantum, now, rng)?;
        let live = Live {
            public,
            secret,
            chain: step.chain,
            header: HeaderKey::new(Key::from_bytes(self.next_send.as_bytes())),
            pn: self.ns,
            epoch_step,
        };
        Ok(NewChain {
            root: step.root,
            next_send: step.next_header,
            resumption: step.resumption,
            epoch,
            live,
        })
    }
}

/// What a turn changes.
#[derive(Debug)]
struct NewChain {
    root: Key<Root>,
    next_send: Key<Header>,
    resumption: Key<Resume>,
    /// The post-quantum epoch, if the step has changed it.
    epoch: Option<Epoch>,
    live: Live,
}

#[derive(Debug)]
struct Delta {
    // not boxed: moving out of a box frees its memory unwiped
    turn: Option<NewChain>,
    chain: Key<Chain>,
    ns: u32,
    /// Shards that went along.
    shards: u8,
}

/// A sealed message that is not committed. Dropping it rolls back and wipes the output; the same state may
/// then seal again, under another nonce salt.
#[derive(Debug)]
#[must_use = "a sealing that is not committed is rolled back"]
pub struct Sealed<'s, 'o> {
    session: &'s mut Session,
    delta: Delta,
    out: Uncommitted<'o>,
}

impl<'o> Sealed<'_, 'o> {
    /// Applies the step, which can't fail, and releases the message.
    ///
    /// The caller makes the session durable before the message leaves the device; where that fails, it
    /// discards the session in memory and loads it again.
    pub fn commit(self) -> &'o mut Vec<u8> {
        let Self { session, delta: Delta { turn, chain, ns, shards }, out } = self;
        if let Some(new) = turn {
            session.root = new.root;
            session.next_send = new.next_send;
            session.resumption.push(new.resumption);
            session.phase = Phase::Live(new.live);
            if let Some(epoch) = new.epoch {
                session.epoch = epoch;
            }
        }
        if let Phase::Live(live) = &mut session.phase {
            live.chain = chain;
        }
        session.ns = ns;
        session.epoch.sent(shards);
        out.release()
    }
}
