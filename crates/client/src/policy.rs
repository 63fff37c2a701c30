//! What an application chooses once for all.

use entrenous_group::sender_key::RenewalPolicy;
use entrenous_ratchet::{Limits, PostQuantumPolicy, SealPolicy};
use entrenous_wire::padding::Padding;

/// To whom messages may go before anybody has compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrustPolicy {
    /// To every account: trust on first use.
    #[default]
    FirstUse,
    /// To verified accounts only.
    VerifiedOnly,
}

/// The choices of an application. The defaults suit most.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// To whom messages may go.
    pub trust: TrustPolicy,
    /// How lengths are hidden.
    pub padding: Padding,
    /// How fast sessions heal against quantum computers, and what that adds to messages.
    pub post_quantum: PostQuantumPolicy,
    /// What each session keeps and does at most.
    pub limits: Limits,
    /// When this device makes a new key to a group by itself: after 1,000 messages or 7 days, unless chosen otherwise.
    pub group_keys: RenewalPolicy,
    /// What is queued at most.
    pub queues: QueueLimits,
}

impl Policy {
    pub(crate) fn seal(&self) -> SealPolicy {
        SealPolicy { padding: self.padding, post_quantum: self.post_quantum }
    }
}

/// What may wait for the application and for the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Items in the inbox; when it is full nothing more is received, and nothing dropped. Strangers together get a
    /// quarter of it.
    pub inbox_items: u64,
    /// Bytes of what is in the inbox: a message has some 200 more than its content. Strangers together get a quarter.
    pub inbox_bytes: u64,
    /// Envelopes in the outbox; when it is full nothing more is sent, and nothing dropped.
    pub outbox_items: u64,
    /// Bytes of envelopes in the outbox.
    pub outbox_bytes: u64,
}

impl Default for QueueLimits {
    /// 16,384 items and 256 MiB in each.
    fn default() -> Self {
        let (items, bytes) = (16_384, 256 << 20);
        Self { inbox_items: items, inbox_bytes: bytes, outbox_items: items, outbox_bytes: bytes }
    }
}
