//! What ends the program early, in plain words.

use std::{fmt, io, process::ExitCode};

use crate::{args::Input, lines::MAX_LINE, side::Side, terminal::plain, text::grouped};

#[derive(Debug)]
pub(crate) enum Failure {
    /// The lines can't be read.
    Input(Input, io::Error),
    /// A line is longer than a message may be.
    LineTooLong(Input, u64),
    /// Standard output can't be written.
    Output(io::Error),
    /// The library refused what it should not have.
    Library(&'static str, entrenous::Error),
    /// A message could not be sent.
    Send(Side, u64, entrenous::Error),
    /// What the demo has just claimed is not what happened.
    Broken(String),
}

impl Failure {
    /// Whether the reader of our output has gone, which is no mistake of anybody's.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Input(..) | Self::LineTooLong(..) | Self::Output(_) => 2,
            Self::Library(..) | Self::Send(..) | Self::Broken(_) => 1,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(input, error) => write!(f, "can't read {input}: {}", plain(error)),
            Self::LineTooLong(input, line) => {
                write!(
                    f,
                    "line {line} of {input} is longer than {} bytes, the most a message holds",
                    grouped(MAX_LINE)
                )
            }
            Self::Output(error) => write!(f, "can't write to standard output: {}", plain(error)),
            Self::Library(what, error) => write!(f, "{what}: {error}"),
            Self::Send(who, line, error) => write!(f, "{who} can't send line {line}: {error}"),
            Self::Broken(what) => write!(f, "this should not have happened: {what}"),
        }
    }
}

impl From<io::Error> for Failure {
    /// For what is written; what is read names its input.
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_in_plain_words() {
        let missing = io::Error::from_raw_os_error(2);
        let failure = Failure::Input(Input::File("notes.txt".into()), missing);
        let said = failure.to_string();
        assert!(said.starts_with("can't read notes.txt: "), "{said}");
        assert!(!said.contains("os error"), "{said}");

        let failure = Failure::LineTooLong(Input::Standard, 7);
        assert_eq!(
            failure.to_string(),
            "line 7 of standard input is longer than 16,777,182 bytes, the most a message holds"
        );
    }
}
