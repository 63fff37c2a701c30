//! What a received message comes to.

use core::fmt;

use entrenous_identity::{AccountId, Timestamp};
use entrenous_primitives::hash::sha256;
use entrenous_wire::{frame::Frame, label};

use crate::Address;

/// Something that the application should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A message.
    Message(Message),
    /// A peer that nobody has compared safety numbers with has begun a session.
    SessionStarted {
        /// Who.
        with: Address,
        /// Whether a one-time prekey made its first messages unreadable for a later thief of the signed one.
        one_time_prekey: bool,
    },
    /// An authentic message of a kind that this version doesn't know; its key is consumed.
    Unsupported {
        /// From whom.
        from: Address,
    },
    /// An authentic message whose content is no frame: the peer's library is at fault; its key is consumed.
    MalformedFrame {
        /// From whom.
        from: Address,
    },
    /// The peer was restored from an older state, or somebody runs a copy of its device.
    CloneSuspected {
        /// Whose device.
        of: Address,
    },
    /// Messages that were still missing can't be opened any more, should they come: their keys were dropped for a
    /// limit, or lost by the store.
    KeysLost {
        /// From whom.
        from: Address,
        /// How many.
        count: u32,
    },
}

/// A message as it was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The sender's account and device, as the session proves them.
    pub from: Address,
    /// The message's id.
    pub id: MessageId,
    /// When it was sent, by the sender's clock.
    pub sent: Timestamp,
    /// What the application sent.
    pub content: Vec<u8>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, id, sent, content } = self;
        write!(f, "Message({id} from {from} at {} ms, {} bytes [redacted])", sent.as_ms(), content.len())
    }
}

/// Names a message, the same on every device and at every re-send, and commits to its content: what a reply,
/// an edit or a report points at. 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId([u8; 16]);

impl MessageId {
    /// The id of a frame of the application that `sender` sends to `recipient`: the first 16 bytes of
    /// H(label ‖ sender 32 ‖ both accounts ascending 64 ‖ kind 1 ‖ sent-ms 6 ‖ nonce 8 ‖ content).
    pub(crate) fn of(sender: &AccountId, recipient: &AccountId, frame: &Frame<'_>) -> Self {
        let mut conversation = [sender, recipient];
        conversation.sort();
        let [_, _, sent @ ..] = frame.sent_ms.to_be_bytes();
        // spec: WIRE-39
        let hash = sha256(&[
            label::MESSAGE_ID,
            sender.as_bytes(),
            conversation[0].as_bytes(),
            conversation[1].as_bytes(),
            &[frame.kind.number().unwrap_or(u8::MAX)],
            &sent,
            &frame.nonce,
            frame.content,
        ]);
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = hash;
        Self(id)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}
