//! How a command ended, for scripts.

use std::process::ExitCode;

/// The exit codes of all commands. Their numbers are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// 0: done.
    Done = 0,
    /// 1: failed, for a reason that has no code of its own.
    Failed = 1,
    /// 2: wrong arguments, or a file, folder or pipe that can't be used. What clap ends with as well.
    Usage = 2,
    /// 3: there is no such account, contact, group, device or message.
    NotFound = 3,
    /// 4: refused for security.
    Refused = 4,
    /// 5: not now; trying again later may help.
    Temporary = 5,
    /// 6: the user said no.
    Cancelled = 6,
}

impl Exit {
    const ALL: [Self; 7] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NotFound,
        Self::Refused,
        Self::Temporary,
        Self::Cancelled,
    ];

    /// What it means, as `--help` puts it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed, or something was not delivered intact",
            Self::Usage => "wrong arguments, or a file, folder or pipe that can't be used",
            Self::NotFound => "no such account, contact, group, device or message",
            Self::Refused => "refused for security",
            Self::Temporary => "not now: try again later",
            Self::Cancelled => "the answer to a question was no",
        }
    }

    /// The table for `--help`, a line each.
    pub fn table() -> String {
        let lines = Self::ALL.iter().map(|exit| format!("\n  {}  {}", *exit as u8, exit.meaning()));
        format!("Exit codes:{}", lines.collect::<String>())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_table() {
        for (number, exit) in Exit::ALL.iter().enumerate() {
            assert_eq!(*exit as usize, number);
            assert!(Exit::table().contains(&format!("\n  {number}  {}", exit.meaning())));
        }
        // clap's own code for wrong arguments
        let error = clap::Command::new("x").try_get_matches_from(["x", "--no-such"]).expect_err("refused");
        assert_eq!(error.exit_code(), Exit::Usage as i32);
    }
}
