//! The groups that there are.

use entrenous::{GroupEntry, GroupId, GroupStanding};

use crate::{
    command::{Options, Out},
    messenger::{
        Account, Said, Trouble,
        names::{Known, group_digits, quoted},
    },
    terminal::Tone,
};

pub(super) fn list(options: &Options, out: &mut Out) -> Result<(), Trouble> {
    let mut account = Account::open(options)?;
    account.keep_inbox()?;
    let names = account.known_names()?;
    for entry in &names.groups {
        let GroupEntry { group, standing, title } = entry;
        let words = format!(
            "{}  {}  {}",
            group_digits(group),
            quoted(title),
            standing_words(group, *standing, &names)
        );
        let by = match standing {
            Some(GroupStanding::Invited { by }) => Some(by.account.to_string()),
            _ => None,
        };
        let said = Said::new("group", words)
            .with("group", group.to_string())
            .with("title", title.as_str())
            .with("standing", standing_word(*standing))
            .with("invited_by", by);
        out.say(&said)?;
    }
    if names.groups.is_empty() && !out.is_json() {
        out.say(&Said::new("nothing", "No groups yet: `entrenous group create TITLE`.").toned(Tone::Faint))?;
    }
    Ok(())
}

/// Where the user stands, as a stable word.
pub(super) fn standing_word(standing: Option<GroupStanding>) -> &'static str {
    match standing {
        Some(GroupStanding::Joined) => "joined",
        Some(GroupStanding::Invited { .. }) => "invited",
        Some(GroupStanding::Out) => "out",
        None => "damaged",
    }
}

/// The same for people.
pub(super) fn standing_words(group: &GroupId, standing: Option<GroupStanding>, names: &Known) -> String {
    let id = group_digits(group);
    match standing {
        Some(GroupStanding::Joined) => "you are in".to_owned(),
        Some(GroupStanding::Invited { by }) => {
            let by = names.known_as(&by.account);
            format!("you are invited by {by}: `entrenous group join {id}` takes part")
        }
        Some(GroupStanding::Out) => "you are not in any more".to_owned(),
        None => {
            format!("the disk has lost it: `entrenous group forget {id}`, and ask to be invited again")
        }
    }
}
