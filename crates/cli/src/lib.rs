//! The `entrenous` command line, on the library's public interface alone.
//!
//! It is a library with a one-line program, so that tests reach it from outside, in processes of their own. The
//! messenger stands on three rooms: [`transport`] carries bytes between devices, [`terminal`] speaks to the person
//! or script in front of it, [`home`] is where the account lives. The rest is `demo`.

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
pub mod command;
mod conversation;
mod demo;
mod exchange;
mod failure;
pub mod home;
mod ledger;
mod lines;
mod network;
mod outbox;
mod party;
mod side;
mod tally;
pub mod terminal;
mod text;
pub mod transport;
mod wire;

/// Runs the command that the process's arguments ask for.
pub fn run() -> ExitCode {
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
