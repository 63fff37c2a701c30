//! Whose fault an error is, so that an application needn't know every one of them.

use crate::{Error, store::FailureKind};

/// Whose fault an [`Error`] is: who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// Nobody's: the same may do later.
    Passing,
    /// The user has something to do or to decide.
    User,
    /// Whoever has made the bytes, or has carried or changed them. Nothing that the user could decide makes it right.
    Other,
    /// The application has asked for what can't be, or at a time when it can't be.
    Application,
    /// The store's: the disk, its keeper, or whoever has changed what lies there. Going on doesn't help.
    Store,
}

impl Error {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Busy
            | Self::OutboxFull
            | Self::InboxFull
            | Self::TooManyResets
            | Self::TooManyHandshakes
            | Self::TooEarly
            | Self::Random(_) => Fault::Passing,
            Self::WrongPassphrase
            | Self::Passphrase(_)
            | Self::Text(_)
            | Self::IdentityChanged
            | Self::Unverified
            | Self::RemovedFromAccount
            | Self::NotPrimary
            | Self::LinkExpired
            | Self::TooManyDevices
            | Self::TooManyStrangers
            | Self::TooManyGroups
            | Self::GroupTooLarge
            | Self::Group(_)
            | Self::NotInGroup
            | Self::NoMember => Fault::User,
            Self::Malformed(_)
            | Self::Rejected
            | Self::Duplicate
            | Self::Untrusted(_)
            | Self::IdentityMismatch
            | Self::KeyUnavailable
            | Self::WrongLinkCode
            | Self::DeviceIdUsed => Fault::Other,
            Self::NoSession
            | Self::SessionExists(_)
            | Self::LinkingUnderWay
            | Self::NotLinking
            | Self::NotComparing
            | Self::NoAccount
            | Self::NoGroup
            | Self::AccountExists
            | Self::ApiMisuse(_)
            | Self::TooLong => Fault::Application,
            Self::Corrupt | Self::WrongKey | Self::LaterVersion => Fault::Store,
            Self::Store(failure) | Self::Marker(failure) => match failure.kind() {
                FailureKind::Busy => Fault::Passing,
                FailureKind::Full | FailureKind::Denied => Fault::User,
                FailureKind::Misuse => Fault::Application,
                FailureKind::Damaged | FailureKind::Other => Fault::Store,
            },
        }
    }

    /// Whether the envelope for which [`Client::receive`](crate::Client::receive) gave this will never be anything
    /// else: the transport may drop it. After any other error it keeps it for some weeks, and it is tried again.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Rejected | Self::Duplicate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreFailure;

    #[test]
    fn a_store_says_what_became_of_it() {
        for (kind, fault) in [
            (FailureKind::Busy, Fault::Passing),
            (FailureKind::Full, Fault::User),
            (FailureKind::Denied, Fault::User),
            (FailureKind::Misuse, Fault::Application),
            (FailureKind::Damaged, Fault::Store),
            (FailureKind::Other, Fault::Store),
        ] {
            let failure = StoreFailure::new(core::fmt::Error, kind);
            assert_eq!(Error::Marker(failure.clone()).fault(), fault);
            assert_eq!(Error::Store(failure).fault(), fault);
        }
    }

    #[test]
    fn only_what_nobody_can_ever_open_is_dropped() {
        let finals = [Error::Rejected, Error::Duplicate];
        assert!(finals.iter().all(|error| error.is_final() && error.fault() == Fault::Other));
        let kept = [Error::NoSession, Error::KeyUnavailable, Error::InboxFull, Error::IdentityMismatch];
        assert!(!kept.iter().any(Error::is_final));
    }
}
