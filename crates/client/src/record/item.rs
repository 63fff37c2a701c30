//! What the application has not acknowledged yet.

use entrenous_group::GroupId;
use entrenous_identity::{AccountId, DeviceId, Timestamp};
use zeroize::{Zeroize, Zeroizing};

use super::{
    array, present, read,
    status::{StatusProto, TrustProto},
    write,
};
use crate::{
    Address, Error, Event, GroupChange, GroupMessage, GroupMessageStatus, GroupRole, Message, MessageId,
    Proof, engine::Stored, event::ShortStringEnd,
};

/// An event in the inbox. Every event has its number for ever; those that are not kept have none.
#[derive(Clone, prost::Message, Zeroize)]
#[prost(skip_debug)]
struct ItemProto {
    #[prost(uint32, tag = "1")]
    event: u32,
    #[prost(bytes = "vec", tag = "2")]
    account: Vec<u8>,
    #[prost(uint32, tag = "3")]
    device: u32,
    #[prost(bytes = "vec", tag = "4")]
    other_account: Vec<u8>,
    #[prost(uint32, tag = "5")]
    count: u32,
    #[prost(bytes = "vec", tag = "6")]
    id: Vec<u8>,
    #[prost(uint64, tag = "7")]
    sent_ms: u64,
    #[prost(uint64, optional, tag = "8")]
    expires_ms: Option<u64>,
    #[prost(bytes = "vec", tag = "9")]
    content: Vec<u8>,
    #[prost(message, optional, tag = "10")]
    status: Option<StatusProto>,
    #[prost(uint64, tag = "11")]
    epoch: u64,
    #[prost(message, optional, tag = "30")]
    trust: Option<TrustProto>,
    #[prost(bytes = "vec", tag = "31")]
    group: Vec<u8>,
    /// Of a group's change, from 1.
    #[prost(uint32, tag = "32")]
    change: u32,
    #[prost(bool, tag = "33")]
    readable_by_removed: bool,
    #[prost(bool, tag = "34")]
    from_removed: bool,
}

impl ItemProto {
    fn about(event: u32, address: &Address) -> Self {
        let Address { account, device } = address;
        Self { event, account: account.as_bytes().to_vec(), device: device.get(), ..Self::default() }
    }

    fn about_account(event: u32, account: &AccountId) -> Self {
        Self { event, account: account.as_bytes().to_vec(), ..Self::default() }
    }

    fn message(event: u32, message: &Message) -> Self {
        let mut proto = Self::about(event, &message.from);
        proto.other_account = message.conversation.as_bytes().to_vec();
        proto.id = message.id.as_bytes().to_vec();
        proto.sent_ms = message.sent.as_ms();
        proto.expires_ms = message.expires.map(Timestamp::as_ms);
        proto.content = message.content.to_vec();
        proto.status = Some(StatusProto::of(&message.status));
        proto
    }

    fn group_message(message: &GroupMessage) -> Self {
        Self {
            group: message.group.as_bytes().to_vec(),
            id: message.id.as_bytes().to_vec(),
            sent_ms: message.sent.as_ms(),
            expires_ms: message.expires.map(Timestamp::as_ms),
            content: message.content.to_vec(),
            trust: Some(TrustProto::of(&message.status.trust)),
            readable_by_removed: message.status.readable_by_removed,
            from_removed: message.status.from_removed,
            ..Self::about(70, &message.from)
        }
    }

    fn group_change(change: &GroupChange) -> Self {
        let admin = |role: &GroupRole| u32::from(*role == GroupRole::Admin);
        let of = |change, account: &AccountId| Self { change, ..Self::about_account(0, account) };
        match change {
            GroupChange::Added { account, role } => Self { count: admin(role), ..of(1, account) },
            GroupChange::Removed { account } => of(2, account),
            GroupChange::Role { account, role } => Self { count: admin(role), ..of(3, account) },
            GroupChange::DeviceAdded { device } => Self { change: 4, ..Self::about(0, device) },
            GroupChange::DeviceRemoved { device } => Self { change: 5, ..Self::about(0, device) },
            GroupChange::Renamed { title } => {
                Self { change: 6, content: title.as_bytes().to_vec(), ..Self::default() }
            }
            GroupChange::NewKeys => Self { change: 7, ..Self::default() },
        }
    }

    fn change(&self) -> Result<GroupChange, Error> {
        let role = if self.count == 1 { GroupRole::Admin } else { GroupRole::Member };
        Ok(match self.change {
            1 => GroupChange::Added { account: self.account()?, role },
            2 => GroupChange::Removed { account: self.account()? },
            3 => GroupChange::Role { account: self.account()?, role },
            4 => GroupChange::DeviceAdded { device: self.address()? },
            5 => GroupChange::DeviceRemoved { device: self.address()? },
            6 => GroupChange::Renamed { title: self.text()? },
            7 => GroupChange::NewKeys,
            _ => return Err(Error::Corrupt),
        })
    }

    fn group(&self) -> Result<GroupId, Error> {
        Ok(GroupId::from_bytes(array(&self.group)?))
    }

    fn text(&self) -> Result<String, Error> {
        String::from_utf8(self.content.clone()).map_err(|_| Error::Corrupt)
    }

    fn account(&self) -> Result<AccountId, Error> {
        Ok(AccountId::from_bytes(array(&self.account)?))
    }

    fn other_account(&self) -> Result<AccountId, Error> {
        Ok(AccountId::from_bytes(array(&self.other_account)?))
    }

    fn device(&self) -> Result<DeviceId, Error> {
        DeviceId::new(self.device).ok_or(Error::Corrupt)
    }

    fn address(&self) -> Result<Address, Error> {
        Ok(Address { account: self.account()?, device: self.device()? })
    }

    fn id(&self) -> Result<MessageId, Error> {
        Ok(MessageId::from_bytes(array(&self.id)?))
    }
}

impl Stored for Event {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let proto = Zeroizing::new(match self {
            Self::Message(message) => ItemProto::message(1, message),
            Self::Ephemeral(message) => ItemProto::message(2, message),
            Self::SessionStarted { with, one_time_prekey } => {
                ItemProto { count: (*one_time_prekey).into(), ..ItemProto::about(3, with) }
            }
            Self::SessionReset { with } => ItemProto::about(4, with),
            Self::Unsupported { from } => ItemProto::about(5, from),
            Self::MalformedFrame { from } => ItemProto::about(6, from),
            Self::CloneSuspected { of } => ItemProto::about(7, of),
            Self::KeysLost { from, count } => ItemProto { count: *count, ..ItemProto::about(8, from) },
            Self::Expired { from, id } => {
                ItemProto { id: id.as_bytes().to_vec(), ..ItemProto::about(9, from) }
            }
            Self::GroupMessage(message) => ItemProto::group_message(message),
            Self::GroupInvited { group, by, title, members } => ItemProto {
                count: *members,
                content: title.as_bytes().to_vec(),
                group: group.as_bytes().to_vec(),
                ..ItemProto::about(71, by)
            },
            Self::GroupJoined { group, on } => {
                let group = group.as_bytes().to_vec();
                ItemProto { event: 72, device: on.get(), group, ..ItemProto::default() }
            }
            Self::GroupLeft { group } => {
                ItemProto { event: 73, group: group.as_bytes().to_vec(), ..ItemProto::default() }
            }
            Self::GroupChanged { group, by, change } => {
                let by = by.map(|by| by.as_bytes().to_vec()).unwrap_or_default();
                let group = group.as_bytes().to_vec();
                ItemProto { event: 74, group, other_account: by, ..ItemProto::group_change(change) }
            }
            Self::GroupEquivocation { group, of } => {
                ItemProto { group: group.as_bytes().to_vec(), ..ItemProto::about(75, of) }
            }
            Self::DeviceAdded { device } => ItemProto::about(11, device),
            Self::DeviceRemoved { device } => ItemProto::about(12, device),
            Self::OwnDeviceAdded { device } => {
                ItemProto { event: 13, device: device.get(), ..ItemProto::default() }
            }
            Self::OwnDeviceRemoved { device } => {
                ItemProto { event: 14, device: device.get(), ..ItemProto::default() }
            }
            Self::RemovedFromAccount => ItemProto { event: 15, ..ItemProto::default() },
            Self::DeviceListForked { account } => ItemProto::about_account(16, account),
            Self::DeviceListStale { account } => ItemProto::about_account(17, account),
            Self::IdentityChanged { from, to } => {
                ItemProto { other_account: to.as_bytes().to_vec(), ..ItemProto::about_account(18, from) }
            }
            Self::StoreRestored => ItemProto { event: 19, ..ItemProto::default() },
            Self::Damaged => ItemProto { event: 50, ..ItemProto::default() },
            Self::NotSent { to, id } => ItemProto { id: id.as_bytes().to_vec(), ..ItemProto::about(52, to) },
            Self::EnvelopeDamaged => ItemProto { event: 51, ..ItemProto::default() },
            Self::NewSessionNeeded { with } => ItemProto::about(54, with),
            Self::PostQuantumEpoch { with, epoch } => {
                ItemProto { epoch: *epoch, ..ItemProto::about(55, with) }
            }
            Self::PostQuantumStalled { with } => ItemProto::about(56, with),
            Self::TrustLost { account } => ItemProto::about_account(57, account),
            Self::ContactsReceived { from, count } => {
                ItemProto { event: 40, device: from.get(), count: *count, ..ItemProto::default() }
            }
            Self::ListWithheld { account } => ItemProto::about_account(30, account),
            Self::CardContradicts { account } => ItemProto::about_account(31, account),
            Self::ComparisonFailed { account, by } => {
                ItemProto { count: by.number(), ..ItemProto::about_account(32, account) }
            }
            Self::TrustDecided { account, trust, by } => {
                let trust = Some(TrustProto::of(trust));
                ItemProto { device: by.get(), trust, ..ItemProto::about_account(33, account) }
            }
            Self::ShortStringAsked { with } => ItemProto::about(34, with),
            Self::ShortStringReady { with } => ItemProto::about(35, with),
            Self::ShortStringEnded { with, why } => {
                ItemProto { count: why.number(), ..ItemProto::about(36, with) }
            }
            Self::ManyShortStrings { account } => ItemProto::about_account(37, account),
        });
        write(&*proto)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut proto = Zeroizing::new(read::<ItemProto>(bytes)?);
        Ok(match proto.event {
            1 => Self::Message(message(&mut proto)?),
            2 => Self::Ephemeral(message(&mut proto)?),
            3 => Self::SessionStarted { with: proto.address()?, one_time_prekey: proto.count == 1 },
            4 => Self::SessionReset { with: proto.address()? },
            5 => Self::Unsupported { from: proto.address()? },
            6 => Self::MalformedFrame { from: proto.address()? },
            7 => Self::CloneSuspected { of: proto.address()? },
            8 => Self::KeysLost { from: proto.address()?, count: proto.count },
            9 => Self::Expired { from: proto.address()?, id: proto.id()? },
            11 => Self::DeviceAdded { device: proto.address()? },
            12 => Self::DeviceRemoved { device: proto.address()? },
            13 => Self::OwnDeviceAdded { device: proto.device()? },
            14 => Self::OwnDeviceRemoved { device: proto.device()? },
            15 => Self::RemovedFromAccount,
            16 => Self::DeviceListForked { account: proto.account()? },
            17 => Self::DeviceListStale { account: proto.account()? },
            18 => Self::IdentityChanged { from: proto.account()?, to: proto.other_account()? },
            19 => Self::StoreRestored,
            50 => Self::Damaged,
            51 => Self::EnvelopeDamaged,
            52 => Self::NotSent { to: proto.address()?, id: proto.id()? },
            54 => Self::NewSessionNeeded { with: proto.address()? },
            55 => Self::PostQuantumEpoch { with: proto.address()?, epoch: proto.epoch },
            56 => Self::PostQuantumStalled { with: proto.address()? },
            57 => Self::TrustLost { account: proto.account()? },
            40 => Self::ContactsReceived { from: proto.device()?, count: proto.count },
            30 => Self::ListWithheld { account: proto.account()? },
            31 => Self::CardContradicts { account: proto.account()? },
            32 => Self::ComparisonFailed {
                account: proto.account()?,
                by: Proof::from_number(proto.count).ok_or(Error::Corrupt)?,
            },
            33 => Self::TrustDecided {
                account: proto.account()?,
                trust: proto.trust.as_ref().ok_or(Error::Corrupt)?.read()?,
                by: proto.device()?,
            },
            34 => Self::ShortStringAsked { with: proto.address()? },
            35 => Self::ShortStringReady { with: proto.address()? },
            36 => Self::ShortStringEnded {
                with: proto.address()?,
                why: ShortStringEnd::from_number(proto.count).ok_or(Error::Corrupt)?,
            },
            37 => Self::ManyShortStrings { account: proto.account()? },
            70 => Self::GroupMessage(group_message(&mut proto)?),
            71 => Self::GroupInvited {
                group: proto.group()?,
                by: proto.address()?,
                title: proto.text()?,
                members: proto.count,
            },
            72 => Self::GroupJoined { group: proto.group()?, on: proto.device()? },
            73 => Self::GroupLeft { group: proto.group()? },
            74 => Self::GroupChanged {
                group: proto.group()?,
                by: present(&proto.other_account)?.map(AccountId::from_bytes),
                change: proto.change()?,
            },
            75 => Self::GroupEquivocation { group: proto.group()?, of: proto.address()? },
            _ => return Err(Error::Corrupt),
        })
    }
}

fn group_message(proto: &mut ItemProto) -> Result<GroupMessage, Error> {
    Ok(GroupMessage {
        group: proto.group()?,
        from: proto.address()?,
        id: proto.id()?,
        sent: Timestamp::from_ms(proto.sent_ms),
        expires: proto.expires_ms.map(Timestamp::from_ms),
        content: Zeroizing::new(core::mem::take(&mut proto.content)),
        status: GroupMessageStatus {
            trust: proto.trust.as_ref().ok_or(Error::Corrupt)?.read()?,
            readable_by_removed: proto.readable_by_removed,
            from_removed: proto.from_removed,
        },
    })
}

fn message(proto: &mut ItemProto) -> Result<Message, Error> {
    Ok(Message {
        from: proto.address()?,
        conversation: proto.other_account()?,
        id: proto.id()?,
        sent: Timestamp::from_ms(proto.sent_ms),
        expires: proto.expires_ms.map(Timestamp::from_ms),
        content: Zeroizing::new(core::mem::take(&mut proto.content)),
        status: proto.status.as_ref().ok_or(Error::Corrupt)?.read()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trust;

    #[test]
    fn what_is_told_of_people_comes_back() {
        let account = AccountId::from_bytes([1; 32]);
        let by = DeviceId::new(7).unwrap();
        let with = Address { account, device: by };
        let at = Timestamp::from_ms(5);
        let mut events = vec![
            Event::ListWithheld { account },
            Event::CardContradicts { account },
            Event::ShortStringAsked { with },
            Event::ShortStringReady { with },
            Event::NewSessionNeeded { with },
            Event::PostQuantumEpoch { with, epoch: 7 },
            Event::PostQuantumStalled { with },
            Event::TrustLost { account },
            Event::ManyShortStrings { account },
            Event::TrustDecided { account, trust: Trust::FirstUse, by },
            Event::TrustDecided {
                account,
                trust: Trust::Changed { replaces: AccountId::from_bytes([2; 32]) },
                by,
            },
        ];
        for proof in [Proof::SafetyNumber, Proof::Card, Proof::ShortString] {
            events.push(Event::ComparisonFailed { account, by: proof });
            events.push(Event::TrustDecided { account, trust: Trust::Verified { by: proof, at }, by });
        }
        let ends = [
            ShortStringEnd::DifferentView,
            ShortStringEnd::WrongReveal,
            ShortStringEnd::TimedOut,
            ShortStringEnd::Interrupted,
        ];
        events.extend(ends.map(|why| Event::ShortStringEnded { with, why }));
        for event in events {
            assert_eq!(Event::from_bytes(&event.to_bytes()).as_ref(), Ok(&event));
        }
    }
}
