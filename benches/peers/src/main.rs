//! Our groups beside OpenMLS and mls-rs, in turn and in one run: see `README.md`.
#![allow(clippy::expect_used, reason = "a benchmark ends when its fixture is broken")]

mod bars;
mod clock;
mod messages;
mod mls;
mod mls_rs;
mod openmls;
mod ours;
mod party;
mod pieces;
mod rotations;
mod sessions;
mod table;

use std::{env, time::Instant};

use mls_rs_crypto_awslc::AwsLcCryptoProvider;
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use rayon::ThreadPoolBuilder;

use crate::{
    bars::{ROTATE_200, ROTATE_1000_RECEIVER, ROTATE_1000_SENDER},
    mls::{Group, Library, Tree},
    mls_rs::MlsRs,
    openmls::OpenMls,
    ours::Ours,
    party::{Messages, Rotation},
    rotations::{Bars, Peers},
    table::{PARTIES, Table},
};

const PARTS: [&str; 4] = ["messages", "200", "1000", "pieces"];

/// Members of the groups in which messages are measured: one in which an implementation of MLS has the least to do, and
/// a larger one. Ours doesn't depend on it.
const MESSAGE_GROUPS: [usize; 2] = [2, 200];

fn main() {
    let asked: Vec<String> = env::args().skip(1).collect();
    if let Some(unknown) = asked.iter().find(|part| !PARTS.contains(&part.as_str())) {
        eprintln!("{unknown} is none of the parts: {}", PARTS.join(", "));
        return;
    }
    // OpenMLS spreads work over all cores: it all has to be in this thread, whose time is taken
    ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().expect("the first pool");

    let start = Instant::now();
    let mut table = Table::default();
    for part in PARTS.into_iter().filter(|part| asked.is_empty() || asked.iter().any(|asked| asked == part)) {
        match part {
            "messages" => messages(&mut table),
            "200" => {
                let bars = Bars { sender: ROTATE_200, receiver: None };
                rotations(200, bars, &mut table);
            }
            "1000" => {
                let bars = Bars { sender: ROTATE_1000_SENDER, receiver: ROTATE_1000_RECEIVER };
                rotations(1000, bars, &mut table);
            }
            _ => pieces::print(),
        }
        println!("{part}: done after {:.0} s in all", start.elapsed().as_secs_f64());
    }
    table.print();
}

fn messages(table: &mut Table) {
    for members in MESSAGE_GROUPS {
        let others = members - 1;
        let ours: Box<dyn Messages> = Box::new(Ours::new());
        let parties: [Option<Box<dyn Messages>>; PARTIES.len()] = [
            Some(ours),
            group(OpenMls, 1, others, Tree::Full).map(|group| Box::new(group) as _),
            group(MlsRs(RustCryptoProvider::new()), 2, others, Tree::Full).map(|group| Box::new(group) as _),
            group(MlsRs(AwsLcCryptoProvider::new()), 3, others, Tree::Full).map(|group| Box::new(group) as _),
        ];
        messages::measure(parties, members, table);
    }
}

/// `others` beside the sender: as many are given the new key.
fn rotations(others: usize, bars: Bars, table: &mut Table) {
    let peers = |tree| -> Peers {
        [
            group(OpenMls, 1, others, tree).map(boxed),
            group(MlsRs(RustCryptoProvider::new()), 2, others, tree).map(boxed),
            group(MlsRs(AwsLcCryptoProvider::new()), 3, others, tree).map(boxed),
        ]
    };
    rotations::measure(others, peers(Tree::Full), peers(Tree::Blank), bars, table);
}

fn boxed<L: Library + 'static>(group: Group<L>) -> Box<dyn Rotation> {
    Box::new(group)
}

/// A group of the party in a column.
fn group<L: Library>(library: L, column: usize, others: usize, tree: Tree) -> Option<Group<L>> {
    let (name, kind) = (PARTIES[column], if tree == Tree::Full { "full" } else { "blank" });
    let Some((group, time)) = Group::new(library, others, tree) else {
        println!("{name}: a {kind} tree of {} takes too long and is left out", others + 1);
        return None;
    };
    println!("{name}: a {kind} tree of {} took {:.1} s", others + 1, time.as_secs_f64());
    Some(group)
}
