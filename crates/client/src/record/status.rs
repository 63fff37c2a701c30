//! What was known about a message's security when it was opened.

use entrenous_identity::{AccountId, Timestamp};
use entrenous_ratchet::{EpochStatus, MixedEpoch};
use zeroize::Zeroize;

use super::array;
use crate::{
    Error, SecurityStatus,
    status::Handshake,
    trust::{Proof, Trust},
};

/// Trust as it is in records: 1 first use, 2 verified, 3 changed, 4 own account.
#[derive(Clone, PartialEq, prost::Message, Zeroize)]
pub(super) struct TrustProto {
    #[prost(uint32, tag = "1")]
    number: u32,
    /// Of a verified account: 1 safety number, 2 card, 3 short string.
    #[prost(uint32, tag = "2")]
    proof: u32,
    #[prost(uint64, tag = "3")]
    proved_ms: u64,
    /// Of a changed one: the account in whose place it came.
    #[prost(bytes = "vec", tag = "4")]
    replaces: Vec<u8>,
}

impl TrustProto {
    pub(super) fn of(trust: &Trust) -> Self {
        let mut proto = Self { number: trust.number(), ..Self::default() };
        match trust {
            Trust::FirstUse | Trust::Own => {}
            Trust::Verified { by, at } => (proto.proof, proto.proved_ms) = (by.number(), at.as_ms()),
            Trust::Changed { replaces } => proto.replaces = replaces.as_bytes().to_vec(),
        }
        proto
    }

    pub(super) fn read(&self) -> Result<Trust, Error> {
        Ok(match self.number {
            1 => Trust::FirstUse,
            2 => Trust::Verified {
                by: Proof::from_number(self.proof).ok_or(Error::Corrupt)?,
                at: Timestamp::from_ms(self.proved_ms),
            },
            3 => Trust::Changed { replaces: AccountId::from_bytes(array(&self.replaces)?) },
            4 => Trust::Own,
            _ => return Err(Error::Corrupt),
        })
    }
}

#[derive(Clone, PartialEq, prost::Message, Zeroize)]
pub(super) struct StatusProto {
    #[prost(message, optional, tag = "1")]
    trust: Option<TrustProto>,
    #[prost(uint32, tag = "2")]
    handshake: u32,
    #[prost(bool, tag = "3")]
    one_time_prekey: bool,
    #[prost(uint64, tag = "4")]
    session_counter: u64,
    #[prost(uint64, tag = "5")]
    post_quantum_epoch: u64,
    #[prost(uint32, tag = "6")]
    messages_since_turn: u32,
    #[prost(uint32, tag = "7")]
    list_epoch: u32,
    #[prost(bool, tag = "8")]
    clone_suspected: bool,
    #[prost(bool, tag = "9")]
    epoch_under_way: bool,
    #[prost(uint64, tag = "10")]
    mixed_epoch: u64,
    #[prost(uint64, tag = "11")]
    mixed_made_ms: u64,
    #[prost(uint32, tag = "12")]
    skipped_epochs: u32,
}

impl StatusProto {
    pub(super) fn of(status: &SecurityStatus) -> Self {
        Self {
            trust: Some(TrustProto::of(&status.trust)),
            handshake: status.handshake.number(),
            one_time_prekey: status.one_time_prekey,
            session_counter: status.session_counter,
            post_quantum_epoch: status.post_quantum.epoch,
            epoch_under_way: status.post_quantum.under_way,
            mixed_epoch: status.post_quantum.mixed.map_or(0, |mixed| mixed.epoch),
            mixed_made_ms: status.post_quantum.mixed.map_or(0, |mixed| mixed.made.as_ms()),
            skipped_epochs: status.post_quantum.skipped,
            messages_since_turn: status.messages_since_turn,
            list_epoch: status.list_epoch,
            clone_suspected: status.clone_suspected,
        }
    }

    pub(super) fn read(&self) -> Result<SecurityStatus, Error> {
        Ok(SecurityStatus {
            trust: self.trust.as_ref().ok_or(Error::Corrupt)?.read()?,
            handshake: Handshake::from_number(self.handshake).ok_or(Error::Corrupt)?,
            one_time_prekey: self.one_time_prekey,
            session_counter: self.session_counter,
            post_quantum: EpochStatus {
                epoch: self.post_quantum_epoch,
                under_way: self.epoch_under_way,
                mixed: (self.mixed_epoch != 0).then(|| MixedEpoch {
                    epoch: self.mixed_epoch,
                    made: Timestamp::from_ms(self.mixed_made_ms),
                }),
                skipped: self.skipped_epochs,
            },
            messages_since_turn: self.messages_since_turn,
            list_epoch: self.list_epoch,
            clone_suspected: self.clone_suspected,
        })
    }
}
