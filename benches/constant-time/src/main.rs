//! Whether what is done with secrets depends on them: see `docs/assurance/constant-time.md`.
//!
//! The one `unsafe` block is in `valgrind.rs`: it asks memcheck to take bytes for undefined.
#![allow(clippy::expect_used, clippy::panic, reason = "a measurement ends when its fixture is broken")]

mod case;
mod cases;
mod dudect;
mod inputs;
mod memcheck;
mod valgrind;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use dudect_bencher::{BenchRng, Class, rand::SeedableRng};

const USAGE: &str = "memcheck             both back ends under valgrind
memcheck --portable  the portable one
dudect [TEXT]        both back ends, timed; only cases with TEXT in their names";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let held = match arguments[..] {
        ["memcheck", "--portable"] => memcheck::run("portable", &this()),
        ["memcheck"] => on_both(memcheck::run),
        ["dudect"] => on_both(|back_end, program| dudect::run(back_end, program, None)),
        ["dudect", text] => on_both(|back_end, program| dudect::run(back_end, program, Some(text))),
        ["--run", name] => child(name, |prepare, _| {
            let mut rng = BenchRng::seed_from_u64(1);
            for class in [Class::Left, Class::Right] {
                prepare(&mut inputs::Inputs::new(&mut rng, class))();
            }
        }),
        ["--time", name] => child(name, dudect::time),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the drivers start: one case.
fn child(name: &str, work: impl FnOnce(case::Prepare, usize)) -> bool {
    let (prepare, runs) = cases::named(name).expect("a case");
    work(prepare, runs);
    true
}

fn on_both(run: impl Fn(&str, &Path) -> bool) -> bool {
    let (portable, accelerated) = (this(), accelerated());
    // both, whatever the first has found
    run("portable", &portable) & run("accelerated", &accelerated)
}

fn this() -> PathBuf {
    if cfg!(feature = "accelerated") || cfg!(debug_assertions) {
        panic!("to be run in release and without features: the accelerated program is built here");
    }
    env::current_exe().expect("a program")
}

/// Builds the program with the feature, in a folder beside this one's.
fn accelerated() -> PathBuf {
    let this = this();
    let target = this.ancestors().nth(2).expect("in a folder of its profile").join("accelerated");
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let status = Command::new(cargo)
        .args(["build", "--release", "--locked", "--features", "accelerated", "--manifest-path", manifest])
        .arg("--target-dir")
        .arg(&target)
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the accelerated program doesn't build");
    target.join("release").join(this.file_name().expect("a file"))
}
