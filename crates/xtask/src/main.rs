//! Developer commands: `cargo xtask <command>`.
//!
//! Each command is a module that looks at the workspace and returns its findings, one sentence each.
//! This file only picks the command and turns findings into an exit code.

extern crate alloc;

use core::error::Error;
use std::{path::Path, process::ExitCode};

mod c;
mod copy;
mod deps;
mod fuzz;
mod instructions;
mod manifest;
mod misreadings;
mod models;
mod no_std;
mod oldest;
mod trace;
mod vectors;

/// What a command has to say: nothing found means that all is well.
type Findings = Result<Vec<String>, Box<dyn Error>>;

struct Command {
    name: &'static str,
    help: &'static str,
    run: Run,
}

enum Run {
    /// It looks at something.
    Look(fn() -> Findings),
    /// It writes something, or with `--check` compares it with what is there.
    Write(fn(check: bool) -> Findings),
    /// It puts something into a folder.
    Install(fn(&Path) -> Findings),
}

const COMMANDS: &[Command] = &[
    Command {
        name: "deps",
        help: "check the direction of dependencies, the dependency table and the crypto crates' versions",
        run: Run::Look(deps::run),
    },
    Command {
        name: "no-std",
        help: "check that the core crates need neither std nor unsafe, on a bare target if one is installed",
        run: Run::Look(no_std::run),
    },
    Command {
        name: "oldest",
        help: "check that all builds with the oldest versions that Cargo.toml allows of what it names",
        run: Run::Look(oldest::run),
    },
    Command {
        name: "trace",
        help: "write which rules are carried out and tested where; with `--check` compare it",
        run: Run::Write(trace::run),
    },
    Command {
        name: "vectors",
        help: "write the test vectors; with `--check` compare them",
        run: Run::Write(vectors::run),
    },
    Command {
        name: "instructions",
        help: "count the hot path's instructions under callgrind and write them; with `--check` compare them",
        run: Run::Write(instructions::run),
    },
    Command {
        name: "fuzz",
        help: "run every fuzz target for ENTRENOUS_FUZZ_SECONDS and write down what was run; needs cargo-fuzz",
        run: Run::Look(fuzz::run),
    },
    Command {
        name: "header",
        help: "write the C header; with `--check` compare it",
        run: Run::Write(c::header::run),
    },
    Command {
        name: "abi",
        help: "write the listing of the C ABI; with `--check` compare it",
        run: Run::Write(c::abi::run_or_check),
    },
    Command {
        name: "install-c",
        help: "install the C library, its headers and a file for pkg-config into a folder",
        run: Run::Install(c::install::run_in),
    },
    Command {
        name: "consumers",
        help: "play a scene with a program in each language whose tools are here",
        run: Run::Look(c::consumers::run_all),
    },
    Command { name: "memcheck", help: "run the C suite under valgrind", run: Run::Look(c::memory::memcheck) },
    Command {
        name: "sanitizers",
        help: "run the C suite with AddressSanitizer and LeakSanitizer; builds everything anew for that",
        run: Run::Look(c::memory::sanitizers),
    },
    Command {
        name: "models",
        help: "run the symbolic models with Verifpal, which has to be installed; takes minutes",
        run: Run::Look(models::run),
    },
    Command {
        name: "misreadings",
        help: "check that the hostile stories notice nine misreadings of the specification; takes minutes",
        run: Run::Look(misreadings::run),
    },
];

const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] | ["help" | "--help" | "-h"] => {
            print!("{}", help());
            ExitCode::SUCCESS
        }
        [name, rest @ ..] => match (COMMANDS.iter().find(|command| command.name == *name), rest) {
            (Some(Command { name, run: Run::Look(run), .. }), []) => report(name, run()),
            (Some(Command { name, run: Run::Write(run), .. }), []) => report(name, run(false)),
            (Some(Command { name, run: Run::Write(run), .. }), ["--check"]) => report(name, run(true)),
            (Some(Command { name, run: Run::Install(run), .. }), [folder]) => {
                report(name, run(Path::new(folder)))
            }
            (Some(_), _) => misused(&format!("`{name}` has no such argument")),
            (None, _) => misused(&format!("there is no command `{name}`")),
        },
    }
}

fn report(command: &str, findings: Findings) -> ExitCode {
    match findings {
        Ok(findings) if findings.is_empty() => {
            println!("{command}: ok");
            ExitCode::SUCCESS
        }
        Ok(findings) => {
            for finding in &findings {
                eprintln!("{command}: {finding}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{command}: could not look: {error}");
            ExitCode::FAILURE
        }
    }
}

fn misused(why: &str) -> ExitCode {
    eprint!("xtask: {why}\n\n{}", help());
    ExitCode::from(USAGE_ERROR)
}

fn help() -> String {
    let mut text = String::from("cargo xtask <command>\n\n");
    for Command { name, help, .. } in COMMANDS {
        text.push_str(&format!("  {name:<11} {help}\n"));
    }
    text.push_str("  help        list the commands\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lists_every_command() {
        let text = help();
        assert!(COMMANDS.iter().all(|command| text.contains(command.name)));
    }
}
