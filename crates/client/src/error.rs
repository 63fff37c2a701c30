//! What can go wrong, and whose fault it is. An error changes nothing.

use entrenous_agreement::AgreementError;
use entrenous_identity::{DeviceId, IdentityError};
use entrenous_primitives::random::RandomError;
use entrenous_ratchet::{OpenError, SealError};
use entrenous_wire::Malformed;
use thiserror::Error;

/// Why an operation did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are no message, bundle or record: whoever made them is at fault.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A message that is not authentic; nothing more is said.
    #[error("rejected: not an authentic message")]
    Rejected,
    /// A message that was opened before; or one so late that its key is no longer kept, which
    /// [`Event::KeysLost`](crate::Event::KeysLost) has told. The transport may drop it.
    #[error("duplicate: this message was opened before, or its key is no longer kept")]
    Duplicate,
    /// A message whose key is gone or out of reach; only a new session helps.
    #[error("the key of this message is not available")]
    KeyUnavailable,
    /// There is no session with that account or device.
    #[error("no session with this account or device")]
    NoSession,
    /// A bundle or message of another account than the one expected.
    #[error("another account than the one expected")]
    IdentityMismatch,
    /// A bundle or handshake whose signatures, dates or lists don't hold.
    #[error("refused: {0}")]
    Untrusted(AgreementError),
    /// A session with this device exists already on which it has answered, or four on which it has not.
    #[error("there is a session with device {0} already")]
    SessionExists(DeviceId),
    /// The account has sessions with 16 of its devices already, as many as it may have.
    #[error("too many devices of this account")]
    TooManyDevices,
    /// The application asked for what makes no sense: a session with the own device, or a client used on both
    /// sides of a fork of its process.
    #[error("misuse: {0}")]
    ApiMisuse(&'static str),
    /// Too many messages went out without an answer; start a new session.
    #[error("too many messages without an answer")]
    ChainExhausted,
    /// The content is longer than 16 MiB.
    #[error("longer than 16 MiB")]
    TooLong,
    /// The random generator failed; nothing was made.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl From<AgreementError> for Error {
    fn from(error: AgreementError) -> Self {
        match error {
            AgreementError::Malformed(malformed) => Self::Malformed(malformed),
            AgreementError::Identity(identity) => identity.into(),
            AgreementError::Random(random) => Self::Random(random),
            other => Self::Untrusted(other),
        }
    }
}

impl From<IdentityError> for Error {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Malformed(malformed) => Self::Malformed(malformed),
            IdentityError::IdentityMismatch => Self::IdentityMismatch,
            other => Self::Untrusted(AgreementError::Identity(other)),
        }
    }
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Duplicate => Self::Duplicate,
            OpenError::Rejected => Self::Rejected,
            _ => Self::KeyUnavailable,
        }
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        match error {
            SealError::ChainExhausted => Self::ChainExhausted,
            SealError::Random(random) => Self::Random(random),
            SealError::Frame(malformed) => Self::Malformed(malformed),
            _ => Self::KeyUnavailable,
        }
    }
}
