//! What the devices of a group tell one another over their sessions: entries, wishes, keys and acknowledgements.

use entrenous_group::{
    EntryHash, GroupId, RosterId,
    roster::{Entry, Roster},
    sender_key::{Accepted, KeyId, KeyJudged, ReceivedKey, ReceivingKey},
};
use entrenous_identity::Timestamp;
use entrenous_wire::{
    Malformed, fixed,
    group_control::MAX_BATCH,
    proto::{Control, GroupControl},
};

use super::{
    loaded::{Group, read_batch, sender},
    parked::Early,
};
use crate::{
    Address, Error, Event, Outgoing,
    engine::{Name, Step, Stop},
    record::{GroupDevice, GroupRecord, KnownKey, Standing, Waits, heads_from_bytes, heads_to_bytes},
};

/// Keys of one device that are kept: beyond that the oldest go.
// spec: GROUP-156
const MAX_KEYS_OF_DEVICE: usize = 32;

/// Invitations of strangers that are kept.
const MAX_STRANGERS_INVITATIONS: usize = 16;

/// What a device is answered counts as sent at this pace: milliseconds for a control.
const ANSWER_MS: u64 = 5_000;
/// A device is answered for as long as it is not so far ahead of that pace.
const ANSWERS_AHEAD_MS: u64 = 16 * ANSWER_MS;
/// And never counts as further ahead than this, whatever it was sent.
const MAX_AHEAD_MS: u64 = 3_600_000;

/// Asks for whatever the other has.
pub(super) const ANY_ROSTER: [u8; 32] = [0; 32];

impl Step<'_> {
    /// Sends a control of a group to a device; none while there is no session with it.
    pub(crate) fn send_group_control(
        &mut self,
        group: &Group,
        to: &Address,
        control: GroupControl,
    ) -> Result<Option<Outgoing>, Stop> {
        self.load_active_sessions(&[*to])?;
        let group = GroupControl { group: group.id.as_bytes().to_vec(), ..control };
        self.send_control(to, &Control { group: Some(group), ..Control::default() })
    }

    /// Does what a control of a group asks for. What is wrong with it harms nothing but itself.
    pub(crate) fn receive_group_control(
        &mut self,
        from: &Address,
        control: GroupControl,
    ) -> Result<(), Stop> {
        self.want([Name::Groups, Name::Parked, Name::Own])?;
        let id = GroupId::from_bytes(fixed("group control group", &control.group)?);
        match self.attempt(|step| step.do_group_control(from, id, &control))? {
            Err(Error::Malformed(_) | Error::Rejected) => self.tell(Event::Unsupported { from: *from }),
            outcome => Ok(outcome?),
        }
    }

    fn do_group_control(&mut self, from: &Address, id: GroupId, control: &GroupControl) -> Result<(), Stop> {
        let Some(mut group) = self.group(id)? else {
            return self.hear_of_group(from, id, control);
        };
        if !control.entries.is_empty() || !control.heads.is_empty() && control.wanted.is_empty() {
            self.receive_entries(&mut group, from, control)
        } else if !control.wanted.is_empty() {
            let wanted = RosterId::from_bytes(fixed("group control wanted roster", &control.wanted)?);
            self.answer(&group, from, &wanted, &heads_of(control)?)
        } else if !control.sender_key.is_empty() {
            self.receive_key(&mut group, from, &control.sender_key)
        } else if !control.accepted_key.is_empty() {
            let key = KeyId(fixed("group control accepted key", &control.accepted_key)?);
            self.note_acknowledged(&group, from, key)
        } else if control.wants_key != 0 {
            self.note_key_wanted(&mut group, from)
        } else {
            self.hear_of_joining(&mut group, from)
        }
    }

    /// Something of a group that is not known: an invitation, or something that came before it.
    // spec: GROUP-201
    fn hear_of_group(&mut self, from: &Address, id: GroupId, control: &GroupControl) -> Result<(), Stop> {
        if !control.sender_key.is_empty() {
            let received = ReceivedKey::parse(&control.sender_key).map_err(|_| Error::Rejected)?;
            let early = Early { waits: Waits::Key, from: *from, group: id, key: received.id(), iteration: 0 };
            return self.park(early, &control.sender_key).map(drop);
        }
        if control.entries.is_empty() {
            return Ok(());
        }
        let mut entries = read_batch(&control.entries)?;
        let genesis = entries.iter().position(|entry| GroupId::of(entry.hash()) == id);
        let Some(genesis) = genesis.map(|at| entries.swap_remove(at)) else { return Ok(()) };
        let mut roster = Roster::join(id, genesis).map_err(|_| Error::Rejected)?;
        roster.add_all(entries);
        let mut group = Group::new(GroupRecord::new(Standing::Invited { by: *from }), roster);
        let me = self.device.address();
        // whoever is no member can't bring anybody in, and who isn't in is not asked
        if !group.has(&me) || !group.has(from) {
            return Err(Error::Rejected.into());
        }
        let own = from.account == me.account;
        if !own && !self.is_close(from)? {
            self.check_strangers_invitations()?;
        }
        if own {
            group.record.standing = Standing::Joined;
        }
        self.enter_group(&mut group)?;
        let mut devices = self.group_devices(&group)?;
        for address in group.devices(&me) {
            devices.enter(address, group.len());
        }
        self.put(Name::GroupDevices(id), &devices);
        match own {
            true => self.tell(Event::GroupJoined { group: id, on: from.device })?,
            false => self.tell_invitation(&group, *from)?,
        }
        self.retry_parked(&mut group)
    }

    // spec: GROUP-201
    fn check_strangers_invitations(&mut self) -> Result<(), Stop> {
        let groups = self.groups()?;
        self.want(groups.0.iter().map(|id| Name::Group(*id)))?;
        let mut strangers = 0;
        for id in groups.0 {
            let record: Option<GroupRecord> = self.get_unless_damaged(Name::Group(id))?;
            if let Some(GroupRecord { standing: Standing::Invited { by }, .. }) = record
                && !self.is_close(&by)?
            {
                strangers += 1;
            }
        }
        match strangers < MAX_STRANGERS_INVITATIONS {
            true => Ok(()),
            false => Err(Error::Rejected.into()),
        }
    }

    // spec: GROUP-203
    fn receive_entries(
        &mut self,
        group: &mut Group,
        from: &Address,
        control: &GroupControl,
    ) -> Result<(), Stop> {
        let entries = read_batch(&control.entries)?;
        let heads = heads_of(control)?;
        // who is no member is asked, and heard then: it may be one that we don't know of yet
        if !group.has(from) && group.record.asked.iter().all(|asked| asked.of != *from) {
            return self.want_roster(group, from, RosterId::from_bytes(ANY_ROSTER));
        }
        let incomplete = self.take_entries(group, entries, Some(from))?;
        if !heads.is_empty() {
            self.learn_heads(group, heads)?;
        }
        // what follows entries that are missing comes again with them
        let any = RosterId::from_bytes(ANY_ROSTER);
        match incomplete {
            true => self.want_roster(group, from, any)?,
            false if group.record.has_answered(from, any) => self.put(Name::Group(group.id), &group.record),
            false => {}
        }
        self.retry_parked(group)
    }

    /// Asks a device for a roster, once a minute.
    // spec: GROUP-204
    pub(crate) fn want_roster(
        &mut self,
        group: &mut Group,
        of: &Address,
        roster: RosterId,
    ) -> Result<(), Stop> {
        if !group.record.ask(*of, roster, self.now) {
            return Ok(());
        }
        self.put(Name::Group(group.id), &group.record);
        let control = GroupControl {
            wanted: roster.as_bytes().to_vec(),
            heads: heads_to_bytes(&group.roster.heads()),
            ..GroupControl::default()
        };
        self.send_group_control(group, of, control).map(drop)
    }

    /// Asks again for what has not come.
    // spec: GROUP-204
    pub(super) fn want_again(&mut self, group: &mut Group) -> Result<(), Stop> {
        group.record.give_up_asking(self.now);
        for asked in group.record.asked.clone() {
            self.want_roster(group, &asked.of, asked.roster)?;
        }
        Ok(())
    }

    /// Sends a member's device what it lacks of the roster.
    // spec: GROUP-204
    fn answer(
        &mut self,
        group: &Group,
        to: &Address,
        wanted: &RosterId,
        has: &[EntryHash],
    ) -> Result<(), Stop> {
        if !group.has(to) {
            return Ok(());
        }
        let mut devices = self.group_devices(group)?;
        devices.enter(*to, 0);
        let (now, count) = (self.now.as_ms(), group.len());
        let Some(device) = devices.get_mut(to) else { return Ok(()) };
        let paid = device.answered_until.as_ms();
        // further ahead than one can be, the clock went back
        let paid = if paid > now.saturating_add(MAX_AHEAD_MS) { now } else { paid.max(now) };
        if paid - now >= ANSWERS_AHEAD_MS {
            return Ok(());
        }
        let beyond = group.roster.entries_beyond(has).into_iter().map(|entry| entry.bytes.clone());
        let heads = group.heads_of(wanted).map(|heads| heads_to_bytes(&heads)).unwrap_or_default();
        let batches = batches(beyond);
        let cost = ANSWER_MS * batches.len().max(1) as u64;
        device.answered_until =
            Timestamp::from_ms(paid.saturating_add(cost).min(now.saturating_add(MAX_AHEAD_MS)));
        device.told = count;
        self.put(Name::GroupDevices(group.id), &devices);
        let last = batches.len().saturating_sub(1);
        let none = batches.is_empty() && !heads.is_empty();
        for (number, entries) in batches.into_iter().enumerate() {
            let heads = if number == last { heads.clone() } else { Vec::new() };
            self.send_group_control(group, to, GroupControl { entries, heads, ..Default::default() })?;
        }
        if none {
            self.send_group_control(group, to, GroupControl { heads, ..Default::default() })?;
        }
        Ok(())
    }

    /// Sends every device the entries that it was not told of, as far as there are sessions; gives those that
    /// it was not possible for.
    // spec: GROUP-203
    pub(crate) fn spread_entries(
        &mut self,
        group: &Group,
        outgoing: &mut Vec<Outgoing>,
    ) -> Result<Vec<Address>, Stop> {
        let mut devices = self.group_devices(group)?;
        let me = self.device.address();
        for address in group.devices(&me) {
            devices.enter(address, 0);
        }
        let count = group.len();
        let is_behind = |device: &&GroupDevice| device.out.is_some() || device.told < count;
        let behind: Vec<GroupDevice> = devices.devices.iter().filter(is_behind).cloned().collect();
        if behind.is_empty() {
            return Ok(Vec::new());
        }
        self.load_active_sessions(&behind.iter().map(|device| device.address).collect::<Vec<_>>())?;
        let mut unreached = Vec::new();
        for GroupDevice { address, told, out, .. } in behind {
            let entries: Vec<&Entry> = match out {
                Some(last) => group.roster.entries_up_to(&last).unwrap_or_default(),
                None => {
                    let not_told = group.order.iter().skip(told as usize);
                    not_told.filter_map(|hash| group.roster.entry(hash)).collect()
                }
            };
            let mut sent = true;
            for entries in batches(entries.into_iter().map(|entry| entry.bytes.clone())) {
                let control = GroupControl { entries, ..GroupControl::default() };
                match self.send_group_control(group, &address, control)? {
                    Some(out) => outgoing.push(out),
                    None => sent = false,
                }
            }
            match devices.get_mut(&address) {
                Some(device) if sent => (device.told, device.out) = (count, None),
                _ => unreached.push(address),
            }
        }
        devices.devices.retain(|device| group.has(&device.address) || device.out.is_some());
        self.put(Name::GroupDevices(group.id), &devices);
        Ok(unreached)
    }

    /// A device has given its key.
    // spec: GROUP-165
    pub(crate) fn receive_key(
        &mut self,
        group: &mut Group,
        from: &Address,
        bytes: &[u8],
    ) -> Result<(), Stop> {
        let received = ReceivedKey::parse(bytes).map_err(|_| Error::Rejected)?;
        let (id, roster) = (received.id(), received.roster());
        if received.group() != group.id {
            return Err(Error::Rejected.into());
        }
        match group.rosters().key(sender(from), roster).judge() {
            KeyJudged::Accept => {}
            KeyJudged::Park => {
                let early = Early { waits: Waits::Key, from: *from, group: group.id, key: id, iteration: 0 };
                self.park(early, bytes)?;
                return self.want_roster(group, from, roster);
            }
            KeyJudged::Reject(_) => return Err(Error::Rejected.into()),
        }
        self.want([Name::GroupKey(id), Name::KeyDebts])?;
        let known = self.receiving_key(&id)?;
        match received.accept(group.id, sender(from), known.as_ref()).map_err(|_| Error::Rejected)? {
            // the acknowledgement may have been lost
            Accepted::Known => self.owe_acknowledgement(from, group.id, id),
            Accepted::New(key) => {
                self.enter_key(group, from, &key, roster)?;
                self.owe_acknowledgement(from, group.id, id)
            }
        }
    }

    fn enter_key(
        &mut self,
        group: &mut Group,
        of: &Address,
        new: &ReceivingKey,
        roster: RosterId,
    ) -> Result<(), Stop> {
        let id = new.id();
        let of_device: Vec<KeyId> =
            group.record.keys.iter().filter(|key| key.of == *of).map(|key| key.id).collect();
        self.want(of_device.iter().map(|id| Name::GroupKey(*id)))?;
        let mut new_key = ReceivingKey::from_record(&new.to_record()).map_err(|_| Error::Corrupt)?;
        for other in &of_device {
            let Some(mut other) = self.receiving_key(other)? else { continue };
            // the newer of two ends the older, whichever came first
            // spec: GROUP-126
            let ended = match other.end_with(&new_key) {
                Some(ended) => {
                    self.put_receiving_key(&other, Default::default())?;
                    Some(ended)
                }
                None => new_key.end_with(&other),
            };
            if ended == Some(entrenous_group::sender_key::EndedKey::CloneSuspected) {
                self.tell(Event::CloneSuspected { of: *of })?;
            }
        }
        for id in of_device.iter().take((of_device.len() + 1).saturating_sub(MAX_KEYS_OF_DEVICE)) {
            self.forget_key(group, id)?;
        }
        self.note(Name::GroupKey(id))?;
        self.put_receiving_key(&new_key, Default::default())?;
        for older in group.record.keys.iter_mut().filter(|key| key.of == *of) {
            older.followed = older.followed.or(Some(self.now));
        }
        group.record.keys.retain(|key| key.id != id);
        group.record.keys.push(KnownKey { id, of: *of, roster, followed: None });
        self.put(Name::Group(group.id), &group.record);
        self.retry_parked(group)
    }

    /// One of the own devices has joined, or made the group.
    fn hear_of_joining(&mut self, group: &mut Group, from: &Address) -> Result<(), Stop> {
        let me = self.device.address();
        let invited = matches!(group.record.standing, Standing::Invited { .. });
        if from.account != me.account || !invited || !group.has(&me) {
            return Ok(());
        }
        group.record.standing = Standing::Joined;
        self.put(Name::Group(group.id), &group.record);
        self.tell(Event::GroupJoined { group: group.id, on: from.device })?;
        self.retry_parked(group)
    }
}

fn heads_of(control: &GroupControl) -> Result<Vec<EntryHash>, Error> {
    heads_from_bytes(&control.heads)
        .map_err(|_| Error::Malformed(Malformed::new("group control heads", entrenous_wire::Reason::Length)))
}

/// Entries in as few controls as they fit into.
fn batches(entries: impl Iterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut batches: Vec<Vec<u8>> = Vec::new();
    for entry in entries {
        match batches.last_mut() {
            Some(batch) if batch.len() + entry.len() <= MAX_BATCH => batch.extend(entry),
            _ => batches.push(entry),
        }
    }
    batches
}
