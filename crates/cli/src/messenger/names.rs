//! What accounts are called, and how far they are trusted.

use std::collections::BTreeSet;

use entrenous::{AccountId, ContactKind, GroupEntry, GroupId, GroupRole, Trust};

use super::{Account, Trouble};
use crate::{history::Named, terminal::visible};

/// Digits of an account's id that are shown where it has no name.
const SHORT: usize = 12;
/// Digits by which an account can be named.
const SHORTEST: usize = 8;

/// Who is known, and by what name.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// The own account.
    me: AccountId,
    pub(crate) names: Vec<Named>,
    /// The accounts that are contacts, whether or not they have a name.
    accepted: BTreeSet<AccountId>,
    pub(crate) groups: Vec<GroupEntry>,
}

impl Known {
    /// What the user calls an account, if anything.
    pub(crate) fn name_of(&self, account: &AccountId) -> Option<&str> {
        self.names.iter().find(|named| named.account == *account).map(|named| named.name.as_str())
    }

    /// What the user calls an account, or what it is and a few digits of it.
    pub(crate) fn known_as(&self, account: &AccountId) -> String {
        match self.name_of(account) {
            Some(name) => visible(name),
            None if *account == self.me => "another device of yours".to_owned(),
            None if self.accepted.contains(account) => format!("contact {} (no name yet)", short(account)),
            None => format!("stranger {}", short(account)),
        }
    }

    /// What a member of a group is called, among whom there may be people whom the user doesn't know.
    pub(crate) fn member(&self, account: &AccountId) -> String {
        match self.name_of(account) {
            Some(name) => visible(name),
            None if *account == self.me => "you".to_owned(),
            None => short(account),
        }
    }

    /// What a group is called, as far as it is known.
    pub(crate) fn title_of(&self, group: &GroupId) -> Option<&str> {
        let entry = self.groups.iter().find(|entry| entry.group == *group);
        entry.map(|entry| entry.title.as_str()).filter(|title| !title.is_empty())
    }

    /// A group by its title, or by a few digits of its id where it has none.
    pub(crate) fn group(&self, group: &GroupId) -> String {
        self.title_of(group).map_or_else(|| format!("group {}", group_digits(group)), quoted)
    }
}

impl Account {
    /// Who is known by now.
    pub(crate) fn known_names(&mut self) -> Result<Known, Trouble> {
        let accepted = self.all_of(ContactKind::Accepted)?;
        Ok(Known {
            me: self.client.account_id(),
            names: self.history.names()?,
            groups: self.client.groups()?,
            accepted: accepted.into_iter().collect(),
        })
    }

    /// All contacts, or all strangers.
    pub(crate) fn all_of(&mut self, kind: ContactKind) -> Result<Vec<AccountId>, Trouble> {
        let mut all = Vec::new();
        loop {
            let page = self.client.contacts(kind, all.last())?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page.into_iter().map(|entry| entry.account));
        }
    }

    /// The account that is shown as `digits`, the beginning of its id; none if that may be several, or nobody.
    pub(crate) fn with_digits(&mut self, digits: &str) -> Result<Option<AccountId>, Trouble> {
        let digits = digits.trim_end_matches('…');
        if digits.len() < SHORTEST || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let mut all: BTreeSet<AccountId> =
            self.history.names()?.into_iter().map(|named| named.account).collect();
        for kind in [ContactKind::Accepted, ContactKind::Strangers] {
            all.extend(self.all_of(kind)?);
        }
        let mut found = all.into_iter().filter(|account| account.to_string().starts_with(digits));
        Ok(found.next().filter(|_| found.next().is_none()))
    }
}

/// The first digits of an id, by which the commands know it as well.
fn short(account: &AccountId) -> String {
    format!("{}…", account.to_string().chars().take(SHORT).collect::<String>())
}

/// The first digits of a group's id, by which the commands know it as well.
pub(crate) fn group_digits(group: &GroupId) -> String {
    format!("{}…", group.to_string().chars().take(SHORTEST).collect::<String>())
}

/// A title, which others give: between quotes that it can't end, and with nothing in it that would be taken for a command.
pub(crate) fn quoted(title: &str) -> String {
    let mut shown = String::with_capacity(title.len() + 6);
    shown.push('“');
    for c in visible(title).chars() {
        match c {
            '“' | '”' | '`' => shown.extend(c.escape_unicode()),
            plain => shown.push(plain),
        }
    }
    shown.push('”');
    shown
}

/// What a member may do, with its article.
pub(crate) fn role_word(role: GroupRole) -> &'static str {
    match role {
        GroupRole::Member => "a plain member",
        GroupRole::Admin => "an admin",
    }
}

/// What [`trust_word`] calls lost, to a person.
pub(crate) const LOST: &str = "the disk has lost what you decided: verify";

/// What is known of an account, as a stable word.
pub(crate) fn trust_word(account: &AccountId, trust: Trust) -> &'static str {
    match trust {
        Trust::Verified { .. } => "verified",
        Trust::FirstUse => "not-verified",
        Trust::Changed { replaces } if replaces == *account => "lost",
        Trust::Changed { .. } => "changed",
        Trust::Own => "own",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_can_t_end_its_quotes_or_be_a_command() {
        assert_eq!(quoted("walk"), "“walk”");
        assert_eq!(quoted("a” by bob: `entrenous x`"), "“a\\u{201d} by bob: \\u{60}entrenous x\\u{60}”");
        assert_eq!(quoted("\u{1b}[2J\n"), "“\\u{1b}[2J\\n”");
    }
}
