//! An entry that is being written: what it follows, and why.

use alloc::vec::Vec;

use entrenous_identity::{AccountId, DeviceList, ListProof, Timestamp};
use entrenous_wire::roster_entry::{ChangeBody, MAX_PREVS, Role, RosterBody};

use super::{
    Author, GroupId, IssueError, MEMBER_LEAVES, NewChange, ReceivedEntry,
    bits::Bits,
    dag::{Dag, Node},
    follow::{brings, take},
    judge::Verdict,
};

/// An entry that is being written.
#[derive(Clone)]
pub(crate) struct Draft<'a> {
    dag: &'a Dag,
    verdict: &'a Verdict,
    group: GroupId,
    under: usize,
    author: Author<'a>,
    now: Timestamp,
    /// What it follows.
    pub(crate) seen: Bits,
    /// What it must not follow.
    avoided: Bits,
}

impl<'a> Draft<'a> {
    /// An entry by the grant `under`, which it follows.
    pub(crate) fn new(
        dag: &'a Dag,
        verdict: &'a Verdict,
        group: GroupId,
        under: usize,
        author: Author<'a>,
        now: Timestamp,
    ) -> Self {
        let mut seen = Bits::default();
        take(dag, &mut seen, under);
        Self { dag, verdict, group, under, author, now, seen, avoided: Bits::default() }
    }

    /// Lets it follow none of `avoided`.
    pub(crate) fn avoid(&mut self, avoided: &Bits) {
        self.avoided.unite(avoided);
    }

    /// Writes it. `behind_own`: a pin follows the account's pin before.
    pub(crate) fn write(
        &self,
        change: &NewChange<'_>,
        behind_own: bool,
    ) -> Result<ReceivedEntry, IssueError> {
        let Author { account, keys } = self.author;
        let device = keys.public().id;
        let mut seen = self.seen.clone();
        let mut needed = Vec::from([self.under]);

        let introduces = match change {
            NewChange::Devices { list, .. } if list.account_id() == account && list.has(keys.public()) => {
                Some(*list)
            }
            _ => None,
        };
        // a device that is in the list that it pins introduces itself by it
        let list_epoch = match introduces {
            Some(list) => list.epoch(),
            None => {
                let has = |list: &DeviceList| list.has(keys.public());
                let (at, epoch) = self.pin(&account, &mut seen, has).ok_or(IssueError::NotPinned)?;
                needed.push(at);
                epoch
            }
        };
        match change {
            NewChange::Set { target, role } => {
                if *role != Role::None {
                    let (at, _) = self.pin(target, &mut seen, |_| true).ok_or(IssueError::NotPinned)?;
                    needed.push(at);
                    needed.extend(self.leaves(target, &mut seen));
                }
                needed.extend(self.known_of(target, &seen));
            }
            NewChange::Devices { list, .. } if behind_own => {
                needed.extend(self.newest_pin(list, &mut seen));
            }
            _ => {}
        }
        let body = RosterBody {
            group_id: *self.group.as_bytes(),
            author: *account.as_bytes(),
            device: device.get(),
            list_epoch,
            // spec: GROUP-19
            seq: self.dag.last_seq(account, device).saturating_add(1),
            sent_ms: self.now.as_ms(),
            under: self.dag.get(self.under).map(|node| *node.entry.hash.as_bytes()).unwrap_or_default(),
            prevs: self.prevs(&seen, &needed),
            change: match change {
                NewChange::Set { target, role } => {
                    ChangeBody::Set { target: *target.as_bytes(), role: *role }
                }
                NewChange::Leave => ChangeBody::Leave,
                NewChange::Devices { list, proof } => {
                    ChangeBody::Devices { list: list.signed().clone(), proof: proof.map(ListProof::to_proto) }
                }
                NewChange::Rename(title) => ChangeBody::Rename { title: title.clone() },
                NewChange::Rekey => ChangeBody::Rekey,
            },
        };
        Ok(ReceivedEntry::sign(&body, keys)?)
    }

    /// The pins of the account that may be followed, with their lists.
    fn pins(&self, account: &AccountId) -> impl Iterator<Item = (usize, &'a Node, &'a DeviceList)> {
        let (dag, avoided) = (self.dag, &self.avoided);
        let pins = dag.of(account).map_or(&[][..], |of| &of.pins);
        let nodes =
            pins.iter().filter(|at| !avoided.has(**at)).filter_map(move |at| Some((*at, dag.get(*at)?)));
        nodes.filter_map(|(at, node)| Some((at, node, node.entry.list()?.as_ref())))
    }

    /// Where a list of the account that `fits` is pinned, and its epoch: the newest that is in `seen`. If there is none,
    /// the pin that brings the least is put in, so that nobody smuggles much in.
    fn pin(
        &self,
        account: &AccountId,
        seen: &mut Bits,
        fits: impl Fn(&DeviceList) -> bool,
    ) -> Option<(usize, u32)> {
        let pins = || self.pins(account).filter(|(_, _, list)| fits(list));
        let known = pins().filter(|(at, _, _)| seen.has(*at));
        if let Some((at, _, list)) = known.max_by_key(|(_, _, list)| list.epoch()) {
            return Some((at, list.epoch()));
        }
        // spec: GROUP-42
        let key = |node: &Node, list: &DeviceList| {
            (brings(seen, node), core::cmp::Reverse(list.epoch()), node.order())
        };
        let (at, _, list) = pins().min_by_key(|(_, node, list)| key(node, list))?;
        take(self.dag, seen, at);
        Some((at, list.epoch()))
    }

    /// A pin of the list before `list`, or of `list` itself, unless it brings much.
    fn newest_pin(&self, list: &DeviceList, seen: &mut Bits) -> Option<usize> {
        let account = list.account_id();
        let pins = self.pins(&account).filter(|(_, _, pinned)| pinned.epoch() <= list.epoch());
        let key = |node: &Node, pinned: &DeviceList| (core::cmp::Reverse(pinned.epoch()), node.pin_order());
        let few = |node: &Node| brings(seen, node) < MEMBER_LEAVES;
        let before = pins.filter(|(_, node, _)| few(node)).min_by_key(|(_, node, pinned)| key(node, pinned));
        let (at, _, _) = before?;
        take(self.dag, seen, at);
        Some(at)
    }

    /// The leaves of the account that count: a new grant must follow them. As many as bring little together.
    fn leaves(&self, account: &AccountId, seen: &mut Bits) -> Vec<usize> {
        let leaves = self.dag.of(account).map_or(&[][..], |of| &of.leaves);
        let valid = leaves.iter().copied().filter(|at| self.verdict.valid.has(*at) && !self.avoided.has(*at));
        let mut nodes: Vec<(usize, &Node)> = valid.filter_map(|at| Some((at, self.dag.get(at)?))).collect();
        nodes.sort_by_key(|(_, node)| node.order());
        let (mut room, mut taken) = (MEMBER_LEAVES, Vec::new());
        for (at, node) in nodes {
            let more = if seen.has(at) { 0 } else { brings(seen, node) };
            if more <= room {
                room -= more;
                take(self.dag, seen, at);
                taken.push(at);
            }
        }
        taken
    }

    /// What is seen of what the account did as an admin, and of what others set for it.
    fn known_of(&self, account: &AccountId, seen: &Bits) -> Vec<usize> {
        let Some(of) = self.dag.of(account) else { return Vec::new() };
        let acts = of.authored.iter().filter(|at| self.dag.get(**at).is_some_and(|node| node.entry.is_act()));
        acts.chain(&of.sets).copied().filter(|at| seen.has(*at) && self.verdict.valid.has(*at)).collect()
    }

    /// At most [`MAX_PREVS`] heads of `seen`: those by which all that is `needed` is followed, then always the one that
    /// brings the most acts that the others don't.
    fn prevs(&self, seen: &Bits, needed: &[usize]) -> Vec<[u8; 32]> {
        let mut heads = self.dag.heads(seen);
        let mut followed = Bits::default();
        let mut chosen: Vec<usize> = Vec::new();
        // spec: GROUP-42
        for at in needed {
            let leads =
                |head: &usize| *head == *at || self.dag.get(*head).is_some_and(|node| node.past.has(*at));
            if chosen.len() < MAX_PREVS
                && !followed.has(*at)
                && let Some(head) = heads.iter().copied().find(leads)
            {
                take(self.dag, &mut followed, head);
                chosen.push(head);
            }
        }
        while chosen.len() < MAX_PREVS {
            heads.retain(|head| !followed.has(*head));
            let acts = |head: usize| {
                let past =
                    self.dag.get(head).map_or(0, |node| node.past.count_new(&self.verdict.valid, &followed));
                past + usize::from(self.verdict.valid.has(head))
            };
            let hash = |head: usize| self.dag.get(head).map(|node| node.entry.hash);
            let Some(head) = heads.iter().copied().max_by_key(|head| (acts(*head), hash(*head))) else {
                break;
            };
            take(self.dag, &mut followed, head);
            chosen.push(head);
        }
        let mut prevs: Vec<[u8; 32]> =
            chosen.iter().filter_map(|at| Some(*self.dag.get(*at)?.entry.hash.as_bytes())).collect();
        prevs.sort_unstable();
        prevs
    }
}
