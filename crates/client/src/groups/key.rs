//! The own key to a group: made when it is due, given to every device of every member, acknowledged by them.

use entrenous_group::{
    GroupId,
    sender_key::{KeyId, SendingKey},
};
use entrenous_identity::Timestamp;
use entrenous_primitives::random::draw;
use entrenous_wire::proto::GroupControl;

use super::loaded::{Group, sender};
use crate::{
    Address, Error, Outgoing,
    engine::{Name, Step, Stop},
    record::{
        Given, GroupDevice, GroupDevices, KeyDebt, KeyDebts, KeyGiven, Opaque, Pair, SessionTag, Standing,
    },
};

/// A key is acknowledged within so long: an hour to a day, or with the next message to the group.
const ACKNOWLEDGED_WITHIN_MS: core::ops::Range<u64> = 3_600_000..86_400_000;

/// Acknowledgements in one step of maintenance.
const DEBTS_A_STEP: usize = 32;

/// Keys of one device to one group that are still to be acknowledged: the newest ones.
const DEBTS_OF_DEVICE: usize = 8;

/// The time between two keys that are made because others ask.
const WANTED_AGAIN_MS: u64 = 3_600_000;

impl Step<'_> {
    /// The key for the next message: the present one, or a new one where somebody has lost access, or its time is over.
    // spec: GROUP-105, GROUP-205
    pub(crate) fn key_for_next(&mut self, group: &mut Group) -> Result<SendingKey, Stop> {
        let present = match self.sending_key(group.id)? {
            Some(key) if !self.is_renewal_due(group, &key) => return Ok(key),
            present => present,
        };
        if core::mem::take(&mut group.record.key_wanted) {
            self.put(Name::Group(group.id), &group.record);
        }
        let me = sender(&self.device.address());
        let roster = group.roster.id();
        Ok(SendingKey::generate(group.id, me, roster, present.as_ref(), self.now, &mut self.rng)?)
    }

    fn is_renewal_due(&self, group: &Group, key: &SendingKey) -> bool {
        let age = self.now.as_ms().abs_diff(key.created().as_ms());
        group.rosters().must_renew(key.roster())
            || key.renewal_due(&self.policy.group_keys, self.now)
            || group.record.key_wanted && age >= WANTED_AGAIN_MS
    }

    /// Gives a key to every device that has not got it, as far as there are sessions; gives those that it was not
    /// possible for. They get it later as it is now.
    // spec: GROUP-206
    pub(crate) fn give_key(
        &mut self,
        group: &Group,
        key: &SendingKey,
        outgoing: &mut Vec<Outgoing>,
    ) -> Result<Vec<Address>, Stop> {
        let me = self.device.address();
        let mut devices = self.group_devices(group)?;
        let was = devices.clone();
        for address in group.devices(&me) {
            devices.enter(address, 0);
        }
        let now = KeyGiven { id: key.id(), iteration: key.sealed(), sealed_in: None, acknowledged: false };
        let GroupDevices { devices: all, given } = &mut devices;
        let mut anew = false;
        for device in all.iter_mut().filter(|device| group.has(&device.address)) {
            // a copy that was lost with its record is made anew
            let has = |of: &KeyGiven| of.acknowledged || given.iter().any(|copy| copy.is_of(of));
            if device.key(now.id).is_none_or(|of| !has(of)) {
                device.keys.retain(|of| of.id != now.id);
                device.keys.push(now);
                anew = true;
            }
        }
        if anew && devices.copy_for(&now).is_none() {
            let distribution = key.distribution()?;
            devices.given.push(Given { id: now.id, iteration: now.iteration, followed: None, distribution });
        }
        let unreached = self.hand_out_keys(group, &mut devices, outgoing)?;
        devices.tidy(Some(now.id), self.now);
        if devices != was {
            self.put(Name::GroupDevices(group.id), &devices);
        }
        Ok(unreached)
    }

    /// Sends every member's device the copies that it has not acknowledged, once in each session with it; gives those
    /// that it was not possible for.
    // spec: GROUP-206
    fn hand_out_keys(
        &mut self,
        group: &Group,
        devices: &mut GroupDevices,
        outgoing: &mut Vec<Outgoing>,
    ) -> Result<Vec<Address>, Stop> {
        let GroupDevices { devices: all, given } = devices;
        let lacks = |device: &GroupDevice| device.keys.iter().any(|key| !key.acknowledged);
        let mut lacking: Vec<&mut GroupDevice> =
            all.iter_mut().filter(|device| group.has(&device.address) && lacks(device)).collect();
        self.load_active_sessions(&lacking.iter().map(|device| device.address).collect::<Vec<_>>())?;
        let restored = self.restorals()?;
        let mut unreached = Vec::new();
        for device in &mut lacking {
            let pair: Pair = self.get_unless_damaged(Name::Pair(device.address))?.unwrap_or_default();
            let active = pair.to_seal_in(restored).map(|active| SessionTag::of(&active.hash));
            let address = device.address;
            for key in device.keys.iter_mut().filter(|key| !key.acknowledged) {
                if active.is_some() && key.sealed_in == active {
                    continue;
                }
                let Some(copy) = given.iter().find(|copy| copy.is_of(key)) else { continue };
                let sender_key = copy.distribution.to_vec();
                let control = GroupControl { sender_key, ..GroupControl::default() };
                match self.send_group_control(group, &address, control)? {
                    Some(out) => {
                        key.sealed_in = active;
                        outgoing.push(out);
                    }
                    None => {
                        unreached.push(address);
                        break;
                    }
                }
            }
        }
        Ok(unreached)
    }

    /// A device has accepted the own key.
    pub(crate) fn note_acknowledged(&mut self, group: &Group, by: &Address, id: KeyId) -> Result<(), Stop> {
        let mut devices = self.group_devices(group)?;
        let given = devices.get_mut(by).and_then(|device| device.key_mut(id));
        let Some(given) = given.filter(|given| !given.acknowledged) else { return Ok(()) };
        given.acknowledged = true;
        let current = self.sending_key(group.id)?.map(|key| key.id());
        devices.tidy(current, self.now);
        self.put(Name::GroupDevices(group.id), &devices);
        Ok(())
    }

    /// A member's device asks for a new key.
    // spec: GROUP-168
    pub(crate) fn note_key_wanted(&mut self, group: &mut Group, by: &Address) -> Result<(), Stop> {
        if group.has(by) && group.record.standing == Standing::Joined {
            group.record.key_wanted = true;
            self.put(Name::Group(group.id), &group.record);
        }
        Ok(())
    }

    /// A device with which a new session has begun: `lost` if it has nothing of the one before. It is given again what it
    /// may not have.
    // spec: GROUP-206
    pub(crate) fn renew_group_ties(
        &mut self,
        with: &Address,
        lost: bool,
        outgoing: &mut Vec<Outgoing>,
    ) -> Result<(), Stop> {
        let groups = self.groups()?;
        self.want(groups.0.iter().flat_map(|id| [Name::Group(*id), Name::GroupDevices(*id)]))?;
        for id in groups.0 {
            let devices: Option<GroupDevices> = self.get_unless_damaged(Name::GroupDevices(id))?;
            let Some(mut devices) = devices else { continue };
            let Some(device) = devices.get_mut(with) else { continue };
            if lost {
                device.told = 0;
                // what it has not acknowledged is kept for it as it was first given
                device.keys.retain(|key| !key.acknowledged);
                self.put(Name::GroupDevices(id), &devices);
            }
            // what is wrong with one group is not to hold up the session
            let mut sent = Vec::new();
            if self.attempt(|step| step.catch_up(id, &mut sent))?.is_ok() {
                outgoing.extend(sent);
            }
        }
        Ok(())
    }

    /// Tells the devices of a group what they lack, as far as there are sessions.
    pub(crate) fn catch_up(&mut self, id: GroupId, outgoing: &mut Vec<Outgoing>) -> Result<(), Stop> {
        let Some(mut group) = self.group(id)? else { return Ok(()) };
        match group.record.standing {
            Standing::Invited { .. } => return Ok(()),
            Standing::Out => {
                self.spread_entries(&group, outgoing)?;
                return Ok(());
            }
            Standing::Joined => self.want_again(&mut group)?,
        }
        self.spread_entries(&group, outgoing)?;
        // a key that must be renewed is given to nobody any more but those to whom it was promised
        let key = self
            .sending_key(id)?
            .filter(|key| !group.rosters().must_renew(key.roster()) && key.distribution().is_ok());
        match key {
            Some(key) => self.give_key(&group, &key, outgoing).map(drop),
            None => self.give_former_keys(&group, outgoing),
        }
    }

    fn give_former_keys(&mut self, group: &Group, outgoing: &mut Vec<Outgoing>) -> Result<(), Stop> {
        let mut devices = self.group_devices(group)?;
        let was = devices.clone();
        self.hand_out_keys(group, &mut devices, outgoing)?;
        devices.tidy(None, self.now);
        if devices != was {
            self.put(Name::GroupDevices(group.id), &devices);
        }
        Ok(())
    }

    pub(crate) fn put_sending_key(&mut self, key: &SendingKey) {
        self.put(Name::GroupSending(key.group()), &Opaque(key.to_record()));
    }

    /// A key of another device is to be acknowledged.
    // spec: GROUP-210
    pub(crate) fn owe_acknowledgement(
        &mut self,
        to: &Address,
        group: GroupId,
        id: KeyId,
    ) -> Result<(), Stop> {
        let mut debts: KeyDebts = self.get_unless_damaged(Name::KeyDebts)?.unwrap_or_default();
        let random = u64::from_be_bytes(*draw::<8>(&mut self.rng)?.as_bytes());
        let within = ACKNOWLEDGED_WITHIN_MS;
        let wait = within.start + random % (within.end - within.start);
        let due = Timestamp::from_ms(self.now.as_ms() + wait);
        debts.0.retain(|debt| debt.key != id);
        let of_device = |debt: &&KeyDebt| (debt.to, debt.group) == (*to, group);
        if debts.0.iter().filter(of_device).count() >= DEBTS_OF_DEVICE {
            let oldest = debts.0.iter().position(|debt| of_device(&debt));
            oldest.map(|at| debts.0.remove(at));
        }
        debts.0.push(KeyDebt { due, to: *to, group, key: id });
        self.put(Name::KeyDebts, &debts);
        Ok(())
    }

    /// Acknowledges the keys that are due, or all of a group.
    pub(crate) fn acknowledge_keys(
        &mut self,
        of: Option<GroupId>,
        outgoing: &mut Vec<Outgoing>,
    ) -> Result<bool, Stop> {
        let mut debts: KeyDebts = self.get_unless_damaged(Name::KeyDebts)?.unwrap_or_default();
        let now = self.now.as_ms();
        let is_due = |debt: &KeyDebt| {
            let due = debt.due.as_ms();
            Some(debt.group) == of || due <= now || due > now.saturating_add(ACKNOWLEDGED_WITHIN_MS.end)
        };
        let (mut due, later): (Vec<KeyDebt>, Vec<KeyDebt>) = debts.0.iter().partition(|debt| is_due(debt));
        if due.is_empty() {
            return Ok(false);
        }
        let mut rest = due.split_off(due.len().min(DEBTS_A_STEP));
        let more = !rest.is_empty();
        self.load_active_sessions(&due.iter().map(|debt| debt.to).collect::<Vec<_>>())?;
        for debt in due {
            let KeyDebt { to, group, key, .. } = debt;
            let control = entrenous_wire::proto::Control {
                group: Some(GroupControl {
                    group: group.as_bytes().to_vec(),
                    accepted_key: key.0.to_vec(),
                    ..GroupControl::default()
                }),
                ..Default::default()
            };
            match self.attempt(|step| step.send_control(&to, &control))? {
                Ok(Some(out)) => outgoing.push(out),
                Err(Error::OutboxFull) => rest.push(debt),
                // who has no session gives the key again in the next one
                Ok(None) | Err(_) => {}
            }
        }
        debts.0 = [later, rest].concat();
        self.put(Name::KeyDebts, &debts);
        Ok(more)
    }
}
