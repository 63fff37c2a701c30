//! The own prekeys, without their secrets.

use entrenous_agreement::PrekeyId;
use entrenous_identity::{Day, HandshakeHash};
use zeroize::Zeroizing;

use super::{
    arrays,
    queue::{RangeProto, Ranges},
    read, write,
};
use crate::{Error, engine::Stored};

/// Which prekeys there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prekeys {
    /// The signed prekeys that can still be used, newest first.
    pub(crate) signed: Vec<SignedEntry>,
    /// The one-time prekeys whose secrets are there.
    pub(crate) one_time: Ranges,
    pub(crate) last_one_time: u32,
    /// When they were made, oldest first.
    pub(crate) batches: Vec<Batch>,
    /// Changes with everything that the directory should have.
    pub(crate) upload: u64,
    /// The upload that the directory has.
    pub(crate) uploaded: u64,
    /// The one-time prekeys up to this one were in an upload that the directory has.
    pub(crate) uploaded_one_time: u32,
    /// The one-time prekeys up to this one are no stock any more: the directory has handed them out, or is to drop
    /// them, since they come with an older device list. Their secrets are kept for those who got them.
    pub(crate) spent_one_time: u32,
    /// Whether the directory is to drop the one-time prekeys that it has.
    pub(crate) replaces: bool,
    /// The day on which some were found to be over, if they have been so ever since.
    pub(crate) over_since: Option<Day>,
}

/// A signed prekey that can still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignedEntry {
    pub(crate) id: PrekeyId,
    pub(crate) issued: Day,
    /// Handshakes that it alone began.
    pub(crate) last_resort: u32,
}

/// One-time prekeys that were made on one day: those up to `last`, beyond the batch before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) last: u32,
    pub(crate) issued: Day,
}

impl Prekeys {
    /// Whether the time of some is over: of those that were issued on a day for which that is so.
    pub(crate) fn are_over(&self, is_over: impl Fn(Day) -> bool) -> bool {
        let former = self.signed.iter().skip(1).map(|entry| entry.issued);
        former.chain(self.batches.iter().map(|batch| batch.issued)).any(is_over)
    }

    /// Those of a device that was just linked: one of each kind, which were in its request. The directory is to get
    /// the signed one.
    pub(crate) fn of_request(id: PrekeyId, issued: Day) -> Self {
        let mut prekeys = Self {
            signed: vec![SignedEntry { id, issued, last_resort: 0 }],
            last_one_time: id.get(),
            upload: 1,
            uploaded_one_time: id.get(),
            ..Self::default()
        };
        prekeys.one_time.push(id.get().into());
        prekeys.end_batch(issued);
        prekeys
    }

    /// The newest one-time prekeys were made `today`.
    pub(crate) fn end_batch(&mut self, today: Day) {
        self.batches.push(Batch { last: self.last_one_time, issued: today });
    }

    /// The one-time prekeys that the directory doesn't have.
    pub(crate) fn unpublished(&self) -> impl Iterator<Item = PrekeyId> {
        let ids = self.one_time.iter().filter_map(|id| u32::try_from(id).ok());
        ids.filter(|id| *id > self.uploaded_one_time).filter_map(PrekeyId::new)
    }

    /// How many one-time prekeys the directory has, or is to get, as far as is known.
    pub(crate) fn stock(&self) -> usize {
        self.one_time.iter().filter(|id| *id > self.spent_one_time.into()).count()
    }

    pub(crate) fn signed_mut(&mut self, id: PrekeyId) -> Option<&mut SignedEntry> {
        self.signed.iter_mut().find(|entry| entry.id == id)
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct PrekeysProto {
    #[prost(message, repeated, tag = "1")]
    signed: Vec<SignedProto>,
    #[prost(message, repeated, tag = "2")]
    one_time: Vec<RangeProto>,
    #[prost(uint32, tag = "3")]
    last_one_time: u32,
    /// last id 4 ‖ day of issue 4 of each.
    #[prost(bytes = "vec", tag = "4")]
    batches: Vec<u8>,
    #[prost(uint64, tag = "5")]
    upload: u64,
    #[prost(uint64, tag = "6")]
    uploaded: u64,
    #[prost(uint32, tag = "7")]
    uploaded_one_time: u32,
    #[prost(uint32, tag = "8")]
    spent_one_time: u32,
    #[prost(bool, tag = "9")]
    replaces: bool,
    #[prost(uint32, optional, tag = "10")]
    over_since: Option<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SignedProto {
    #[prost(uint32, tag = "1")]
    id: u32,
    #[prost(uint32, tag = "2")]
    issued_day: u32,
    #[prost(uint32, tag = "3")]
    last_resort: u32,
}

impl Stored for Prekeys {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let signed = |entry: &SignedEntry| SignedProto {
            id: entry.id.get(),
            issued_day: entry.issued.0,
            last_resort: entry.last_resort,
        };
        let batch =
            |batch: &Batch| [batch.last, batch.issued.0].map(u32::to_be_bytes).as_flattened().to_vec();
        write(&PrekeysProto {
            signed: self.signed.iter().map(signed).collect(),
            one_time: self.one_time.to_proto(),
            last_one_time: self.last_one_time,
            batches: self.batches.iter().flat_map(batch).collect(),
            upload: self.upload,
            uploaded: self.uploaded,
            uploaded_one_time: self.uploaded_one_time,
            spent_one_time: self.spent_one_time,
            replaces: self.replaces,
            over_since: self.over_since.map(|day| day.0),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let proto: PrekeysProto = read(bytes)?;
        let signed = |entry: &SignedProto| -> Result<SignedEntry, Error> {
            Ok(SignedEntry {
                id: PrekeyId::new(entry.id).ok_or(Error::Corrupt)?,
                issued: Day(entry.issued_day),
                last_resort: entry.last_resort,
            })
        };
        let batch = |bytes: &[u8; 8]| {
            let both = u64::from_be_bytes(*bytes);
            let half = |half: u64| u32::try_from(half & u64::from(u32::MAX)).unwrap_or(u32::MAX);
            Batch { last: half(both >> 32), issued: Day(half(both)) }
        };
        Ok(Self {
            signed: proto.signed.iter().map(signed).collect::<Result<_, _>>()?,
            one_time: Ranges::from_proto(&proto.one_time)?,
            last_one_time: proto.last_one_time,
            batches: arrays(&proto.batches)?.iter().map(batch).collect(),
            upload: proto.upload,
            uploaded: proto.uploaded,
            uploaded_one_time: proto.uploaded_one_time,
            spent_one_time: proto.spent_one_time,
            replaces: proto.replaces,
            over_since: proto.over_since.map(Day),
        })
    }
}

/// Handshakes that one signed prekey began alone: one block of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LastResort(pub(crate) Vec<HandshakeHash>);

#[derive(Clone, PartialEq, prost::Message)]
struct LastResortProto {
    /// 32 bytes each.
    #[prost(bytes = "vec", tag = "1")]
    handshakes: Vec<u8>,
}

impl Stored for LastResort {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write(&LastResortProto { handshakes: self.0.iter().flat_map(|hash| hash.0).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let proto: LastResortProto = read(bytes)?;
        Ok(Self(arrays(&proto.handshakes)?.iter().map(|hash| HandshakeHash(*hash)).collect()))
    }
}
