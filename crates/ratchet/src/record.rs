//! The stored form of a session.

mod chains;
mod remembered;

use alloc::{collections::VecDeque, vec::Vec};

use entrenous_identity::{HandshakeHash, Transcript};
use entrenous_primitives::{
    role::Role,
    secret::Key,
    x25519::{PublicKey, SecretKey},
};
use entrenous_wire::{
    Malformed, Reason, Strict, fixed,
    header::{Flags, MAX_CHAIN},
    proto,
    records::RECORD_VERSION,
};
use zeroize::Zeroizing;

use crate::{
    Limits, Party, Session,
    boxes::HeaderKey,
    epoch::{Epoch, EpochStep},
    opened::OpenedMessages,
    session::{Live, Phase, Receiving},
    skipped::SkippedIndex,
};
use remembered::{read_resumption, resumption_record};

impl Session {
    /// The session's record, secret: the caller seals it before it is stored. The limits are not part of it.
    pub fn to_record(&self) -> Zeroizing<Vec<u8>> {
        let (sending, peer_ratchet_key) = match &self.phase {
            Phase::Turn { peer } => (None, peer.as_bytes().to_vec()),
            Phase::Live(live) => (Some(sending_record(live)), Vec::new()),
        };
        let record = proto::SessionRecord {
            version: RECORD_VERSION,
            role: match self.party {
                Party::Initiator => 1,
                Party::Responder => 2,
            },
            transcript: self.transcript.0.to_vec(),
            handshake_hash: self.handshake_hash.0.to_vec(),
            handshake: self.handshake.clone().unwrap_or_default(),
            root: self.root.as_bytes().to_vec(),
            next_header_send: self.next_send.as_bytes().to_vec(),
            next_header_receive: self.next_receive.key().as_bytes().to_vec(),
            sent: self.ns,
            epoch: self.epoch.number,
            sending,
            peer_ratchet_key,
            receiving: self.receiving.as_ref().map(receiving_record),
            old: self.old_record(),
            skipped: self.skipped_record(),
            resumption: resumption_record(&self.resumption),
            opened: self.opened_record(),
            post_quantum: Some(self.epoch.to_record()),
        };
        Zeroizing::new(record.encode_canonical())
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Malformed`] for bytes that no session has written, and for a record of a later version.
    pub fn from_record(bytes: &[u8], limits: Limits) -> Result<Self, Malformed> {
        let record = proto::SessionRecord::decode_strict(bytes)?;
        let party = match record.role {
            1 => Party::Initiator,
            2 => Party::Responder,
            _ => return Err(Malformed::new("session role", Reason::Range)),
        };
        let phase = match &record.sending {
            None => Phase::Turn { peer: public_key("peer ratchet key", &record.peer_ratchet_key)? },
            // the strict decoding saw to it that there is no key of the peer besides
            Some(sending) => Phase::Live(read_sending(sending)?),
        };
        let mut session = Self {
            party,
            transcript: Transcript(fixed("session transcript", &record.transcript)?),
            handshake_hash: HandshakeHash(fixed("session handshake hash", &record.handshake_hash)?),
            handshake: (!record.handshake.is_empty()).then(|| record.handshake.clone()),
            root: key("session root", &record.root)?,
            epoch: Epoch::from_record(
                record.post_quantum.as_ref().ok_or(inconsistent("session post-quantum"))?,
                record.epoch,
                party,
            )?,
            phase,
            ns: in_chain("session sent", record.sent, MAX_CHAIN)?,
            next_send: key("session next header send", &record.next_header_send)?,
            next_receive: HeaderKey::new(key("session next header receive", &record.next_header_receive)?),
            receiving: record.receiving.as_ref().map(read_receiving).transpose()?,
            old: VecDeque::new(),
            resumption: read_resumption(&record.resumption),
            opened: OpenedMessages::new(),
            ahead: None,
            limits,
        };
        session.old = session.read_old(&record.old)?;
        session.check()?;
        session.read_skipped(&record.skipped)?;
        session.opened = session.read_opened(&record.opened)?;
        Ok(session)
    }

    /// What the fields owe one another. That our public ratchet key belongs to the secret one is not computed
    /// again: it would cost more than a message.
    fn check(&self) -> Result<(), Malformed> {
        // spec: RATCHET-30
        let newest = self.receiving.iter().map(|recv| recv.id);
        let ids = newest.chain(self.old.iter().map(|old| old.id));
        if !ids.clone().is_sorted_by(|a, b| a > b) || ids.max() > Some(MAX_CHAIN_ID) {
            return Err(inconsistent("session chains"));
        }
        let unanswered = self.party == Party::Initiator && self.receiving.is_none();
        let hash = self.handshake.as_deref().map(HandshakeHash::of);
        if hash.is_some() != unanswered || hash.is_some_and(|hash| hash != self.handshake_hash) {
            return Err(inconsistent("session handshake"));
        }
        let phase_fits = match (&self.phase, &self.receiving) {
            (Phase::Turn { peer }, Some(recv)) => *peer == recv.peer,
            (Phase::Live(_), Some(_)) => true,
            (Phase::Turn { .. }, None) => unanswered && self.ns == 0 && self.old.is_empty(),
            (Phase::Live(live), None) => unanswered && live.pn == 0 && self.old.is_empty(),
        };
        let epoch_fits = match &self.phase {
            Phase::Live(live) => self.epoch.can_have_begun_with(live.epoch_step),
            Phase::Turn { .. } => self.epoch.has_sent_no_shards(),
        };
        // spec: RATCHET-81
        if !epoch_fits {
            return Err(inconsistent("session epoch"));
        }
        if !phase_fits || self.receiving.as_ref().is_some_and(|recv| recv.n == 0) {
            return Err(inconsistent("session phase"));
        }
        if !self.has_its_resumption_secrets() {
            return Err(inconsistent("session resumption"));
        }
        Ok(())
    }
}

/// Above any number of chains that a session can come to, and far from overflow.
const MAX_CHAIN_ID: u64 = 1 << 62;

fn sending_record(live: &Live) -> proto::Sending {
    proto::Sending {
        ratchet_secret: live.secret.as_bytes().to_vec(),
        ratchet_key: live.public.as_bytes().to_vec(),
        chain: live.chain.as_bytes().to_vec(),
        header: live.header.key().as_bytes().to_vec(),
        previous: live.pn,
        epoch_step: match live.epoch_step {
            EpochStep::Stay => 0,
            EpochStep::Mix => 1,
            EpochStep::Skip => 2,
        },
    }
}

fn read_sending(record: &proto::Sending) -> Result<Live, Malformed> {
    Ok(Live {
        secret: SecretKey::from_bytes(&Zeroizing::new(fixed(
            "sending ratchet secret",
            &record.ratchet_secret,
        )?)),
        public: public_key("sending ratchet key", &record.ratchet_key)?,
        chain: key("sending chain", &record.chain)?,
        header: HeaderKey::new(key("sending header", &record.header)?),
        pn: in_chain("sending previous", record.previous, MAX_CHAIN)?,
        epoch_step: match record.epoch_step {
            0 => EpochStep::Stay,
            1 => EpochStep::Mix,
            2 => EpochStep::Skip,
            _ => return Err(Malformed::new("sending epoch step", Reason::Range)),
        },
    })
}

fn receiving_record(recv: &Receiving) -> proto::Receiving {
    proto::Receiving {
        header: recv.header.key().as_bytes().to_vec(),
        ratchet_key: recv.peer.as_bytes().to_vec(),
        previous: recv.pn,
        flags: recv.flags.to_byte().into(),
        chain: recv.chain.as_bytes().to_vec(),
        next: recv.n,
        id: recv.id,
    }
}

fn read_receiving(record: &proto::Receiving) -> Result<Receiving, Malformed> {
    let n = in_chain("receiving next", record.next, MAX_CHAIN)?;
    Ok(Receiving {
        id: record.id,
        header: HeaderKey::new(key("receiving header", &record.header)?),
        peer: public_key("receiving ratchet key", &record.ratchet_key)?,
        pn: in_chain("receiving previous", record.previous, MAX_CHAIN)?,
        flags: Flags::from_byte(
            u8::try_from(record.flags).map_err(|_| Malformed::new("receiving flags", Reason::Range))?,
        ),
        chain: key("receiving chain", &record.chain)?,
        n,
        skipped: SkippedIndex::default(),
    })
}

fn key<R: Role>(field: &'static str, bytes: &[u8]) -> Result<Key<R>, Malformed> {
    Ok(Key::from_bytes(&Zeroizing::new(fixed(field, bytes)?)))
}

fn public_key<R: Role>(field: &'static str, bytes: &[u8]) -> Result<PublicKey<R>, Malformed> {
    PublicKey::from_bytes(&fixed(field, bytes)?).map_err(|_| Malformed::new(field, Reason::Invalid))
}

fn in_chain(field: &'static str, number: u32, max: u32) -> Result<u32, Malformed> {
    if number <= max { Ok(number) } else { Err(Malformed::new(field, Reason::Range)) }
}

fn inconsistent(field: &'static str) -> Malformed {
    Malformed::new(field, Reason::Inconsistent)
}
