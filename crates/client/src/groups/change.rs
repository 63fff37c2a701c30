//! Changing a group: each is an entry that this device signs, and that goes to all others.

use entrenous_group::{
    EntryHash, GroupId,
    roster::{Author, IssueError, NewChange, ReceivedEntry, Role, Roster},
};
use entrenous_identity::AccountId;
use entrenous_wire::proto::GroupControl;

use super::loaded::Group;
use crate::{
    Changed, Error, GroupRole,
    engine::{Name, Step, Stop, sealed::Run},
    record::{GroupRecord, Lists, Standing},
};

/// Begins a group, with the own account as its one member and first admin.
///
/// # Errors
/// [`Error::TooManyGroups`]; [`Error::Malformed`] for a title that is longer than 256 bytes or has control characters;
/// [`Error::RemovedFromAccount`], [`Error::OutboxFull`].
#[derive(Clone, Copy, Debug)]
pub struct CreateGroup<'a> {
    /// What it is called; it may be empty.
    pub title: &'a str,
}

impl Run for CreateGroup<'_> {
    /// The group's id, and what goes to the own other devices.
    type Output = (GroupId, Changed);

    fn run(&self, step: &mut Step<'_>) -> Result<(GroupId, Changed), Stop> {
        let me = step.device.account;
        step.want([Name::Own, Name::Lists(me), Name::Groups, Name::Outbox, Name::Marker])?;
        step.own()?;
        let Lists(known) = step.expect(Name::Lists(me))?;
        let roster = Roster::create(known.in_force(), &step.device.keys, step.now, &mut step.rng)?;
        let mut group = Group::new(GroupRecord::new(Standing::Joined), roster);
        let id = group.id;
        let entries = Name::GroupEntries(id, 0);
        step.make_up([Name::Group(id), Name::GroupDevices(id), Name::GroupSending(id), entries]);
        step.enter_group(&mut group)?;
        if !self.title.is_empty() {
            step.issue(&mut group, &NewChange::Rename(self.title.to_owned()))?;
        }
        let changed = step.changed(&group)?;
        Ok((group.id, changed))
    }
}

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupAct<'a> {
    /// Lets an account in, as a member, or gives one that is in another role. Its device list must be known: by a session
    /// with one of its devices.
    Set {
        /// Whom.
        account: AccountId,
        /// What it may do.
        role: GroupRole,
    },
    /// Takes all access away from an account. Nobody writes in a key that it has from then on.
    Remove {
        /// Whom.
        account: AccountId,
    },
    /// The same, and what it did to the group since the own account may change it is undone: for somebody who has wrecked
    /// the group.
    RemoveAndUndo {
        /// Whom.
        account: AccountId,
    },
    /// Gives the group a title, of at most 256 bytes without control characters.
    Rename(&'a str),
    /// Asks all members to take new keys before their next message.
    NewKeys,
    /// Goes. The last admin can't while there are others.
    Leave,
}

/// Changes a group. It goes to the devices of all members, those that have no session get it later.
///
/// # Errors
/// [`Error::NoGroup`], [`Error::NotInGroup`]; [`Error::Group`] when it is not the own account's to change, or the roster or the
/// account's share of it is full; [`Error::Malformed`] for a title as in [`CreateGroup`]; [`Error::Corrupt`];
/// [`Error::NoMember`]; [`Error::NoSession`] when nothing is known of the account that is to be let in; [`Error::IdentityChanged`] and
/// [`Error::Unverified`] when it is not trusted; [`Error::RemovedFromAccount`], [`Error::OutboxFull`].
#[derive(Clone, Copy, Debug)]
pub struct ChangeGroup<'a> {
    /// Which.
    pub group: GroupId,
    /// How.
    pub act: GroupAct<'a>,
}

impl Run for ChangeGroup<'_> {
    type Output = Changed;

    fn run(&self, step: &mut Step<'_>) -> Result<Changed, Stop> {
        step.want([Name::Own, Name::Groups, Name::Group(self.group), Name::Outbox, Name::Marker])?;
        step.own()?;
        let leaves = self.act == GroupAct::Leave;
        let mut group = match step.group(self.group)?.ok_or(Error::NoGroup)? {
            group if group.record.standing == Standing::Joined => group,
            // who is invited may refuse
            group if leaves && group.record.standing != Standing::Out => group,
            _ => return Err(Error::NotInGroup.into()),
        };
        step.heed_restoral(&mut group)?;
        match self.act {
            GroupAct::Set { account, role } => step.let_in(&mut group, &account, role)?,
            GroupAct::Remove { account } if group.roster.state().role(&account) == Role::None => {
                return Err(Error::NoMember.into());
            }
            GroupAct::Remove { account } => {
                step.issue(&mut group, &NewChange::Set { target: account, role: Role::None })?;
            }
            GroupAct::RemoveAndUndo { account } => step.undo(&mut group, account)?,
            GroupAct::Rename(title) => step.issue(&mut group, &NewChange::Rename(title.to_owned()))?,
            GroupAct::NewKeys => step.issue(&mut group, &NewChange::Rekey)?,
            GroupAct::Leave => step.issue(&mut group, &NewChange::Leave)?,
        }
        step.changed(&group)
    }
}

/// The user takes part in a group that the account was invited to. From now on the device may write there.
///
/// # Errors
/// [`Error::NoGroup`]; [`Error::NotInGroup`] when there is no invitation any more; [`Error::RemovedFromAccount`],
/// [`Error::OutboxFull`]; [`Error::Corrupt`] when its records are damaged.
#[derive(Clone, Copy, Debug)]
pub struct JoinGroup {
    /// Which.
    pub group: GroupId,
}

impl Run for JoinGroup {
    type Output = Changed;

    fn run(&self, step: &mut Step<'_>) -> Result<Changed, Stop> {
        step.want([
            Name::Own,
            Name::Group(self.group),
            Name::Parked,
            Name::Inbox,
            Name::Outbox,
            Name::Marker,
        ])?;
        step.own()?;
        let mut group = step.group(self.group)?.ok_or(Error::NoGroup)?;
        match group.record.standing {
            Standing::Invited { .. } => {}
            Standing::Joined => return Ok(Changed::default()),
            Standing::Out => return Err(Error::NotInGroup.into()),
        }
        group.record.standing = Standing::Joined;
        step.put(Name::Group(group.id), &group.record);
        step.begin_taking_part(&mut group)?;
        let mut changed = step.changed(&group)?;
        // the user has said it on one device for all of them
        for device in step.other_own_devices()? {
            let joined = GroupControl { joined: 1, ..GroupControl::default() };
            changed.outgoing.extend(step.send_group_control(&group, &device, joined)?);
        }
        Ok(changed)
    }
}

impl Step<'_> {
    /// Writes an entry and takes it in.
    pub(crate) fn issue(&mut self, group: &mut Group, change: &NewChange<'_>) -> Result<(), Stop> {
        let author = Author { account: self.device.account, keys: &self.device.keys };
        let entry = group.roster.issue(change, author, self.now)?;
        self.take_own(group, vec![entry])
    }

    fn take_own(&mut self, group: &mut Group, entries: Vec<ReceivedEntry>) -> Result<(), Stop> {
        let hashes: Vec<EntryHash> = entries.iter().map(ReceivedEntry::hash).collect();
        self.take_entries(group, entries, None)?;
        match hashes.iter().all(|hash| group.roster.entry(hash).is_some()) {
            true => Ok(()),
            // only a full roster gives way
            false => Err(Error::Group(IssueError::TooManyEntries).into()),
        }
    }

    fn undo(&mut self, group: &mut Group, target: AccountId) -> Result<(), Stop> {
        let author = Author { account: self.device.account, keys: &self.device.keys };
        let entries = group.roster.issue_undoing(target, author, self.now)?;
        self.take_own(group, entries)
    }

    /// Pins the account's list where the group has none, and gives it a role.
    fn let_in(&mut self, group: &mut Group, account: &AccountId, role: GroupRole) -> Result<(), Stop> {
        let (role, me) = (role.into(), self.device.account);
        if *account != me && group.roster.state().role(account) == Role::None {
            self.want([Name::Contact(*account), Name::Lists(*account)])?;
            let contact = self.contact(account)?.ok_or(Error::NoSession)?;
            crate::sending::check_trust(&contact, self.policy.trust)?;
            let lists: Option<Lists> = self.get_unless_damaged(Name::Lists(*account))?;
            let Lists(known) = lists.ok_or(Error::NoSession)?;
            let pin = NewChange::Devices { list: known.in_force(), proof: None };
            match self.attempt_on(group, |step, group| step.issue(group, &pin))? {
                Ok(()) => {}
                // an older list of it is pinned, which it renews by itself
                Err(Error::Group(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.issue(group, &NewChange::Set { target: *account, role })
    }

    /// Tells all devices what is new.
    pub(crate) fn changed(&mut self, group: &Group) -> Result<Changed, Stop> {
        let mut changed = Changed::default();
        changed.unreached = self.spread_entries(group, &mut changed.outgoing)?;
        Ok(changed)
    }
}
