//! What is known of a group.

use std::collections::BTreeMap;

use entrenous::{AccountId, GroupKeyStatus, GroupMember, GroupRole, GroupStatus};
use serde_json::{Value, json};

use super::{
    is_joined,
    list::{standing_word, standing_words},
};
use crate::{
    command::{Options, Out},
    messenger::{
        Account, Said, Trouble,
        names::{Known, quoted},
        sync,
    },
    terminal::rfc3339,
    text::{counted, hex, len_of},
};

/// Bytes of the roster's name that people compare: with fewer, a member could look for two rosters that look alike.
const SHORT_ROSTER: usize = 16;

pub(super) fn show(options: &Options, group: &str, out: &mut Out) -> Result<(), Trouble> {
    let mut account = Account::open(options)?;
    account.keep_inbox()?;
    let entry = account.group_called(group, is_joined)?;
    let status = account.client.group(&entry.group)?;
    let names = account.known_names()?;
    let GroupStatus { group, standing, title, members, owner, roster, key, waiting } = &status;
    let joined = is_joined(Some(*standing));
    let mut lines = vec![format!("Group   {}", quoted(title)), format!("Id      {group}")];
    if !joined {
        lines.push(format!("Now     {}", standing_words(group, Some(*standing), &names)));
    }
    let shown: Vec<String> = roster.chunks(4).take(SHORT_ROSTER / 4).map(hex).collect();
    lines.push(format!("Roster  {}: who sees the same group sees the same here", shown.join(" ")));
    lines.extend(members.iter().map(|member| format!("Member  {}", line_of(member, *owner, &names))));
    if *waiting > 0 {
        lines.push(format!("Waiting {} that came too early", counted(u64::from(*waiting), "envelope")));
    }
    match key {
        Some(key) => lines.push(format!("Key     {}", key_words(key, &names))),
        None if joined => lines.push("Key     none yet: your next message makes one".to_owned()),
        None => {}
    }
    let said = Said::new("group", lines.join("\n"))
        .with("group", group.to_string())
        .with("title", title.as_str())
        .with("standing", standing_word(Some(*standing)))
        .with("roster", hex(roster))
        .with("owner", owner.map(|owner| owner.to_string()))
        .with("members", members.iter().map(|member| json_of(member, *owner, &names)).collect::<Vec<_>>())
        .with("waiting", *waiting)
        .with("key", key.as_ref().map(json_of_key));
    Ok(out.say(&said)?)
}

fn line_of(member: &GroupMember, owner: Option<AccountId>, names: &Known) -> String {
    let role = match member.role {
        _ if owner == Some(member.account) => "owner",
        GroupRole::Admin => "admin",
        GroupRole::Member => "member",
    };
    let devices = counted(len_of(member.devices.len()), "device");
    let forked = match member.forked {
        true => "; SOMEBODY ELSE HAS THE ACCOUNT'S KEY: ask, over another channel",
        false => "",
    };
    format!("{}, {role}, {devices}{forked}", names.member(&member.account))
}

fn key_words(key: &GroupKeyStatus, names: &Known) -> String {
    let age = age(sync::now().saturating_sub(key.made.as_ms()));
    let sealed = counted(u64::from(key.sealed), "message");
    let mut lacking: BTreeMap<AccountId, u64> = BTreeMap::new();
    for device in &key.unacknowledged {
        *lacking.entry(device.account).or_default() += 1;
    }
    let lacking: Vec<String> = lacking
        .iter()
        .map(|(account, count)| format!("{} ({})", names.member(account), counted(*count, "device")))
        .collect();
    match lacking.is_empty() {
        true => format!("yours is {age} old, with {sealed}; all have acknowledged it"),
        false => format!("yours is {age} old, with {sealed}; not acknowledged yet by {}", lacking.join(", ")),
    }
}

fn age(ms: u64) -> String {
    let minutes = ms / 60_000;
    match minutes {
        0 => "less than a minute".to_owned(),
        1..60 => counted(minutes, "minute"),
        60..1_440 => counted(minutes / 60, "hour"),
        _ => counted(minutes / 1_440, "day"),
    }
}

fn json_of(member: &GroupMember, owner: Option<AccountId>, names: &Known) -> Value {
    let role = match member.role {
        GroupRole::Admin => "admin",
        GroupRole::Member => "member",
    };
    json!({
        "account": member.account.to_string(),
        "name": names.name_of(&member.account),
        "role": role,
        "owner": owner == Some(member.account),
        "devices": member.devices.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "forked": member.forked,
    })
}

fn json_of_key(key: &GroupKeyStatus) -> Value {
    let device = |device: &entrenous::Address| {
        json!({
            "account": device.account.to_string(), "device": device.device.to_string()
        })
    };
    json!({
        "made": rfc3339(key.made.as_ms()),
        "sealed": key.sealed,
        "unacknowledged": key.unacknowledged.iter().map(device).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_what_people_count_in() {
        let known = [
            (0, "less than a minute"),
            (60_000, "1 minute"),
            (7_200_000, "2 hours"),
            (172_800_000, "2 days"),
        ];
        for (ms, words) in known {
            assert_eq!(age(ms), words);
        }
    }
}
