//! Every case under valgrind, each in a process of its own.

use std::{collections::BTreeMap, path::Path, process::Command, thread};

use crate::{
    case::{Case, Control, Decision},
    cases,
};

/// Names of what is public by design.
const PUBLIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/public.supp");

/// Whether all controls leak and no case does, in `program`; prints a table.
pub fn run(back_end: &str, program: &Path) -> bool {
    println!("\n## Memcheck, {back_end}\n");
    println!("| case | branches and indexes | decided by design |\n|---|---|---|");
    let controls = each(program, cases::CONTROLS, |Control { name, .. }| name);
    let leak = controls.map(|(Control { name, .. }, found)| found.print(name, found.errors > 0));
    let cases: Vec<_> = cases::all().collect();
    let cases = each(program, &cases, |Case { name, .. }| name);
    let hold = cases.map(|(Case { name, decisions, .. }, found)| {
        found.print(name, found.errors == 0 && found.are(decisions))
    });
    // all of them, whatever the first has come to
    leak.chain(hold).fold(true, |held, this| held & this)
}

/// What is found in each of `items`, as many at a time as there are cores.
fn each<'a, T: Sync>(
    program: &'a Path,
    items: &'a [T],
    name: fn(&T) -> &str,
) -> impl Iterator<Item = (&'a T, Found)> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    items.chunks(cores).flat_map(move |chunk| {
        thread::scope(|scope| {
            let start = |item| scope.spawn(move || Found::in_case(program, name(item)));
            let started: Vec<_> = chunk.iter().map(start).collect();
            let found = started.into_iter().map(|child| child.join().expect("printed why"));
            chunk.iter().zip(found).collect::<Vec<_>>()
        })
    })
}

/// What memcheck has found.
struct Found {
    errors: usize,
    /// How often each was met.
    decisions: BTreeMap<String, usize>,
    log: String,
}

impl Found {
    fn in_case(program: &Path, name: &str) -> Self {
        let output = Command::new("valgrind")
            .args(["--show-error-list=yes", "--error-limit=no", "--num-callers=40"])
            .arg(format!("--suppressions={PUBLIC}"))
            .arg(program)
            .args(["--run", name])
            .output()
            .expect("valgrind is installed");
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{name} did not end as it should:\n{log}");
        let errors = errors(&log).expect("valgrind ends with a summary");
        let mut decisions = BTreeMap::new();
        for (name, times) in log.lines().filter_map(decision) {
            *decisions.entry(name.to_owned()).or_default() += times;
        }
        Self { errors, decisions, log }
    }

    /// Whether exactly these decisions were met, and none more often than it may be.
    fn are(&self, expected: &[Decision]) -> bool {
        let often =
            |Decision(name, most): &Decision| self.decisions.get(*name).is_some_and(|times| times <= most);
        self.decisions.len() == expected.len() && expected.iter().all(often)
    }

    /// Prints the line of the table; `held` comes back.
    fn print(&self, name: &str, held: bool) -> bool {
        let decisions: Vec<_> =
            self.decisions.iter().map(|(name, times)| format!("{name}: {times}")).collect();
        let note = if held { "" } else { " **not as it should be**" };
        println!("| {name} | {}{note} | {} |", self.errors, decisions.join("; "));
        if !held {
            eprintln!("{name}:\n{}", self.log);
        }
        held
    }
}

/// `==1== ERROR SUMMARY: 2 errors from 1 contexts (suppressed: 0 from 0)`
fn errors(log: &str) -> Option<usize> {
    let (_, summary) = log.rsplit_once("ERROR SUMMARY: ")?;
    summary.split(' ').next()?.parse().ok()
}

/// `--1-- used_suppression:      2 NAME PUBLIC:LINE`
fn decision(line: &str) -> Option<(&str, usize)> {
    let (_, used) = line.split_once("used_suppression:")?;
    let (times, used) = used.trim_start().split_once(' ')?;
    let (name, _) = used.split_once(PUBLIC)?;
    Some((name.trim_end(), times.parse().ok()?))
}
