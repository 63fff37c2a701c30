//! What the application should know of.

use core::fmt;

use entrenous_group::GroupId;
use entrenous_identity::{AccountId, DeviceId, Timestamp};
use entrenous_primitives::hash::sha256;
use entrenous_wire::{frame::FrameKind, label};
use zeroize::Zeroizing;

use crate::{Address, GroupChange, GroupMessage, Proof, SecurityStatus, Trust};

/// An event in the inbox. It stays there until it is acknowledged, and comes again after a crash: an application
/// that stores the number, or a message's id, with what it makes of it sees each exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number, ascending and never used again; none for what is not worth keeping, which is told once.
    pub number: Option<u64>,
    /// What happened.
    pub event: Event,
}

/// Something that the application should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A message of a contact, or one that the user has sent from another of the own devices.
    Message(Message),
    /// Something not worth keeping or repeating, such as typing: it is told once and not in the inbox.
    Ephemeral(Message),
    /// A device has begun a session with us that uses nothing of another one: the first, or one more before it has read
    /// anything of ours.
    SessionStarted {
        /// Who.
        with: Address,
        /// Whether a one-time prekey made its first messages unreadable for a later thief of the signed one.
        one_time_prekey: bool,
    },
    /// A device that had a session has begun another one that uses nothing of it: it has lost its state, or
    /// somebody with its stolen keys has. Messages that it had not proved to have are sent again.
    SessionReset {
        /// Who.
        with: Address,
    },
    /// A device goes on in a session that is behind the one with us, or two states of it have written in that: it has lost
    /// it, with its state. Nothing is sealed for it, and messages wait, until a new session begins: fetch a bundle of it for
    /// [`StartSession`](crate::operation::StartSession), unless it begins one itself meanwhile.
    NewSessionNeeded {
        /// Which device.
        with: Address,
    },
    /// An authentic message of a kind that this version doesn't know; its key is consumed.
    Unsupported {
        /// From whom.
        from: Address,
    },
    /// An authentic message whose content is no frame: the peer's library is at fault; its key is consumed.
    MalformedFrame {
        /// From whom.
        from: Address,
    },
    /// A device was restored from an older state, or somebody runs a copy of it.
    CloneSuspected {
        /// Whose device.
        of: Address,
    },
    /// A session with a device has gone through a post-quantum exchange, on both sides: it has healed from a theft of
    /// keys before that, against quantum computers as well.
    PostQuantumEpoch {
        /// With whom.
        with: Address,
        /// Which exchange of the session, from 1.
        epoch: u64,
    },
    /// Two or more post-quantum exchanges in a row have failed: the peer's library is at fault, or there are copies of one of
    /// the two devices. The session goes on, healing against today's computers, and tries again. An exchange that only
    /// takes long, since the other side doesn't write, is no failure: the status shows when the last one was.
    PostQuantumStalled {
        /// With whom.
        with: Address,
    },
    /// Messages that were still missing can't be opened any more, should they come: their keys were dropped for a
    /// limit, or lost by the store.
    KeysLost {
        /// From whom.
        from: Address,
        /// How many.
        count: u32,
    },
    /// The time to live of a message was over when it came, or before it was acknowledged: it is erased. An
    /// application that has stored it erases it as well.
    Expired {
        /// From whom.
        from: Address,
        /// The message.
        id: MessageId,
    },
    /// A message to a group, of a member or of another own device.
    GroupMessage(GroupMessage),
    /// Somebody has let the account into a group. Nothing is shown of it, and nothing sent, until the user has joined:
    /// [`Client::join_group`](crate::Client::join_group).
    GroupInvited {
        /// Which group.
        group: GroupId,
        /// Who has brought the invitation: a member.
        by: Address,
        /// What it is called.
        title: String,
        /// How many members it has.
        members: u32,
    },
    /// The user has joined or made a group on another own device.
    GroupJoined {
        /// Which group.
        group: GroupId,
        /// On which device.
        on: DeviceId,
    },
    /// The account was removed from a group, or has left it.
    GroupLeft {
        /// Which group.
        group: GroupId,
    },
    /// A group has changed.
    GroupChanged {
        /// Which group.
        group: GroupId,
        /// Who has changed it, where that is one member's doing.
        by: Option<AccountId>,
        /// What is different.
        change: GroupChange,
    },
    /// A device has signed two entries of a group with one number: it was restored from an older state, or somebody runs
    /// a copy of it.
    GroupEquivocation {
        /// Which group.
        group: GroupId,
        /// Whose device.
        of: Address,
    },
    /// An account has a device more. Messages go to it as well: if the user didn't expect it, somebody may have got
    /// at the account.
    DeviceAdded {
        /// The device.
        device: Address,
    },
    /// An account has a device less.
    DeviceRemoved {
        /// The device.
        device: Address,
    },
    /// The own account has a device more; to be shown until the user has confirmed it.
    OwnDeviceAdded {
        /// The device.
        device: DeviceId,
    },
    /// The own account has a device less.
    OwnDeviceRemoved {
        /// The device.
        device: DeviceId,
    },
    /// The primary has told this device, which it has linked, of accounts that it knows, with the trust that they have
    /// there.
    ContactsReceived {
        /// The own device that has told it.
        from: DeviceId,
        /// How many accounts.
        count: u32,
    },
    /// This device is not among the own account's any more: it can't send or receive.
    RemovedFromAccount,
    /// An account has signed two device lists that exclude each other: somebody else has its key. Nothing is sent
    /// to devices that only one of them has.
    DeviceListForked {
        /// Whose.
        account: AccountId,
    },
    /// An account's device list has expired: it has not been online for long, or somebody withholds its lists.
    DeviceListStale {
        /// Whose.
        account: AccountId,
    },
    /// The application says that an account has come in the place of another one.
    IdentityChanged {
        /// The account that was known.
        from: AccountId,
        /// The one in its place: not verified.
        to: AccountId,
    },
    /// The store was restored from an older state, or copied: no session is sent in any more, and messages wait
    /// until [`StartSession`](crate::operation::StartSession) replaces it. What was received since the older state
    /// may be shown again, and what was sent since then is not known here.
    StoreRestored,
    /// A message that waited to be sealed for a device will not be sent to it: 256 were sent later, or the store has
    /// lost or damaged it. One that was sealed is not told of, though the device may lose the session before it gets it:
    /// more than 256 messages without a proof are without this safety.
    NotSent {
        /// Whose device.
        to: Address,
        /// The message.
        id: MessageId,
    },
    /// The store has lost or damaged what was decided about an account. Nothing is sent to it until the user has
    /// accepted it again ([`AcceptChange`](crate::operation::AcceptChange)) or compared: it may have been one that
    /// came in the place of another.
    TrustLost {
        /// Which.
        account: AccountId,
    },
    /// The store has lost or damaged what was here: a message or an event.
    Damaged,
    /// The store has lost or damaged an envelope that the transport had not taken: its message may not arrive.
    EnvelopeDamaged,
    /// A card that was scanned from somebody's screen is of a later device list than the one that is known here. It
    /// is under way, or somebody withholds it: fetch a bundle of the account, and scan again.
    ListWithheld {
        /// Whose.
        account: AccountId,
    },
    /// A card that was scanned from somebody's screen has another device list than was given out for the account:
    /// somebody else has its key, or the card was not of the person's own device.
    CardContradicts {
        /// Whose.
        account: AccountId,
    },
    /// Two people have compared, and it was not the same: somebody may stand between them. What was known of the
    /// account stays as it was.
    ComparisonFailed {
        /// The account that was compared with.
        account: AccountId,
        /// What was compared.
        by: Proof,
    },
    /// The user has decided about an account on another own device, and it counts here as well. If the user doesn't
    /// know of it, somebody has got at that device.
    TrustDecided {
        /// The account.
        account: AccountId,
        /// What was decided.
        trust: Trust,
        /// On which own device.
        by: DeviceId,
    },
    /// Somebody asks to compare a short string: [`Client::join_short_string`](crate::Client::join_short_string) when
    /// the user agrees.
    ShortStringAsked {
        /// Who, and on which device.
        with: Address,
    },
    /// A short string is there to be compared: [`Client::short_string`](crate::Client::short_string) has it.
    ShortStringReady {
        /// With whom.
        with: Address,
    },
    /// A comparison of short strings ended without anybody having compared. Nothing is verified.
    ShortStringEnded {
        /// With whom.
        with: Address,
        /// Why.
        why: ShortStringEnd,
    },
    /// Three comparisons of short strings with one account within a day, or a multiple of that, have not come to the
    /// same: each try is one more for somebody in between.
    ManyShortStrings {
        /// With whom.
        account: AccountId,
    },
}

impl Event {
    /// When a message is to vanish, and what it is then called by; none for what stays.
    pub(crate) fn expiring(&self) -> Option<(Timestamp, Self)> {
        let (from, id, expires) = match self {
            Self::Message(message) => (message.from, message.id, message.expires?),
            Self::GroupMessage(message) => (message.from, message.id, message.expires?),
            _ => return None,
        };
        Some((expires, Self::Expired { from, id }))
    }
}

/// Why a comparison of short strings ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShortStringEnd {
    /// The two devices know other device lists or sessions of one another. Between honest people one has not got the
    /// newest list yet; else somebody stands between.
    DifferentView,
    /// The other side has not kept to what it had committed to: it cheats.
    WrongReveal,
    /// Ten minutes have passed.
    TimedOut,
    /// The client was opened anew, or its store restored, between two messages that must stay together.
    Interrupted,
}

impl ShortStringEnd {
    /// The number in records.
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::DifferentView => 1,
            Self::WrongReveal => 2,
            Self::TimedOut => 3,
            Self::Interrupted => 4,
        }
    }

    pub(crate) const fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::DifferentView),
            2 => Some(Self::WrongReveal),
            3 => Some(Self::TimedOut),
            4 => Some(Self::Interrupted),
            _ => None,
        }
    }
}

/// A message as it was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The sender's account and device, as the session proves them.
    pub from: Address,
    /// The other account of the conversation: the sender, or, for a message from an own device, whom it was sent to.
    pub conversation: AccountId,
    /// The message's id.
    pub id: MessageId,
    /// When it was sent, by the sender's clock.
    pub sent: Timestamp,
    /// When it is to vanish, if it is.
    pub expires: Option<Timestamp>,
    /// What the application sent; wiped when dropped.
    pub content: Zeroizing<Vec<u8>>,
    /// What is known about its security.
    pub status: SecurityStatus,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, conversation, id, sent, expires: _, content, status: _ } = self;
        write!(
            f,
            "Message({id} from {from} in {conversation} at {} ms, {} bytes [redacted])",
            sent.as_ms(),
            content.len()
        )
    }
}

/// Names a message, the same on every device and at every re-send, and commits to its content: what a reply,
/// an edit or a report points at. 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId([u8; 16]);

/// What a message id is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MessageParts<'a> {
    pub(crate) sender: &'a AccountId,
    pub(crate) recipient: &'a AccountId,
    pub(crate) sent: Timestamp,
    pub(crate) nonce: &'a [u8; 8],
    pub(crate) content: &'a [u8],
}

impl MessageId {
    /// The id of a message of the application: the first 16 bytes of
    /// H(label ‖ sender 32 ‖ both accounts ascending 64 ‖ kind 1 ‖ sent-ms 6 ‖ nonce 8 ‖ content).
    pub(crate) fn of(kind: FrameKind, parts: &MessageParts<'_>) -> Self {
        let mut conversation = [parts.sender, parts.recipient];
        conversation.sort();
        Self::in_conversation(kind, conversation, parts)
    }

    fn in_conversation(kind: FrameKind, conversation: [&AccountId; 2], parts: &MessageParts<'_>) -> Self {
        let MessageParts { sender, recipient: _, sent, nonce, content } = *parts;
        let [_, _, sent @ ..] = sent.as_ms().to_be_bytes();
        // spec: WIRE-39
        let hash = sha256(&[
            label::MESSAGE_ID,
            sender.as_bytes(),
            conversation[0].as_bytes(),
            conversation[1].as_bytes(),
            &[kind.number().unwrap_or(u8::MAX)],
            &sent,
            nonce,
            content,
        ]);
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = hash;
        Self(id)
    }

    /// The id of a message to a group, of which the sender, the time and the nonce are `parts`: as
    /// between two accounts, with the group's id in the place of both.
    // spec: GROUP-212
    pub(crate) fn in_group(
        kind: FrameKind,
        group: &GroupId,
        parts: &(AccountId, Timestamp, [u8; 8]),
        content: &[u8],
    ) -> Self {
        let (sender, sent, nonce) = parts;
        let group = AccountId::from_bytes(*group.as_bytes());
        Self::in_conversation(
            kind,
            [&group, &group],
            &MessageParts { sender, recipient: &group, sent: *sent, nonce, content },
        )
    }

    /// An id that was stored.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}
