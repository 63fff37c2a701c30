//! Opening a message of a group, and judging it by the rosters.

use entrenous_group::{
    GroupId,
    sender_key::{CommittedMessage, Judged, KeyId, OpenError, ReceivingKey, RecordChanges, SkippedBlock},
};
use entrenous_identity::Timestamp;
use entrenous_wire::{
    Malformed,
    frame::{Frame, FrameKind},
    group_message::GroupMessage as Envelope,
};
use zeroize::Zeroizing;

use super::loaded::Group;
use crate::{
    Address, Error, Event, GroupMessage, GroupMessageStatus, MessageId,
    engine::{Name, Step, Stop},
    record::{Early, Opaque, Pair, Standing, Waits},
    trust::Trust,
};

impl Step<'_> {
    /// Opens a message of a group, or keeps it until it can be.
    pub(crate) fn receive_group_message(&mut self, from: &Address, bytes: &[u8]) -> Result<(), Stop> {
        let message = Envelope::parse(bytes)?;
        let id = KeyId(*message.key_id());
        self.want([Name::GroupKey(id), Name::Parked, Name::Groups])?;
        self.own()?;
        self.of_stranger = false;
        self.check_inbox()?;
        let Some(key) = self.receiving_key(&id)? else {
            // only devices that are known may make us keep what nobody has authenticated
            // spec: GROUP-157
            let pair: Pair = self.get_unless_damaged(Name::Pair(*from))?.unwrap_or_default();
            if pair.sessions.is_empty() {
                return Err(Error::NoSession.into());
            }
            let group = GroupId::from_bytes([0; 32]);
            let iteration = message.iteration();
            return self.park(Early { waits: Waits::ForKey, from: *from, group, key: id, iteration }, bytes);
        };
        let group = match self.group(key.group()) {
            // until it is forgotten, and joined again
            Err(Stop::Failed(Error::Corrupt)) => None,
            group => group?,
        };
        let mut group = group.ok_or(Error::KeyUnavailable)?;
        match self.open_group_message(&mut group, &message)? {
            Some(early) => self.park(early, bytes),
            None => Ok(()),
        }
    }

    /// Opens a message whose group is known and tells it, or says what it waits for.
    pub(super) fn open_group_message(
        &mut self,
        group: &mut Group,
        message: &Envelope<'_>,
    ) -> Result<Option<Early>, Stop> {
        let id = KeyId(*message.key_id());
        let Some(mut key) = self.receiving_key(&id)? else { return Err(Error::KeyUnavailable.into()) };
        let located = key.locate(message).map_err(error)?;
        let record = match located.needed() {
            Some(block) => self.group_skipped(&id, block)?,
            None => None,
        };
        let mut out = Zeroizing::new(Vec::new());
        let opened = located.open(record, &mut out).map_err(error)?;
        let verified = *opened.verified();
        let from = Address::from(verified.sender);
        let judged = match group.record.standing {
            Standing::Joined => group.rosters().message(&verified).judge(),
            // shown when the user has joined
            // spec: GROUP-202
            Standing::Invited { .. } => Judged::Park,
            Standing::Out => return Err(Error::Rejected.into()),
        };
        match judged {
            // spec: GROUP-160
            Judged::Park => {
                drop(opened);
                self.want_roster(group, &from, verified.roster)?;
                let iteration = verified.iteration;
                Ok(Some(Early { waits: Waits::ForRoster, from, group: group.id, key: id, iteration }))
            }
            // spec: GROUP-161, GROUP-162, GROUP-163
            Judged::Reject(_) => Err(Error::Rejected.into()),
            Judged::Accept { readable_by_removed, key_closed } => {
                let CommittedMessage { frame, changes, .. } = opened.commit();
                let lost = changes.lost_keys;
                let trust = self.group_trust(&from)?;
                let status = GroupMessageStatus { trust, readable_by_removed, from_removed: key_closed };
                self.tell_group_frame(group.id, from, frame, status)?;
                self.tell_keys_lost(&from, lost)?;
                self.put_receiving_key(&key, changes)?;
                Ok(None)
            }
        }
    }

    pub(super) fn tell_keys_lost(&mut self, from: &Address, count: u32) -> Result<(), Stop> {
        if count > 0 { self.tell(Event::KeysLost { from: *from, count }) } else { Ok(()) }
    }

    pub(super) fn tell_group_frame(
        &mut self,
        group: GroupId,
        from: Address,
        frame: Result<Frame<'_>, Malformed>,
        status: GroupMessageStatus,
    ) -> Result<(), Stop> {
        // spec: GROUP-148
        let Ok(frame) = frame else { return self.tell(Event::MalformedFrame { from }) };
        if frame.kind != FrameKind::Application {
            return self.tell(Event::Unsupported { from });
        }
        let sent = Timestamp::from_ms(frame.sent_ms);
        let parts = (from.account, sent, frame.nonce);
        self.tell_group_message(GroupMessage {
            group,
            from,
            id: MessageId::in_group(frame.kind, &group, &parts, frame.content),
            sent,
            expires: frame.ttl.map(|ttl| crate::receiving::expiry(sent, ttl, self.now)),
            content: Zeroizing::new(frame.content.to_vec()),
            status,
        })
    }

    // spec: CLIENT-25
    fn tell_group_message(&mut self, message: GroupMessage) -> Result<(), Stop> {
        match message.expires {
            Some(expires) if expires <= self.now => {
                self.tell(Event::Expired { from: message.from, id: message.id })
            }
            _ => self.tell(Event::GroupMessage(message)),
        }
    }

    pub(super) fn group_trust(&mut self, from: &Address) -> Result<Trust, Stop> {
        if from.account == self.device.account {
            return Ok(Trust::Own);
        }
        self.want([Name::Contact(from.account)])?;
        Ok(self.contact(&from.account)?.map_or(Trust::FirstUse, |contact| contact.trust))
    }

    /// Writes a key, and its skipped keys.
    pub(crate) fn put_receiving_key(
        &mut self,
        key: &ReceivingKey,
        changes: RecordChanges,
    ) -> Result<(), Stop> {
        let id = key.id();
        self.put(Name::GroupKey(id), &Opaque(key.to_record()));
        let names = changes.put.iter().map(SkippedBlock::number).chain(changes.remove.iter().copied());
        self.want(names.map(|block| Name::GroupSkipped(id, block)).collect::<Vec<_>>())?;
        for block in changes.put {
            let name = Name::GroupSkipped(id, block.number());
            self.note(name)?;
            self.put(name, &Opaque(block.to_record()));
        }
        changes.remove.into_iter().try_for_each(|block| self.remove(Name::GroupSkipped(id, block)))
    }

    pub(super) fn group_skipped(&mut self, id: &KeyId, block: u32) -> Result<Option<SkippedBlock>, Stop> {
        let record: Option<Opaque> = self.get_unless_damaged(Name::GroupSkipped(*id, block))?;
        Ok(record.and_then(|Opaque(record)| SkippedBlock::from_record(&record).ok()))
    }

    /// Drops a key with all its records.
    pub(crate) fn forget_key(&mut self, group: &mut Group, id: &KeyId) -> Result<(), Stop> {
        group.record.keys.retain(|key| key.id != *id);
        self.forget_key_records(id)
    }

    pub(crate) fn forget_key_records(&mut self, id: &KeyId) -> Result<(), Stop> {
        let blocks: Vec<Name> = match self.receiving_key(id)? {
            Some(key) => key.blocks().map(|block| Name::GroupSkipped(*id, block)).collect(),
            None => Vec::new(),
        };
        self.want(blocks.iter().copied().chain([Name::GroupKey(*id)]))?;
        for name in blocks {
            self.remove(name)?;
        }
        self.remove(Name::GroupKey(*id))
    }
}

/// What the application is told of a message that doesn't open.
fn error(error: OpenError) -> Error {
    match error {
        OpenError::Duplicate => Error::Duplicate,
        OpenError::WrongRecords => Error::KeyUnavailable,
        // sealed before this device was given the key, or by somebody who is out
        _ => Error::Rejected,
    }
}
