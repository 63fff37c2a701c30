//! Links of the chain of lists, and the proof that is made of them: hashes alone, no list between has to be kept
//! or sent. Building it is here; what it shows is judged in [`lineage`](crate::lineage).

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};

use entrenous_wire::{Malformed, Reason, Strict, fixed, list_proof::MAX_LINKS, proto};

use crate::{Ancestry, DeviceList, Lineage, ListName, device_list::list_hash};

/// What stands for a list where only its place in the chain matters: its parents and H(body), 64 or 96 bytes.
/// It has no epoch: that is inside of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListLink {
    parents: Vec<[u8; 32]>,
    body_hash: [u8; 32],
    hash: [u8; 32],
}

impl ListLink {
    /// None without parents: such a link would join nothing.
    pub(crate) fn new(parents: Vec<[u8; 32]>, body_hash: [u8; 32]) -> Option<Self> {
        let hash = list_hash(&parents, &body_hash);
        (!parents.is_empty()).then_some(Self { parents, body_hash, hash })
    }

    /// Reads a link.
    ///
    /// # Errors
    /// [`Malformed`] unless there are one or two parents, strictly ascending, and a hash.
    pub fn from_proto(link: &proto::ListLink) -> Result<Self, Malformed> {
        link.check()?;
        let parents = link.parents.as_chunks::<32>().0.to_vec();
        Self::new(parents, fixed("list link body hash", &link.body_hash)?)
            .ok_or(Malformed::new("list link parents", Reason::Missing))
    }

    /// The link for the wire, or for the record that keeps it.
    pub fn to_proto(&self) -> proto::ListLink {
        proto::ListLink { parents: self.parents.concat(), body_hash: self.body_hash.to_vec() }
    }

    /// The hash of the list that the link stands for.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// The hashes of that list's parents.
    pub fn parents(&self) -> &[[u8; 32]] {
        &self.parents
    }
}

/// The links from a list down towards an older one, newest first: 1 to 256. Believed in nothing until
/// [`Ancestry::of`](crate::Ancestry::of) has joined it to a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListProof {
    links: Vec<ListLink>,
}

impl ListProof {
    /// Reads a proof. What it shows, and of which list, is not judged here.
    ///
    /// # Errors
    /// [`Malformed`] for no links, more than 256, or one that is none.
    pub fn from_proto(proof: &proto::ListProof) -> Result<Self, Malformed> {
        proof.check()?;
        Ok(Self { links: proof.links.iter().map(ListLink::from_proto).collect::<Result<_, _>>()? })
    }

    /// The proof for the wire.
    pub fn to_proto(&self) -> proto::ListProof {
        proto::ListProof { links: self.links.iter().map(ListLink::to_proto).collect() }
    }

    /// The links, newest first.
    pub fn links(&self) -> &[ListLink] {
        &self.links
    }

    /// The shortest proof from `history`, the account's links in any order, that shows how `newer` stands to
    /// `known`: that it descends from it or, where every list down to `known`'s epoch has one parent, that it
    /// doesn't. None when `newer` needs no proof because its own parents show it, and when `history` can't.
    pub fn build(newer: &DeviceList, known: &ListName, history: &[ListLink]) -> Option<Self> {
        let by_hash: BTreeMap<&[u8; 32], &ListLink> =
            history.iter().map(|link| (link.hash(), link)).collect();
        let links = path(newer, known, &by_hash).or_else(|| straight_down(newer, known, &by_hash))?;
        let proof = Self { links };
        let shows = Ancestry::of(newer, Some(&proof)).ok()?.lineage(known).ok()?;
        (!proof.links.is_empty() && shows != Lineage::Unknown).then_some(proof)
    }
}

type Links<'a> = BTreeMap<&'a [u8; 32], &'a ListLink>;

/// The fewest links that join `newer` to `known`, breadth first.
fn path(newer: &DeviceList, known: &ListName, by_hash: &Links<'_>) -> Option<Vec<ListLink>> {
    let mut reached: BTreeSet<[u8; 32]> = BTreeSet::new();
    let mut next: VecDeque<Vec<&ListLink>> = VecDeque::from([Vec::new()]);
    while let Some(links) = next.pop_front() {
        let parents = links.last().map_or(newer.parents(), |link| link.parents());
        if parents.contains(&known.hash) {
            return Some(links.into_iter().cloned().collect());
        }
        if links.len() >= MAX_LINKS as usize {
            return None;
        }
        for parent in parents {
            if let Some(link) = by_hash.get(parent).filter(|_| reached.insert(*parent)) {
                let mut longer = links.clone();
                longer.push(link);
                next.push_back(longer);
            }
        }
    }
    None
}

/// The links of `newer`'s ancestors with one child and one parent each, as far as `known`'s epoch.
fn straight_down(newer: &DeviceList, known: &ListName, by_hash: &Links<'_>) -> Option<Vec<ListLink>> {
    let between = newer.epoch().checked_sub(known.epoch)?.checked_sub(1)?.min(MAX_LINKS);
    let mut links: Vec<ListLink> = Vec::new();
    for _ in 0..between {
        let [parent] = links.last().map_or(newer.parents(), |link| link.parents()) else { return None };
        let link = (*by_hash.get(parent)?).clone();
        links.push(link);
    }
    Some(links)
}
