//! What an honest entry follows. Which entries count is for all to agree on; which of them an author builds on is his
//! own choice, and what a valid act builds on counts as long as the act does. So lists and leaves follow their own
//! account alone, and acts follow acts, of each branch of the group only so many. What is left beside counts
//! nevertheless, and goes when its author is removed.

use alloc::{collections::BTreeMap, vec, vec::Vec};

use entrenous_identity::AccountId;
use entrenous_wire::roster_entry::Role;

use super::{
    MAX_BYTES, MAX_ENTRIES, MEMBER_ENTRIES,
    bits::Bits,
    dag::{Dag, Node},
    judge::Verdict,
};

/// How much of one branch is followed.
#[derive(Clone, Copy, Default)]
struct Share {
    entries: usize,
    bytes: usize,
}

/// Of an admin and of everybody that only he brought in: a quarter of a roster.
const ADMIN_SHARE: Share = Share { entries: MAX_ENTRIES / 4, bytes: MAX_BYTES / 4 };

/// Of a member: what it may write, with a few long proofs.
const MEMBER_SHARE: Share = Share { entries: MEMBER_ENTRIES, bytes: 256 << 10 };

impl Share {
    fn plus(self, node: &Node) -> Self {
        Self { entries: self.entries + 1, bytes: self.bytes + node.entry.bytes.len() }
    }

    fn fits(self, most: Self) -> bool {
        self.entries <= most.entries && self.bytes <= most.bytes
    }
}

/// Puts the entry at `at` into `seen`, with all that it follows.
pub(crate) fn take(dag: &Dag, seen: &mut Bits, at: usize) {
    if let Some(node) = dag.get(at) {
        seen.unite(&node.past);
        seen.insert(at);
    }
}

/// How many entries that would be.
pub(crate) fn brings(seen: &Bits, node: &Node) -> usize {
    node.past.count_new(&node.past, seen) + 1
}

/// The acts that `account` did, as far as they are valid or `spared` has them, with all that they follow. None that
/// is in `tainted`.
pub(crate) fn own(
    dag: &Dag,
    verdict: &Verdict,
    account: &AccountId,
    tainted: &Bits,
    spared: impl Fn(usize) -> bool,
) -> Bits {
    let mut seen = Bits::default();
    let authored = dag.of(account).map_or(&[][..], |of| &of.authored);
    for at in authored.iter().copied().filter(|at| !tainted.has(*at)) {
        let is_act = dag.get(at).is_some_and(|node| node.entry.is_act());
        // spec: GROUP-42
        if is_act && (verdict.valid.has(at) || spared(at)) {
            take(dag, &mut seen, at);
        }
    }
    seen
}

/// The acts that a new act of `issuer` follows, with all that these follow.
pub(crate) fn acts(dag: &Dag, verdict: &Verdict, issuer: &AccountId) -> Bits {
    let trusted = trusted(dag, verdict, issuer);
    let branches = branches(dag, &trusted);
    let branch = |at: usize| branches.get(at).copied().flatten();
    let acts = verdict.valid.iter().filter_map(|at| Some((at, dag.get(at)?)));
    let (theirs, mut others): (Vec<_>, Vec<_>) = acts
        .filter(|(_, node)| node.entry.is_act())
        .partition(|(_, node)| trusted.contains(&node.entry.author));

    let mut seen = Bits::default();
    for (at, _) in theirs {
        take(dag, &mut seen, at);
    }
    let mut shares: BTreeMap<AccountId, Share> = BTreeMap::new();
    for (at, node) in seen.iter().filter_map(|at| Some((at, dag.get(at)?))) {
        if let Some(branch) = branch(at) {
            let share = shares.entry(branch).or_default();
            *share = share.plus(node);
        }
    }
    others.sort_by_key(|(_, node)| node.order());
    let mut beside = Bits::default();
    for (at, node) in others {
        if seen.has(at) {
            continue;
        }
        // what follows an act that is too much is too much
        // spec: GROUP-42
        let grown =
            if node.past.meets(&beside) { None } else { grown(dag, verdict, &seen, &shares, at, branch) };
        match grown {
            Some(grown) => {
                shares.extend(grown);
                take(dag, &mut seen, at);
            }
            None => beside.insert(at),
        }
    }
    seen
}

/// The shares that change when the entry at `at` is followed; none if one would be too much.
fn grown(
    dag: &Dag,
    verdict: &Verdict,
    seen: &Bits,
    shares: &BTreeMap<AccountId, Share>,
    at: usize,
    branch: impl Fn(usize) -> Option<AccountId>,
) -> Option<BTreeMap<AccountId, Share>> {
    let mut grown: BTreeMap<AccountId, (Share, Share)> = BTreeMap::new();
    let node = dag.get(at)?;
    for at in node.past.iter().filter(|at| !seen.has(*at)).chain([at]) {
        let (Some(node), Some(branch)) = (dag.get(at), branch(at)) else { continue };
        let (share, most) = grown.entry(branch).or_insert_with(|| {
            (shares.get(&branch).copied().unwrap_or_default(), share_of(dag, verdict, &branch))
        });
        *share = share.plus(node);
        if !share.fits(*most) {
            return None;
        }
    }
    Some(grown.into_iter().map(|(branch, (share, _))| (branch, share)).collect())
}

fn share_of(dag: &Dag, verdict: &Verdict, account: &AccountId) -> Share {
    let grants = dag.of(account).map_or(&[][..], |of| &of.grants);
    let is_admin = |at: &usize| {
        let granted = dag.get(*at).and_then(|node| node.entry.grants());
        verdict.valid.has(*at) && granted.is_some_and(|(_, role)| role == Role::Admin)
    };
    if grants.iter().any(is_admin) { ADMIN_SHARE } else { MEMBER_SHARE }
}

/// Who is followed in everything: the issuer itself, and the most senior admin, also if he left. Over these nobody
/// stands who could undo what they do.
fn trusted(dag: &Dag, verdict: &Verdict, issuer: &AccountId) -> Vec<AccountId> {
    let mut trusted = vec![*issuer];
    let first = |open: &dyn Fn(usize) -> bool| {
        let grants = dag.accounts().flat_map(|(account, of)| of.grants.iter().map(move |at| (*account, *at)));
        let admins = grants.filter(|(_, at)| open(*at)).filter_map(|(account, at)| {
            let node = dag.get(at)?;
            node.entry.grants().filter(|(_, role)| *role == Role::Admin)?;
            Some((node.rank(), account))
        });
        admins.min().map(|(_, account)| account)
    };
    trusted.extend(first(&|at| verdict.live.has(at)));
    trusted.extend(first(&|at| verdict.live.has(at) || verdict.left.contains_key(&at)));
    trusted
}

/// For each entry the account to which somebody `trusted` gave the role from which it comes: its author, or who
/// brought the author in, directly or over others. None for what those write themselves.
fn branches(dag: &Dag, trusted: &[AccountId]) -> Vec<Option<AccountId>> {
    let mut branches: Vec<Option<AccountId>> = Vec::new();
    for node in dag.nodes() {
        let author = node.entry.author;
        // an entry stands behind its grant
        let over = branches.get(node.under).copied().flatten();
        branches.push(if trusted.contains(&author) { None } else { over.or(Some(author)) });
    }
    branches
}
