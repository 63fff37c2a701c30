//! What the sender of a message chooses by itself. Nothing of it is agreed upon: receivers take any.

use entrenous_wire::padding::Padding;

/// The choices for one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SealPolicy {
    /// How much the message is padded.
    pub padding: Padding,
    /// How fast the post-quantum ratchet goes.
    pub post_quantum: PostQuantumPolicy,
}

/// How fast the post-quantum ratchet goes: the faster, the sooner a session heals, and the longer its messages are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostQuantumPolicy {
    /// How many shards go along with a message while an epoch is under way.
    pub shards: ShardsPerMessage,
    /// Messages of both ends, after an epoch, after which this end begins the next, where it is its turn to. The first
    /// epoch of a session begins at once.
    pub pause_messages: u32,
    /// Days, after an epoch, after which it begins the next though there were fewer messages; 1 is the next day in UTC.
    pub pause_days: u32,
    /// Whether this end begins epochs at all. What the peer begins it answers. Off is for tests: the session then never
    /// heals against quantum computers.
    pub offers: bool,
}

/// How many shards, of 32 bytes each, go along with a message while an epoch is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShardsPerMessage {
    /// 2 to 8, more with long messages and with answers to many, and beyond that as many as the padding has room for.
    #[default]
    Adaptive,
    /// That many, at most 37.
    Exactly(u8),
}

impl Default for PostQuantumPolicy {
    fn default() -> Self {
        Self { shards: ShardsPerMessage::default(), pause_messages: 100, pause_days: 1, offers: true }
    }
}
