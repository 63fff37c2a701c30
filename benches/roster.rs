//! The roster of a group: judging it as a whole, loading it, and taking one entry in.
//!
//! *Typical*: people are pinned, added, promoted and removed, one entry after the other. *Adversarial*: a third each
//! of grants to one account beside each other, of acts by each of these grants, and of removals of the account that
//! have seen all grants' pins and none of the rest.
#![allow(clippy::expect_used, reason = "a benchmark ends when its fixture is broken")]

use core::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use entrenous_group::{
    GroupId,
    roster::{ReceivedEntry, Roster},
};
use entrenous_testkit::{
    oracle::roster::{Act, Hash},
    roster::{Draft, Made, PEOPLE, Person, genesis},
};

fn draft(first: &Made, author: &Person, under: Hash, prevs: Vec<Hash>, act: Act, salt: u64) -> Made {
    let device = author.devices[0].public().id.get();
    let seq = 1000;
    Draft { group: first.plain.hash, author: author.id, device, epoch: 1, seq, salt, under, prevs, act }
        .sign()
}

fn typical(count: usize) -> Vec<Made> {
    let first = genesis(&PEOPLE[0], 1);
    let mut made = vec![first.clone()];
    for n in 1..count {
        let person = &PEOPLE[1 + n / 3 % 6];
        let act = match n % 3 {
            0 => Act::Devices(person.pins[0].plain.clone()),
            1 => Act::Set(person.id, 1),
            _ if n % 2 == 0 => Act::Set(person.id, 0),
            _ => Act::Rename(format!("title {n}")),
        };
        let act = if n < 7 { Act::Devices(PEOPLE[n].pins[0].plain.clone()) } else { act };
        let prev = made[n - 1].plain.hash;
        made.push(draft(&first, &PEOPLE[0], first.plain.hash, vec![prev], act, n as u64));
    }
    made
}

fn adversarial(count: usize) -> Vec<Made> {
    let first = genesis(&PEOPLE[0], 1);
    let root = first.plain.hash;
    let pin = Act::Devices(PEOPLE[1].pins[0].plain.clone());
    let mut made = vec![first.clone(), draft(&first, &PEOPLE[0], root, vec![root], pin, 0)];
    let base = made[1].plain.hash;
    let third = (count - 2) / 3;
    for n in 0..third {
        let grant = draft(&first, &PEOPLE[0], root, vec![base], Act::Set(PEOPLE[1].id, 2), n as u64);
        let hash = grant.plain.hash;
        made.push(grant);
        let title = Act::Rename(format!("title {n}"));
        made.push(draft(&first, &PEOPLE[1], hash, vec![hash], title, n as u64));
        let removal = Act::Set(PEOPLE[1].id, 0);
        made.push(draft(&first, &PEOPLE[0], root, vec![base], removal, n as u64));
    }
    made
}

fn load(made: &[Made]) -> Roster {
    let group = GroupId::from_bytes(made[0].plain.hash);
    Roster::from_entries(group, made.iter().map(|made| made.bytes.as_slice())).expect("a roster").0
}

fn roster(c: &mut Criterion) {
    let mut group = c.benchmark_group("roster");
    group.sample_size(20);
    for (name, make) in [("typical", typical as fn(usize) -> Vec<Made>), ("adversarial", adversarial)] {
        for count in [64, 1024, 4096] {
            let made = make(count);
            let roster = load(&made);
            let heads = roster.entries().map(|entry| entry.hash).collect::<Vec<_>>();
            group.bench_function(format!("evaluate {count} {name}"), |b| {
                b.iter(|| black_box(&roster).state_at(&heads).expect("known"));
            });
            group.bench_function(format!("load {count} {name}"), |b| b.iter(|| load(black_box(&made))));
        }
        let (last, made) =
            make(4096).split_last().map(|(last, made)| (last.clone(), load(made))).expect("many");
        let last = ReceivedEntry::parse(&last.bytes).expect("well-formed");
        group.bench_function(format!("add one to 4095 {name}"), |b| {
            b.iter_batched_ref(
                || (made.clone(), last.clone()),
                |(roster, entry)| roster.add_all(vec![entry.clone()]),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, roster);
criterion_main!(benches);
