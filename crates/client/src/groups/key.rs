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
    Address, Outgoing,
    engine::{Name, Step, Stop},
    record::{Given, GroupDevices, KeyDebt, KeyDebts, KeyGiven, Opaque, Pair, SessionTag, Standing},
};

/// A key is acknowledged within so long: an hour to a day, or with the next message to the group.
const ACKNOWLEDGED_WITHIN_MS: core::ops::Range<u64> = 3_600_000..86_400_000;

/// Acknowledgements in one step of maintenance.
const DEBTS_A_STEP: usize = 32;

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
        let mut unreached = Vec::new();
        let has = |of: Option<KeyGiven>| of.filter(|given| given.id == key.id());
        let lacking: Vec<Address> = (devices.devices.iter())
            .filter(|device| group.has(&device.address))
            .filter(|device| has(device.key).is_none_or(|given| !given.acknowledged))
            .map(|device| device.address)
            .collect();
        // what is kept is of a former key
        if devices.devices.iter().all(|device| has(device.key).is_none()) {
            devices.given.clear();
        }
        self.load_active_sessions(&lacking)?;
        for address in lacking {
            let Some(device) = devices.get(&address) else { continue };
            let kept = |of: &KeyGiven| devices.given.iter().any(|kept| kept.iteration == of.iteration);
            let mut given = has(device.key).filter(kept).unwrap_or(KeyGiven {
                id: key.id(),
                iteration: key.sealed(),
                sealed_in: None,
                acknowledged: false,
            });
            if !kept(&given) {
                let distribution = key.distribution()?;
                devices.given.push(Given { iteration: given.iteration, distribution });
            }
            let pair: Pair = self.get_unless_damaged(Name::Pair(address))?.unwrap_or_default();
            let restored = self.restorals()?;
            let active = pair.to_seal_in(restored).map(|active| SessionTag::of(&active.hash));
            let sent = given.sealed_in.is_some() && given.sealed_in == active;
            if !sent {
                let distribution = devices.given.iter().find(|kept| kept.iteration == given.iteration);
                let sender_key = distribution.map(|kept| kept.distribution.to_vec()).unwrap_or_default();
                let control = GroupControl { sender_key, ..GroupControl::default() };
                match self.send_group_control(group, &address, control)? {
                    Some(out) => {
                        given.sealed_in = active;
                        outgoing.push(out);
                    }
                    None => unreached.push(address),
                }
            }
            if let Some(device) = devices.get_mut(&address) {
                device.key = Some(given);
            }
        }
        devices.tidy(Some(key.id()));
        if devices != was {
            self.put(Name::GroupDevices(group.id), &devices);
        }
        Ok(unreached)
    }

    /// A device has accepted the own key.
    pub(crate) fn note_acknowledged(&mut self, group: &Group, by: &Address, id: KeyId) -> Result<(), Stop> {
        let mut devices = self.group_devices(group)?;
        let given = devices.get_mut(by).and_then(|device| device.key.as_mut());
        let Some(given) = given.filter(|given| given.id == id && !given.acknowledged) else { return Ok(()) };
        given.acknowledged = true;
        devices.tidy(Some(id));
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
                // what waits for it in the outbox was sealed since it was given the key, or would have been
                let again = |given| KeyGiven { sealed_in: None, acknowledged: false, ..given };
                (device.told, device.key) = (0, device.key.map(again));
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
        let Some(group) = self.group(id)? else { return Ok(()) };
        match group.record.standing {
            Standing::Invited { .. } => return Ok(()),
            Standing::Out => {
                self.spread_entries(&group, outgoing)?;
                return Ok(());
            }
            Standing::Joined => {}
        }
        self.spread_entries(&group, outgoing)?;
        let Some(key) = self.sending_key(id)? else { return Ok(()) };
        // a key that must be renewed is given to nobody any more
        if group.rosters().must_renew(key.roster()) || key.distribution().is_err() {
            return Ok(());
        }
        self.give_key(&group, &key, outgoing).map(drop)
    }

    pub(crate) fn put_sending_key(&mut self, key: &SendingKey) {
        self.put(Name::GroupSending(key.group()), &Opaque(key.to_record()));
    }

    /// A key of another device is to be acknowledged.
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
        // the newest key of a device and group is enough
        debts.0.retain(|debt| (debt.to, debt.group) != (*to, group));
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
        let rest = due.split_off(due.len().min(DEBTS_A_STEP));
        let more = !rest.is_empty();
        self.load_active_sessions(&due.iter().map(|debt| debt.to).collect::<Vec<_>>())?;
        for KeyDebt { to, group, key, .. } in due {
            let control = entrenous_wire::proto::Control {
                group: Some(GroupControl {
                    group: group.as_bytes().to_vec(),
                    accepted_key: key.0.to_vec(),
                    ..GroupControl::default()
                }),
                ..Default::default()
            };
            // who has no session gets the key again in the next one
            if let Ok(Some(out)) = self.attempt(|step| step.send_control(&to, &control))? {
                outgoing.push(out);
            }
        }
        debts.0 = [later, rest].concat();
        self.put(Name::KeyDebts, &debts);
        Ok(more)
    }
}
