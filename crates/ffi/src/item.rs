//! What an application should know of: an event, flat, so that any language can read it.

use core::{ffi::c_char, ptr};
use std::ffi::CString;

use entrenous::{
    AccountId, DeviceId, Event, GroupChange, GroupMessage, GroupRole, Item, Message, MessageId,
    SecurityStatus, ShortStringEnd,
};
use zeroize::Zeroizing;

use crate::{
    call::Caller,
    handle::{self, Object},
    list::List,
    result::entrenous_result,
    types::{
        ENTRENOUS_ACCOUNT_LEN, ENTRENOUS_GROUP_LEN, ENTRENOUS_MESSAGE_ID_LEN, entrenous_address,
        entrenous_bytes, entrenous_handshake, entrenous_proof, entrenous_trust, ms,
    },
};

/// What an item is about. What it says more of it is in the named members of `entrenous_item`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_event {
    /// What this version of the C API has no number for: acknowledge it.
    Unknown = 0,
    /// A message, of a contact or from another own device: `who`, `conversation`, `id`, `sent_ms`, `expires_ms`, `content`, `trust`,
    /// `security`.
    Message = 1,
    /// The same, but told once and not in the inbox.
    Ephemeral = 2,
    /// A message to a group: `who`, `group`, `id`, `sent_ms`, `expires_ms`, `content`, `trust`, `from_removed`, `readable_by_removed`.
    GroupMessage = 3,
    /// The time to live of a message is over: `who`, `id`. Who has stored it erases it.
    Expired = 4,
    /// A device, `who`, has begun a session: `one_time_prekey`.
    SessionStarted = 10,
    /// A device, `who`, that had a session has begun another one that uses nothing of it: it has lost its state, or somebody
    /// with its stolen keys has.
    SessionReset = 11,
    /// A device, `who`, is behind its session: messages wait until a new one begins. Fetch a bundle of it.
    NewSessionNeeded = 12,
    /// An authentic message of `who`, of a kind that this version doesn't know.
    Unsupported = 13,
    /// An authentic message of `who`, whose content is none: its library is at fault.
    MalformedFrame = 14,
    /// The device `who` was restored from an older state, or somebody runs a copy of it.
    CloneSuspected = 15,
    /// The session with `who` has healed against quantum computers as well, for the time `post_quantum_epoch`.
    PostQuantumEpoch = 16,
    /// Two or more post-quantum exchanges with `who` have failed in a row.
    PostQuantumStalled = 17,
    /// `count` messages of `who` that were missing can't be opened any more.
    KeysLost = 18,
    /// The message `id` will not be sent to the device `who`: too many were sent later.
    NotSent = 19,
    /// An account has a device more: `who`.
    DeviceAdded = 30,
    /// An account has a device less: `who`.
    DeviceRemoved = 31,
    /// The own account has a device more, `who`: to be shown until the user has confirmed it.
    OwnDeviceAdded = 32,
    /// The own account has a device less, `who`.
    OwnDeviceRemoved = 33,
    /// This device is not among the own account's any more.
    RemovedFromAccount = 34,
    /// The primary, `who`, has told this device of `count` accounts.
    ContactsReceived = 35,
    /// The account `who` has signed two device lists that exclude each other: somebody else has its key.
    DeviceListForked = 36,
    /// The device list of the account `who` has expired.
    DeviceListStale = 37,
    /// The account `other` has come in the place of `who`.
    IdentityChanged = 40,
    /// What was decided about the account `who` is lost: nothing is sent to it until the user has accepted or compared.
    TrustLost = 41,
    /// A later device list of the account `who` than the one known here is on a card that was scanned.
    ListWithheld = 42,
    /// A card that was scanned contradicts what was given out for the account `who`.
    CardContradicts = 43,
    /// The user and the account `who` have compared `proof`, and it was not the same.
    ComparisonFailed = 44,
    /// The user has decided `trust` about the account `who` on another own device, `other`.
    TrustDecided = 45,
    /// `who` asks to compare a short string.
    ShortStringAsked = 50,
    /// A short string is there to be compared with `who`.
    ShortStringReady = 51,
    /// A comparison of short strings with `who` has ended, for the reason `ended`.
    ShortStringEnded = 52,
    /// Comparisons with the account `who` have come to nothing again and again.
    ManyShortStrings = 53,
    /// `who` has brought an invitation to `group`, called `title`, with `count` members.
    GroupInvited = 60,
    /// The user has joined or made `group` on another own device, `who`.
    GroupJoined = 61,
    /// The account was removed from `group`, or has left it.
    GroupLeft = 62,
    /// `group` has changed, by the account `who` if it is one member's doing: `change`, and for it `other`, `role` and `title`.
    GroupChanged = 63,
    /// The device `who` has signed two entries of `group` with one number: there is a copy of it.
    GroupEquivocation = 64,
    /// The store was restored from an older state, or copied: messages wait until new sessions begin.
    StoreRestored = 70,
    /// The store has lost or damaged what was here.
    Damaged = 71,
    /// The store has lost or damaged an envelope that was not handed over.
    EnvelopeDamaged = 72,
}

/// What has changed in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_group_change {
    /// Nothing, or what this version has no number for.
    None = 0,
    /// The account `other` is in, as `role`.
    Added = 1,
    /// The account `other` is out: removed, or gone by itself if it is `who`.
    Removed = 2,
    /// The account `other` has another `role`.
    Role = 3,
    /// A member has a device more: `other`.
    DeviceAdded = 4,
    /// A member has a device less: `other`.
    DeviceRemoved = 5,
    /// The group is called `title` now.
    Renamed = 6,
    /// An admin has asked all to take new keys.
    NewKeys = 7,
}

/// What a member of a group may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_role {
    /// Nothing: no member.
    None = 0,
    /// Write, and go.
    Member = 1,
    /// Change the group as well.
    Admin = 2,
}

impl From<GroupRole> for entrenous_role {
    fn from(role: GroupRole) -> Self {
        match role {
            GroupRole::Member => Self::Member,
            GroupRole::Admin => Self::Admin,
        }
    }
}

/// Why a comparison of short strings has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_short_string_end {
    /// None has.
    None = 0,
    /// The two devices know other device lists or sessions of one another: somebody may stand between.
    DifferentView = 1,
    /// The other side has not kept to what it had committed to: it cheats.
    WrongReveal = 2,
    /// Ten minutes have passed.
    TimedOut = 3,
    /// The client was opened anew, or its store restored, in between.
    Interrupted = 4,
}

/// What is known about the security of a message between two accounts.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_security {
    /// How its session came about.
    pub handshake: entrenous_handshake,
    /// Whether a one-time prekey protects the session's first messages from a later thief of the signed one.
    pub one_time_prekey: bool,
    /// Whether the message shows that a copy of the sender's device is at work.
    pub clone_suspected: bool,
    /// The session's counter, from 1: how many this pair of devices has had.
    pub session_counter: u64,
    /// Messages of the sender since its last ratchet turn: who steals its keys now can read that many.
    pub messages_since_turn: u32,
    /// Epoch of the sender's device list.
    pub list_epoch: u32,
    /// The post-quantum exchange that the session is in, from 1.
    pub post_quantum_epoch: u64,
    /// The last exchange that counts, from 1; 0 as long as only the handshake protects against quantum computers.
    pub post_quantum_mixed: u64,
    /// When this side's part of that was made, in milliseconds since 1970.
    pub post_quantum_mixed_ms: u64,
    /// Exchanges that have failed since, in a row.
    pub post_quantum_skipped: u32,
}

impl From<SecurityStatus> for entrenous_security {
    fn from(status: SecurityStatus) -> Self {
        let mixed = status.post_quantum.mixed;
        Self {
            handshake: status.handshake.into(),
            one_time_prekey: status.one_time_prekey,
            clone_suspected: status.clone_suspected,
            session_counter: status.session_counter,
            messages_since_turn: status.messages_since_turn,
            list_epoch: status.list_epoch,
            post_quantum_epoch: status.post_quantum.epoch,
            post_quantum_mixed: mixed.map_or(0, |mixed| mixed.epoch),
            post_quantum_mixed_ms: ms(mixed.map(|mixed| mixed.made)),
            post_quantum_skipped: status.post_quantum.skipped,
        }
    }
}

/// Something that an application should know of. Which members have a meaning depends on `event`; the others are zero.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_item {
    /// Its number, ascending and never used again, by which it is acknowledged.
    pub number: u64,
    /// Whether it has one: what is not worth keeping is told once and not in the inbox.
    pub has_number: bool,
    /// Of a session that has begun: whether a one-time prekey protects its first messages.
    pub one_time_prekey: bool,
    /// A group message whose sender has lost access. It may have been sealed afterwards all the same.
    pub from_removed: bool,
    /// A group message that somebody can read who has lost access since it was sealed.
    pub readable_by_removed: bool,
    /// What it is about.
    pub event: entrenous_event,
    /// Of a group that has changed: what.
    pub change: entrenous_group_change,
    /// Of a member that has changed: its role.
    pub role: entrenous_role,
    /// What was compared.
    pub proof: entrenous_proof,
    /// Why a comparison of short strings has ended.
    pub ended: entrenous_short_string_end,
    /// How many.
    pub count: u32,
    /// A device, or an account, whose device is 0 then: of a message its sender, as the keys prove it.
    pub who: entrenous_address,
    /// Another one.
    pub other: entrenous_address,
    /// The other account of the conversation.
    pub conversation: [u8; ENTRENOUS_ACCOUNT_LEN],
    /// A group's id.
    pub group: [u8; ENTRENOUS_GROUP_LEN],
    /// A message's id.
    pub id: [u8; ENTRENOUS_MESSAGE_ID_LEN],
    /// When a message was sent, in milliseconds since 1970, by the sender's clock.
    pub sent_ms: u64,
    /// When it is to vanish; 0: it stays.
    pub expires_ms: u64,
    /// Which exchange of the session, from 1.
    pub post_quantum_epoch: u64,
    /// What a message's sender has sent.
    pub content: entrenous_bytes,
    /// A group's title, in UTF-8; NULL where it is about something else.
    pub title: *const c_char,
    /// Whether the sender, or the account that was decided about, is who the user takes it for.
    pub trust: entrenous_trust,
    /// More about a message between two accounts; NULL for anything else.
    pub security: *const entrenous_security,
}

/// Items, in a list. The contents of messages are wiped when it is freed.
#[derive(Debug)]
pub struct entrenous_items(List<entrenous_item, Backing>);

impl Object for entrenous_items {
    fn count(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// What items point into.
#[derive(Default)]
struct Backing {
    /// The own account.
    me: Option<AccountId>,
    contents: Vec<Zeroizing<Vec<u8>>>,
    texts: Vec<CString>,
    #[expect(clippy::vec_box, reason = "items point to them, and the vector moves them when it grows")]
    securities: Vec<Box<entrenous_security>>,
}

impl Backing {
    /// A device of the own account.
    fn own(&self, device: DeviceId) -> entrenous_address {
        let account = self.me.map_or(entrenous_address::NONE, entrenous_address::account);
        entrenous_address { device: device.get(), ..account }
    }

    fn content(&mut self, content: Zeroizing<Vec<u8>>) -> entrenous_bytes {
        let bytes = entrenous_bytes::of(&content);
        self.contents.push(content);
        bytes
    }

    fn text(&mut self, text: String) -> *const c_char {
        // a title has no control characters
        self.texts.push(CString::new(text).unwrap_or_default());
        self.texts.last().map_or(ptr::null(), |text| text.as_ptr())
    }

    fn security(&mut self, status: SecurityStatus) -> *const entrenous_security {
        self.securities.push(Box::new(entrenous_security::from(status)));
        self.securities.last().map_or(ptr::null(), |security| &raw const **security)
    }
}

impl entrenous_items {
    /// `me`: the own account.
    pub(crate) fn of(items: Vec<Item>, me: AccountId) -> Self {
        let mut backing = Backing { me: Some(me), ..Backing::default() };
        let structs: Vec<_> = items.into_iter().map(|item| entrenous_item::of(item, &mut backing)).collect();
        Self(List::new(structs, backing))
    }
}

impl entrenous_item {
    const BLANK: Self = Self {
        number: 0,
        has_number: false,
        one_time_prekey: false,
        from_removed: false,
        readable_by_removed: false,
        event: entrenous_event::Unknown,
        change: entrenous_group_change::None,
        role: entrenous_role::None,
        proof: entrenous_proof::None,
        ended: entrenous_short_string_end::None,
        count: 0,
        who: entrenous_address::NONE,
        other: entrenous_address::NONE,
        conversation: [0; 32],
        group: [0; 32],
        id: [0; 16],
        sent_ms: 0,
        expires_ms: 0,
        post_quantum_epoch: 0,
        content: entrenous_bytes::NONE,
        title: ptr::null(),
        trust: entrenous_trust::NONE,
        security: ptr::null(),
    };

    fn of(item: Item, backing: &mut Backing) -> Self {
        let Item { number, event } = item;
        Self {
            number: number.unwrap_or_default(),
            has_number: number.is_some(),
            ..Self::told(event, backing)
        }
    }

    /// What happened.
    fn told(event: Event, backing: &mut Backing) -> Self {
        use entrenous_event as Kind;
        let of = |event: Kind| Self { event, ..Self::BLANK };
        let about = |event: Kind, who: entrenous_address| Self { who, ..of(event) };
        let account = entrenous_address::account;
        match event {
            Event::Message(message) => Self::message(Kind::Message, message, backing),
            Event::Ephemeral(message) => Self::message(Kind::Ephemeral, message, backing),
            Event::GroupMessage(message) => Self::group_message(message, backing),
            Event::Expired { from, id } => Self { id: *id.as_bytes(), ..about(Kind::Expired, from.into()) },
            Event::SessionStarted { with, one_time_prekey } => {
                Self { one_time_prekey, ..about(Kind::SessionStarted, with.into()) }
            }
            Event::SessionReset { with } => about(Kind::SessionReset, with.into()),
            Event::NewSessionNeeded { with } => about(Kind::NewSessionNeeded, with.into()),
            Event::Unsupported { from } => about(Kind::Unsupported, from.into()),
            Event::MalformedFrame { from } => about(Kind::MalformedFrame, from.into()),
            Event::CloneSuspected { of } => about(Kind::CloneSuspected, of.into()),
            Event::PostQuantumEpoch { with, epoch } => {
                Self { post_quantum_epoch: epoch, ..about(Kind::PostQuantumEpoch, with.into()) }
            }
            Event::PostQuantumStalled { with } => about(Kind::PostQuantumStalled, with.into()),
            Event::KeysLost { from, count } => Self { count, ..about(Kind::KeysLost, from.into()) },
            Event::NotSent { to, id } => Self { id: *id.as_bytes(), ..about(Kind::NotSent, to.into()) },
            Event::DeviceAdded { device } => about(Kind::DeviceAdded, device.into()),
            Event::DeviceRemoved { device } => about(Kind::DeviceRemoved, device.into()),
            Event::OwnDeviceAdded { device } => about(Kind::OwnDeviceAdded, backing.own(device)),
            Event::OwnDeviceRemoved { device } => about(Kind::OwnDeviceRemoved, backing.own(device)),
            Event::RemovedFromAccount => of(Kind::RemovedFromAccount),
            Event::ContactsReceived { from, count } => {
                Self { count, ..about(Kind::ContactsReceived, backing.own(from)) }
            }
            Event::DeviceListForked { account: who } => about(Kind::DeviceListForked, account(who)),
            Event::DeviceListStale { account: who } => about(Kind::DeviceListStale, account(who)),
            Event::IdentityChanged { from, to } => {
                Self { other: account(to), ..about(Kind::IdentityChanged, account(from)) }
            }
            Event::TrustLost { account: who } => about(Kind::TrustLost, account(who)),
            Event::ListWithheld { account: who } => about(Kind::ListWithheld, account(who)),
            Event::CardContradicts { account: who } => about(Kind::CardContradicts, account(who)),
            Event::ComparisonFailed { account: who, by } => {
                Self { proof: by.into(), ..about(Kind::ComparisonFailed, account(who)) }
            }
            Event::TrustDecided { account: who, trust, by } => Self {
                trust: trust.into(),
                other: backing.own(by),
                ..about(Kind::TrustDecided, account(who))
            },
            Event::ShortStringAsked { with } => about(Kind::ShortStringAsked, with.into()),
            Event::ShortStringReady { with } => about(Kind::ShortStringReady, with.into()),
            Event::ShortStringEnded { with, why } => {
                Self { ended: why.into(), ..about(Kind::ShortStringEnded, with.into()) }
            }
            Event::ManyShortStrings { account: who } => about(Kind::ManyShortStrings, account(who)),
            Event::GroupInvited { group, by, title, members } => Self {
                group: *group.as_bytes(),
                title: backing.text(title),
                count: members,
                ..about(Kind::GroupInvited, by.into())
            },
            Event::GroupJoined { group, on } => {
                Self { group: *group.as_bytes(), ..about(Kind::GroupJoined, backing.own(on)) }
            }
            Event::GroupLeft { group } => Self { group: *group.as_bytes(), ..of(Kind::GroupLeft) },
            Event::GroupChanged { group, by, change } => {
                let who = by.map_or(entrenous_address::NONE, account);
                let changed = Self { group: *group.as_bytes(), ..about(Kind::GroupChanged, who) };
                changed.with_change(change, backing)
            }
            Event::GroupEquivocation { group, of } => {
                Self { group: *group.as_bytes(), ..about(Kind::GroupEquivocation, of.into()) }
            }
            Event::StoreRestored => of(Kind::StoreRestored),
            Event::Damaged => of(Kind::Damaged),
            Event::EnvelopeDamaged => of(Kind::EnvelopeDamaged),
            _ => Self::BLANK,
        }
    }

    fn message(event: entrenous_event, message: Message, backing: &mut Backing) -> Self {
        let Message { from, conversation, id, sent, expires, content, status } = message;
        Self {
            event,
            who: from.into(),
            conversation: *conversation.as_bytes(),
            id: *MessageId::as_bytes(&id),
            sent_ms: sent.as_ms(),
            expires_ms: ms(expires),
            content: backing.content(content),
            trust: status.trust.into(),
            security: backing.security(status),
            ..Self::BLANK
        }
    }

    fn group_message(message: GroupMessage, backing: &mut Backing) -> Self {
        let GroupMessage { group, from, id, sent, expires, content, status } = message;
        Self {
            event: entrenous_event::GroupMessage,
            who: from.into(),
            group: *group.as_bytes(),
            id: *id.as_bytes(),
            sent_ms: sent.as_ms(),
            expires_ms: ms(expires),
            content: backing.content(content),
            trust: status.trust.into(),
            from_removed: status.from_removed,
            readable_by_removed: status.readable_by_removed,
            ..Self::BLANK
        }
    }

    fn with_change(self, change: GroupChange, backing: &mut Backing) -> Self {
        use entrenous_group_change as Kind;
        let account = entrenous_address::account;
        let (change, other) = match change {
            GroupChange::Added { account: other, role } => {
                return Self { change: Kind::Added, other: account(other), role: role.into(), ..self };
            }
            GroupChange::Role { account: other, role } => {
                return Self { change: Kind::Role, other: account(other), role: role.into(), ..self };
            }
            GroupChange::Renamed { title } => {
                return Self { change: Kind::Renamed, title: backing.text(title), ..self };
            }
            GroupChange::Removed { account: other } => (Kind::Removed, account(other)),
            GroupChange::DeviceAdded { device } => (Kind::DeviceAdded, device.into()),
            GroupChange::DeviceRemoved { device } => (Kind::DeviceRemoved, device.into()),
            GroupChange::NewKeys => (Kind::NewKeys, entrenous_address::NONE),
            _ => (Kind::None, entrenous_address::NONE),
        };
        Self { change, other, ..self }
    }
}

impl From<ShortStringEnd> for entrenous_short_string_end {
    fn from(end: ShortStringEnd) -> Self {
        match end {
            ShortStringEnd::DifferentView => Self::DifferentView,
            ShortStringEnd::WrongReveal => Self::WrongReveal,
            ShortStringEnd::TimedOut => Self::TimedOut,
            ShortStringEnd::Interrupted => Self::Interrupted,
        }
    }
}

/// Gives the item at `index` of a list, which is good until the list is freed.
///
/// Errors: `OUT_OF_RANGE`, and those of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_items_at(
    items: *const entrenous_items,
    index: usize,
    item: *mut *const entrenous_item,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(item)?;
        out.set(handle::get(items)?.0.at(index)?);
        Ok(())
    })
}
