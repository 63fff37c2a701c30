//! Groups.

use core::ffi::c_char;
use std::ffi::CString;

use entrenous::{AccountId, GroupAct, GroupEntry, GroupMember, GroupRole, GroupStanding, GroupStatus};

use crate::{
    call::{Caller, bad_argument, bad_text, flag},
    client::{Inner, entrenous_addresses, entrenous_client, with},
    handle::{self, Object},
    item::entrenous_role,
    list::List,
    result::{Code, entrenous_result},
    types::{ENTRENOUS_ACCOUNT_LEN, ENTRENOUS_GROUP_LEN, entrenous_address, ms},
};

/// Bytes of the name of a roster.
pub const ENTRENOUS_ROSTER_LEN: usize = 32;

/// Begins a group, with the own account as its one member and first admin.
///
/// `title`: in UTF-8, at most 256 bytes without control characters; it may be empty. `group`: its id, `ENTRENOUS_GROUP_LEN` bytes.
///
/// Errors: `TOO_MANY_GROUPS`; `BAD_TEXT` for a title that can't be; `REMOVED_FROM_ACCOUNT`, `OUTBOX_FULL`, and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_create_group(
    client: *const entrenous_client,
    title: *const c_char,
    title_len: usize,
    group: *mut u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out_array::<ENTRENOUS_GROUP_LEN>(group)?;
        let title = caller.text(title, title_len)?;
        let (group, _) = with(client, |client| client.create_group(title)).map_err(bad_text)?;
        out.set(*group.as_bytes());
        Ok(())
    })
}

/// Changes a group; what it sends is in the outbox.
fn change(
    caller: &Caller,
    client: *const entrenous_client,
    group: *const u8,
    act: GroupAct<'_>,
) -> Result<(), Code> {
    let group = caller.group(group)?;
    with(client, |client| client.change_group(&group, act).map(drop))
}

/// Lets an account into a group, which asks it, or gives a member another role. Its device list must be known: by a session with
/// one of its devices.
///
/// `role`: `MEMBER` or `ADMIN` of `entrenous_role`.
///
/// Errors: `BAD_ARGUMENT` for the own account; `NO_GROUP`, `NOT_IN_GROUP`, `NOT_ADMIN`, `OUTRANKED`, `GROUP_TOO_LARGE`, `ROSTER_FULL`, `NO_EFFECT`; `NO_SESSION` when nothing is
/// known of the account; `IDENTITY_CHANGED` and `UNVERIFIED` when it is not trusted; `REMOVED_FROM_ACCOUNT`, `OUTBOX_FULL`, and those of
/// the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_set_member(
    client: *const entrenous_client,
    group: *const u8,
    account: *const u8,
    role: u32,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let role = match role {
            role if role == entrenous_role::Member as u32 => GroupRole::Member,
            role if role == entrenous_role::Admin as u32 => GroupRole::Admin,
            _ => return Err(Code::BadArgument),
        };
        let account = caller.account(account)?;
        change(&caller, client, group, GroupAct::Set { account, role }).map_err(bad_argument)
    })
}

/// Takes all access to a group away from an account. Nobody writes in a key that it has from then on.
///
/// `undo`: 1 to undo what it did to the group as well, for somebody who has wrecked it.
///
/// Errors: as for `entrenous_client_set_member`; `NO_MEMBER`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_remove_member(
    client: *const entrenous_client,
    group: *const u8,
    account: *const u8,
    undo: u32,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let account: AccountId = caller.account(account)?;
        let act = match flag(undo)? {
            false => GroupAct::Remove { account },
            true => GroupAct::RemoveAndUndo { account },
        };
        change(&caller, client, group, act).map_err(bad_argument)
    })
}

/// Gives a group a title, in UTF-8, of at most 256 bytes without control characters.
///
/// Errors: as for `entrenous_client_set_member`; `BAD_TEXT` for a title that can't be.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_rename_group(
    client: *const entrenous_client,
    group: *const u8,
    title: *const c_char,
    title_len: usize,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let title = caller.text(title, title_len)?;
        change(&caller, client, group, GroupAct::Rename(title)).map_err(bad_text)
    })
}

/// Asks all members to take new keys before their next message.
///
/// Errors: as for `entrenous_client_set_member`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_renew_group_keys(
    client: *const entrenous_client,
    group: *const u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| change(&caller, client, group, GroupAct::NewKeys))
}

/// Leaves a group, or refuses an invitation.
///
/// Errors: `NO_GROUP`, `NOT_IN_GROUP`; `LAST_ADMIN` while there are others; `REMOVED_FROM_ACCOUNT`, `OUTBOX_FULL`, and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_leave_group(
    client: *const entrenous_client,
    group: *const u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| change(&caller, client, group, GroupAct::Leave))
}

/// The user takes part in a group that the account was invited to.
///
/// Errors: `NO_GROUP`, `NOT_IN_GROUP` when the account is not in it any more, and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_join_group(
    client: *const entrenous_client,
    group: *const u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let group = caller.group(group)?;
        with(client, |client| client.join_group(&group).map(drop))
    })
}

/// Forgets a group: its changes, keys, and what waits for it. The others don't learn of it: to go is
/// `entrenous_client_leave_group`.
///
/// Errors: `NO_GROUP`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_forget_group(
    client: *const entrenous_client,
    group: *const u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let group = caller.group(group)?;
        with(client, |client| client.forget_group(&group))
    })
}

/// Gives the devices of a group's members with which there is no session yet: fetch a bundle of each and start one.
///
/// Errors: `NO_GROUP`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_missing_group_devices(
    client: *const entrenous_client,
    group: *const u8,
    devices: *mut *mut entrenous_addresses,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(devices)?;
        let group = caller.group(group)?;
        let missing = with(client, |client| client.missing_group_devices(&group))?;
        out.set(handle::give(entrenous_addresses::of(missing.into_iter().map(Into::into)))?);
        Ok(())
    })
}

/// Where the user stands in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_standing {
    /// The store has lost what was known of the group; it can be forgotten.
    Unknown = 0,
    /// Somebody has let the account in. Nothing is shown, and nothing sent, until the user joins.
    Invited = 1,
    /// The user takes part.
    Joined = 2,
    /// The account was removed, or has left.
    Out = 3,
}

impl From<GroupStanding> for entrenous_standing {
    fn from(standing: GroupStanding) -> Self {
        match standing {
            GroupStanding::Invited { .. } => Self::Invited,
            GroupStanding::Joined => Self::Joined,
            GroupStanding::Out => Self::Out,
        }
    }
}

/// Who has brought an invitation.
fn inviter(standing: GroupStanding) -> entrenous_address {
    match standing {
        GroupStanding::Invited { by } => by.into(),
        GroupStanding::Joined | GroupStanding::Out => entrenous_address::NONE,
    }
}

/// A title has no control characters.
fn title(text: String) -> CString {
    CString::new(text).unwrap_or_default()
}

/// Groups, in a list.
#[derive(Debug)]
pub struct entrenous_groups(List<entrenous_group, Vec<CString>>);

impl Object for entrenous_groups {
    fn count(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// A group in a list of them.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_group {
    /// Its id.
    pub group: [u8; ENTRENOUS_GROUP_LEN],
    /// Where the user stands.
    pub standing: entrenous_standing,
    /// For `INVITED`: who has brought the invitation.
    pub invited_by: entrenous_address,
    /// What it is called, in UTF-8 with a NUL at its end; it may be empty.
    pub title: *const c_char,
}

/// Gives the groups.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_groups(
    client: *const entrenous_client,
    groups: *mut *mut entrenous_groups,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(groups)?;
        let entries = with(client, Inner::groups)?;
        out.set(handle::give(entrenous_groups::of(entries))?);
        Ok(())
    })
}

impl entrenous_groups {
    fn of(entries: Vec<GroupEntry>) -> Self {
        let mut titles = Vec::with_capacity(entries.len());
        let mut structs = Vec::with_capacity(entries.len());
        for GroupEntry { group, standing, title: text } in entries {
            let text = title(text);
            structs.push(entrenous_group {
                group: *group.as_bytes(),
                standing: standing.map_or(entrenous_standing::Unknown, Into::into),
                invited_by: standing.map_or(entrenous_address::NONE, inviter),
                title: text.as_ptr(),
            });
            titles.push(text);
        }
        Self(List::new(structs, titles))
    }
}

/// Gives the group at `index` of a list, which is good until the list is freed.
///
/// Errors: `OUT_OF_RANGE`, and those of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_groups_at(
    groups: *const entrenous_groups,
    index: usize,
    group: *mut *const entrenous_group,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(group)?;
        out.set(handle::get(groups)?.0.at(index)?);
        Ok(())
    })
}

/// All that is known of a group; the list of its elements are its members, by ascending account id.
#[derive(Debug)]
pub struct entrenous_group_status {
    about: List<entrenous_group_info, CString>,
    members: List<entrenous_member, Vec<Box<[u32]>>>,
    unacknowledged: Vec<entrenous_address>,
}

impl Object for entrenous_group_status {
    fn count(&self) -> Option<usize> {
        Some(self.members.len())
    }
}

/// What is known of a group.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_group_info {
    /// Its id.
    pub group: [u8; ENTRENOUS_GROUP_LEN],
    /// Names the set of changes that this is the state of: members who have the same one here see the same group, and may
    /// compare it.
    pub roster: [u8; ENTRENOUS_ROSTER_LEN],
    /// Where the user stands.
    pub standing: entrenous_standing,
    /// For `INVITED`: who has brought the invitation.
    pub invited_by: entrenous_address,
    /// The most senior admin, whom people call the owner; all zero if there is none.
    pub owner: [u8; ENTRENOUS_ACCOUNT_LEN],
    /// What it is called, in UTF-8 with a NUL at its end; it may be empty.
    pub title: *const c_char,
    /// Whether this device has a key to it.
    pub has_key: bool,
    /// Messages and keys that came before what they need.
    pub waiting: u32,
    /// Messages sealed under the own key.
    pub key_sealed: u32,
    /// Devices that have not acknowledged the own key.
    pub key_unacknowledged: u32,
    /// When the own key was made, in milliseconds since 1970.
    pub key_made_ms: u64,
}

/// A member of a group.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_member {
    /// Who.
    pub account: [u8; ENTRENOUS_ACCOUNT_LEN],
    /// What it may do.
    pub role: entrenous_role,
    /// Whether its account key is used in two places: only the devices that all of its lists have count.
    pub is_forked: bool,
    /// Its devices, as the group has pinned them.
    pub devices: *const u32,
    /// How many they are.
    pub device_count: usize,
}

/// Gives all that is known of a group.
///
/// Errors: `NO_GROUP`; `CORRUPT` when the store has lost a part of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_group(
    client: *const entrenous_client,
    group: *const u8,
    status: *mut *mut entrenous_group_status,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(status)?;
        let group = caller.group(group)?;
        let status = with(client, |client| client.group(&group))?;
        out.set(handle::give(entrenous_group_status::of(status))?);
        Ok(())
    })
}

impl entrenous_group_status {
    fn of(status: GroupStatus) -> Self {
        let GroupStatus { group, standing, title: text, members, owner, roster, key, waiting } = status;
        let text = title(text);
        let unacknowledged = key.as_ref().map(|key| key.unacknowledged.iter().map(|device| (*device).into()));
        let unacknowledged: Vec<entrenous_address> = unacknowledged.into_iter().flatten().collect();
        let about = entrenous_group_info {
            group: *group.as_bytes(),
            roster,
            standing: standing.into(),
            invited_by: inviter(standing),
            owner: owner.map_or([0; 32], |owner| *owner.as_bytes()),
            title: text.as_ptr(),
            has_key: key.is_some(),
            waiting,
            key_sealed: key.as_ref().map_or(0, |key| key.sealed),
            key_unacknowledged: u32::try_from(unacknowledged.len()).unwrap_or(u32::MAX),
            key_made_ms: ms(key.map(|key| key.made)),
        };
        let mut devices = Vec::with_capacity(members.len());
        let mut structs = Vec::with_capacity(members.len());
        for GroupMember { account, role, devices: pinned, forked } in members {
            let pinned: Box<[u32]> = pinned.into_iter().map(entrenous::DeviceId::get).collect();
            structs.push(entrenous_member {
                account: *account.as_bytes(),
                role: role.into(),
                is_forked: forked,
                devices: pinned.as_ptr(),
                device_count: pinned.len(),
            });
            devices.push(pinned);
        }
        Self { about: List::new([about], text), members: List::new(structs, devices), unacknowledged }
    }
}

/// Gives what is known of the group, which is good until the handle is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_group_status_read(
    status: *const entrenous_group_status,
    info: *mut *const entrenous_group_info,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(info)?;
        out.set(handle::get(status)?.about.at(0)?);
        Ok(())
    })
}

/// Gives the member at `index`, which is good until the handle is freed.
///
/// Errors: `OUT_OF_RANGE`, and those of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_group_status_member_at(
    status: *const entrenous_group_status,
    index: usize,
    member: *mut *const entrenous_member,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(member)?;
        out.set(handle::get(status)?.members.at(index)?);
        Ok(())
    })
}

/// Gives a list of the devices that have not acknowledged the own key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_group_status_unacknowledged(
    status: *const entrenous_group_status,
    devices: *mut *mut entrenous_addresses,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(devices)?;
        let devices = handle::get(status)?.unacknowledged.clone();
        out.set(handle::give(entrenous_addresses::of(devices))?);
        Ok(())
    })
}
