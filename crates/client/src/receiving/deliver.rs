//! What becomes of a frame once it is opened.

use core::num::NonZeroU32;

use entrenous_identity::{AccountId, Timestamp};
use entrenous_wire::{
    Malformed,
    frame::{Frame, FrameKind},
};
use zeroize::Zeroizing;

use crate::{
    Address, Event, Message, MessageId, SecurityStatus,
    engine::{Name, Step, Stop},
    event::MessageParts,
    record::{Own, Seen, SessionEntry},
    sync,
    trust::Trust,
};

/// Where a frame comes from, as its session proves it.
pub(super) struct Origin<'a> {
    pub(super) from: &'a Address,
    pub(super) entry: &'a SessionEntry,
    pub(super) status: entrenous_ratchet::Status,
    pub(super) clone_suspected: bool,
}

impl Step<'_> {
    /// Enters into the inbox what the frame brings.
    pub(super) fn deliver(
        &mut self,
        origin: &Origin<'_>,
        frame: Result<Frame<'_>, Malformed>,
    ) -> Result<(), Stop> {
        let (from, me) = (*origin.from, self.device.account);
        // spec: CLIENT-8
        let may_be_a_list = matches!(&frame, Ok(frame) if frame.kind == FrameKind::Control);
        if from.account == me && !may_be_a_list {
            self.own()?;
        }
        // spec: WIRE-38
        let Ok(frame) = frame else { return self.tell(Event::MalformedFrame { from }) };
        if let Some(epoch) = frame.list_epoch {
            self.hear_of_list(&from, epoch.get())?;
        }
        match frame.kind {
            FrameKind::Application if self.is_new(&from, &frame.nonce)? => {
                self.deliver_message(origin, &frame, from.account, frame.content)
            }
            // spec: CLIENT-24
            FrameKind::Sync if from.account == me => match sync::decode(frame.content) {
                Some((conversation, content)) if self.is_new(&from, &frame.nonce)? => {
                    self.deliver_message(origin, &frame, conversation, content)
                }
                Some((conversation, content)) => self.prove_again(origin, &frame, conversation, content),
                None => self.tell(Event::Unsupported { from }),
            },
            // spec: CLIENT-23, WIRE-40
            FrameKind::Application => self.prove_again(origin, &frame, from.account, frame.content),
            FrameKind::Ephemeral => {
                let message = self.message(origin, &frame, from.account, frame.content)?;
                self.tell(Event::Ephemeral(message))
            }
            FrameKind::Control => self.receive_control(&from, frame.content),
            FrameKind::Sync | FrameKind::Unknown(_) => self.tell(Event::Unsupported { from }),
        }
    }

    fn deliver_message(
        &mut self,
        origin: &Origin<'_>,
        frame: &Frame<'_>,
        conversation: AccountId,
        content: &[u8],
    ) -> Result<(), Stop> {
        let message = self.message(origin, frame, conversation, content)?;
        self.owe_proof(&message.from, message.id)?;
        // spec: CLIENT-25
        match message.expires {
            Some(expires) if expires <= self.now => {
                self.tell(Event::Expired { from: message.from, id: message.id })
            }
            _ => self.tell(Event::Message(message)),
        }
    }

    /// The message is here already: what its sender has not got is the proof.
    fn prove_again(
        &mut self,
        origin: &Origin<'_>,
        frame: &Frame<'_>,
        conversation: AccountId,
        content: &[u8],
    ) -> Result<(), Stop> {
        let message = self.message(origin, frame, conversation, content)?;
        self.owe_proof(&message.from, message.id)
    }

    /// Whether a message of `from` has not come before, sealed in another session.
    fn is_new(&mut self, from: &Address, nonce: &[u8; 8]) -> Result<bool, Stop> {
        let mut seen: Seen = self.get_unless_damaged(Name::Seen(*from))?.unwrap_or_default();
        let new = seen.insert(*nonce);
        if new {
            self.put(Name::Seen(*from), &seen);
        }
        Ok(new)
    }

    fn message(
        &mut self,
        origin: &Origin<'_>,
        frame: &Frame<'_>,
        conversation: AccountId,
        content: &[u8],
    ) -> Result<Message, Stop> {
        let Origin { from, entry, status, clone_suspected } = origin;
        let (trust, list_epoch) = self.standing(&from.account)?;
        let sent = Timestamp::from_ms(frame.sent_ms);
        // what goes to another account is ours; what stays with this one is theirs
        let recipient = if from.account == conversation { self.device.account } else { conversation };
        let parts =
            MessageParts { sender: &from.account, recipient: &recipient, sent, nonce: &frame.nonce, content };
        let kind = match frame.kind {
            FrameKind::Sync => FrameKind::Application,
            kind => kind,
        };
        Ok(Message {
            from: **from,
            conversation,
            id: MessageId::of(kind, &parts),
            sent,
            expires: frame.ttl.map(|ttl| expiry(sent, ttl, self.now)),
            content: Zeroizing::new(content.to_vec()),
            status: SecurityStatus {
                trust,
                handshake: entry.handshake,
                one_time_prekey: entry.one_time_prekey,
                session_counter: entry.counter.get(),
                post_quantum: status.post_quantum,
                messages_since_turn: status.received.saturating_sub(1),
                list_epoch,
                clone_suspected: *clone_suspected,
            },
        })
    }
}

impl Step<'_> {
    /// How far an account is trusted, and the epoch of its list in force.
    fn standing(&mut self, account: &AccountId) -> Result<(Trust, u32), Stop> {
        if *account == self.device.account {
            return Ok((Trust::Own, self.expect::<Own>(Name::Own)?.list_epoch));
        }
        self.notice_lost_trust(account)?;
        let contact = self.contact(account)?;
        Ok(contact.map_or((Trust::FirstUse, 0), |contact| (contact.trust, contact.list_epoch)))
    }
}

/// When a message is to vanish: a sender whose clock is ahead must not make it stay longer.
pub(crate) fn expiry(sent: Timestamp, ttl: NonZeroU32, now: Timestamp) -> Timestamp {
    Timestamp::from_ms(sent.min(now).as_ms() + u64::from(ttl.get()) * 1_000)
}
