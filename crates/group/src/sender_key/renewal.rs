//! How long a sender key is used.

use entrenous_identity::Timestamp;
use entrenous_wire::group_message::MAX_ITERATIONS;

use super::SendingKey;

/// When a device makes a new sender key by itself. The sender's choice; receivers take any up to 4,096 messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenewalPolicy {
    /// Messages that one key seals: bounds what a stolen chain key opens.
    pub messages: u32,
    /// Age of a key in milliseconds: a copy of this device's state is locked out after it.
    pub age_ms: u64,
}

impl Default for RenewalPolicy {
    fn default() -> Self {
        Self { messages: 1000, age_ms: 7 * 86_400_000 }
    }
}

impl SendingKey {
    /// Whether a new key should seal the next message. Clocks jump both ways: a key from the future is as old as it
    /// is ahead.
    pub fn renewal_due(&self, policy: &RenewalPolicy, now: Timestamp) -> bool {
        // spec: GROUP-105
        self.iteration >= policy.messages.min(MAX_ITERATIONS)
            || now.as_ms().abs_diff(self.created.as_ms()) >= policy.age_ms
    }
}
