//! Many devices at once: a backlog in which each has begun a chain, and a group's entry that is sealed for each in a chain
//! of its own. With the feature `parallel` their agreements are spread over all cores; `RAYON_NUM_THREADS=1` has it on one.
#![allow(clippy::expect_used, reason = "a benchmark ends when its fixture is broken")]
#![allow(clippy::indexing_slicing, reason = "people by their numbers")]

use core::time::Duration;
use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use entrenous::{
    GroupAct, GroupId,
    operation::{Receive, ReceiveMany},
};
use entrenous_testkit::group_world::{GroupWorld, Letter};

/// Devices beside the one that is measured.
const DEVICES: usize = 96;

struct Hub {
    world: GroupWorld,
    group: GroupId,
    named: u32,
}

impl Hub {
    fn new() -> Self {
        let mut world = GroupWorld::new(1 + DEVICES, 1).expect("scripted");
        let (group, _) = world.client(0).create_group("a group").expect("scripted");
        for other in 1..=DEVICES {
            world.meet(0, other).expect("scripted");
            let account = world.client(other).account_id();
            world.client(0).invite(&group, &account).expect("scripted");
            world.collect(0).expect("scripted");
            world.settle().expect("scripted");
            // with the hub alone it has a session: nobody else is told
            world.client(other).join_group(&group).expect("scripted");
            world.collect(other).expect("scripted");
            world.settle().expect("scripted");
        }
        Self { world, group, named: 0 }
    }

    /// The times of opening a backlog, and of sealing for all.
    fn round(&mut self) -> [Duration; 2] {
        let letters = self.backlog();
        [self.open(&letters), self.seal()]
    }

    /// Each of the others has a message for the hub, in a new chain.
    fn backlog(&mut self) -> Vec<Letter> {
        let hub = self.world.client(0).account_id();
        for other in 1..=DEVICES {
            self.world.client(other).send(&hub, b"A line as long as people write.").expect("a session");
            self.world.collect(other).expect("scripted");
        }
        let letters = self.world.letters.drain(..).filter(|letter| letter.to == 0);
        letters.collect()
    }

    /// Opens them in one commit.
    fn open(&mut self, letters: &[Letter]) -> Duration {
        let froms: Vec<_> = letters.iter().map(|letter| self.world.people[letter.from].address()).collect();
        let envelopes: Vec<_> =
            letters.iter().zip(froms).map(|(letter, from)| Receive { from, bytes: &letter.bytes }).collect();
        let start = Instant::now();
        let outcomes = self.world.client(0).perform(&ReceiveMany { envelopes: &envelopes });
        let time = start.elapsed();
        assert!(outcomes.expect("in memory").iter().all(Result::is_ok));
        self.world.read(0).expect("in memory");
        time
    }

    /// Seals an entry of the group for all in one commit, and they get it.
    fn seal(&mut self) -> Duration {
        self.named += 1;
        let (group, title) = (self.group, self.named.to_string());
        let start = Instant::now();
        let changed = self.world.client(0).change_group(&group, GroupAct::Rename(&title));
        let time = start.elapsed();
        assert_eq!(changed.expect("an admin").outgoing.len(), DEVICES);
        self.world.collect(0).expect("in memory");
        self.world.settle().expect("in memory");
        time
    }
}

fn bulk(c: &mut Criterion) {
    let mut hub = Hub::new();
    let mut group = c.benchmark_group(format!("{DEVICES} devices, each in a new chain"));
    group.throughput(Throughput::Elements(DEVICES as u64)).sample_size(10);
    for (at, name) in ["open a backlog", "seal a group's entry"].into_iter().enumerate() {
        group.bench_function(name, |b| {
            b.iter_custom(|iterations| (0..iterations).map(|_| hub.round()[at]).sum());
        });
    }
    group.finish();
}

criterion_group!(benches, bulk);
criterion_main!(benches);
