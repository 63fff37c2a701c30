//! Keys that other devices give.

use entrenous_group::{
    RosterId,
    sender_key::{Accepted, EndedKey, KeptKey, KeyId, KeyJudged, ReceivedKey, ReceivingKey},
};
use entrenous_wire::proto::GroupControl;

use super::loaded::{Group, sender};
use crate::{
    Address, Error, Event,
    engine::{Name, Step, Stop},
    record::{Early, KnownKey, Opaque, Parked, Standing, Waits},
};

/// Keys of one device that are kept: beyond that the oldest go.
// spec: GROUP-156
const MAX_KEYS_OF_DEVICE: usize = 32;

/// What became of a key that was given.
pub(super) enum Taken {
    New,
    Known,
    /// It waits for something.
    Early(Early),
}

impl Step<'_> {
    /// A device has given its key.
    pub(super) fn receive_key(
        &mut self,
        group: &mut Group,
        from: &Address,
        bytes: &[u8],
    ) -> Result<(), Stop> {
        match self.take_key(group, from, bytes)? {
            Taken::Early(early) => self.park(early, bytes),
            Taken::New => self.retry_parked(group),
            Taken::Known => Ok(()),
        }
    }

    /// Takes a key in, or tells what it waits for.
    // spec: GROUP-165
    pub(super) fn take_key(
        &mut self,
        group: &mut Group,
        from: &Address,
        bytes: &[u8],
    ) -> Result<Taken, Stop> {
        let received = ReceivedKey::parse(bytes).map_err(|_| Error::Rejected)?;
        let (id, roster) = (received.id(), received.roster());
        if received.group() != group.id || received.sender() != sender(from) {
            return Err(Error::Rejected.into());
        }
        let early = Early { waits: Waits::Key, from: *from, group: group.id, key: id, iteration: 0 };
        match group.record.standing {
            Standing::Joined => {}
            // taken, and acknowledged, when the user has joined
            // spec: GROUP-202
            Standing::Invited { .. } => return Ok(Taken::Early(early)),
            Standing::Out => return Err(Error::Rejected.into()),
        }
        match group.rosters().key(sender(from), roster).judge() {
            KeyJudged::Accept => {}
            KeyJudged::Park => {
                self.want_roster(group, from, roster)?;
                return Ok(Taken::Early(early));
            }
            KeyJudged::Reject(_) => return Err(Error::Rejected.into()),
        }
        self.want([Name::GroupKey(id), Name::KeyDebts])?;
        let known = self.receiving_key(&id)?;
        let accepted = received.accept(group.id, sender(from), known.as_ref());
        let taken = match accepted.map_err(|_| Error::Rejected)? {
            Accepted::Known => Taken::Known,
            Accepted::New(key) => {
                self.enter_key(group, from, key, roster)?;
                Taken::New
            }
        };
        // also of one that is known: the acknowledgement may have been lost
        self.owe_acknowledgement(from, group.id, id)?;
        Ok(taken)
    }

    fn enter_key(
        &mut self,
        group: &mut Group,
        of: &Address,
        mut new_key: ReceivingKey,
        roster: RosterId,
    ) -> Result<(), Stop> {
        let id = new_key.id();
        let of_device: Vec<KeyId> =
            group.record.keys.iter().filter(|key| key.of == *of).map(|key| key.id).collect();
        self.want(of_device.iter().map(|id| Name::GroupKey(*id)))?;
        // one that comes late, after the one that follows it
        let mut is_former = false;
        for other in &of_device {
            let Some(mut other) = self.receiving_key(other)? else { continue };
            // the newer of two ends the older, whichever came first
            // spec: GROUP-126
            let ended = match other.end_with(&new_key) {
                Some(ended) => {
                    self.put_receiving_key(&other, Default::default())?;
                    Some(ended)
                }
                None => {
                    let ended = new_key.end_with(&other);
                    is_former |= ended.is_some();
                    ended
                }
            };
            if ended == Some(EndedKey::CloneSuspected) {
                self.tell(Event::CloneSuspected { of: *of })?;
            }
        }
        for id in of_device.iter().take((of_device.len() + 1).saturating_sub(MAX_KEYS_OF_DEVICE)) {
            self.forget_key(group, id)?;
        }
        self.note(Name::GroupKey(id))?;
        self.put_receiving_key(&new_key, Default::default())?;
        let mut known = KnownKey::new(id, *of, roster);
        let keys = &mut group.record.keys;
        keys.retain(|key| key.id != id);
        if is_former {
            known.followed = Some(self.now);
            let newest = keys.iter().rposition(|key| key.of == *of).unwrap_or_default();
            keys.insert(newest, known);
        } else {
            for older in keys.iter_mut().filter(|key| key.of == *of) {
                older.followed = older.followed.or(Some(self.now));
            }
            keys.push(known);
            group.record.wanted_keys.retain(|wanted| wanted.of != *of);
        }
        self.put(Name::Group(group.id), &group.record);
        Ok(())
    }

    /// Closes the keys of those who lost access, and asks those who may not know for new ones.
    // spec: GROUP-165, GROUP-168
    pub(super) fn judge_keys(&mut self, group: &mut Group) -> Result<(), Stop> {
        let keys = group.record.keys.clone();
        self.want(keys.iter().map(|key| Name::GroupKey(key.id)).chain([Name::Parked]))?;
        let parked: Parked = self.get_unless_damaged(Name::Parked)?.unwrap_or_default();
        let mut rosters = group.rosters();
        let mut wanted = Vec::new();
        for KnownKey { id, of, .. } in keys {
            let newest = group.record.keys.iter().rev().find(|key| key.of == of);
            let is_newest = newest.is_some_and(|newest| newest.id == id);
            let Some(mut key) = self.receiving_key(&id)? else {
                // its device takes it for acknowledged
                wanted.extend(is_newest.then_some(of));
                continue;
            };
            match rosters.kept(&key) {
                KeptKey::Keep => {}
                KeptKey::Close => {
                    let changes = key.close(parked.highest(&id), self.now);
                    self.put_receiving_key(&key, changes)?;
                }
                KeptKey::AskForNew => wanted.extend(is_newest.then_some(of)),
            }
        }
        wanted.iter().try_for_each(|of| self.want_key(group, of))
    }

    /// Asks a device for a new key, once an hour.
    // spec: GROUP-168
    pub(super) fn want_key(&mut self, group: &mut Group, of: &Address) -> Result<(), Stop> {
        if group.record.standing != Standing::Joined
            || !group.has(of)
            || !group.record.want_key(*of, self.now)
        {
            return Ok(());
        }
        let control = GroupControl { wants_key: 1, ..GroupControl::default() };
        if !matches!(self.attempt(|step| step.send_group_control(group, of, control))?, Ok(Some(_))) {
            group.record.want_key_later(of);
        }
        self.put(Name::Group(group.id), &group.record);
        Ok(())
    }

    /// A key that is kept; none if the store has lost it, and its messages with it.
    pub(crate) fn receiving_key(&mut self, id: &KeyId) -> Result<Option<ReceivingKey>, Stop> {
        let Some(Opaque(record)) = self.get_unless_damaged(Name::GroupKey(*id))? else { return Ok(None) };
        Ok(ReceivingKey::from_record(&record).ok())
    }
}
