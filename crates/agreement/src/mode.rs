//! How a session relates to the one before it.

use entrenous_identity::Resumption;
use entrenous_wire::handshake;

/// The mode of a handshake, with what continues the session before: the initiator gives a [`Resumption`], the
/// responder is told its name, a [`ResumptionId`](entrenous_identity::ResumptionId).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode<R> {
    /// There was no session.
    Fresh,
    /// A secret of the session before is mixed in: who only stole device keys can't do it.
    Continued(R),
    /// There was a session, and nothing of it is used.
    Reset,
}

impl<R> Mode<R> {
    /// The mode without what it names, as it is on the wire.
    pub(crate) fn kind(&self) -> handshake::Mode {
        match self {
            Self::Fresh => handshake::Mode::Fresh,
            Self::Continued(_) => handshake::Mode::Continued,
            Self::Reset => handshake::Mode::Reset,
        }
    }

    /// What continues the session before, if that is what the handshake does.
    pub fn continued(&self) -> Option<&R> {
        match self {
            Self::Continued(resumption) => Some(resumption),
            Self::Fresh | Self::Reset => None,
        }
    }
}

/// The mode's rows of the transcript: number, old T and secret's id, zeros unless continued.
pub(crate) fn rows(mode: handshake::Mode, continued: Option<&Resumption>) -> ([u8; 1], [u8; 32], [u8; 8]) {
    let (transcript, id) = continued.map_or(([0; 32], [0; 8]), |old| (old.transcript().0, old.id().0));
    ([mode.number()], transcript, id)
}
