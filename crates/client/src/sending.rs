//! Sending: one message, sealed for every device that is to have it, in one commit.

mod again;
mod outbox;
mod seal;
mod token;

use core::{fmt, num::NonZeroU32};

use entrenous_identity::{AccountId, DeviceId, HandshakeHash};
use entrenous_primitives::random::draw;
use entrenous_wire::frame::{self, FrameKind};
use zeroize::Zeroizing;

pub use outbox::{HandedOver, Outbox};

use crate::{
    Address, Error, MessageId, TrustPolicy,
    engine::{Habit, Name, Step, Stop, sealed::Run},
    event::MessageParts,
    record::{Contact, Due, MessageRecord, Own, Pair, SentWithToken},
    sync,
    trust::Trust,
};

/// Longest content of a message, in bytes: 16 MiB less 34, so that the copy for own devices, which says whom the
/// message is to, fits into a frame as well.
// spec: CLIENT-113
pub const MAX_CONTENT: usize = frame::MAX_CONTENT - sync::OVERHEAD;

/// An envelope for the transport to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its number in the outbox, where it stays until [`HandedOver`] names it; none for what is not worth repeating.
    pub number: Option<u64>,
    /// Where it goes.
    pub to: Destination,
    /// The application's message in it; none for what the library sends by itself.
    pub id: Option<MessageId>,
    /// What goes over the network. A transport that repeats it repeats these bytes.
    pub bytes: Vec<u8>,
}

/// Where the transport carries an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Destination {
    /// To a device.
    Device(Address),
    /// Into the mailbox of a linking, by its rendezvous id: no account is known there yet.
    Rendezvous([u8; 16]),
}

impl From<Address> for Destination {
    fn from(address: Address) -> Self {
        Self::Device(address)
    }
}

/// How a message is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendOptions {
    /// Seconds until the message is to vanish on every device, if it is.
    pub ttl: Option<NonZeroU32>,
    /// Not worth keeping or repeating, such as typing: neither outbox nor inbox keep it, and own devices don't get it.
    pub ephemeral: bool,
    /// Names the message to the application before it is sent: who ends between the sending and noting it can't know
    /// whether it was sent. An application that draws a token, notes it with the message, and after a crash sends the
    /// message with the same token again, gets what became of it: the same id, and those of its envelopes that are
    /// still in the outbox. Only what was never sent is sent. The last 256 tokens are remembered.
    pub token: Option<[u8; 8]>,
}

/// Sends a message to every device of an account, and to the own other ones: for all of them or for none.
///
/// # Errors
/// [`Error::TooLong`]; [`Error::NoSession`] when the account is not known, [`Error::IdentityChanged`],
/// [`Error::Unverified`]; [`Error::OutboxFull`]; [`Error::ApiMisuse`] for a token with something ephemeral, or that
/// another message has.
#[derive(Clone, Copy)]
pub struct Send<'a> {
    /// Whom it is to.
    pub to: AccountId,
    /// At most [`MAX_CONTENT`] bytes.
    pub content: &'a [u8],
    /// How.
    pub options: SendOptions,
}

/// A message that is in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message's id, the same on every device.
    pub id: MessageId,
    /// For the transport, in this order: one envelope for each device, and what waited for it.
    pub outgoing: Vec<Outgoing>,
    /// Devices without a session in which it could be sealed, or for which older messages still wait for room in the
    /// outbox. The message waits for them: it is sealed when a session begins or goes on, or when there is room.
    pub unreached: Vec<Address>,
}

impl fmt::Debug for Send<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { to, content, options } = self;
        write!(f, "Send(to {to}, {} bytes [redacted], {options:?})", content.len())
    }
}

impl Run for Send<'_> {
    type Output = Sent;

    fn habit(&self) -> Option<Habit> {
        Some(Habit::SendTo(self.to))
    }

    fn run(&self, step: &mut Step<'_>) -> Result<Sent, Stop> {
        let Self { to, content, options } = *self;
        if let Some(token) = &options.token {
            if options.ephemeral {
                return Err(Error::ApiMisuse("a token for what is not kept").into());
            }
            step.want([Name::Tokens, Name::Outbox, Name::Own, Name::Contact(to)])?;
            if let Some(sent) = step.sent_before(token, &to, content)? {
                return Ok(sent);
            }
        }
        let devices = step.prepare_sending(&to, &options, 1)?;
        step.send(to, content, &options, devices)
    }
}

/// Sends messages to an account, in their order and in one commit: all of them or none. For many messages this is
/// much quicker than one by one, since making them durable costs far more than sealing them.
///
/// # Errors
/// As for [`Send`]; [`Error::ApiMisuse`] for a token, which is of one message.
#[derive(Clone, Copy)]
pub struct SendMany<'a> {
    /// Whom they are to.
    pub to: AccountId,
    /// At most [`MAX_CONTENT`] bytes each.
    pub contents: &'a [&'a [u8]],
    /// How.
    pub options: SendOptions,
}

impl fmt::Debug for SendMany<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { to, contents, options } = self;
        write!(f, "SendMany(to {to}, {} messages [redacted], {options:?})", contents.len())
    }
}

impl Run for SendMany<'_> {
    type Output = Vec<Sent>;

    fn habit(&self) -> Option<Habit> {
        Some(Habit::SendTo(self.to))
    }

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Sent>, Stop> {
        let Self { to, contents, options } = *self;
        if options.token.is_some() {
            return Err(Error::ApiMisuse("one token for many messages").into());
        }
        let devices = step.prepare_sending(&to, &options, contents.len())?;
        contents.iter().map(|content| step.send(to, content, &options, devices.clone())).collect()
    }
}

impl Step<'_> {
    /// Sees to it that all is there to send `count` messages to `to`, and says which devices get them.
    fn prepare_sending(
        &mut self,
        to: &AccountId,
        options: &SendOptions,
        count: usize,
    ) -> Result<Vec<Address>, Stop> {
        self.want([Name::Own, Name::Outbox, Name::Contact(*to)])?;
        let own = self.own()?;
        let theirs = match *to == self.device.account {
            // a note to oneself
            true => Vec::new(),
            false => {
                let contact = self.contact(to)?.filter(Contact::is_reachable).ok_or(Error::NoSession)?;
                // the user is to know why, though nothing is sent
                if self.notice_lost_trust(to)? {
                    return Err(Stop::Refused(Error::IdentityChanged));
                }
                check_trust(&contact, self.policy.trust)?;
                self.accept_contact(to)?;
                contact.devices
            }
        };
        let devices = recipients(self, &own, to, &theirs, options.ephemeral);
        self.load_active_sessions(&devices)?;
        self.load_evicted(&devices, count)?;
        Ok(devices)
    }

    fn send(
        &mut self,
        to: AccountId,
        content: &[u8],
        options: &SendOptions,
        devices: Vec<Address>,
    ) -> Result<Sent, Stop> {
        if content.len() > MAX_CONTENT {
            return Err(Error::TooLong.into());
        }
        let message = MessageRecord {
            to,
            sent: self.now,
            nonce: *draw::<8>(&mut self.rng)?.as_bytes(),
            ttl: options.ttl,
            content: Zeroizing::new(content.to_vec()),
            waiting: devices,
        };
        if options.ephemeral {
            return self.send_ephemeral(&message);
        }
        let Some(token) = options.token else { return self.send_message(&message) };
        let sent = self.send_message(&message)?;
        let numbers = sent.outgoing.iter().filter_map(|outgoing| outgoing.number);
        let (first, last) = (numbers.clone().min(), numbers.max());
        self.enter_token(SentWithToken {
            token,
            id: sent.id,
            sent: message.sent,
            nonce: message.nonce,
            first: first.unwrap_or_default(),
            end: last.map_or(0, |last| last + 1),
        })?;
        Ok(sent)
    }
}

/// Whether messages may go to a contact.
// spec: CLIENT-20
pub(crate) fn check_trust(contact: &Contact, policy: TrustPolicy) -> Result<(), Error> {
    match (contact.trust, policy) {
        (Trust::Changed { .. }, _) => Err(Error::IdentityChanged),
        (Trust::FirstUse, TrustPolicy::VerifiedOnly) => Err(Error::Unverified),
        (Trust::FirstUse, TrustPolicy::FirstUse) | (Trust::Verified { .. } | Trust::Own, _) => Ok(()),
    }
}

/// The devices of the other account, and the own other ones.
fn recipients(
    step: &Step<'_>,
    own: &Own,
    to: &AccountId,
    theirs: &[DeviceId],
    ephemeral: bool,
) -> Vec<Address> {
    let me = step.device.address();
    let theirs = theirs.iter().map(|device| Address { account: *to, device: *device });
    let mine = own.devices.iter().map(|device| Address { account: me.account, device: *device });
    let mine = mine.filter(|_| !ephemeral || *to == me.account);
    theirs.chain(mine).filter(|device| *device != me).collect()
}

impl Step<'_> {
    /// The own account.
    ///
    /// # Errors
    /// [`Error::RemovedFromAccount`] when this device is no longer one of it.
    pub(crate) fn own(&mut self) -> Result<Own, Stop> {
        let own: Own = self.expect(Name::Own)?;
        // spec: CLIENT-8
        match own.listed {
            true => Ok(own),
            false => Err(Error::RemovedFromAccount.into()),
        }
    }

    /// Enters `message` and seals it for every device that has a session.
    fn send_message(&mut self, message: &MessageRecord) -> Result<Sent, Stop> {
        let me = self.device.account;
        let id = MessageId::of(FrameKind::Application, &message.parts(&me));
        let mut sent = Sent { id, outgoing: Vec::new(), unreached: Vec::new() };
        for to in &message.waiting {
            sent.outgoing.extend(self.push_list(to)?);
            sent.outgoing.extend(self.send_proof_of_many(to)?);
            if !self.seal_message(message, &id, to, &mut sent.outgoing)? {
                sent.unreached.push(*to);
            }
        }
        // nobody has to prove to have a note to oneself of an only device
        if !message.waiting.is_empty() {
            self.put(Name::Message(id), message);
            if let Some(end) = message.end() {
                self.note_expiry(Due::Message(id), end)?;
            }
        }
        Ok(sent)
    }

    fn send_ephemeral(&mut self, message: &MessageRecord) -> Result<Sent, Stop> {
        let me = self.device.account;
        let id = MessageId::of(FrameKind::Ephemeral, &message.parts(&me));
        let frame = message.frame(FrameKind::Ephemeral, &message.content);
        let mut sent = Sent { id, outgoing: Vec::new(), unreached: Vec::new() };
        for to in &message.waiting {
            match self.seal(&frame, to)? {
                Some((_, bytes)) => {
                    sent.outgoing.push(Outgoing { number: None, to: (*to).into(), id: Some(id), bytes });
                }
                None => sent.unreached.push(*to),
            }
        }
        Ok(sent)
    }

    /// Seals a message for one device, into the outbox; tells whether it could be sealed. It waits while there is no
    /// session that can, and behind those that wait already.
    fn seal_message(
        &mut self,
        message: &MessageRecord,
        id: &MessageId,
        to: &Address,
        outgoing: &mut Vec<Outgoing>,
    ) -> Result<bool, Stop> {
        let mut pair: Pair = self.get_unless_damaged(Name::Pair(*to))?.unwrap_or_default();
        // spec: CLIENT-110
        if pair.behind {
            outgoing.extend(self.seal_again(to)?);
            pair = self.get_unless_damaged(Name::Pair(*to))?.unwrap_or_default();
            // what waits is bounded: a full outbox holds the application back as ever
            if pair.behind && !self.outbox_has_room()? {
                return Err(Error::OutboxFull.into());
            }
        }
        let sealed = if pair.behind { None } else { self.seal_copy(message, to)? };
        self.enter_unproven(to, *id, sealed.as_ref().map(|(hash, _)| *hash))?;
        match sealed {
            Some((_, bytes)) => {
                self.ask(to)?;
                outgoing.push(self.enter_outbox(*to, Some(*id), bytes)?);
            }
            None => {
                if pair.active().is_some() && !pair.behind {
                    self.note_behind(to)?;
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Seals what a device gets of a message: the message itself, or the copy for an own device.
    fn seal_copy(
        &mut self,
        message: &MessageRecord,
        to: &Address,
    ) -> Result<Option<(HandshakeHash, Vec<u8>)>, Stop> {
        if to.account == message.to {
            return self.seal(&message.frame(FrameKind::Application, &message.content), to);
        }
        // spec: CLIENT-24
        let copy = sync::encode(&message.to, &message.content);
        self.seal(&message.frame(FrameKind::Sync, &copy), to)
    }
}

impl MessageRecord {
    fn parts<'a>(&'a self, sender: &'a AccountId) -> MessageParts<'a> {
        MessageParts {
            sender,
            recipient: &self.to,
            sent: self.sent,
            nonce: &self.nonce,
            content: &self.content,
        }
    }
}
