//! Groups: who is in, by a roster that members sign and no server orders, and messages that are sealed once for all.
//!
//! | what | where |
//! |---|---|
//! | a group out of its records and back | `loaded` |
//! | begin one, change it, join | `change` |
//! | write to it | `send` |
//! | a message that comes | `message` |
//! | many at once | `backlog` |
//! | what devices tell one another | `control` |
//! | invitations | `invitation` |
//! | entries that come, and what follows from them | `entries` |
//! | entries that go to others | `spread` |
//! | what is lacking, asked for and answered | `wish` |
//! | the own key | `key` |
//! | keys of others | `received_key` |
//! | what came too early | `parked` |
//! | what is known of it | `status` |
//! | from time to time | `upkeep` |

mod backlog;
mod change;
mod control;
mod entries;
mod invitation;
mod key;
mod loaded;
mod message;
mod parked;
mod received_key;
mod send;
mod spread;
mod status;
#[cfg(test)]
mod tests;
mod upkeep;
mod wish;

use core::fmt;

use entrenous_group::{GroupId, roster::Role};
use entrenous_identity::{AccountId, Timestamp};
use zeroize::Zeroizing;

pub use change::{ChangeGroup, CreateGroup, GroupAct, JoinGroup};
pub use send::SendToGroup;
pub use status::{
    ForgetGroup, GroupEntry, GroupKeyStatus, GroupMember, GroupStatus, MissingGroupDevices, ReadGroup,
    ReadGroups,
};

use crate::{Address, Client, Env, Error, MessageId, Outgoing, SendOptions, Sent, Store, Trust};

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupRole {
    /// Write, and go.
    Member,
    /// Change the group as well, but for whom somebody more senior has let in or removed.
    Admin,
}

impl From<GroupRole> for Role {
    fn from(role: GroupRole) -> Self {
        match role {
            GroupRole::Member => Self::Member,
            GroupRole::Admin => Self::Admin,
        }
    }
}

impl From<Role> for GroupRole {
    /// Who is in has a role that is one.
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Member | Role::None => Self::Member,
        }
    }
}

/// Where the user stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupStanding {
    /// Somebody has let the account in. Nothing is shown, and nothing sent, until the user joins.
    Invited {
        /// Who has brought the invitation.
        by: Address,
    },
    /// The user takes part.
    Joined,
    /// The account was removed, or has left.
    Out,
}

/// What has changed in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupChange {
    /// An account is in.
    Added {
        /// Who.
        account: AccountId,
        /// What it may do.
        role: GroupRole,
    },
    /// An account is out: removed, or gone by itself, which [`Event::GroupChanged`](crate::Event) tells by its author.
    Removed {
        /// Who.
        account: AccountId,
    },
    /// An account has another role.
    Role {
        /// Who.
        account: AccountId,
        /// What it may do now.
        role: GroupRole,
    },
    /// A member has a device more.
    DeviceAdded {
        /// Which.
        device: Address,
    },
    /// A member has a device less.
    DeviceRemoved {
        /// Which.
        device: Address,
    },
    /// The group has another title.
    Renamed {
        /// Which: at most 256 bytes.
        title: String,
    },
    /// An admin has asked all to take new keys.
    NewKeys,
}

/// What a change has caused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Envelopes for the transport; they are in the outbox as well.
    pub outgoing: Vec<Outgoing>,
    /// Devices without a session: they are told when there is one.
    pub unreached: Vec<Address>,
}

/// A message to a group.
#[derive(Clone, PartialEq, Eq)]
pub struct GroupMessage {
    /// Which.
    pub group: GroupId,
    /// The sender's account and device, as its key proves them: it is a member.
    pub from: Address,
    /// The message's id, the same on every device.
    pub id: MessageId,
    /// When it was sent, by the sender's clock.
    pub sent: Timestamp,
    /// When it is to vanish, if it is.
    pub expires: Option<Timestamp>,
    /// What the application sent; wiped when dropped.
    pub content: Zeroizing<Vec<u8>>,
    /// What is known about its security.
    pub status: GroupMessageStatus,
}

impl fmt::Debug for GroupMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, from, id, sent, expires: _, content, status: _ } = self;
        write!(
            f,
            "GroupMessage({id} from {from} in {group} at {} ms, {} bytes [redacted])",
            sent.as_ms(),
            content.len()
        )
    }
}

/// What is known about the security of a message to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupMessageStatus {
    /// Whether the sender is who the user takes it for.
    pub trust: Trust,
    /// Somebody who has lost access since it was sealed can read it: the sender didn't know yet.
    pub readable_by_removed: bool,
    /// The sender has lost access. The message has a number from before, and may have been sealed afterwards all the same.
    pub from_removed: bool,
}

impl<S: Store, E: Env> Client<S, E> {
    /// Begins a group, with the own account as its one member and first admin. Gives its id, and what goes to the own other devices.
    ///
    /// ```
    /// use entrenous::{Client, Error, Event, MemoryStore, StoreKey, System};
    ///
    /// type Device = Client<MemoryStore, System>;
    ///
    /// /// The transport, between two.
    /// fn carry(from: &mut Device, to: &mut Device) -> Result<(), Error> {
    ///     for out in from.outbox()? {
    ///         to.receive(&from.address(), &out.bytes)?;
    ///         from.handed_over(out.number.as_slice())?;
    ///     }
    ///     Ok(())
    /// }
    ///
    /// # let key = StoreKey::generate(&mut System::new())?;
    /// # let mut alice = Client::create(MemoryStore::new(), &key, System::new())?.client;
    /// # let mut bob = Client::create(MemoryStore::new(), &key, System::new())?.client;
    /// # let upload = bob.publish_prekeys()?.expect("nothing is published yet");
    /// alice.start_session(&bob.account_id(), &upload.bundles[0])?;
    ///
    /// let (group, _) = alice.create_group("walk on sunday")?;
    /// alice.invite(&group, &bob.account_id())?;
    /// carry(&mut alice, &mut bob)?;
    ///
    /// // Bob's application shows the invitation, an `Event::GroupInvited`, and its user agrees.
    /// bob.join_group(&group)?;
    /// alice.send_to_group(&group, b"at nine?")?;
    /// carry(&mut alice, &mut bob)?;
    ///
    /// let reads = |event: &Event| matches!(event, Event::GroupMessage(read) if *read.content == b"at nine?");
    /// assert!(bob.inbox()?.iter().any(|item| reads(&item.event)));
    ///
    /// // Members who have no session yet begin one, with a bundle from the directory.
    /// assert!(bob.missing_group_devices(&group)?.is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`CreateGroup`], and as for [`Client::perform`].
    pub fn create_group(&mut self, title: &str) -> Result<(GroupId, Changed), Error> {
        self.perform(&CreateGroup { title })
    }

    /// Changes a group.
    ///
    /// # Errors
    /// Those of [`ChangeGroup`], and as for [`Client::perform`].
    pub fn change_group(&mut self, group: &GroupId, act: GroupAct<'_>) -> Result<Changed, Error> {
        self.perform(&ChangeGroup { group: *group, act })
    }

    /// Lets an account in, as a member. It is asked, and takes part when its user joins.
    ///
    /// # Errors
    /// Those of [`ChangeGroup`], and as for [`Client::perform`].
    pub fn invite(&mut self, group: &GroupId, account: &AccountId) -> Result<Changed, Error> {
        self.change_group(group, GroupAct::Set { account: *account, role: GroupRole::Member })
    }

    /// The user takes part in a group that the account was invited to.
    ///
    /// # Errors
    /// Those of [`JoinGroup`], and as for [`Client::perform`].
    pub fn join_group(&mut self, group: &GroupId) -> Result<Changed, Error> {
        self.perform(&JoinGroup { group: *group })
    }

    /// Sends `content`, at most [`MAX_CONTENT`](crate::MAX_CONTENT) bytes, to a group: to all of its devices or to none.
    ///
    /// # Errors
    /// Those of [`SendToGroup`], and as for [`Client::perform`].
    pub fn send_to_group(&mut self, group: &GroupId, content: &[u8]) -> Result<Sent, Error> {
        self.perform(&SendToGroup { group: *group, content, options: SendOptions::default() })
    }

    /// The groups.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn groups(&mut self) -> Result<Vec<GroupEntry>, Error> {
        self.perform(&ReadGroups)
    }

    /// All that is known of a group.
    ///
    /// # Errors
    /// Those of [`ReadGroup`], and as for [`Client::perform`].
    pub fn group(&mut self, group: &GroupId) -> Result<GroupStatus, Error> {
        self.perform(&ReadGroup { group: *group })
    }

    /// The devices of a group's members with which there is no session yet: fetch a bundle of each and
    /// [`start`](Client::start_session) one.
    ///
    /// # Errors
    /// Those of [`MissingGroupDevices`], and as for [`Client::perform`].
    pub fn missing_group_devices(&mut self, group: &GroupId) -> Result<Vec<Address>, Error> {
        self.perform(&MissingGroupDevices { group: *group })
    }

    /// Forgets a group.
    ///
    /// # Errors
    /// Those of [`ForgetGroup`], and as for [`Client::perform`].
    pub fn forget_group(&mut self, group: &GroupId) -> Result<(), Error> {
        self.perform(&ForgetGroup { group: *group })
    }
}
