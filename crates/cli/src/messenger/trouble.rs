//! What ends a command early: whose fault it is, and what to do next.

use std::{fmt, io};

use entrenous::{AgreementError, Error, IssueError, TextError};
use entrenous_store_sqlite::Error as StoreError;

use crate::{
    args::Input,
    history::HistoryError,
    home::{HomeError, STORE_LOST},
    terminal::{ConfirmError, Exit, PassphraseError, plain, visible_path},
    transport::TransportError,
};

/// What ends a command early.
#[derive(Debug)]
pub(crate) enum Trouble {
    Home(HomeError),
    Transport(TransportError),
    History(HistoryError),
    Passphrase(PassphraseError),
    Confirm(ConfirmError),
    Library(Error),
    Store(StoreError),
    /// What was to be sent can't be read.
    Input(Input, io::Error),
    /// Standard output can't be written.
    Output(io::Error),
    /// Anything that the messenger finds itself.
    Said {
        exit: Exit,
        words: String,
    },
}

impl Trouble {
    pub(crate) fn said(exit: Exit, words: impl Into<String>) -> Self {
        Self::Said { exit, words: words.into() }
    }

    /// Whether the reader of our output has gone, which is no mistake of anybody's.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit code of a command that ends with it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Home(error) => error.exit(),
            Self::Transport(error) => error.exit(),
            Self::History(error) => error.exit(),
            Self::Passphrase(error) => error.exit(),
            Self::Confirm(error) => error.exit(),
            Self::Library(error) => exit_of(error),
            Self::Store(error) => exit_of_store(error),
            Self::Input(..) | Self::Output(_) => Exit::Usage,
            Self::Said { exit, .. } => *exit,
        }
    }
}

fn exit_of(error: &Error) -> Exit {
    match error {
        Error::NoAccount | Error::NoSession | Error::NoGroup => Exit::NotFound,
        Error::IdentityChanged
        | Error::Unverified
        | Error::IdentityMismatch
        | Error::Untrusted(_)
        | Error::RemovedFromAccount
        | Error::NotPrimary
        | Error::WrongPassphrase
        | Error::WrongLinkCode
        | Error::NotComparing
        | Error::NotInGroup => Exit::Refused,
        Error::Group(IssueError::Malformed(_)) => Exit::Usage,
        Error::Group(_) => Exit::Refused,
        Error::Busy
        | Error::LinkExpired
        | Error::LinkingUnderWay
        | Error::TooManyResets
        | Error::TooManyHandshakes
        | Error::TooManyStrangers
        | Error::TooEarly
        | Error::InboxFull
        | Error::OutboxFull => Exit::Temporary,
        Error::Store(failure) | Error::Marker(failure) => {
            match failure.get_ref().downcast_ref::<StoreError>() {
                Some(error) => exit_of_store(error),
                None => Exit::Failed,
            }
        }
        Error::TooLong | Error::Text(_) | Error::Passphrase(_) | Error::AccountExists => Exit::Usage,
        _ => Exit::Failed,
    }
}

fn exit_of_store(error: &StoreError) -> Exit {
    match error {
        StoreError::Busy | StoreError::Full => Exit::Temporary,
        StoreError::OpenToOthers { .. } => Exit::Refused,
        StoreError::Place { .. } | StoreError::ReadOnly(_) | StoreError::Denied(_) => Exit::Usage,
        _ => Exit::Failed,
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::History(error) => error.fmt(f),
            Self::Passphrase(error) => error.fmt(f),
            Self::Confirm(error) => error.fmt(f),
            Self::Library(error) => write_library(f, error),
            Self::Store(error) => write_store(f, error),
            Self::Input(input, error) => write!(f, "can't read {input}: {}", plain(error)),
            Self::Output(error) => write!(f, "can't write to standard output: {}", plain(error)),
            Self::Said { words, .. } => f.write_str(words),
        }
    }
}

/// The library's words, and what to do.
fn write_library(f: &mut fmt::Formatter<'_>, error: &Error) -> fmt::Result {
    let advice = match error {
        Error::Text(TextError { expected, problem }) => {
            let what = format!("{expected:?}").to_lowercase();
            return write!(f, "this is no {what} code ({problem}): copy all of it, as it was shown");
        }
        Error::Store(failure) | Error::Marker(failure) => {
            match failure.get_ref().downcast_ref::<StoreError>() {
                Some(error) => return write_store(f, error),
                None => "look after the disk",
            }
        }
        Error::NoAccount => "make one with `entrenous init`",
        Error::AccountExists => "use it, or name another home with --home",
        Error::WrongPassphrase => "try again; there is no way around it",
        Error::WrongKey => "bring back the file store.key that was made with it",
        Error::NotComparing => "begin anew with `entrenous verify NAME --call`",
        Error::LinkingUnderWay => "finish it first, or wait until its five minutes are over",
        Error::LinkExpired => "begin again with `devices link`",
        Error::WrongLinkCode => "somebody is in between: begin again with nobody looking",
        Error::Corrupt => {
            "it is store.sqlite in your home: look after the disk. If it concerns one contact, `entrenous contacts renew` begins anew with it; else \
             bring the account back with its recovery code, in a new home. A backup of this one is the last resort: \
             what came and went since is lost then, and every session is replaced"
        }
        Error::LaterVersion => "use that one",
        Error::Untrusted(AgreementError::Stale) => {
            "the contact has not been there for 90 days, and whoever got at its device since could read what you \
             send first. Ask it to publish again, or take the old key with --take-old-key"
        }
        Error::IdentityMismatch | Error::Untrusted(_) => {
            "somebody may have tampered with the drop folder, or a clock is wrong; ask the contact to publish again"
        }
        // the library's words are those of the first case
        Error::IdentityChanged => {
            return f.write_str(
                "this account has come in the place of another one, or the disk has lost what you decided about it: compare \
                 with `entrenous verify NAME`, or accept it with --accept",
            );
        }
        Error::NoGroup => "`entrenous group list` has those that are",
        Error::NotInGroup => "who is invited takes part with `entrenous group join`",
        Error::TooManyGroups => "`entrenous group forget` makes room",
        Error::GroupTooLarge => "somebody has to be removed before anybody can write",
        Error::Group(IssueError::NotAdmin) => "`entrenous group show` says who is",
        Error::Group(IssueError::LastAdmin) => {
            "make somebody else one with `entrenous group role GROUP NAME admin`, or remove the others"
        }
        Error::Unverified => "compare with `entrenous verify NAME` first",
        Error::RemovedFromAccount => "link it again from the primary device, with a home of its own",
        Error::NotPrimary => "do it on the device where the account was made",
        Error::TooLong => "send it in parts",
        // spec: CLIENT-31
        Error::TooManyResets => {
            "at most one in an hour and three in a day: try again in an hour, or tomorrow"
        }
        Error::Busy | Error::TooManyHandshakes => "try again later",
        Error::OutboxFull => "`entrenous receive` hands it over, once the drop folder can be written to",
        Error::InboxFull => "`entrenous receive` makes room",
        _ => return write!(f, "{error}"),
    };
    write!(f, "{error}: {advice}")
}

fn write_store(f: &mut fmt::Formatter<'_>, error: &StoreError) -> fmt::Result {
    match error {
        StoreError::Busy => f.write_str("another process keeps the store busy: try again"),
        StoreError::Full => f.write_str("no space is left for the store: free some and try again"),
        StoreError::ReadOnly(_) => {
            f.write_str("the store can't be written, and nothing can be done without: make its disk writable")
        }
        StoreError::OpenToOthers { path, .. } => {
            let path = visible_path(path);
            write!(f, "others may read {path}: make it your own, with mode 600 (700 for a directory)")
        }
        StoreError::Corrupt(_) | StoreError::NotOurs => {
            write!(f, "the file store.sqlite in your home is damaged ({error}): {STORE_LOST}")
        }
        // SQLite doesn't always say that the disk is full
        StoreError::Io(cause) => write!(
            f,
            "the store, store.sqlite in your home, can't be used: {error} ({cause}). Perhaps the disk is full: free some \
             space and try again"
        ),
        error => write!(f, "the store, store.sqlite in your home, can't be used: {error}"),
    }
}

macro_rules! from {
    ($($variant:ident($type:ty)),*) => {
        $(impl From<$type> for Trouble {
            fn from(error: $type) -> Self {
                Self::$variant(error)
            }
        })*
    };
}
from!(
    Home(HomeError),
    Transport(TransportError),
    History(HistoryError),
    Passphrase(PassphraseError),
    Confirm(ConfirmError),
    Library(Error),
    Store(StoreError)
);

impl From<io::Error> for Trouble {
    /// For what is written; what is read names its input.
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a full disk does to the file that SQLite shares among processes.
    const NO_ROOM_FOR_INDEX: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

    #[test]
    fn a_disk_that_may_be_full_is_said_to_be() {
        for code in [rusqlite::ffi::SQLITE_FULL, NO_ROOM_FOR_INDEX] {
            let failed = || rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
            let said = [
                Trouble::from(StoreError::from(failed())).to_string(),
                Trouble::from(HistoryError::from(failed())).to_string(),
            ];
            assert!(said.iter().all(|words| words.contains("free some")), "{said:?}");
        }
    }
}
