//! Sending: one message, sealed for every device that is to have it, in one commit.

mod outbox;
mod seal;

use core::{fmt, num::NonZeroU32};

use entrenous_identity::{AccountId, DeviceId, HandshakeHash};
use entrenous_primitives::random::draw;
use entrenous_wire::frame::{FrameKind, MAX_CONTENT};
use zeroize::Zeroizing;

pub use outbox::{HandedOver, Outbox};

use crate::{
    Address, Error, MessageId, TrustPolicy,
    engine::{Habit, Name, Step, Stop, sealed::Run},
    event::MessageParts,
    record::{Contact, MessageRecord, Own},
    sync,
    trust::Trust,
};

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
}

/// Sends a message to every device of an account, and to the own other ones: for all of them or for none.
#[derive(Clone, Copy)]
pub struct Send<'a> {
    /// Whom it is to.
    pub to: AccountId,
    /// At most 16 MiB.
    pub content: &'a [u8],
    /// How.
    pub options: SendOptions,
}

/// A message that is in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message's id, the same on every device.
    pub id: MessageId,
    /// One envelope for each device, for the transport.
    pub outgoing: Vec<Outgoing>,
    /// Devices without a session. The message waits for them: it is sealed when a session with them begins.
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
        let devices = step.prepare_sending(&to, &options, 1)?;
        step.send(to, content, &options, devices)
    }
}

/// Sends messages to an account, in their order and in one commit: all of them or none. For many messages this is
/// much quicker than one by one, since making them durable costs far more than sealing them.
#[derive(Clone, Copy)]
pub struct SendMany<'a> {
    /// Whom they are to.
    pub to: AccountId,
    /// At most 16 MiB each.
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

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Sent>, Stop> {
        let Self { to, contents, options } = *self;
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
                let contact: Option<Contact> = self.get(Name::Contact(*to))?;
                let contact = contact.filter(Contact::is_reachable).ok_or(Error::NoSession)?;
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
        match options.ephemeral {
            true => self.send_ephemeral(&message),
            false => self.send_message(message),
        }
    }
}

// spec: CLIENT-20
pub(crate) fn check_trust(contact: &Contact, policy: TrustPolicy) -> Result<(), Error> {
    match (contact.trust, policy) {
        (Trust::Changed { .. }, _) => Err(Error::IdentityChanged),
        (Trust::FirstUse, TrustPolicy::VerifiedOnly) => Err(Error::Unverified),
        (Trust::FirstUse, TrustPolicy::FirstUse) | (Trust::Verified { .. }, _) => Ok(()),
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
        match own.devices.contains(&self.device.address().device) {
            true => Ok(own),
            false => Err(Error::RemovedFromAccount.into()),
        }
    }

    /// Enters `message` and seals it for every device that has a session.
    fn send_message(&mut self, message: MessageRecord) -> Result<Sent, Stop> {
        let me = self.device.account;
        let id = MessageId::of(FrameKind::Application, &message.parts(&me));
        let mut sent = Sent { id, outgoing: Vec::new(), unreached: Vec::new() };
        for to in &message.waiting {
            sent.outgoing.extend(self.push_list(to)?);
            sent.outgoing.extend(self.send_proof_of_many(to)?);
            match self.seal_message(&message, &id, to)? {
                Some(outgoing) => sent.outgoing.push(outgoing),
                None => sent.unreached.push(*to),
            }
        }
        // nobody has to prove to have a note to oneself of an only device
        if !message.waiting.is_empty() {
            self.put(Name::Message(id), &message);
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

    /// Seals a message for one device, into the outbox; none while there is no session.
    fn seal_message(
        &mut self,
        message: &MessageRecord,
        id: &MessageId,
        to: &Address,
    ) -> Result<Option<Outgoing>, Stop> {
        let sealed = self.seal_copy(message, to)?;
        self.enter_unproven(to, *id, sealed.as_ref().map(|(hash, _)| *hash))?;
        let Some((_, bytes)) = sealed else { return Ok(None) };
        self.enter_outbox(*to, Some(*id), bytes).map(Some)
    }

    /// Seals a message that was sent before, unless its time to live is over.
    pub(crate) fn seal_message_again(
        &mut self,
        id: &MessageId,
        to: &Address,
    ) -> Result<Option<Outgoing>, Stop> {
        let message = self.get_unless_damaged::<MessageRecord>(Name::Message(*id))?;
        let Some(message) = message else { return Ok(None) };
        if message.is_over(self.now) {
            return Ok(None);
        }
        let Some((_, bytes)) = self.seal_copy(&message, to)? else { return Ok(None) };
        self.enter_outbox(*to, Some(*id), bytes).map(Some)
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
