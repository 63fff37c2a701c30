//! Messages that were sent, and the envelopes that carry them.

use core::num::NonZeroU32;

use entrenous_identity::{AccountId, DeviceId, Timestamp};
use entrenous_wire::frame::{Frame, FrameKind};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{array, arrays, read, write};
use crate::{Address, Destination, Error, MessageId, Outgoing, engine::Stored};

/// A message that was sent, kept until every device has proved to have it: should a session be replaced, it is
/// sealed again as the same message.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct MessageRecord {
    /// The account that it is to.
    pub(crate) to: AccountId,
    pub(crate) sent: Timestamp,
    pub(crate) nonce: [u8; 8],
    pub(crate) ttl: Option<NonZeroU32>,
    pub(crate) content: Zeroizing<Vec<u8>>,
    /// The devices that have not proved to have it.
    pub(crate) waiting: Vec<Address>,
}

impl MessageRecord {
    /// A frame of the message, with its time and nonce.
    pub(crate) fn frame<'a>(&self, kind: FrameKind, content: &'a [u8]) -> Frame<'a> {
        let (sent_ms, nonce, ttl) = (self.sent.as_ms(), self.nonce, self.ttl);
        Frame { kind, sent_ms, nonce, ttl, list_epoch: None, shards: None, content }
    }

    /// When its time to live is over, if it has one.
    pub(crate) fn end(&self) -> Option<Timestamp> {
        self.ttl.map(|ttl| Timestamp::from_ms(self.sent.as_ms() + u64::from(ttl.get()) * 1_000))
    }

    /// Whether its time to live is over.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.end().is_some_and(|end| end <= now)
    }
}

#[derive(Clone, prost::Message, Zeroize, ZeroizeOnDrop)]
#[prost(skip_debug)]
struct MessageProto {
    #[prost(bytes = "vec", tag = "1")]
    to: Vec<u8>,
    #[prost(uint64, tag = "2")]
    sent_ms: u64,
    #[prost(bytes = "vec", tag = "3")]
    nonce: Vec<u8>,
    #[prost(uint32, tag = "4")]
    ttl: u32,
    #[prost(bytes = "vec", tag = "5")]
    content: Vec<u8>,
    /// account 32 ‖ device 4 of each.
    #[prost(bytes = "vec", tag = "6")]
    waiting: Vec<u8>,
}

impl Stored for MessageRecord {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self { to, sent, nonce, ttl, content, waiting } = self;
        let address =
            |of: &Address| [of.account.as_bytes().as_slice(), &of.device.get().to_be_bytes()].concat();
        write(&MessageProto {
            to: to.as_bytes().to_vec(),
            sent_ms: sent.as_ms(),
            nonce: nonce.to_vec(),
            ttl: ttl.map_or(0, NonZeroU32::get),
            content: content.to_vec(),
            waiting: waiting.iter().flat_map(address).collect(),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut proto: MessageProto = read(bytes)?;
        Ok(Self {
            to: AccountId::from_bytes(array(&proto.to)?),
            sent: Timestamp::from_ms(proto.sent_ms),
            nonce: array(&proto.nonce)?,
            ttl: NonZeroU32::new(proto.ttl),
            content: Zeroizing::new(core::mem::take(&mut proto.content)),
            waiting: arrays(&proto.waiting)?.iter().map(address).collect::<Result<_, _>>()?,
        })
    }
}

fn address(bytes: &[u8; 36]) -> Result<Address, Error> {
    let (account, device) = bytes.split_at(32);
    Ok(Address {
        account: AccountId::from_bytes(array(account)?),
        device: DeviceId::new(u32::from_be_bytes(array(device)?)).ok_or(Error::Corrupt)?,
    })
}

/// An envelope that waits for the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnvelopeRecord {
    pub(crate) to: Destination,
    /// The application's message in it, if it is not one of the library's own.
    pub(crate) id: Option<MessageId>,
    pub(crate) bytes: Vec<u8>,
}

impl EnvelopeRecord {
    /// For the transport, under its number in the outbox.
    pub(crate) fn outgoing(self, number: u64) -> Outgoing {
        let Self { to, id, bytes } = self;
        Outgoing { number: Some(number), to, id, bytes }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct EnvelopeProto {
    /// account 32 ‖ device 4; or a rendezvous id 16
    #[prost(bytes = "vec", tag = "1")]
    to: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    id: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    bytes: Vec<u8>,
}

impl Stored for EnvelopeRecord {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self { to, id, bytes } = self;
        write(&EnvelopeProto {
            to: match to {
                Destination::Device(to) => {
                    [to.account.as_bytes().as_slice(), &to.device.get().to_be_bytes()].concat()
                }
                Destination::Rendezvous(id) => id.to_vec(),
            },
            id: id.map(|id| id.as_bytes().to_vec()).unwrap_or_default(),
            bytes: bytes.clone(),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let EnvelopeProto { to, id, bytes } = read(bytes)?;
        let id = match id.is_empty() {
            true => None,
            false => Some(MessageId::from_bytes(array(&id)?)),
        };
        let to = match <[u8; 16]>::try_from(to.as_slice()) {
            Ok(rendezvous) => Destination::Rendezvous(rendezvous),
            Err(_) => Destination::Device(address(&array(&to)?)?),
        };
        Ok(Self { to, id, bytes })
    }
}
