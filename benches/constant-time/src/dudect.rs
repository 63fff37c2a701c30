//! Every case that has two classes, timed, each in a process of its own.

use std::{path::Path, process::Command, sync::OnceLock};

use dudect_bencher::{
    BenchRng, Class, CtRunner,
    ctbench::{BenchMetadata, BenchName, BenchOpts, run_benches_console},
    rand::RngExt,
};

use crate::{
    case::{Case, Control, Prepare},
    cases,
    inputs::Inputs,
};

/// |t| from which two classes take different times.
const LIMIT: f64 = 4.5;
/// Times that a case is tried: other processes disturb, and what differs by itself differs every time.
const TRIES: usize = 3;
/// Inputs that are made before any of them is timed.
const BATCH: usize = 500;

/// Whether all controls are told apart and no case is, in `program`; prints a table.
pub fn run(back_end: &str, program: &Path, only: Option<&str>) -> bool {
    println!("\n## dudect, {back_end}\n\n| case | runs | max \\|t\\| of each try |\n|---|---|---|");
    let wanted = |name: &str| only.is_none_or(|only| name.contains(only));
    let mut held = true;
    for Control { name, timed, .. } in
        cases::CONTROLS.iter().filter(|control| control.timed > 0 && wanted(control.name))
    {
        let t = measure(program, name);
        held &= t > LIMIT;
        println!("| {name} | {timed} | {t:.1}{} |", if t > LIMIT { "" } else { " **not found**" });
    }
    for Case { name, timed, .. } in cases::all().filter(|case| case.timed > 0 && wanted(case.name)) {
        let mut tries = vec![measure(program, name)];
        while tries.len() < TRIES && tries.last().is_some_and(|t| *t > LIMIT) {
            tries.push(measure(program, name));
        }
        let same = tries.last().is_some_and(|t| *t <= LIMIT);
        held &= same;
        let tries: Vec<_> = tries.iter().map(|t| format!("{t:.1}")).collect();
        println!("| {name} | {timed} | {}{} |", tries.join(", "), if same { "" } else { " **differs**" });
    }
    held
}

/// max |t| in a process of its own.
fn measure(program: &Path, name: &str) -> f64 {
    let output = Command::new(program).args(["--time", name]).output().expect("the program itself");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let t = printed.split_once("max t = ").and_then(|(_, rest)| rest.split(',').next()?.parse::<f64>().ok());
    t.unwrap_or_else(|| {
        panic!("{name} was not measured: {printed}{}", String::from_utf8_lossy(&output.stderr))
    })
    .abs()
}

/// What this process times: the crate takes functions without arguments.
static TIMED: OnceLock<(Prepare, usize)> = OnceLock::new();

/// Times one case or control, and prints what comes of it.
pub fn time(prepare: Prepare, runs: usize) {
    TIMED.set((prepare, runs)).expect("one in a process");
    let bench = BenchMetadata { name: BenchName("case"), seed: None, benchfn: sample };
    run_benches_console(BenchOpts::default(), vec![bench]).expect("printed");
}

fn sample(runner: &mut CtRunner, rng: &mut BenchRng) {
    let (prepare, runs) = TIMED.get().expect("set");
    for _ in 0..runs / BATCH {
        let batch: Vec<_> = (0..BATCH)
            .map(|_| {
                let class = if rng.random() { Class::Left } else { Class::Right };
                (class, prepare(&mut Inputs::new(rng, class)))
            })
            .collect();
        for (class, run) in batch {
            runner.run_one(class, run);
        }
    }
}
