//! What has to be done for groups from time to time.

use entrenous_group::{
    GroupId,
    roster::{NewChange, Role},
};
use entrenous_identity::ListProof;

use super::loaded::Group;
use crate::{
    Address, Error, Outgoing,
    engine::{Name, Step, Stop},
    record::{GroupRecord, Lists, OwnHistory, Standing},
};

/// A key that a newer one has followed goes after so long, 30 days, with what was skipped of it.
// spec: GROUP-156
const MAX_FOLLOWED_MS: u64 = 30 * 86_400_000;

/// Devices that are asked for their entries after a restoral.
const ASKED_AFTER_RESTORAL: usize = 8;

/// An own device pins the newer list when those before it have had an hour each to do so.
const TURN_MS: u64 = 3_600_000;

impl Step<'_> {
    /// Does what is due in all groups: tells devices what they lack, pins the newest own list, lets old keys go.
    /// What is wrong with one of them is in `failed`.
    pub(crate) fn maintain_groups(
        &mut self,
        outgoing: &mut Vec<Outgoing>,
        failed: &mut Option<Error>,
    ) -> Result<bool, Stop> {
        let groups = self.groups()?;
        if groups.0.is_empty() {
            return Ok(false);
        }
        self.want(groups.0.iter().map(|id| Name::Group(*id)))?;
        let mut unloaded = false;
        for id in groups.0 {
            let mut sent = Vec::new();
            // what is wrong with one group is not to hold up the others
            match self.attempt(|step| step.maintain_group(id, &mut sent, failed)) {
                Ok(Ok(())) => outgoing.extend(sent),
                Ok(Err(Error::OutboxFull)) => {}
                Ok(Err(error)) => drop(failed.get_or_insert(error)),
                // the others say what they miss as well, so that it is loaded at once
                Err(Stop::Missing) => unloaded = true,
                Err(stop) => return Err(stop),
            }
        }
        if unloaded { Err(Stop::Missing) } else { Ok(false) }
    }

    fn maintain_group(
        &mut self,
        id: GroupId,
        outgoing: &mut Vec<Outgoing>,
        failed: &mut Option<Error>,
    ) -> Result<(), Stop> {
        let record: Option<GroupRecord> = self.get(Name::Group(id))?;
        // nothing is done before the user has joined
        if record.is_none_or(|record| matches!(record.standing, Standing::Invited { .. })) {
            return Ok(());
        }
        let Some(mut group) = self.group(id)? else { return Ok(()) };
        if group.record.standing == Standing::Joined {
            self.heed_restoral(&mut group)?;
            // what can't be issued keeps nothing else from being done
            if let Err(error) = self.attempt_on(&mut group, Self::keep_up_group)? {
                failed.get_or_insert(error);
            }
            for wanted in group.record.wanted_keys.clone() {
                self.want_key(&mut group, &wanted.of)?;
            }
            self.retry_parked(&mut group)?;
        }
        let keys = group.record.keys.clone();
        self.want(keys.iter().map(|key| Name::GroupKey(key.id)))?;
        for known in keys {
            let age = known.followed.map_or(0, |at| self.now.as_ms().abs_diff(at.as_ms()));
            if age > MAX_FOLLOWED_MS {
                self.forget_key(&mut group, &known.id)?;
                self.put(Name::Group(id), &group.record);
                continue;
            }
            let Some(mut key) = self.receiving_key(&known.id)? else { continue };
            // spec: GROUP-153
            let changes = key.expire(self.now);
            if key.is_spent() && key.is_closed() {
                // that there was one stays known: its device may be asked for another
                self.forget_key_records(&known.id)?;
            } else if !changes.remove.is_empty() {
                self.put_receiving_key(&key, changes)?;
            }
        }
        self.catch_up(id, outgoing)
    }

    /// Seals what needs an admin's word, and pins the own list when it is a newer one.
    fn keep_up_group(&mut self, group: &mut Group) -> Result<(), Stop> {
        let me: Address = self.device.address();
        // the most senior admin seals who has left
        // spec: GROUP-208
        if group.roster.state().owner() == Some(me.account) {
            let gone = group.roster.state().unsealed().to_vec();
            for unsealed in gone {
                let set = NewChange::Set { target: unsealed.account, role: Role::None };
                self.attempt_on(group, |step, group| step.issue(group, &set))?.ok();
            }
        }
        let Some(member) = group.roster.state().member(&me.account) else { return Ok(()) };
        let pinned = member.lists().iter().map(|list| list.epoch()).max().unwrap_or(0);
        let mut stay: Vec<_> = member.device_ids().collect();
        self.want([Name::Lists(me.account), Name::OwnHistory])?;
        let Lists(known) = self.expect(Name::Lists(me.account))?;
        let list = known.in_force();
        if list.epoch() <= pinned {
            if group.record.list_waits.take().is_some() {
                self.put(Name::Group(group.id), &group.record);
            }
            return Ok(());
        }
        // one device is enough: the first that both lists have, and when that sleeps the next
        // spec: GROUP-209
        stay.retain(|id| list.device_ids().any(|listed| listed == *id));
        let Some(place) = stay.iter().position(|id| *id == me.device) else { return Ok(()) };
        let waits = group.record.list_waits.unwrap_or(self.now);
        if self.now.as_ms().abs_diff(waits.as_ms()) < place as u64 * TURN_MS {
            group.record.list_waits = Some(waits);
            self.put(Name::Group(group.id), &group.record);
            return Ok(());
        }
        let history: OwnHistory = self.get_unless_damaged(Name::OwnHistory)?.unwrap_or_default();
        let from = member.lists().iter().map(|list| list.name()).max_by_key(|name| name.epoch);
        let proof = from.and_then(|name| ListProof::build(list, &name, &history.links));
        let pin = NewChange::Devices { list, proof: proof.as_ref() };
        self.issue(group, &pin)
    }

    /// After a restoral the own key may have sealed more than is known, and entries are lost that only others have.
    // spec: GROUP-211
    pub(crate) fn heed_restoral(&mut self, group: &mut Group) -> Result<(), Stop> {
        let restorals = self.restorals()?;
        if group.record.restorals == restorals {
            return Ok(());
        }
        group.record.restorals = restorals;
        self.put(Name::Group(group.id), &group.record);
        self.want([Name::GroupSending(group.id)])?;
        self.remove(Name::GroupSending(group.id))?;
        self.want_anything(group, ASKED_AFTER_RESTORAL)
    }
}
