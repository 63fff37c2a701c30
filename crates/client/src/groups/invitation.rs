//! Groups that were not known: invitations, and what comes before them; and own devices that take part already.

use entrenous_group::{GroupId, roster::Roster, sender_key::ReceivedKey};
use entrenous_wire::proto::GroupControl;

use super::loaded::{Group, read_batch, sender};
use crate::{
    Address, Error, Event,
    engine::{Name, Step, Stop},
    record::{Early, GroupRecord, Standing, Waits},
};

/// Devices that are asked for their entries when the user joins.
const ASKED_WHEN_JOINING: usize = 8;

/// Invitations of strangers that are kept.
const MAX_STRANGERS_INVITATIONS: usize = 16;

impl Step<'_> {
    /// Something of a group that is not known: an invitation, or something that came before it.
    // spec: GROUP-201
    pub(super) fn hear_of_group(
        &mut self,
        from: &Address,
        id: GroupId,
        control: &GroupControl,
    ) -> Result<(), Stop> {
        if !control.sender_key.is_empty() {
            let received = ReceivedKey::parse(&control.sender_key).map_err(|_| Error::Rejected)?;
            if received.sender() != sender(from) {
                return Err(Error::Rejected.into());
            }
            let early = Early { waits: Waits::Key, from: *from, group: id, key: received.id(), iteration: 0 };
            return self.park(early, &control.sender_key);
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
        self.check_strangers_invitation(&group, from)?;
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

    /// Whether one more invitation by this device may be kept.
    // spec: GROUP-201
    pub(super) fn check_strangers_invitation(&mut self, group: &Group, by: &Address) -> Result<(), Stop> {
        if self.is_close(by)? {
            return Ok(());
        }
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
        match strangers < MAX_STRANGERS_INVITATIONS && group.bytes() <= super::control::MAX_BYTES_OF_STRANGER
        {
            true => Ok(()),
            false => Err(Error::Rejected.into()),
        }
    }

    /// The device has joined: it asks for what has changed since the invitation was sent, whoever it was that didn't
    /// know of it, and takes what has waited.
    // spec: GROUP-203
    pub(super) fn begin_taking_part(&mut self, group: &mut Group) -> Result<(), Stop> {
        self.want_anything(group, ASKED_WHEN_JOINING)?;
        self.judge_keys(group)?;
        self.retry_parked(group)
    }

    /// An own device takes part, or made the group: so does this one.
    // spec: GROUP-202
    pub(super) fn hear_of_joining(&mut self, group: &mut Group, from: &Address) -> Result<(), Stop> {
        let me = self.device.address();
        let invited = matches!(group.record.standing, Standing::Invited { .. });
        if from.account != me.account || !invited || !group.has(&me) || !group.has(from) {
            return Ok(());
        }
        group.record.standing = Standing::Joined;
        self.put(Name::Group(group.id), &group.record);
        self.tell(Event::GroupJoined { group: group.id, on: from.device })?;
        self.begin_taking_part(group)
    }
}
