//! What a session tells of itself, for the status that an application shows.

use crate::{EpochStatus, Party, Session, session::Phase};

/// How a session stands at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Which side of the handshake this is.
    pub party: Party,
    /// Whether a message of the peer was opened. Until then the peer may not know of the session.
    pub answered: bool,
    /// Whether the next message brings a new ratchet key. If not, the peer's next answer does.
    pub own_turn: bool,
    /// Messages sealed under our present ratchet key, all in one chain: since our last sending DH step. 0 while
    /// the next message makes one.
    pub sent: u32,
    /// Messages of the peer's newest chain up to the furthest that was opened, the missing ones counted: since
    /// our last receiving DH step. 0 before the first.
    pub received: u32,
    /// How the post-quantum ratchet stands.
    pub post_quantum: EpochStatus,
}

impl Session {
    /// How the session stands.
    pub fn status(&self) -> Status {
        let own_turn = matches!(self.phase, Phase::Turn { .. });
        Status {
            party: self.party,
            answered: self.is_answered(),
            own_turn,
            sent: if own_turn { 0 } else { self.ns },
            received: self.receiving.as_ref().map_or(0, |recv| recv.n),
            post_quantum: self.epoch.status(),
        }
    }
}
