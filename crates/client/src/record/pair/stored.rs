//! The record of a pair.

use core::num::NonZeroU64;

use entrenous_identity::{Day, HandshakeHash, Timestamp, Transcript};
use zeroize::Zeroizing;

use super::{Pair, PastHandshake, SessionEntry};
use crate::{
    Error,
    engine::Stored,
    record::{ListAtPeer, Times, array, arrays, present, read, write},
    status::Handshake,
};

#[derive(Clone, PartialEq, prost::Message)]
struct PairProto {
    #[prost(message, repeated, tag = "1")]
    sessions: Vec<SessionProto>,
    #[prost(uint64, tag = "2")]
    highest_counter: u64,
    /// counter 8 ‖ by us 1 ‖ T 32 of each.
    #[prost(bytes = "vec", tag = "3")]
    handshakes: Vec<u8>,
    /// Milliseconds, 8 bytes each.
    #[prost(bytes = "vec", tag = "4")]
    resets: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    own_resets: Vec<u8>,
    #[prost(uint32, optional, tag = "6")]
    clone_told: Option<u32>,
    #[prost(bytes = "vec", tag = "11")]
    list: Vec<u8>,
    #[prost(uint64, tag = "12")]
    confirmed_counter: u64,
    #[prost(bytes = "vec", tag = "13")]
    heard: Vec<u8>,
    #[prost(bytes = "vec", tag = "14")]
    lives_in: Vec<u8>,
    #[prost(bool, tag = "17")]
    waits: bool,
    #[prost(uint32, tag = "18")]
    in_vain: u32,
    #[prost(bytes = "vec", tag = "15")]
    accepted: Vec<u8>,
    #[prost(bytes = "vec", tag = "16")]
    attempts: Vec<u8>,
    #[prost(bool, tag = "57")]
    behind: bool,
    #[prost(bool, tag = "30")]
    forked: bool,
    // 31 was a count of refusals, and 34 the day of the last message
    #[prost(uint32, optional, tag = "32")]
    doubted: Option<u32>,
    #[prost(uint32, optional, tag = "33")]
    asked: Option<u32>,
    /// Of the header of each, 8 bytes.
    #[prost(bytes = "vec", tag = "35")]
    refused: Vec<u8>,
    #[prost(uint64, optional, tag = "36")]
    doubt_due: Option<u64>,
    #[prost(bool, tag = "37")]
    doubt_answered: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SessionProto {
    #[prost(bytes = "vec", tag = "1")]
    hash: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    transcript: Vec<u8>,
    #[prost(uint64, tag = "3")]
    counter: u64,
    #[prost(uint32, tag = "4")]
    handshake: u32,
    #[prost(bool, tag = "5")]
    one_time_prekey: bool,
    #[prost(bool, tag = "6")]
    answered: bool,
    #[prost(bool, tag = "7")]
    confirmed: bool,
    #[prost(uint32, optional, tag = "8")]
    retired: Option<u32>,
    #[prost(uint32, tag = "9")]
    received: u32,
    #[prost(uint32, tag = "50")]
    restored: u32,
    #[prost(uint32, tag = "11")]
    own_list_epoch: u32,
    #[prost(bool, tag = "12")]
    heals: bool,
    #[prost(uint32, optional, tag = "13")]
    left: Option<u32>,
    #[prost(bool, tag = "14")]
    lapsed: bool,
}

impl SessionProto {
    fn of(entry: &SessionEntry) -> Self {
        Self {
            hash: entry.hash.0.to_vec(),
            transcript: entry.transcript.0.to_vec(),
            counter: entry.counter.get(),
            handshake: entry.handshake.number(),
            one_time_prekey: entry.one_time_prekey,
            answered: entry.answered,
            confirmed: entry.confirmed,
            left: entry.left.map(|day| day.0),
            lapsed: entry.lapsed,
            retired: entry.retired.map(|day| day.0),
            received: entry.received,
            heals: entry.heals,
            restored: entry.restored,
            own_list_epoch: entry.own_list_epoch,
        }
    }

    fn read(&self) -> Result<SessionEntry, Error> {
        Ok(SessionEntry {
            hash: HandshakeHash(array(&self.hash)?),
            transcript: Transcript(array(&self.transcript)?),
            counter: NonZeroU64::new(self.counter).ok_or(Error::Corrupt)?,
            handshake: Handshake::from_number(self.handshake).ok_or(Error::Corrupt)?,
            one_time_prekey: self.one_time_prekey,
            answered: self.answered,
            confirmed: self.confirmed,
            left: self.left.map(Day),
            lapsed: self.lapsed,
            retired: self.retired.map(Day),
            received: self.received,
            heals: self.heals,
            restored: self.restored,
            own_list_epoch: self.own_list_epoch,
        })
    }
}

impl PastHandshake {
    fn to_bytes(self) -> Vec<u8> {
        let Self { counter, by_us, transcript } = self;
        [counter.get().to_be_bytes().as_slice(), &[by_us.into()], &transcript.0].concat()
    }

    fn from_bytes(bytes: &[u8; 41]) -> Result<Self, Error> {
        let (counter, rest) = bytes.split_at(8);
        let (by_us, transcript) = rest.split_at(1);
        Ok(Self {
            counter: NonZeroU64::new(u64::from_be_bytes(array(counter)?)).ok_or(Error::Corrupt)?,
            by_us: by_us == [1],
            transcript: Transcript(array(transcript)?),
        })
    }
}

impl Stored for Pair {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let hash = |hash: Option<HandshakeHash>| hash.map(|hash| hash.0.to_vec()).unwrap_or_default();
        write(&PairProto {
            sessions: self.sessions.iter().map(SessionProto::of).collect(),
            highest_counter: self.highest_counter,
            handshakes: self.handshakes.iter().flat_map(|past| past.to_bytes()).collect(),
            resets: self.resets.to_bytes(),
            own_resets: self.own_resets.to_bytes(),
            clone_told: self.clone_told.map(|day| day.0),
            list: self.list.to_bytes().to_vec(),
            confirmed_counter: self.confirmed_counter,
            heard: hash(self.heard),
            lives_in: hash(self.lives_in),
            waits: self.waits,
            in_vain: self.in_vain,
            accepted: self.accepted.to_bytes(),
            attempts: self.attempts.to_bytes(),
            behind: self.behind,
            forked: self.forked,
            doubted: self.doubted.map(|day| day.0),
            asked: self.asked.map(|day| day.0),
            refused: self.refused.iter().flat_map(|header| header.to_be_bytes()).collect(),
            doubt_due: self.doubt_due.map(Timestamp::as_ms),
            doubt_answered: self.doubt_answered,
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let hash = |bytes: &[u8]| -> Result<_, Error> { Ok(present(bytes)?.map(HandshakeHash)) };
        let proto: PairProto = read(bytes)?;
        Ok(Self {
            sessions: proto.sessions.iter().map(SessionProto::read).collect::<Result<_, _>>()?,
            highest_counter: proto.highest_counter,
            confirmed_counter: proto.confirmed_counter,
            handshakes: arrays(&proto.handshakes)?
                .iter()
                .map(PastHandshake::from_bytes)
                .collect::<Result<_, _>>()?,
            heard: hash(&proto.heard)?,
            lives_in: hash(&proto.lives_in)?,
            waits: proto.waits,
            in_vain: proto.in_vain,
            accepted: Times::from_bytes(&proto.accepted)?,
            attempts: Times::from_bytes(&proto.attempts)?,
            resets: Times::from_bytes(&proto.resets)?,
            own_resets: Times::from_bytes(&proto.own_resets)?,
            clone_told: proto.clone_told.map(Day),
            list: ListAtPeer::from_bytes(&proto.list)?,
            behind: proto.behind,
            forked: proto.forked,
            refused: arrays(&proto.refused)?.iter().map(|header| u64::from_be_bytes(*header)).collect(),
            doubt_due: proto.doubt_due.map(Timestamp::from_ms),
            doubted: proto.doubted.map(Day),
            doubt_answered: proto.doubt_answered,
            asked: proto.asked.map(Day),
        })
    }

    fn copy(&self) -> Option<Self> {
        Some(self.clone())
    }
}
