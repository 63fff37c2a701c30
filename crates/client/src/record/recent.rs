//! What was lately received from a device, and what was lately sent to it and is not proved to be there.

use entrenous_identity::HandshakeHash;
use zeroize::Zeroizing;

use super::{array, arrays, read, write};
use crate::{Error, MessageId, engine::Stored};

/// A message is kept until the device has proved to have it, and only while it is among so many that were sent last to
/// the device, proved or not.
pub(crate) const MAX_UNPROVEN: usize = 256;
/// Messages of one device that are remembered, to notice those that come again. It repeats those among the last
/// [`MAX_UNPROVEN`] alone: of as many older ones that come late none pushes out one that may come again.
// spec: CLIENT-112
pub(crate) const MAX_SEEN: usize = 2 * MAX_UNPROVEN;

/// The nonces of a device's last messages, oldest first. Within one session the ratchet notices repetitions; these
/// notice a message that was sealed again in another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen(Vec<[u8; 8]>);

impl Seen {
    /// Enters a message; tells whether it is new.
    pub(crate) fn insert(&mut self, nonce: [u8; 8]) -> bool {
        if self.0.contains(&nonce) {
            return false;
        }
        if self.0.len() >= MAX_SEEN {
            self.0.remove(0);
        }
        self.0.push(nonce);
        true
    }
}

/// A message that a device has not proved to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnprovenMessage {
    pub(crate) id: MessageId,
    /// The session in which it was sealed last; none if there was no session yet.
    pub(crate) sealed_in: Option<SessionTag>,
    /// Messages that were sent to the device after it: below [`MAX_UNPROVEN`].
    age: u16,
}

/// The first 8 bytes of a session's handshake hash: enough to tell a pair's sessions apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionTag([u8; 8]);

impl SessionTag {
    pub(crate) fn of(hash: &HandshakeHash) -> Self {
        let [tag @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = hash.0;
        Self(tag)
    }

    pub(super) fn to_bytes(self) -> [u8; 8] {
        self.0
    }

    pub(super) fn from_bytes(tag: [u8; 8]) -> Self {
        Self(tag)
    }
}

/// The messages that a device has not proved to have, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unproven(pub(crate) Vec<UnprovenMessage>);

impl Unproven {
    /// Enters a message; gives the one that has to go for it.
    // spec: CLIENT-112
    pub(crate) fn push(&mut self, id: MessageId, sealed_in: Option<SessionTag>) -> Option<UnprovenMessage> {
        self.0.iter_mut().for_each(|message| message.age = message.age.saturating_add(1));
        let goes = self.0.first().is_some_and(|oldest| usize::from(oldest.age) >= MAX_UNPROVEN);
        let gone = goes.then(|| self.0.remove(0));
        self.0.push(UnprovenMessage { id, sealed_in, age: 0 });
        gone
    }

    /// Those that have to go when `count` more are entered.
    pub(crate) fn outlived(&self, count: usize) -> impl Iterator<Item = MessageId> {
        let goes = move |message: &&UnprovenMessage| usize::from(message.age) + count >= MAX_UNPROVEN;
        self.0.iter().filter(goes).map(|message| message.id)
    }

    /// A message was sealed again.
    pub(crate) fn sealed(&mut self, id: &MessageId, in_session: SessionTag) {
        let message = self.0.iter_mut().find(|message| message.id == *id);
        if let Some(message) = message {
            message.sealed_in = Some(in_session);
        }
    }

    /// What was sealed in a session counts as not sealed; tells whether there is any.
    pub(crate) fn doubt(&mut self, sealed_in: SessionTag) -> bool {
        let doubted = self.0.iter_mut().filter(|message| message.sealed_in == Some(sealed_in));
        doubted.map(|message| message.sealed_in = None).count() > 0
    }

    /// A message needs not be kept any more.
    pub(crate) fn remove(&mut self, id: &MessageId) {
        self.0.retain(|message| message.id != *id);
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct EntriesProto {
    #[prost(bytes = "vec", tag = "1")]
    entries: Vec<u8>,
}

impl Stored for Seen {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write(&EntriesProto { entries: self.0.as_flattened().to_vec() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self(arrays(&read::<EntriesProto>(bytes)?.entries)?.to_vec()))
    }

    fn copy(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Stored for Unproven {
    /// message id 16 ‖ session tag 8, zeros for none ‖ age 2
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut entries = Vec::with_capacity(26 * self.0.len());
        for message in &self.0 {
            entries.extend_from_slice(message.id.as_bytes());
            entries.extend_from_slice(&message.sealed_in.map_or([0; 8], |tag| tag.0));
            entries.extend_from_slice(&message.age.to_be_bytes());
        }
        write(&EntriesProto { entries })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let proto: EntriesProto = read(bytes)?;
        let entry = |bytes: &[u8; 26]| -> Result<UnprovenMessage, Error> {
            let (id, rest) = bytes.split_at(16);
            let (tag, age) = rest.split_at(8);
            let tag: [u8; 8] = array(tag)?;
            Ok(UnprovenMessage {
                id: MessageId::from_bytes(array(id)?),
                sealed_in: (tag != [0; 8]).then_some(SessionTag(tag)),
                age: u16::from_be_bytes(array(age)?),
            })
        };
        Ok(Self(arrays(&proto.entries)?.iter().map(entry).collect::<Result<_, _>>()?))
    }

    fn copy(&self) -> Option<Self> {
        Some(self.clone())
    }
}
