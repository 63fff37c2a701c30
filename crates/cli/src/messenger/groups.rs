//! Groups: which one is meant, who is in it, and what the user does to one.

use std::collections::BTreeSet;

use entrenous::{
    AccountId, Address, Client, Error, GroupAct, GroupEntry, GroupId, GroupMember, GroupStanding,
    GroupStatus, System,
};
use entrenous_store_sqlite::SqliteStore;

use super::{
    Account, Messenger, Trouble,
    names::{group_digits, quoted},
    sync::{now, put_off},
};
use crate::{
    history::{Kind, OfGroup},
    name::{ContactName, account_id, group_id},
    terminal::{Exit, visible},
};

/// Sessions with members that are begun in one pass: the next one goes on.
const AT_ONCE: usize = 64;
/// Digits by which a group can be named.
const SHORTEST: usize = 4;
/// Digits by which a member can be named.
const SHORTEST_MEMBER: usize = 8;

impl Account {
    /// The group of this title, or whose id begins so. Where there are several, it is the one that `fits` what is to be
    /// done: whoever invites the user can give any title.
    pub(crate) fn group_called(
        &mut self,
        text: &str,
        fits: impl Fn(Option<GroupStanding>) -> bool,
    ) -> Result<GroupEntry, Trouble> {
        let digits = text.trim_end_matches('…');
        let is_id = digits.len() >= SHORTEST && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let is_meant = |entry: &GroupEntry| match group_id(text) {
            // whole, it is nobody's title
            Some(id) => entry.group == id,
            None => entry.title == text || is_id && entry.group.to_string().starts_with(digits),
        };
        let mut all = self.client.groups()?;
        all.retain(is_meant);
        let mut fitting: Vec<GroupEntry> = all.iter().filter(|entry| fits(entry.standing)).cloned().collect();
        if fitting.is_empty() {
            fitting = all;
        }
        if fitting.len() > 1 {
            let ids: Vec<String> = fitting.iter().map(|entry| group_digits(&entry.group)).collect();
            let several =
                format!("{} could be several groups: name one by its id ({})", quoted(text), ids.join(", "));
            return Err(Trouble::said(Exit::Usage, several));
        }
        fitting.pop().ok_or_else(|| {
            let none = format!(
                "you know no group called {}: `entrenous group list` has those that are",
                quoted(text)
            );
            Trouble::said(Exit::NotFound, none)
        })
    }

    /// The member that the user calls so, or whose id begins so.
    pub(crate) fn member_called(&mut self, who: &str, status: &GroupStatus) -> Result<GroupMember, Trouble> {
        let named = who.parse::<ContactName>().ok().and_then(|name| self.named(&name).ok());
        let digits = who.trim_end_matches('…');
        let is_id = digits.len() >= SHORTEST_MEMBER && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let is_meant = |account: &AccountId| match named.or_else(|| account_id(who)) {
            Some(named) => named == *account,
            None => is_id && account.to_string().starts_with(digits),
        };
        let mut meant = status.members.iter().filter(|member| is_meant(&member.account));
        match (meant.next(), meant.next()) {
            (Some(member), None) => Ok(member.clone()),
            (Some(_), Some(_)) => {
                Err(Trouble::said(Exit::Usage, format!("{} could be several members", visible(who))))
            }
            (None, _) => Err(Trouble::said(
                Exit::NotFound,
                format!("{} is not in the group: `entrenous group show` says who is", visible(who)),
            )),
        }
    }

    /// The groups that the user takes part in.
    fn joined_groups(&mut self) -> Result<Vec<GroupId>, Trouble> {
        let groups = self.client.groups()?.into_iter();
        let joined = groups.filter(|entry| entry.standing == Some(GroupStanding::Joined));
        Ok(joined.map(|entry| entry.group).collect())
    }

    /// The devices of a group with which a session is to be begun.
    pub(crate) fn lacking_in(&mut self, group: &GroupId) -> Result<Vec<Address>, Trouble> {
        match self.client.missing_group_devices(group) {
            Ok(missing) => Ok(missing),
            // the others are not to wait for one that is damaged, or that another process has forgotten
            Err(Error::NoGroup | Error::Corrupt) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// What the client tells of what the user has done here since `since` is in the history, and no news.
    fn note_own_doing(&mut self, group: &GroupId, since: u64) -> Result<(), Trouble> {
        self.keep_inbox()?;
        let me = self.client.account_id();
        let own = |account: Option<AccountId>| account.is_none_or(|account| account == me);
        Ok(self.history.mark_shown(|entry| {
            let of = entry.group.as_ref().map(|OfGroup { id, .. }| id);
            entry.kind == Kind::Notice && of == Some(group) && own(entry.account) && entry.at >= since
        })?)
    }
}

impl Messenger {
    /// Does something to a group, of which the client tells as well: here it is no news.
    pub(crate) fn act(
        &mut self,
        act: impl FnOnce(&mut Client<SqliteStore, System>) -> Result<GroupId, Error>,
    ) -> Result<GroupId, Trouble> {
        self.account.keep_inbox()?;
        self.account.refuse_if_removed()?;
        let since = now();
        let group = act(&mut self.account.client)?;
        self.account.note_own_doing(&group, since)?;
        Ok(group)
    }

    /// Changes a group.
    pub(crate) fn change_group(&mut self, group: &GroupId, act: GroupAct<'_>) -> Result<(), Trouble> {
        self.act(|client| client.change_group(group, act).map(|_| *group)).map(drop)
    }

    /// Begins sessions with devices of the groups' members that have none yet and have published meanwhile, or with which
    /// a new one is needed. What can't be read of one of them comes at the end.
    pub(super) fn reach_groups(&mut self) -> Result<(), Trouble> {
        // who is in several groups is looked for once
        let mut missing = BTreeSet::new();
        for group in self.account.joined_groups()? {
            missing.extend(self.account.lacking_in(&group)?);
        }
        let (mut begun, mut first) = (0, None);
        for device in missing {
            if begun >= AT_ONCE {
                break;
            }
            let reached = self.reach_devices(&[device]).map(|reached| begun += reached.sessions);
            put_off(reached, &mut first)?;
        }
        first.map_or(Ok(()), Err)
    }
}
