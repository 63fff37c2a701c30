//! Why an entry is not taken, and why one is not made.

use entrenous_identity::IdentityError;
use entrenous_primitives::random::RandomError;
use entrenous_wire::Malformed;
use thiserror::Error;

/// Why a received entry is refused. But for the last two it can never be part of the group, whoever else has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EntryError {
    /// It is of another group, or begins one.
    #[error("the entry is of another group")]
    WrongGroup,
    /// One that it follows was refused.
    #[error("the entry follows one that was refused")]
    FollowsRefused,
    /// It doesn't act by a grant of its author that it follows.
    #[error("the entry acts by no grant of its author")]
    NoGrant,
    /// It acts by the grant of a member and does what is an admin's.
    #[error("the entry acts by a grant that doesn't allow it")]
    NotAdmin,
    /// No list of the author's with the epoch that it names, or none with its device, is pinned before it.
    #[error("the author's device is in no pinned list that the entry names")]
    DeviceNotPinned,
    /// A later list of the author's, pinned before it, doesn't have its device any more.
    #[error("the author's device had been dropped before")]
    DeviceDropped,
    /// It gives a role to an account of which no list is pinned before it.
    #[error("no device list of the account is pinned before it gets a role")]
    TargetNotPinned,
    /// It pins a list that isn't shown to descend from one that was pinned before.
    #[error("the pinned device list is not shown to descend from one that was pinned before")]
    ListNotChained,
    /// A member's account has used up what it may add without an admin.
    #[error("a member's account has too many entries")]
    Quota,
    /// A signature, a key or a proof in it doesn't hold.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Its signature is not that of the device. The signature is no part of the entry's hash: another copy of the same
    /// entry may have the right one, so it is asked for again, of somebody else.
    #[error("the entry's signature doesn't hold")]
    BadSignature,
    /// The roster has no room for it now; later it may have.
    #[error("the roster is full")]
    TooManyEntries,
}

impl EntryError {
    /// Whether the entry with this hash can never be part of the group: the caller may remember that.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::BadSignature | Self::TooManyEntries)
    }
}

/// Why stored entries are no roster: the caller's store lost or mixed some up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RosterError {
    /// An entry is not in its one encoding.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The genesis entry of this group is not among them, or is no genesis.
    #[error("the entries don't begin the group")]
    NoGenesis,
    /// An entry can't be part of the group.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// An entry that another one follows is not among them.
    #[error("an entry is missing")]
    Missing,
}

/// Why no entry is made. Nothing was signed that could be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The account is not in the group.
    #[error("not a member of the group")]
    NotAMember,
    /// The account may not change the group.
    #[error("not an admin of the group")]
    NotAdmin,
    /// The change would have no effect: the account has a role from somebody more senior.
    #[error("the account is more senior")]
    Outranked,
    /// It would not undo what it is to undo: nobody let it, or a removal by somebody more senior has sealed it.
    #[error("the change would not undo what it is to undo")]
    NotUndone,
    /// The last admin can't leave before somebody else is one, unless the group has no other members.
    #[error("the last admin can't leave")]
    LastAdmin,
    /// The group would have more than [`MAX_GROUP_DEVICES`](super::MAX_GROUP_DEVICES) devices.
    #[error("the group would have too many devices")]
    TooManyDevices,
    /// The roster is nearly full: only taking access away, and device lists, still go in.
    #[error("the roster has too many entries")]
    TooManyEntries,
    /// No list with the own device, or none of the account that is to get a role, is pinned: pin it first.
    #[error("the device list is not pinned")]
    NotPinned,
    /// The change has no encoding: a title that is too long, or a target that is the author.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The entry would be refused by everybody, for this reason.
    #[error(transparent)]
    Refused(#[from] EntryError),
}
