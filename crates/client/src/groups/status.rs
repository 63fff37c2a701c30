//! What is known of groups.

use entrenous_group::GroupId;
use entrenous_identity::{AccountId, DeviceId, Timestamp};

use super::loaded::{Group, MAX_BLOCKS};
use crate::{
    Address, Error, GroupRole, GroupStanding,
    engine::{Name, Step, Stop, sealed::Run},
    record::{GroupRecord, KeyDebts, Standing},
};

/// A group in a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupEntry {
    /// Which.
    pub group: GroupId,
    /// Where the user stands; none if the store has lost what was known of the group.
    pub standing: Option<GroupStanding>,
    /// What it is called; it may be empty.
    pub title: String,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupStatus {
    /// Which.
    pub group: GroupId,
    /// Where the user stands.
    pub standing: GroupStanding,
    /// What it is called; it may be empty.
    pub title: String,
    /// Who is in, by ascending account id.
    pub members: Vec<GroupMember>,
    /// The most senior admin, whom people call the owner.
    pub owner: Option<AccountId>,
    /// Names the set of entries that this is the state of, 32 bytes: members who have the same name here see the same
    /// group, and may compare it.
    pub roster: [u8; 32],
    /// The own key, if there is one.
    pub key: Option<GroupKeyStatus>,
    /// Messages and keys that came before what they need.
    pub waiting: u32,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Who.
    pub account: AccountId,
    /// What it may do.
    pub role: GroupRole,
    /// Its devices, as the group has pinned them.
    pub devices: Vec<DeviceId>,
    /// Its account key is used in two places: only the devices that all of its lists have count.
    pub forked: bool,
}

/// The own key to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupKeyStatus {
    /// When it was made.
    pub made: Timestamp,
    /// Messages sealed under it.
    pub sealed: u32,
    /// Devices that have not acknowledged it.
    pub unacknowledged: Vec<Address>,
}

/// Reads the groups.
#[derive(Clone, Copy, Debug)]
pub struct ReadGroups;

impl Run for ReadGroups {
    type Output = Vec<GroupEntry>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<GroupEntry>, Stop> {
        let groups = step.groups()?;
        step.want(groups.0.iter().map(|id| Name::Group(*id)))?;
        let mut blocks = Vec::new();
        for id in &groups.0 {
            let record: Option<GroupRecord> = step.get_unless_damaged(Name::Group(*id))?;
            let count = record.map_or(0, |record| record.blocks);
            blocks.extend((0..count).map(|block| Name::GroupEntries(*id, block)));
        }
        step.want(blocks)?;
        let mut entries = Vec::with_capacity(groups.0.len());
        for id in groups.0 {
            // one that is damaged is listed all the same, and can be forgotten
            let group = step.attempt(|step| step.group(id))?.ok().flatten();
            let standing = group.as_ref().map(|group| standing(group.record.standing));
            let title = group.map(|group| group.roster.state().title().to_owned()).unwrap_or_default();
            entries.push(GroupEntry { group: id, standing, title });
        }
        Ok(entries)
    }
}

/// Reads all that is known of a group.
///
/// # Errors
/// [`Error::NoGroup`]; [`Error::Corrupt`] when the store has lost a part of it.
#[derive(Clone, Copy, Debug)]
pub struct ReadGroup {
    /// Which.
    pub group: GroupId,
}

impl Run for ReadGroup {
    type Output = GroupStatus;

    fn run(&self, step: &mut Step<'_>) -> Result<GroupStatus, Stop> {
        let id = self.group;
        step.want([Name::Group(id), Name::GroupSending(id), Name::GroupDevices(id), Name::Parked])?;
        let group = step.group(id)?.ok_or(Error::NoGroup)?;
        let key = step.key_status(&group)?;
        let parked: crate::record::Parked = step.get_unless_damaged(Name::Parked)?.unwrap_or_default();
        let waiting = parked.waiting_for(&id);
        let state = group.roster.state();
        let member = |(account, member): (&AccountId, &entrenous_group::roster::Member)| GroupMember {
            account: *account,
            role: member.role().into(),
            devices: member.device_ids().collect(),
            forked: member.is_forked(),
        };
        Ok(GroupStatus {
            group: id,
            standing: standing(group.record.standing),
            title: state.title().to_owned(),
            members: state.members().map(member).collect(),
            owner: state.owner(),
            roster: *group.roster.id().as_bytes(),
            key,
            waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
        })
    }
}

impl Step<'_> {
    fn key_status(&mut self, group: &Group) -> Result<Option<GroupKeyStatus>, Stop> {
        let Some(key) = self.sending_key(group.id)? else { return Ok(None) };
        let (devices, me) = (self.group_devices(group)?, self.device.address());
        let acknowledged = |of: &Address| {
            let given = devices.get(of).and_then(|device| device.key(key.id()));
            given.is_some_and(|given| given.acknowledged)
        };
        let unacknowledged = group.devices(&me).into_iter().filter(|device| !acknowledged(device));
        Ok(Some(GroupKeyStatus {
            made: key.created(),
            sealed: key.sealed(),
            unacknowledged: unacknowledged.collect(),
        }))
    }
}

fn standing(of: Standing) -> GroupStanding {
    match of {
        Standing::Invited { by } => GroupStanding::Invited { by },
        Standing::Joined => GroupStanding::Joined,
        Standing::Out => GroupStanding::Out,
    }
}

/// The devices of a group's members, and of those who are yet to be told that they are out, with which there is no session,
/// or one that leads nowhere: for each a bundle is fetched and [`StartSession`](crate::operation::StartSession) begins one.
///
/// # Errors
/// [`Error::NoGroup`], [`Error::Corrupt`].
// spec: GROUP-203
#[derive(Clone, Copy, Debug)]
pub struct MissingGroupDevices {
    /// Which.
    pub group: GroupId,
}

impl Run for MissingGroupDevices {
    type Output = Vec<Address>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Address>, Stop> {
        step.want([Name::Own, Name::Group(self.group), Name::Marker, Name::GroupDevices(self.group)])?;
        let group = step.group(self.group)?.ok_or(Error::NoGroup)?;
        let me = step.device.address();
        let mut devices = group.devices(&me);
        let known = step.group_devices(&group)?.devices.into_iter().map(|device| device.address);
        devices.extend(known.filter(|address| !group.has(address)));
        step.lacking_sessions(devices, false)
    }
}

/// Forgets a group: its entries, keys, and what waits for it. Messages stay with the application. The others don't learn
/// of it: to go is [`GroupAct::Leave`](super::GroupAct::Leave).
///
/// # Errors
/// [`Error::NoGroup`].
#[derive(Clone, Copy, Debug)]
pub struct ForgetGroup {
    /// Which.
    pub group: GroupId,
}

impl Run for ForgetGroup {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let id = self.group;
        step.want([Name::Groups, Name::Group(id), Name::Parked, Name::GroupDevices(id)])?;
        step.want([Name::GroupSending(id), Name::KeyDebts])?;
        if !step.groups()?.0.contains(&id) {
            return Err(Error::NoGroup.into());
        }
        step.forget_group(id)
    }
}

impl Step<'_> {
    /// Drops all records of a group.
    pub(super) fn forget_group(&mut self, id: GroupId) -> Result<(), Stop> {
        let mut groups = self.groups()?;
        groups.0.retain(|group| *group != id);
        self.put(Name::Groups, &groups);
        let record: Option<GroupRecord> = self.get_unless_damaged(Name::Group(id))?;
        let (blocks, keys) = record.map_or((MAX_BLOCKS, Vec::new()), |record| (record.blocks, record.keys));
        let blocks: Vec<Name> = (0..blocks).map(|block| Name::GroupEntries(id, block)).collect();
        self.want(blocks.iter().copied())?;
        for key in &keys {
            self.forget_key_records(&key.id)?;
        }
        let others = [Name::Group(id), Name::GroupDevices(id), Name::GroupSending(id)];
        for name in blocks.into_iter().chain(others) {
            self.remove(name)?;
        }
        let mut debts: KeyDebts = self.get_unless_damaged(Name::KeyDebts)?.unwrap_or_default();
        debts.0.retain(|debt| debt.group != id);
        self.put(Name::KeyDebts, &debts);
        self.forget_parked_of(id)
    }
}
