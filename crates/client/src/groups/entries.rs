//! Taking entries in, and what follows from it for keys, events and the user's own place.

use std::sync::Arc;

use entrenous_group::{
    EntryHash, RosterId,
    roster::{Change, ReceivedEntry, Role, RosterState},
    sender_key::{KeptKey, KeyId, ReceivingKey},
};
use entrenous_identity::AccountId;
use entrenous_wire::proto::GroupControl;

use super::loaded::Group;
use crate::{
    Address, Event, GroupChange,
    engine::{Name, Step, Stop},
    record::{GroupDevices, KnownKey, Opaque, Parked, Standing},
};

impl Step<'_> {
    /// Takes entries in, tells what they change, and closes the keys of those who lost access. `from` has sent them;
    /// none if they were made here. Whether entries are missing that others of the batch follow.
    pub(crate) fn take_entries(
        &mut self,
        group: &mut Group,
        batch: Vec<ReceivedEntry>,
        from: Option<&Address>,
    ) -> Result<bool, Stop> {
        let (before, heads, count) = (group.roster.state().clone(), group.roster.heads(), group.order.len());
        let roster = Arc::make_mut(&mut group.roster);
        roster.keep(group.record.known.clone());
        let added = roster.add_all(batch);
        let incomplete = !added.missing.is_empty();
        for equivocation in &added.equivocations {
            let of = Address { account: equivocation.account, device: equivocation.device };
            self.tell(Event::GroupEquivocation { group: group.id, of })?;
        }
        if added.new.is_empty() && added.dropped.is_empty() {
            return Ok(incomplete);
        }
        group.order.extend(&added.new);
        let mut changed_from = count;
        if !added.dropped.is_empty() {
            group.order.retain(|hash| group.roster.entry(hash).is_some());
            changed_from = 0;
        }
        let own = self.sending_key(group.id)?.map(|key| key.roster());
        group.record.remember(heads, own);
        self.note_told(group, (&before, count), &added.new, from)?;
        self.tell_changes(group, &before, &added.new)?;
        self.keep_place(group, from)?;
        self.judge_keys(group)?;
        self.put_entries(group, changed_from)?;
        Ok(incomplete)
    }

    /// Who had all entries before has the new ones as well: whoever made them sends them to everybody.
    fn note_told(
        &mut self,
        group: &Group,
        (before, count): (&RosterState, usize),
        new: &[EntryHash],
        from: Option<&Address>,
    ) -> Result<(), Stop> {
        let me = self.device.address();
        let mut devices = self.group_devices(group)?;
        let was = devices.clone();
        let before_new = group.len().saturating_sub(u32::try_from(new.len()).unwrap_or(u32::MAX));
        // whoever let a device in sends it everything
        let told_of_newcomer = if from.is_some() { group.len() } else { 0 };
        for device in &mut devices.devices {
            let of = &device.address;
            if !group.has(of) {
                // who is out is told so, once, by whoever put it out
                if from.is_none() && before.has_device(&of.account, of.device) {
                    device.out = new.last().copied();
                }
            } else if device.out.take().is_some() {
                device.told = told_of_newcomer;
            } else {
                // the new ones are the last, also where others gave way
                device.told = match (device.told as usize >= count, from) {
                    (true, Some(_)) => group.len(),
                    (true, None) => before_new,
                    (false, _) => device.told.min(before_new),
                };
            }
        }
        devices.devices.retain(|device| group.has(&device.address) || device.out.is_some());
        for address in group.devices(&me) {
            devices.enter(address, told_of_newcomer);
        }
        if devices != was {
            self.put(Name::GroupDevices(group.id), &devices);
        }
        Ok(())
    }

    /// The table of a group's devices.
    pub(crate) fn group_devices(&mut self, group: &Group) -> Result<GroupDevices, Stop> {
        // lost, it is made again, and everybody is told everything again
        let known: Option<GroupDevices> = self.get_unless_damaged(Name::GroupDevices(group.id))?;
        Ok(known.unwrap_or_default())
    }

    fn tell_changes(&mut self, group: &Group, before: &RosterState, new: &[EntryHash]) -> Result<(), Stop> {
        // one who is invited is told of nothing but that
        if group.record.standing != Standing::Joined {
            return Ok(());
        }
        let changes = changes(before, group.roster.state());
        for change in changes {
            let by = author(group, new, &change);
            self.tell(Event::GroupChanged { group: group.id, by, change })?;
        }
        for hash in new {
            let Some(entry) = group.roster.entry(hash) else { continue };
            if matches!(entry.change, Change::Rekey)
                && group.roster.state().rekeys().any(|rekey| rekey == hash)
            {
                let (by, change) = (Some(entry.author), GroupChange::NewKeys);
                self.tell(Event::GroupChanged { group: group.id, by, change })?;
            }
        }
        Ok(())
    }

    /// Notes that the own device is out, or in again.
    fn keep_place(&mut self, group: &mut Group, from: Option<&Address>) -> Result<(), Stop> {
        let me = self.device.address();
        match (group.record.standing, group.has(&me)) {
            (Standing::Joined | Standing::Invited { .. }, false) => {
                group.record.standing = Standing::Out;
                self.remove(Name::GroupSending(group.id))?;
                self.tell(Event::GroupLeft { group: group.id })?;
            }
            // spec: GROUP-202
            (Standing::Out, true) => {
                let by = from.copied().unwrap_or(me);
                group.record.standing = Standing::Invited { by };
                self.tell_invitation(group, by)?;
            }
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn tell_invitation(&mut self, group: &Group, by: Address) -> Result<(), Stop> {
        let state = group.roster.state();
        let members = u32::try_from(state.members().count()).unwrap_or(u32::MAX);
        self.tell(Event::GroupInvited { group: group.id, by, title: state.title().to_owned(), members })
    }

    /// Closes the keys of those who lost access, and asks those who may not know for new ones.
    // spec: GROUP-165, GROUP-168
    fn judge_keys(&mut self, group: &Group) -> Result<(), Stop> {
        let keys = group.record.keys.clone();
        self.want(keys.iter().map(|key| Name::GroupKey(key.id)).chain([Name::Parked]))?;
        let parked: Parked = self.get_unless_damaged(Name::Parked)?.unwrap_or_default();
        let mut rosters = group.rosters();
        for KnownKey { id, of, .. } in keys {
            let Some(mut key) = self.receiving_key(&id)? else { continue };
            match rosters.kept(&key) {
                KeptKey::Keep => {}
                KeptKey::Close => {
                    let changes = key.close(parked.highest(&id), self.now);
                    self.put_receiving_key(&key, changes)?;
                }
                KeptKey::AskForNew => {
                    let newer = group.record.keys.iter().rev().find(|key| key.of == of);
                    let asks = newer.is_some_and(|newest| newest.id == id)
                        && group.record.standing == Standing::Joined;
                    if asks {
                        self.send_group_control(
                            group,
                            &of,
                            GroupControl { wants_key: 1, ..Default::default() },
                        )?;
                    }
                }
            }
        }
        Ok(())
    }

    /// A key that is kept; none if the store has lost it, and its messages with it.
    pub(crate) fn receiving_key(&mut self, id: &KeyId) -> Result<Option<ReceivingKey>, Stop> {
        let Some(Opaque(record)) = self.get_unless_damaged(Name::GroupKey(*id))? else { return Ok(None) };
        Ok(ReceivingKey::from_record(&record).ok())
    }

    /// The heads that came as an answer to what was asked.
    pub(crate) fn learn_heads(&mut self, group: &mut Group, heads: Vec<EntryHash>) -> Result<(), Stop> {
        let id = RosterId::of(&heads);
        // spec: GROUP-166
        if group.record.asked.iter().any(|asked| asked.roster == id) {
            group.record.asked.retain(|asked| asked.roster != id);
            let own = self.sending_key(group.id)?.map(|key| key.roster());
            group.record.remember(heads, own);
            self.put(Name::Group(group.id), &group.record);
        }
        Ok(())
    }
}

/// What has changed for people.
fn changes(before: &RosterState, after: &RosterState) -> Vec<GroupChange> {
    let mut changes = Vec::new();
    for (account, member) in after.members() {
        match before.member(account) {
            None => changes.push(GroupChange::Added { account: *account, role: member.role().into() }),
            Some(old) => {
                if old.role() != member.role() {
                    changes.push(GroupChange::Role { account: *account, role: member.role().into() });
                }
                let (old, new): (Vec<_>, Vec<_>) =
                    (old.device_ids().collect(), member.device_ids().collect());
                let address = |device| Address { account: *account, device };
                let came = new.iter().filter(|id| !old.contains(id)).copied();
                changes.extend(came.map(|id| GroupChange::DeviceAdded { device: address(id) }));
                let went = old.iter().filter(|id| !new.contains(id)).copied();
                changes.extend(went.map(|id| GroupChange::DeviceRemoved { device: address(id) }));
            }
        }
    }
    let gone = before.members().map(|(account, _)| *account);
    let gone = gone.filter(|account| after.role(account) == Role::None);
    changes.extend(gone.map(|account| GroupChange::Removed { account }));
    if before.title() != after.title() {
        changes.push(GroupChange::Renamed { title: after.title().to_owned() });
    }
    changes
}

/// Who has made the change, as far as one of the new entries says so.
fn author(group: &Group, new: &[EntryHash], change: &GroupChange) -> Option<AccountId> {
    let entries = new.iter().rev().filter_map(|hash| group.roster.entry(hash));
    let mut of = entries.filter(|entry| match (&entry.change, change) {
        (
            Change::Set { target, .. },
            GroupChange::Added { account, .. }
            | GroupChange::Removed { account }
            | GroupChange::Role { account, .. },
        ) => target == account,
        (Change::Leave, GroupChange::Removed { account }) => entry.author == *account,
        (Change::Rename(title), GroupChange::Renamed { title: now }) => title == now,
        (Change::Devices(_), GroupChange::DeviceAdded { device } | GroupChange::DeviceRemoved { device }) => {
            entry.author == device.account
        }
        _ => false,
    });
    of.next().map(|entry| entry.author)
}
