//! The Entrenous command line: `entrenous demo` shows the library at work, on its public interface alone.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

use crate::{
    args::{Arguments, Command},
    failure::Failure,
};

mod args;
mod conversation;
mod demo;
mod exchange;
mod failure;
mod ledger;
mod lines;
mod network;
mod outbox;
mod party;
mod side;
mod tally;
mod text;
mod wire;

fn main() -> ExitCode {
    let Command::Demo(arguments) = Arguments::parse().command;
    let seed = arguments.seed();
    let done = match arguments.conversation {
        None => demo::run(seed).map(|()| ExitCode::SUCCESS),
        Some(input) => conversation::run(&input, seed),
    };
    done.unwrap_or_else(|failure| report(&failure))
}

fn report(failure: &Failure) -> ExitCode {
    // whoever closed the pipe has read what they wanted
    if failure.is_closed_pipe() {
        return ExitCode::SUCCESS;
    }
    // when standard error is closed as well, the exit code has to do
    let _ = writeln!(io::stderr(), "entrenous: {failure}");
    failure.exit_code()
}
