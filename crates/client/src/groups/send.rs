//! Writing to a group: one sealing for all, and the key for those who have not got it.

use entrenous_group::GroupId;
use entrenous_identity::AccountId;
use entrenous_primitives::random::draw;
use entrenous_wire::frame::{Frame, FrameKind};
use zeroize::Zeroizing;

use super::loaded::Group;
use crate::{
    Error, MAX_CONTENT, MessageId, Outgoing, SendOptions, Sent,
    engine::{Habit, Name, Step, Stop, sealed::Run},
    sending::check_trust,
};

/// Sends `content` to the devices of all members of a group, and to the own other ones, in one commit. A new
/// key is made first, and given to all, where somebody has lost access since the last message or the key's time is over.
/// Devices without a session get the message, and the key once there is one.
///
/// # Errors
/// [`Error::NoGroup`], [`Error::NotInGroup`]; [`Error::GroupTooLarge`] when it has more than 1,024 devices;
/// [`Error::IdentityChanged`] and [`Error::Unverified`] when a member is not trusted; [`Error::TooLong`],
/// [`Error::OutboxFull`], [`Error::RemovedFromAccount`]; [`Error::ApiMisuse`] for an ephemeral message or a token.
#[derive(Clone, Copy)]
pub struct SendToGroup<'a> {
    /// The group.
    pub group: GroupId,
    /// At most [`MAX_CONTENT`] bytes.
    pub content: &'a [u8],
    /// How.
    pub options: SendOptions,
}

impl core::fmt::Debug for SendToGroup<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { group, content, options } = self;
        write!(f, "SendToGroup({group}, {} bytes [redacted], {options:?})", content.len())
    }
}

impl Run for SendToGroup<'_> {
    type Output = Sent;

    fn habit(&self) -> Option<Habit> {
        Some(Habit::SendToGroup(self.group))
    }

    fn run(&self, step: &mut Step<'_>) -> Result<Sent, Stop> {
        let Self { group, content, options } = *self;
        if options.ephemeral || options.token.is_some() {
            return Err(Error::ApiMisuse("a group message that is ephemeral or has a token").into());
        }
        if content.len() > MAX_CONTENT {
            return Err(Error::TooLong.into());
        }
        step.want([Name::Own, Name::Outbox, Name::Group(group), Name::GroupDevices(group)])?;
        step.want([Name::GroupSending(group), Name::KeyDebts, Name::Marker])?;
        step.own()?;
        let mut group = step.joined_group(group)?;
        step.heed_restoral(&mut group)?;
        step.send_to_group(&mut group, content, &options)
    }
}

impl Step<'_> {
    fn send_to_group(
        &mut self,
        group: &mut Group,
        content: &[u8],
        options: &SendOptions,
    ) -> Result<Sent, Stop> {
        // spec: GROUP-33
        if group.roster.state().too_large() {
            return Err(Error::GroupTooLarge.into());
        }
        let me = self.device.address();
        let members = group.roster.state().members().map(|(account, _)| *account);
        self.check_members(&members.filter(|account| *account != me.account).collect::<Vec<_>>())?;
        let mut outgoing: Vec<Outgoing> = Vec::new();
        self.spread_entries(group, &mut outgoing)?;
        let mut key = self.key_for_next(group)?;
        let unreached = self.give_key(group, &key, &mut outgoing)?;
        self.acknowledge_keys(Some(group.id), &mut outgoing)?;

        let nonce = *draw::<8>(&mut self.rng)?.as_bytes();
        let frame = Frame {
            kind: FrameKind::Application,
            sent_ms: self.now.as_ms(),
            nonce,
            ttl: options.ttl,
            list_epoch: None,
            shards: None,
            content,
        };
        let mut bytes = Zeroizing::new(Vec::new());
        let roster = group.roster.id();
        match key.seal(&frame, roster, self.policy.padding, self.salt, &mut bytes) {
            Ok(sealed) => drop(sealed.commit()),
            Err(entrenous_group::sender_key::SealError::Frame(malformed)) => return Err(malformed.into()),
            Err(_) => return Err(Error::KeyUnavailable.into()),
        }
        self.put_sending_key(&key);
        let parts = (me.account, self.now, nonce);
        let id = MessageId::in_group(FrameKind::Application, &group.id, &parts, content);
        for device in group.devices(&me) {
            outgoing.push(self.enter_outbox(device, Some(id), bytes.to_vec())?);
        }
        Ok(Sent { id, outgoing, unreached })
    }

    /// Whether what goes to all may go to each.
    // spec: CLIENT-20
    fn check_members(&mut self, members: &[AccountId]) -> Result<(), Stop> {
        self.want(members.iter().map(|account| Name::Contact(*account)))?;
        for account in members {
            let contact = self.contact(account)?.unwrap_or(crate::record::Contact::new());
            check_trust(&contact, self.policy.trust)?;
        }
        Ok(())
    }
}
