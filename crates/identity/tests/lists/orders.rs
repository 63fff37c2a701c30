//! Any lists in any order of arrival, with and without proofs, against the model.

use std::collections::BTreeSet;

use entrenous_identity::{DeviceId, DeviceList, KnownLists, ListEvent, ListProof};
use proptest::{collection, option, prelude::*, sample::Index, test_runner::TestCaseResult};

use crate::{
    model::{Graph, Model, Node, Recipe},
    world::{TODAY, World, recipients},
};

fn recipes() -> impl Strategy<Value = Vec<Recipe>> {
    let recipe = (0..4_usize, option::weighted(0.25, 0..4_usize), 1..64_u8);
    collection::vec(recipe, 1..14)
}

fn straight() -> impl Strategy<Value = Vec<Recipe>> {
    collection::vec((Just(0), Just(None), 1..64_u8), 1..10)
}

/// Which list arrives, and which other list its proof is for.
fn arrivals() -> impl Strategy<Value = Vec<(Index, Option<Index>)>> {
    collection::vec((any::<Index>(), option::of(any::<Index>())), 1..30)
}

fn devices(list: &DeviceList) -> BTreeSet<DeviceId> {
    list.device_ids().collect()
}

fn branches(known: &KnownLists) -> Vec<&DeviceList> {
    core::iter::once(known.in_force()).chain(known.other_branches()).collect()
}

/// A reader, the model of it, and the highest epoch that it accepted.
struct Reader<'a> {
    graph: &'a Graph,
    known: KnownLists,
    model: Model,
    highest: u32,
}

impl<'a> Reader<'a> {
    fn new(graph: &'a Graph, first: Node) -> Self {
        Self {
            graph,
            known: KnownLists::first(graph.lists[first].clone()),
            model: Model { in_force: first, others: BTreeSet::new(), proven: None },
            highest: graph.epoch(first),
        }
    }

    fn proof(&self, node: Node, of: Node) -> Option<ListProof> {
        let links: Vec<_> = self.graph.lists.iter().filter_map(DeviceList::link).collect();
        ListProof::build(&self.graph.lists[node], &self.graph.lists[of].name(), &links)
    }

    fn receive(&mut self, node: Node, proof: Option<&ListProof>) -> TestCaseResult {
        let list = &self.graph.lists[node];
        let accepted = self.model.consider(self.graph, &self.graph.seen(node, proof));
        let change = self.known.consider(list, proof, TODAY);
        prop_assert_eq!(change.is_ok(), accepted, "{:?}", change.err());
        let Ok(change) = change else { return Ok(()) };
        self.highest = self.highest.max(list.epoch());
        let Some(next) = change.next else {
            prop_assert!(change.events.is_empty());
            return self.agree();
        };
        self.check_events(&next, &change.events)?;
        prop_assert!(next.in_force().epoch() >= self.known.in_force().epoch());
        self.known = next;
        self.agree()
    }

    fn check_events(&self, next: &KnownLists, events: &[ListEvent]) -> TestCaseResult {
        let (old, new) = (devices(self.known.in_force()), devices(next.in_force()));
        let told = |which: fn(&ListEvent) -> Option<DeviceId>| -> BTreeSet<DeviceId> {
            events.iter().filter_map(which).collect()
        };
        let added = told(|event| match event {
            ListEvent::DeviceAdded(id) => Some(*id),
            _ => None,
        });
        let removed = told(|event| match event {
            ListEvent::DeviceRemoved(id) => Some(*id),
            _ => None,
        });
        prop_assert_eq!(added, new.difference(&old).copied().collect());
        prop_assert_eq!(removed, old.difference(&new).copied().collect());
        let begins = !self.known.is_forked() && next.is_forked();
        prop_assert!(!begins || events.iter().any(|event| matches!(event, ListEvent::Forked(_))));
        let ends = self.known.is_forked() && !next.is_forked();
        prop_assert_eq!(ends, events.contains(&ListEvent::Healed));
        Ok(())
    }

    /// The product and the model know the same, and what is claimed is true.
    fn agree(&self) -> TestCaseResult {
        let Self { graph, known, model, .. } = self;
        let others: BTreeSet<Node> = known.other_branches().iter().map(|list| graph.node(list)).collect();
        prop_assert_eq!((graph.node(known.in_force()), &others), (model.in_force, &model.others));
        let proven = model.proven.map(|node| graph.lists[node].name());
        prop_assert_eq!(known.unproven_since(), proven);

        let common = branches(known).into_iter().map(devices).reduce(|one, other| &one & &other);
        prop_assert_eq!(recipients(known), common.into_iter().flatten().collect::<Vec<_>>());
        prop_assert!(known.is_forked() || known.in_force().epoch() == self.highest);
        if let Some([first, other]) = known.evidence() {
            let (first, other) = (graph.node(first), graph.node(other));
            prop_assert!(!graph.is_ancestor(first, other) && !graph.is_ancestor(other, first));
        }
        let record = known.to_record();
        let again = KnownLists::from_record(&record).map(|known| known.to_record());
        prop_assert_eq!(again, Ok(record));
        Ok(())
    }

    /// What a reader does that asks for what it misses: `node` again, with a proof for all that is open.
    fn settle(&mut self, node: Node) -> TestCaseResult {
        let open: Vec<Node> = branches(&self.known)
            .into_iter()
            .map(|list| self.graph.node(list))
            .chain(self.model.proven)
            .collect();
        for of in open {
            self.receive(node, self.proof(node, of).as_ref())?;
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn the_model_agrees(recipes in recipes(), first in any::<Index>(), arrivals in arrivals()) {
        let graph = Graph::new(&World::new(), &recipes);
        let lists = graph.lists.len();
        let mut reader = Reader::new(&graph, first.index(lists.min(3)));
        for (node, of) in &arrivals {
            let node = node.index(lists);
            let proof = of.and_then(|of| reader.proof(node, of.index(lists)));
            reader.receive(node, proof.as_ref())?;
        }
    }

    /// Once the account has ended all of its branches, every reader comes to the same, whatever it saw before.
    #[test]
    fn all_readers_agree_in_the_end(recipes in recipes(), arrivals in collection::vec(arrivals(), 2)) {
        let world = World::new();
        let mut graph = Graph::new(&world, &recipes);
        let lists = graph.lists.len();
        let mut last = 0;
        for leaf in graph.leaves() {
            let parents: Vec<Node> = [last, leaf].into_iter().filter(|node| *node != 0).collect();
            last = graph.issue(&world, &parents, &[0, 3]);
        }
        for arrivals in &arrivals {
            let mut reader = Reader::new(&graph, 0);
            for (node, of) in arrivals {
                let node = node.index(lists);
                let proof = of.and_then(|of| reader.proof(node, of.index(lists)));
                reader.receive(node, proof.as_ref())?;
            }
            reader.settle(last)?;
            prop_assert_eq!(reader.known.to_record(), KnownLists::first(graph.lists[last].clone()).to_record());
        }
    }

    /// An account that never forks is never said to, and the newest list that came is in force.
    #[test]
    fn one_branch_stays_one(recipes in straight(), first in any::<Index>(), arrivals in arrivals()) {
        let graph = Graph::new(&World::new(), &recipes);
        let lists = graph.lists.len();
        let mut reader = Reader::new(&graph, first.index(lists));
        for (node, of) in &arrivals {
            let node = node.index(lists);
            let proof = of.and_then(|of| reader.proof(node, of.index(lists)));
            reader.receive(node, proof.as_ref())?;
            prop_assert!(!reader.known.is_forked());
        }
        prop_assert_eq!(reader.known.in_force().epoch(), reader.highest);
    }
}
