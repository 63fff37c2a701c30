//! The arguments and their help.

use std::{fmt, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use rand::{TryRng, rngs::SysRng};

use crate::{
    command::{Messaging, Options, first_steps},
    terminal::visible_path,
};

const EXAMPLES: &str = "\
Examples:
  entrenous demo                            a short story, told step by step
  entrenous demo --conversation notes.txt   every line of notes.txt, over a hostile network
  entrenous demo --conversation - <log.txt  from standard input
  entrenous demo --seed 7                   the same losses and forgeries each time

Exit codes: 0 all is well; 1 something was not delivered intact; 2 wrong arguments, or a file or
pipe that can't be read or written.";

/// End-to-end encrypted messages between people who share a folder, and a demonstration.
#[derive(Debug, Parser)]
#[command(name = "entrenous", version, after_help = first_steps())]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) options: Options,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Messaging(Messaging),
    /// Alice and Bob write to each other over a network that loses, copies, reorders and tampers
    Demo(Demo),
}

/// Alice and Bob write to each other over a network that loses, copies, reorders and tampers.
///
/// Everything happens in this process and nothing is kept, but the keys and the cryptography are real.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Demo {
    /// Send every line of FILE (`-` for standard input) and compare what arrives byte for byte
    ///
    /// Each line is a message, empty ones too; any bytes will do. Alice and Bob take turns
    /// in runs of 1 to 8 lines. A line may have almost 16 MiB, the file any size.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub(crate) conversation: Option<Input>,

    /// Repeat the network's behaviour of an earlier run; the keys are new each time [default: random]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl Demo {
    /// The seed asked for, or a new one: short, so that it can be typed again.
    pub(crate) fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(|| u64::from(SysRng.try_next_u32().unwrap_or_default() % 1_000_000))
    }
}

/// Where the lines come from. Displays as what a message to the user calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Standard,
    File(PathBuf),
}

impl From<std::ffi::OsString> for Input {
    fn from(argument: std::ffi::OsString) -> Self {
        if argument == "-" { Self::Standard } else { Self::File(argument.into()) }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard => f.write_str("standard input"),
            Self::File(path) => f.write_str(&visible_path(path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_name_is_shown_without_control_characters() {
        assert_eq!(Input::File("été\u{1b}]0;x\u{7}".into()).to_string(), "été\\u{1b}]0;x\\u{7}");
    }

    #[test]
    fn a_dash_is_standard_input() {
        let parse = |file| Arguments::parse_from(["entrenous", "demo", "--conversation", file]).command;
        for (argument, input) in [("-", Input::Standard), ("x.txt", Input::File("x.txt".into()))] {
            let Command::Demo(demo) = parse(argument) else { panic!("the demo was asked for") };
            assert_eq!(demo.conversation, Some(input));
        }
    }
}
