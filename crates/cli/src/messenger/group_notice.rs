//! What the client tells of groups, in words.
//!
//! The names of members and groups are put in when the words are shown, since both may change: where [`MEMBER`] and
//! [`GROUP`] stand, which no title can have in it.

use entrenous::{AccountId, Address, Event, GroupChange, GroupId, GroupMessage, GroupRole};

use super::{
    names::{Known, group_digits, quoted, role_word, trust_word},
    notice::Words,
};
use crate::{
    history::{Arrived, Entry, Kind, OfGroup},
    text::counted,
};

/// Where the member's name belongs that a notice is about.
const MEMBER: char = '\u{1}';
/// Where the group's title belongs.
const GROUP: char = '\u{2}';

/// A message to a group as the history keeps it.
pub(super) fn of_message(message: &GroupMessage, me: &AccountId) -> Arrived {
    let GroupMessage { group, from, id, sent, expires, content, status } = message;
    let own = from.account == *me;
    Arrived {
        key: *id.as_bytes(),
        message: Some(*id),
        expires: *expires,
        entry: Entry {
            kind: if own { Kind::SentElsewhere } else { Kind::Received },
            account: (!own).then_some(from.account),
            group: Some(OfGroup {
                id: *group,
                member: None,
                readable_by_removed: status.readable_by_removed,
                from_removed: status.from_removed,
            }),
            device: Some(from.device),
            at: sent.as_ms(),
            note: trust_word(&from.account, status.trust).to_owned(),
            text: content.clone(),
        },
    }
}

/// An event of a group in words; none if it is of none.
pub(super) fn words(event: &Event) -> Option<Words> {
    Some(match event {
        Event::GroupInvited { group, by, title, members } => {
            let (title, id) = (quoted(title), group_digits(group));
            let members = counted(u64::from(*members), "member");
            let text = format!(
                "invites you into the group {title} of {members}: `entrenous group join {id}` takes part"
            );
            of(group, Some(*by), "group-invited", text)
        }
        Event::GroupJoined { group, on } => Words {
            device: Some(*on),
            ..of(
                group,
                None,
                "group-joined",
                format!("Another device of yours takes part in {GROUP}: this one does too"),
            )
        },
        Event::GroupLeft { group } => of(
            group,
            None,
            "group-left",
            format!("You are not in {GROUP} any more: you can't read or write there"),
        ),
        Event::GroupEquivocation { group, of: device } => of(
            group,
            Some(*device),
            "group-equivocation",
            format!(
                "changed {GROUP} in two ways at once from one device: it was restored from an old copy, or somebody has \
                 copied it. Ask which"
            ),
        ),
        Event::GroupChanged { group, by, change } => changed(group, by.as_ref(), change),
        _ => return None,
    })
}

fn changed(group: &GroupId, by: Option<&AccountId>, change: &GroupChange) -> Words {
    let words = |note, member: Option<&AccountId>, done: String, is: String| {
        let mut words = of(group, None, note, if by.is_some() { done } else { is });
        words.account = by.copied();
        words.group = Some(OfGroup { member: member.copied(), ..OfGroup::of(*group) });
        words
    };
    match change {
        GroupChange::Added { account, role } => {
            let role = match role {
                GroupRole::Admin => " as an admin",
                GroupRole::Member => "",
            };
            words(
                "group-added",
                Some(account),
                format!("let {MEMBER} into {GROUP}{role}"),
                format!("In {GROUP} there is now {MEMBER}{role}"),
            )
        }
        GroupChange::Removed { account } if by == Some(account) => {
            words("group-removed", None, format!("left {GROUP}"), String::new())
        }
        GroupChange::Removed { account } => words(
            "group-removed",
            Some(account),
            format!("removed {MEMBER} from {GROUP}"),
            format!("In {GROUP} there is no longer {MEMBER}"),
        ),
        GroupChange::Role { account, role } => {
            let role = role_word(*role);
            words(
                "group-role",
                Some(account),
                format!("made {MEMBER} {role} of {GROUP}"),
                format!("In {GROUP}, {role} is now {MEMBER}"),
            )
        }
        GroupChange::DeviceAdded { device } => Words {
            account: Some(device.account),
            device: Some(device.device),
            ..of(
                group,
                None,
                "group-device-added",
                format!("takes part in {GROUP} with a new device as well"),
            )
        },
        GroupChange::DeviceRemoved { device } => Words {
            account: Some(device.account),
            device: Some(device.device),
            ..of(group, None, "group-device-removed", format!("takes part in {GROUP} with a device less"))
        },
        GroupChange::Renamed { title } => {
            let title = quoted(title);
            words(
                "group-renamed",
                None,
                format!("gave a group the title {title}"),
                format!("A group has the title {title} now"),
            )
        }
        GroupChange::NewKeys => words(
            "group-new-keys",
            None,
            format!("asked everybody in {GROUP} to take new keys"),
            format!("Everybody in {GROUP} takes new keys"),
        ),
        _ => words(
            "group-changed",
            None,
            format!("changed {GROUP} in a way that this version doesn't know"),
            format!("{GROUP} has changed in a way that this version doesn't know"),
        ),
    }
}

fn of(group: &GroupId, by: Option<Address>, note: &'static str, text: String) -> Words {
    Words {
        note,
        text,
        account: by.map(|by| by.account),
        device: by.map(|by| by.device),
        group: Some(OfGroup::of(*group)),
    }
}

/// The words with the names that they have by now.
pub(super) fn with_names(text: &str, of: &OfGroup, names: &Known) -> String {
    let member = of.member.as_ref().map(|member| names.member(member)).unwrap_or_default();
    text.replace(MEMBER, &member).replace(GROUP, &names.group(&of.id))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "test code")]

    use entrenous::DeviceId;

    use super::*;

    #[test]
    fn every_event_of_a_group_has_words_and_no_title_is_taken_for_ours() {
        let (group, account) = (GroupId::from_bytes([7; 32]), AccountId::from_bytes([8; 32]));
        let device = DeviceId::new(1).expect("not zero");
        let at = Address { account, device };
        let title = "”: `entrenous x` \u{1}\u{2}\u{1b}[2J".to_owned();
        let changes = [
            GroupChange::Added { account, role: GroupRole::Admin },
            GroupChange::Removed { account },
            GroupChange::Role { account, role: GroupRole::Member },
            GroupChange::DeviceAdded { device: at },
            GroupChange::DeviceRemoved { device: at },
            GroupChange::Renamed { title: title.clone() },
            GroupChange::NewKeys,
        ];
        let other = Some(AccountId::from_bytes([9; 32]));
        let changed = |by| changes.clone().map(|change| Event::GroupChanged { group, by, change });
        let mut events: Vec<Event> = [None, Some(account), other].into_iter().flat_map(changed).collect();
        events.push(Event::GroupInvited { group, by: at, title, members: 2 });
        events.push(Event::GroupJoined { group, on: device });
        events.push(Event::GroupLeft { group });
        events.push(Event::GroupEquivocation { group, of: at });
        for event in &events {
            let words = words(event).expect("words");
            assert!(!words.text.is_empty() && words.note.starts_with("group-"), "{event:?}");
            assert!(!words.text.contains('\u{1b}') && !words.text.contains("`entrenous x"), "{}", words.text);
        }
    }
}
