//! Ours beside its peers in one run, and the verdict on every bar: see `README.md`.
#![allow(clippy::expect_used, reason = "a benchmark ends when its fixture is broken")]

mod allocations;
mod arguments;
mod backend;
mod bars;
mod candidates;
mod child;
mod clock;
mod curve;
mod driver;
mod durable;
mod groups;
mod in_turn;
mod line;
mod machine;
mod messages;
mod pairs;
mod part;
mod party;
mod pieces;
mod plot;
mod report;
mod results;
mod rotations;
mod sizes;
mod table;
mod unit;
mod verdict;

use std::{env, process::ExitCode};

use crate::arguments::{Arguments, Task};

fn main() -> ExitCode {
    match Arguments::parse(env::args().skip(1)) {
        Ok(Arguments::Child(part)) => {
            child::run(part);
            ExitCode::SUCCESS
        }
        Ok(Arguments::Driver(Task { parts, rounds, plots })) => driver::run(&parts, rounds, plots.as_deref()),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
