//! Groups: which one is meant, who is in it, and what the user does to one.

use entrenous::{AccountId, Error, GroupAct, GroupEntry, GroupId, GroupMember, GroupStanding, GroupStatus};

use super::{
    Account, Messenger, Trouble,
    names::{group_digits, quoted},
    sync::{now, put_off},
};
use crate::{
    history::{Kind, OfGroup},
    name::{ContactName, account_id},
    terminal::{Exit, visible},
};

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
        let is_meant =
            |entry: &GroupEntry| entry.title == text || is_id && entry.group.to_string().starts_with(digits);
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
    /// Does something of which the client tells as well.
    pub(crate) fn act<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<(GroupId, T), Trouble>,
    ) -> Result<(GroupId, T), Trouble> {
        self.account.keep_inbox()?;
        self.account.refuse_if_removed()?;
        let since = now();
        let (group, done) = act(self)?;
        self.account.note_own_doing(&group, since)?;
        Ok((group, done))
    }

    /// Changes a group.
    pub(crate) fn change_group(&mut self, group: &GroupId, act: GroupAct<'_>) -> Result<(), Trouble> {
        self.act(|messenger| Ok((*group, messenger.account.client.change_group(group, act)?))).map(drop)
    }

    /// Begins sessions with the devices of the groups' members that have none yet and have published meanwhile. What
    /// can't be read of one of them comes at the end.
    pub(super) fn reach_groups(&mut self) -> Result<(), Trouble> {
        let mut first = None;
        for group in self.account.joined_groups()? {
            put_off(self.reach_group(&group), &mut first)?;
        }
        first.map_or(Ok(()), Err)
    }

    /// The same for one group.
    pub(crate) fn reach_group(&mut self, group: &GroupId) -> Result<(), Trouble> {
        match self.account.client.missing_group_devices(group) {
            Ok(missing) => self.reach_devices(&missing).map(drop),
            // the others are not to wait for one that is damaged, or that another process has forgotten
            Err(Error::NoGroup | Error::Corrupt) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
