//! An entry of the history, and its bytes.
//!
//! ```text
//! head's length 4 | head: a JSON object | text
//! ```

use std::{fmt, str::FromStr};

use entrenous::{AccountId, DeviceId, GroupId};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::HistoryError;
use crate::name::{account_id, device_id, group_id};

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message of a contact or stranger.
    Received,
    /// A message that was written on this device.
    Sent,
    /// A message that was written on another device of the account.
    SentElsewhere,
    /// Something that happened and that the user should know of.
    Notice,
}

impl Kind {
    /// Its stable name, in JSON as well.
    pub fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sent => "sent",
            Self::SentElsewhere => "sent-elsewhere",
            Self::Notice => "notice",
        }
    }
}

impl FromStr for Kind {
    type Err = HistoryError;

    fn from_str(word: &str) -> Result<Self, HistoryError> {
        let kinds = [Self::Received, Self::Sent, Self::SentElsewhere, Self::Notice];
        kinds.into_iter().find(|kind| kind.word() == word).ok_or(HistoryError::LaterVersion)
    }
}

/// How far an entry is. The numbers never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It has come and has not been shown.
    New = 1,
    /// It is being shown, or the process died while it was.
    Showing = 2,
    /// It was shown.
    Shown = 3,
    /// It is to be sent.
    Queued = 4,
    /// The client is about to get it, or has it already: it knows by the token.
    Sending = 5,
    /// It was handed over for a device of the contact, and the client sees to the rest.
    Sent = 6,
    /// It was refused and won't be sent.
    Failed = 7,
    /// The client has it, and it was not handed over for any device of the contact yet.
    Waiting = 8,
}

impl Delivery {
    pub(super) fn from_number(number: i64) -> Result<Self, HistoryError> {
        let of_received = [Self::New, Self::Showing, Self::Shown];
        let of_sent = [Self::Queued, Self::Sending, Self::Sent, Self::Failed, Self::Waiting];
        let mut all = of_received.into_iter().chain(of_sent);
        all.find(|known| *known as i64 == number).ok_or(HistoryError::LaterVersion)
    }

    /// Its stable name, in JSON as well.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Showing => "showing",
            Self::Shown => "shown",
            // how far it has come until then is nobody's business
            Self::Queued | Self::Sending | Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// What is said among several belongs to their group, whoever has said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfGroup {
    /// Which.
    pub id: GroupId,
    /// The member that a notice is about, beside the one who has done it.
    pub member: Option<AccountId>,
    /// Somebody who has lost access can read the message.
    pub readable_by_removed: bool,
    /// The sender has lost access meanwhile.
    pub from_removed: bool,
}

impl OfGroup {
    /// Of a group, and nothing more to say.
    pub fn of(id: GroupId) -> Self {
        Self { id, member: None, readable_by_removed: false, from_removed: false }
    }
}

/// Where an entry belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conversation {
    /// To the conversation with an account.
    Contact(AccountId),
    /// To a group.
    Group(GroupId),
}

/// An entry of the history.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// The other account of the conversation, or the one that a notice is of. In a group: who has written or done it, and
    /// none for what was written here.
    pub account: Option<AccountId>,
    /// The group that it belongs to, if it does.
    pub group: Option<OfGroup>,
    /// The device that has sent it, or that a notice is of.
    pub device: Option<DeviceId>,
    /// When it was sent by the sender's clock, or happened: milliseconds since 1970.
    pub at: u64,
    /// What is known of the account at that time, or which notice it is; a stable word.
    pub note: String,
    /// The message, or the notice's words.
    pub text: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, account, group: _, device: _, at, note, text } = self;
        write!(f, "Entry({kind:?} of {account:?} at {at}, {note}, {} bytes [redacted])", text.len())
    }
}

impl Entry {
    /// Where it belongs; none for what is of nobody else.
    pub fn conversation(&self) -> Option<Conversation> {
        match (self.group, self.account) {
            (Some(group), _) => Some(Conversation::Group(group.id)),
            (None, account) => account.map(Conversation::Contact),
        }
    }

    pub(super) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, HistoryError> {
        let mut head = Map::new();
        head.insert("kind".into(), self.kind.word().into());
        if let Some(account) = self.account {
            head.insert("account".into(), account.to_string().into());
        }
        if let Some(OfGroup { id, member, readable_by_removed, from_removed }) = self.group {
            head.insert("group".into(), id.to_string().into());
            if let Some(member) = member {
                head.insert("member".into(), member.to_string().into());
            }
            head.insert("readable_by_removed".into(), readable_by_removed.into());
            head.insert("from_removed".into(), from_removed.into());
        }
        if let Some(device) = self.device {
            head.insert("device".into(), device.to_string().into());
        }
        head.insert("at".into(), self.at.into());
        head.insert("note".into(), self.note.as_str().into());
        let head = Value::Object(head).to_string();
        let len = u32::try_from(head.len()).map_err(|_| HistoryError::NotSealed)?;
        let parts = [&len.to_be_bytes(), head.as_bytes(), &self.text];
        Ok(Zeroizing::new(parts.concat()))
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, HistoryError> {
        let (len, rest) = bytes.split_first_chunk::<4>().ok_or(HistoryError::Damaged)?;
        let len = usize::try_from(u32::from_be_bytes(*len)).map_err(|_| HistoryError::Damaged)?;
        let (head, text) = rest.split_at_checked(len).ok_or(HistoryError::Damaged)?;
        let head: Map<String, Value> = serde_json::from_slice(head).map_err(|_| HistoryError::Damaged)?;
        let word = |name: &str| head.get(name).and_then(Value::as_str);
        let is = |name: &str| head.get(name).and_then(Value::as_bool).unwrap_or_default();
        // with a group that can't be read it would be shown as said between two
        let group = match word("group").map(group_id) {
            Some(None) => return Err(HistoryError::Damaged),
            group => group.flatten(),
        };
        Ok(Self {
            kind: word("kind").ok_or(HistoryError::Damaged)?.parse()?,
            account: word("account").and_then(account_id),
            group: group.map(|id| OfGroup {
                id,
                member: word("member").and_then(account_id),
                readable_by_removed: is("readable_by_removed"),
                from_removed: is("from_removed"),
            }),
            device: word("device").and_then(|text| device_id(text).ok()),
            at: head.get("at").and_then(Value::as_u64).ok_or(HistoryError::Damaged)?,
            note: word("note").unwrap_or_default().to_owned(),
            text: Zeroizing::new(text.to_vec()),
        })
    }
}
