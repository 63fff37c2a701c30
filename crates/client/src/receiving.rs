//! Receiving: an envelope is opened, and what it tells enters the inbox, in one commit.

mod accept;
mod deliver;
mod open;

use entrenous_identity::HandshakeHash;
use entrenous_wire::envelope::{Envelope, Kind};

use crate::{
    Address, Error, Item,
    engine::{Name, Step, Stop, sealed::Run},
    record::{Pair, Queue},
};

/// Opens an envelope.
///
/// # Errors
/// [`Error::Malformed`], [`Error::Rejected`] and [`Error::Duplicate`]: the transport may drop such bytes, they will
/// never be anything else. [`Error::NoSession`] when nothing is known of `from`, or a handshake is of another
/// device: a wrong hint is not followed up. [`Error::KeyUnavailable`] when a prekey is gone, or the store has lost a
/// key. [`Error::Untrusted`] and [`Error::TooManyResets`] for handshakes. [`Error::InboxFull`] and
/// [`Error::TooManyStrangers`] until the application makes room: the transport keeps the envelope. None of them
/// changes anything.
#[derive(Clone, Copy, Debug)]
pub struct Receive<'a> {
    /// The transport's hint where it comes from.
    pub from: Address,
    /// As it came.
    pub bytes: &'a [u8],
}

impl Run for Receive<'_> {
    type Output = Vec<Item>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Item>, Stop> {
        let from = self.from;
        let envelope = Envelope::parse(self.bytes)?;
        step.want([Name::Own, Name::Inbox, Name::Pair(from), Name::Contact(from.account), Name::Seen(from)])?;
        step.own()?;
        step.check_inbox()?;
        let pair: Pair = step.get(Name::Pair(from))?.unwrap_or_default();
        match envelope.kind() {
            Kind::Ratchet => step.receive_in_session(&from, pair, &envelope, None)?,
            Kind::Prekey { handshake } => {
                // spec: AGREE-18
                let hash = HandshakeHash::of(handshake);
                match pair.session(&hash) {
                    Some(_) => step.receive_in_session(&from, pair, &envelope, Some(hash))?,
                    None => step.accept(&from, pair, &envelope, handshake, hash)?,
                }
            }
        }
        Ok(step.told())
    }
}

impl Step<'_> {
    /// A full inbox stops receiving, so that nothing has to be dropped.
    fn check_inbox(&mut self) -> Result<(), Stop> {
        let inbox: Queue = self.get(Name::Inbox)?.unwrap_or_default();
        let limits = &self.policy.queues;
        // spec: CLIENT-21
        match inbox.items.len() >= limits.inbox_items || inbox.bytes >= limits.inbox_bytes {
            true => Err(Error::InboxFull.into()),
            false => Ok(()),
        }
    }
}
