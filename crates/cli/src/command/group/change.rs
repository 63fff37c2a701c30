//! Making a group, and changing it.

use entrenous::{GroupAct, GroupId, GroupRole};

use super::{carry, is_invited, is_joined};
use crate::{
    command::{Options, Out},
    messenger::{
        Account, Messenger, Said, Trouble,
        names::{group_digits, quoted, role_word},
    },
    terminal::{Confirm, Exit, Tone},
};

/// The longest title, in bytes.
const MAX_TITLE: usize = 256;

/// Whether everybody would take it for a title, and all of it can be seen.
pub(super) fn check(title: &str) -> Result<(), Trouble> {
    let wrong = match title {
        "" => "a title can't be empty",
        title if title.len() > MAX_TITLE => "a title has at most 256 bytes",
        title if title.chars().any(char::is_control) => "a title can't have control characters in it",
        _ => return Ok(()),
    };
    Err(Trouble::said(Exit::Usage, wrong))
}

pub(super) fn create(options: &Options, title: &str, out: &mut Out) -> Result<(), Trouble> {
    check(title)?;
    let mut messenger = Messenger::open(options)?;
    let group = messenger.act(|client| client.create_group(title).map(|(group, _)| group))?;
    let (called, id) = (quoted(title), group_digits(&group));
    let words = format!("{called} is made: `entrenous group invite {id} NAME` lets a contact in.");
    let said = Said::new("group-created", words)
        .toned(Tone::Good)
        .with("group", group.to_string())
        .with("title", title);
    out.say(&said)?;
    carry(&mut messenger, out)
}

/// Changes a group that the user is in.
pub(super) fn change(
    options: &Options,
    group: &str,
    act: GroupAct<'_>,
    out: &mut Out,
) -> Result<(), Trouble> {
    let mut messenger = Messenger::open(options)?;
    let entry = messenger.account.group_called(group, is_joined)?;
    let before = messenger.account.known_names()?.group(&entry.group);
    messenger.change_group(&entry.group, act)?;
    let (words, change) = match act {
        GroupAct::Rename(title) => (format!("{before} is called {} from now on.", quoted(title)), "renamed"),
        _ => (format!("Everybody in {before} takes new keys before writing again."), "new-keys"),
    };
    out.say(&changed(words, &entry.group, change))?;
    carry(&mut messenger, out)
}

pub(super) fn remove(
    options: &Options,
    group: &str,
    who: &str,
    undo: bool,
    out: &mut Out,
) -> Result<(), Trouble> {
    let mut messenger = Messenger::open(options)?;
    let entry = messenger.account.group_called(group, is_joined)?;
    let status = messenger.account.client.group(&entry.group)?;
    let account = messenger.account.member_called(who, &status)?.account;
    if account == messenger.account.client.account_id() {
        return Err(Trouble::said(Exit::Usage, "that is you: `entrenous group leave` leaves"));
    }
    let act = if undo { GroupAct::RemoveAndUndo { account } } else { GroupAct::Remove { account } };
    messenger.change_group(&entry.group, act)?;
    let names = messenger.account.known_names()?;
    let (member, called) = (names.member(&account), names.group(&entry.group));
    let undone = if undo { " What they did to the group is undone." } else { "" };
    let words =
        format!("{member} is removed from {called}, and can't read what is written from now on.{undone}");
    out.say(&changed(words, &entry.group, "removed").with("member", account.to_string()))?;
    carry(&mut messenger, out)
}

pub(super) fn role(
    options: &Options,
    group: &str,
    who: &str,
    role: GroupRole,
    out: &mut Out,
) -> Result<(), Trouble> {
    let mut messenger = Messenger::open(options)?;
    let entry = messenger.account.group_called(group, is_joined)?;
    let status = messenger.account.client.group(&entry.group)?;
    let member = messenger.account.member_called(who, &status)?;
    let names = messenger.account.known_names()?;
    let (called, title) = (names.member(&member.account), names.group(&entry.group));
    let word = role_word(role);
    let mut words = format!("{called} is {word} of {title} already.");
    if member.role != role {
        messenger.change_group(&entry.group, GroupAct::Set { account: member.account, role })?;
        words = format!("{called} is {word} of {title} now.");
    }
    out.say(&changed(words, &entry.group, "role").with("member", member.account.to_string()))?;
    carry(&mut messenger, out)
}

pub(super) fn leave(options: &Options, group: &str, out: &mut Out) -> Result<(), Trouble> {
    let mut messenger = Messenger::open(options)?;
    let fits = |standing| is_joined(standing) || is_invited(standing);
    let entry = messenger.account.group_called(group, fits)?;
    let called = messenger.account.known_names()?.group(&entry.group);
    let words = match is_invited(entry.standing) {
        true => format!("The invitation into {called} is refused."),
        false => format!("You have left {called}. The history stays."),
    };
    messenger.change_group(&entry.group, GroupAct::Leave)?;
    out.say(&Said::new("group-left", words).toned(Tone::Good).with("group", entry.group.to_string()))?;
    carry(&mut messenger, out)
}

pub(super) fn forget(options: &Options, group: &str, yes: bool, out: &mut Out) -> Result<(), Trouble> {
    let mut account = Account::open(options)?;
    // nothing else that has the title is forgotten in its place
    let entry = account.group_called(group, |_| true)?;
    let called = account.known_names()?.group(&entry.group);
    let others = match is_joined(entry.standing) {
        true => " The others don't learn of it, and go on writing to you: `entrenous group leave` first.",
        false => "",
    };
    let question = format!("{called} is forgotten: its members and keys. The history stays.{others}");
    Confirm::at_terminal().word(&question, "forget", yes, "--yes")?;
    // nobody is between history and outbox with a message for it
    let _sending = account.home.lock_sending()?;
    account.client.forget_group(&entry.group)?;
    let said = Said::new(
        "group-forgotten",
        format!("{called} is forgotten. `entrenous history` still has what was written."),
    )
    .toned(Tone::Good)
    .with("group", entry.group.to_string());
    Ok(out.say(&said)?)
}

fn changed(words: String, group: &GroupId, change: &'static str) -> Said {
    Said::new("group-changed", words)
        .toned(Tone::Good)
        .with("group", group.to_string())
        .with("change", change)
}
