//! The `entrenous` command line, on the library's public interface alone.
//!
//! It is a library with a one-line program, so that tests reach it from outside, in processes of their own. The
//! messenger stands on four rooms: [`transport`] carries bytes between devices, [`terminal`] speaks to the person
//! or script in front of it, [`home`] is where the account lives, and [`history`] what it has written and received.
//! [`command`] has the commands. The rest is `demo`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

use crate::{
    args::{Arguments, Command},
    failure::Failure,
    terminal::as_typed,
};

mod args;
pub mod command;
mod conversation;
mod demo;
mod exchange;
mod failure;
pub mod history;
pub mod home;
mod ledger;
mod lines;
mod messenger;
pub mod name;
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
    let Arguments { options, command } = Arguments::parse();
    match command {
        Command::Demo(demo) => run_demo(demo),
        Command::Messaging(command) => match command.run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            // whoever closed the pipe has read what they wanted
            Err(trouble) if trouble.is_closed_pipe() => ExitCode::SUCCESS,
            Err(trouble) => {
                complain(&as_typed(&trouble.to_string(), &options.typed()));
                trouble.exit().into()
            }
        },
    }
}

fn run_demo(demo: args::Demo) -> ExitCode {
    let seed = demo.seed();
    let done = match demo.conversation {
        None => demo::run(seed).map(|()| ExitCode::SUCCESS),
        Some(input) => conversation::run(&input, seed),
    };
    done.unwrap_or_else(|failure| report(&failure))
}

fn report(failure: &Failure) -> ExitCode {
    if failure.is_closed_pipe() {
        return ExitCode::SUCCESS;
    }
    complain(failure);
    failure.exit_code()
}

/// Says on standard error what is wrong.
pub(crate) fn complain(words: &dyn std::fmt::Display) {
    // when standard error is closed as well, the exit code has to do
    let _ = writeln!(io::stderr(), "entrenous: {words}");
}
