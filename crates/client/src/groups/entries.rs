//! Taking entries in, and what follows from it for keys, events and the user's own place.

use std::{collections::BTreeSet, sync::Arc};

use entrenous_group::{
    EntryHash, RosterId,
    roster::{Change, Entry, ReceivedEntry, Role, RosterState},
};
use entrenous_identity::{AccountId, Timestamp};

use super::loaded::Group;
use crate::{
    Address, Event, GroupChange,
    engine::{Name, Step, Stop},
    record::{GroupDevices, KeyDebts, Standing},
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
        let (before, heads, count) =
            (group.roster.state().clone(), group.roster.heads().to_vec(), group.order.len());
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
        let gave_way = !added.dropped.is_empty();
        if gave_way {
            group.order.retain(|hash| group.roster.entry(hash).is_some());
        }
        let own = self.sending_key(group.id)?.map(|key| key.roster());
        group.record.remember(heads, own);
        self.note_told(group, &News { before: &before, count, new: &added.new, gave_way, from })?;
        self.tell_changes(group, &before, &added.new)?;
        self.keep_place(group, from)?;
        self.judge_keys(group)?;
        self.put_entries(group, if gave_way { 0 } else { count })?;
        Ok(incomplete)
    }

    /// Whoever makes an entry sends it to every device that is in as far as it knows. So who had all entries before has
    /// these as well, unless somebody has come in by an own entry that whoever made them didn't know.
    // spec: GROUP-203
    fn note_told(&mut self, group: &Group, news: &News<'_>) -> Result<(), Stop> {
        let me = self.device.address();
        let mut devices = self.group_devices(group)?;
        let was = devices.clone();
        let before_new = group.len().saturating_sub(u32::try_from(news.new.len()).unwrap_or(u32::MAX));
        let unknown_to_them = match news.from {
            Some(_) if group.has(&me) => first_beside(group, &me, news.new, self.now),
            // who put us out tells the others
            Some(_) => None,
            None => Some(0),
        };
        let (told_of_news, told_newcomer) = match unknown_to_them {
            None => (group.len(), group.len()),
            Some(first) => (before_new, first),
        };
        for device in &mut devices.devices {
            let of = &device.address;
            if !group.has(of) {
                // who is out is told so, once, by whoever put it out
                if news.from.is_none() && news.before.has_device(&of.account, of.device) {
                    device.out = news.new.last().copied();
                }
            } else if device.out.take().is_some() {
                device.told = told_newcomer;
            } else if device.told as usize >= news.count {
                // the new ones are the last, also where others gave way
                device.told = told_of_news;
            } else {
                // places have moved where others gave way
                device.told = if news.gave_way { 0 } else { device.told.min(before_new) };
            }
        }
        devices.devices.retain(|device| group.has(&device.address) || device.out.is_some());
        for address in group.devices(&me) {
            devices.enter(address, told_newcomer);
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
                self.forget_keys(group)?;
                self.tell(Event::GroupLeft { group: group.id })?;
            }
            // spec: GROUP-202
            (Standing::Out, true) => {
                let by = from.copied().unwrap_or(me);
                if by.account == me.account {
                    group.record.standing = Standing::Joined;
                    self.tell(Event::GroupJoined { group: group.id, on: by.device })?;
                } else if self.attempt(|step| step.check_strangers_invitation(group, &by))?.is_ok() {
                    group.record.standing = Standing::Invited { by };
                    self.tell_invitation(group, by)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Drops all keys to a group that the device has, its own and those of others.
    fn forget_keys(&mut self, group: &mut Group) -> Result<(), Stop> {
        self.remove(Name::GroupSending(group.id))?;
        let mut devices = self.group_devices(group)?;
        devices.forget_keys();
        self.put(Name::GroupDevices(group.id), &devices);
        // that there were keys stays known: if the removal is undone they are asked for
        for key in &group.record.keys {
            self.forget_key_records(&key.id)?;
        }
        let mut debts: KeyDebts = self.get_unless_damaged(Name::KeyDebts)?.unwrap_or_default();
        debts.0.retain(|debt| debt.group != group.id);
        self.put(Name::KeyDebts, &debts);
        Ok(())
    }

    pub(crate) fn tell_invitation(&mut self, group: &Group, by: Address) -> Result<(), Stop> {
        let state = group.roster.state();
        let members = u32::try_from(state.members().count()).unwrap_or(u32::MAX);
        self.tell(Event::GroupInvited { group: group.id, by, title: state.title().to_owned(), members })
    }

    /// The heads that came as an answer; tells whether they were asked for.
    pub(crate) fn learn_heads(&mut self, group: &mut Group, heads: Vec<EntryHash>) -> Result<bool, Stop> {
        let id = RosterId::of(&heads);
        // spec: GROUP-166
        let asked = group.record.asked.iter().any(|asked| asked.roster == id);
        // heads that nobody has entries of are no roster
        if !asked || heads.iter().any(|head| group.roster.entry(head).is_none()) {
            return Ok(false);
        }
        group.record.asked.retain(|asked| asked.roster != id);
        group.record.learn(heads);
        self.put(Name::Group(group.id), &group.record);
        Ok(true)
    }
}

/// Entries that were taken in.
struct News<'n> {
    before: &'n RosterState,
    /// How many there were before.
    count: usize,
    new: &'n [EntryHash],
    /// Whether others gave way to them.
    gave_way: bool,
    /// Who has sent them; none if they were made here.
    from: Option<&'n Address>,
}

/// Whoever makes an entry without knowing of one that is so old will hear of it by other ways.
const LATELY_MS: u64 = 86_400_000;

/// The place of the first own entry of the last day that none of `new` follows. Older ones say nothing: nobody's entries
/// follow a list that was pinned.
fn first_beside(group: &Group, me: &Address, new: &[EntryHash], now: Timestamp) -> Option<u32> {
    let is_own = |entry: &Entry| {
        (entry.author, entry.device) == (me.account, me.device)
            && now.as_ms().abs_diff(entry.sent.as_ms()) < LATELY_MS
    };
    let own: Vec<(usize, &EntryHash)> = (group.order.iter().enumerate())
        .filter(|(_, hash)| group.roster.entry(hash).is_some_and(is_own))
        .collect();
    if own.is_empty() {
        return None;
    }
    let mut followed = BTreeSet::new();
    for hash in new.iter().rev() {
        if !followed.contains(hash) {
            followed.extend(group.roster.entries_up_to(hash).into_iter().flatten().map(|entry| entry.hash));
        }
    }
    let beside = own.into_iter().find(|(_, hash)| !followed.contains(*hash))?;
    u32::try_from(beside.0).ok()
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
