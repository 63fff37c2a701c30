//! The rules once more, over a graph whose every edge and epoch is in plain sight: what the product has to find
//! from hashes, the model looks up.

use std::collections::{BTreeMap, BTreeSet};

use entrenous_identity::{DeviceList, ListProof};

use crate::world::World;

pub(crate) type Node = usize;

/// Every list that an account ever signed.
pub(crate) struct Graph {
    pub(crate) lists: Vec<DeviceList>,
    pub(crate) parents: Vec<Vec<Node>>,
    by_hash: BTreeMap<[u8; 32], Node>,
}

/// How a list is made: how many lists back its parents are, and its devices as bits.
pub(crate) type Recipe = (usize, Option<usize>, u8);

impl Graph {
    pub(crate) fn new(world: &World, recipes: &[Recipe]) -> Self {
        let mut graph = Self { lists: vec![], parents: vec![], by_hash: BTreeMap::new() };
        graph.add(world.first(&[0, 1]), vec![]);
        for (back, second, devices) in recipes {
            let newest = graph.lists.len() - 1;
            let parents: BTreeSet<Node> = [Some(back), second.as_ref()]
                .into_iter()
                .flatten()
                .map(|back| newest.saturating_sub(*back))
                .collect();
            let devices: Vec<usize> = (0..6).filter(|device| devices >> device & 1 == 1).collect();
            graph.issue(world, &parents.into_iter().collect::<Vec<_>>(), &devices);
        }
        graph
    }

    /// The successor of `parents`; one that is there already is not there twice.
    pub(crate) fn issue(&mut self, world: &World, parents: &[Node], devices: &[usize]) -> Node {
        let lists: Vec<&DeviceList> = parents.iter().map(|parent| &self.lists[*parent]).collect();
        let list = world.next(&lists, devices);
        match self.by_hash.get(list.hash()) {
            Some(node) => *node,
            None => self.add(list, parents.to_vec()),
        }
    }

    fn add(&mut self, list: DeviceList, parents: Vec<Node>) -> Node {
        self.by_hash.insert(*list.hash(), self.lists.len());
        self.lists.push(list);
        self.parents.push(parents);
        self.lists.len() - 1
    }

    pub(crate) fn node(&self, list: &DeviceList) -> Node {
        self.by_hash[list.hash()]
    }

    pub(crate) fn epoch(&self, node: Node) -> u32 {
        self.lists[node].epoch()
    }

    pub(crate) fn leaves(&self) -> Vec<Node> {
        let inner: BTreeSet<Node> = self.parents.iter().flatten().copied().collect();
        (0..self.lists.len()).filter(|node| !inner.contains(node)).collect()
    }

    pub(crate) fn is_ancestor(&self, older: Node, newer: Node) -> bool {
        self.parents[newer].iter().any(|parent| *parent == older || self.is_ancestor(older, *parent))
    }

    /// The lists whose parents a reader sees: `node` and those that the proof stands for.
    pub(crate) fn seen(&self, node: Node, proof: Option<&ListProof>) -> Vec<Node> {
        let links = proof.into_iter().flat_map(ListProof::links);
        [node].into_iter().chain(links.map(|link| self.by_hash[link.hash()])).collect()
    }

    fn shown_ancestor(&self, seen: &[Node], known: Node) -> bool {
        seen.iter().any(|node| self.parents[*node].contains(&known))
    }

    /// Whether the lists with one parent each lead down to another list of `known`'s epoch.
    fn shown_stranger(&self, seen: &[Node], known: Node) -> bool {
        let straight = seen.iter().take_while(|node| self.parents[**node].len() == 1).count();
        let reached = seen.iter().take(straight + 1).any(|node| {
            self.parents[*node].iter().map(|parent| self.epoch(*parent)).max() == Some(self.epoch(known))
        });
        self.epoch(seen[0]) == self.epoch(known) || (reached && !self.shown_ancestor(seen, known))
    }
}

/// What is known, as nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) in_force: Node,
    pub(crate) others: BTreeSet<Node>,
    pub(crate) proven: Option<Node>,
}

impl Model {
    /// One list more; false when it is refused.
    pub(crate) fn consider(&mut self, graph: &Graph, seen: &[Node]) -> bool {
        let list = seen[0];
        let branches: BTreeSet<Node> = self.others.iter().copied().chain([self.in_force]).collect();
        let kept = branches.contains(&list);
        let ended: BTreeSet<Node> =
            branches.iter().copied().filter(|branch| graph.shown_ancestor(seen, *branch)).collect();
        let highest = branches.iter().map(|branch| graph.epoch(*branch)).max().expect("one in force");
        let floor = if ended.is_empty() { highest } else { graph.epoch(self.in_force) };
        if !kept && graph.epoch(list) < floor {
            return false;
        }
        let jumps = branches.len() == 1 && !kept && !graph.shown_stranger(seen, self.in_force);
        let next_in_force = if ended.contains(&self.in_force) || jumps { list } else { self.in_force };
        let mut next: BTreeSet<Node> = branches.difference(&ended).copied().collect();
        next.insert(list);
        let mut proven = self.proven;
        if jumps && ended.is_empty() {
            next.remove(&self.in_force);
            proven = proven.or(Some(self.in_force));
        }
        if let Some(last) = proven.filter(|_| next_in_force == list) {
            if graph.shown_ancestor(seen, last) {
                proven = None;
            } else if graph.shown_stranger(seen, last) {
                next.insert(last);
                proven = None;
            }
        }
        if next.len() > 4 {
            return false;
        }
        next.remove(&next_in_force);
        *self = Self { in_force: next_in_force, others: next, proven };
        true
    }
}
