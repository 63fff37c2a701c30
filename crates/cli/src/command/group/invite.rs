//! Letting somebody in, and taking part.

use entrenous::{GroupAct, GroupRole};

use super::{carry, is_invited, is_joined};
use crate::{
    command::{Options, Out},
    messenger::{Messenger, Said, Trouble, names::group_digits},
    name::ContactName,
    terminal::Tone,
    text::{counted, len_of},
};

pub(super) fn invite(
    options: &Options,
    group: &str,
    name: &ContactName,
    old_keys: bool,
    out: &mut Out,
) -> Result<(), Trouble> {
    let mut messenger = Messenger::open(options)?;
    messenger.old_keys = old_keys;
    let entry = messenger.account.group_called(group, is_joined)?;
    let account = messenger.account.named(name)?;
    messenger.look_before_sending(account)?;
    messenger.ensure_reached(&account, name)?;
    let called = messenger.account.known_names()?.group(&entry.group);
    let status = messenger.account.client.group(&entry.group)?;
    // once more would take an admin's role away
    let words = if status.members.iter().any(|member| member.account == account) {
        format!("{name} is in {called} already.")
    } else {
        messenger.change_group(&entry.group, GroupAct::Set { account, role: GroupRole::Member })?;
        let id = group_digits(&entry.group);
        format!("{name} is invited into {called}: `group join {id}` over there takes part.")
    };
    let said = Said::new("group-invited", words)
        .toned(Tone::Good)
        .with("group", entry.group.to_string())
        .with("name", name.as_str())
        .with("account", account.to_string());
    out.say(&said)?;
    carry(&mut messenger, out)
}

pub(super) fn join(options: &Options, group: &str, out: &mut Out) -> Result<(), Trouble> {
    let mut messenger = Messenger::open(options)?;
    let entry = messenger.account.group_called(group, is_invited)?;
    let id = entry.group;
    messenger.act(|client| client.join_group(&id).map(|_| id))?;
    // the pass begins sessions with the members
    carry(&mut messenger, out)?;
    let called = messenger.account.known_names()?.group(&id);
    let members = messenger.account.client.group(&id)?.members.len();
    let mut words = format!(
        "You take part in {called}, with {} in all: `entrenous group send {} TEXT` writes.",
        counted(len_of(members), "member"),
        group_digits(&id)
    );
    let missing = messenger.account.lacking_in(&id)?.len();
    if missing > 0 {
        let devices = counted(len_of(missing), "device");
        words.push_str(&format!(" With {devices} there is no session yet: once they have published."));
    }
    let said = Said::new("group-joined", words)
        .toned(Tone::Good)
        .with("group", id.to_string())
        .with("title", entry.title)
        .with("members", members)
        .with("devices_missing", missing);
    Ok(out.say(&said)?)
}
