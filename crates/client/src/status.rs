//! What is known about a message's security.

use entrenous_ratchet::EpochStatus;

use crate::trust::Trust;

/// How a session relates to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// There was none.
    Fresh,
    /// It goes on from a secret of the session before: stolen device keys alone could not have begun it.
    Continued,
    /// There was one, and nothing of it was used: weaker, and told by [`Event::SessionReset`](crate::Event).
    Reset,
}

impl Handshake {
    /// The number in records, the one that is on the wire.
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::Fresh => 1,
            Self::Continued => 2,
            Self::Reset => 3,
        }
    }

    pub(crate) const fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Fresh),
            2 => Some(Self::Continued),
            3 => Some(Self::Reset),
            _ => None,
        }
    }
}

/// What was known about a message's security when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityStatus {
    /// Whether anybody has compared safety numbers with the account, or how else it is known; that it is the own one.
    pub trust: Trust,
    /// How the session came about.
    pub handshake: Handshake,
    /// Whether a one-time prekey protects the session's first messages from a later thief of the signed one.
    pub one_time_prekey: bool,
    /// The session's counter, from 1: how many sessions this pair of devices has had.
    pub session_counter: u64,
    /// How the session's post-quantum ratchet stood after the message. It is of the session: a message of an earlier chain
    /// that comes late has its key from before the last epoch.
    pub post_quantum: EpochStatus,
    /// Messages of the sender since its last ratchet turn, this one not counted: who steals its keys now can read
    /// that many.
    pub messages_since_turn: u32,
    /// Epoch of the sender's device list.
    pub list_epoch: u32,
    /// Whether this message shows that a copy of the sender's device is at work, or that it was restored from an
    /// older state.
    pub clone_suspected: bool,
}
