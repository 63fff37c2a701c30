//! What can go wrong, and whose fault it is. An error changes nothing.

use std::sync::Arc;

use entrenous_agreement::AgreementError;
use entrenous_group::roster::IssueError;
use entrenous_identity::{DeviceId, IdentityError, recovery::RecoveryError, text::TextError};
use entrenous_primitives::{passphrase::PassphraseError, random::RandomError};
use entrenous_ratchet::{OpenError, SealError};
use entrenous_wire::Malformed;
use thiserror::Error;

use crate::store::{FailureKind, Store};

/// Why an operation did not happen.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
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
    /// Nothing goes to an account that has come in the place of another one, before the user has accepted it or
    /// compared.
    #[error("this account has come in the place of another one and is not accepted")]
    IdentityChanged,
    /// The policy wants accounts to be verified before anything goes to them.
    #[error("this account is not verified")]
    Unverified,
    /// This device is no longer one of its account's.
    #[error("this device was removed from its account")]
    RemovedFromAccount,
    /// Only the primary device can do this: it holds the account key.
    #[error("only the primary device holds the account key")]
    NotPrimary,
    /// A linking is under way: on the primary one at a time; on a new device until it is linked.
    #[error("a linking is under way")]
    LinkingUnderWay,
    /// No linking is under way, or not at this step.
    #[error("no linking is under way that this belongs to")]
    NotLinking,
    /// The five minutes of a linking are over.
    #[error("the linking has expired")]
    LinkExpired,
    /// The primary is not the device that has shown the code: somebody is in between.
    #[error("the answer is not from the device that has shown the code")]
    WrongLinkCode,
    /// A device of the account has this id, or had it before: ids never come back.
    #[error("the device's id was used before")]
    DeviceIdUsed,
    /// A text that somebody has copied or scanned is not what it should be.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The peer device has reset sessions too often: at most once an hour and three times a day. Later it will do.
    #[error("too many session resets")]
    TooManyResets,
    /// The peer device has begun too many sessions: at most four in an hour and sixteen in a day. Later it will do.
    #[error("too many new sessions")]
    TooManyHandshakes,
    /// 1,024 strangers have written, none of whom was silent for 30 days, or what they have written fills a quarter of
    /// the inbox: accept or forget some, or acknowledge it; then the transport may bring it again.
    #[error("too many strangers")]
    TooManyStrangers,
    /// There is no such group here.
    #[error("no such group")]
    NoGroup,
    /// The user takes no part in the group: the account was removed, has left, or has not joined.
    #[error("not in the group")]
    NotInGroup,
    /// The account that is to be removed is no member, as far as is known here.
    #[error("not a member of the group")]
    NoMember,
    /// There are 256 groups, as many as a device keeps: forget some.
    #[error("too many groups")]
    TooManyGroups,
    /// The group has more than 1,024 devices: somebody has to be removed.
    #[error("the group has too many devices")]
    GroupTooLarge,
    /// The change is not the own account's to make, or has no effect.
    #[error(transparent)]
    Group(IssueError),
    /// A message of a group came before its key or its entries, and so much waits already that there is no room: the transport
    /// keeps it.
    #[error("came too early, and too much waits already")]
    TooEarly,
    /// The application has to acknowledge what is in the inbox before more can be received.
    #[error("the inbox is full")]
    InboxFull,
    /// The transport has to take what is in the outbox before more can be sent.
    #[error("the outbox is full")]
    OutboxFull,
    /// A bundle or message of another account than the one expected.
    #[error("another account than the one expected")]
    IdentityMismatch,
    /// A bundle or handshake whose signatures, dates or lists don't hold.
    #[error("refused: {0}")]
    Untrusted(AgreementError),
    /// A session with this device exists already on which it has answered, or four were begun within a day on which it
    /// has not.
    #[error("there is a session with device {0} already")]
    SessionExists(DeviceId),
    /// The account has sessions with 16 of its devices already, as many as it may have.
    #[error("too many devices of this account")]
    TooManyDevices,
    /// The application asked for what makes no sense: a session with the own device, or a client used on both
    /// sides of a fork of its process.
    #[error("misuse: {0}")]
    ApiMisuse(&'static str),
    /// The content is longer than [`MAX_CONTENT`](crate::MAX_CONTENT).
    #[error("longer than 16 MiB less 34 bytes")]
    TooLong,
    /// The random generator failed; nothing was made.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The passphrase is not the store's.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// No key could be made of the passphrase: it is empty, its costs are out of bounds, or memory is short.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// The store is another key's.
    #[error("the store is sealed with another key")]
    WrongKey,
    /// Nothing is being compared with that account, or not what was shown: it ended meanwhile.
    #[error("nothing is being compared with this account, or not this any more")]
    NotComparing,
    /// There is no account in this store.
    #[error("there is no account in this store")]
    NoAccount,
    /// There is an account in this store already.
    #[error("there is an account in this store already")]
    AccountExists,
    /// A record is not what this client has written there: it is damaged, swapped, or the key is of another store.
    #[error("a record of the store is damaged, or the key is not this store's")]
    Corrupt,
    /// A record was written by a later version of this library.
    #[error("the store was written by a later version")]
    LaterVersion,
    /// Others have changed the store again and again meanwhile: it may go better later.
    #[error("the store is too busy")]
    Busy,
    /// The store's marker can't be read or written: without it a restored store would not be noticed.
    #[error("the store's marker has failed: {0}")]
    Marker(StoreFailure),
    /// The store has failed. What was to be committed may or may not have happened: see the outbox and the inbox.
    #[error("the store has failed: {0}")]
    Store(StoreFailure),
}

/// What a store has reported. Two are equal when they are the same report.
#[derive(Clone, Debug, Error)]
#[error("{error}")]
pub struct StoreFailure {
    #[source]
    error: Arc<dyn core::error::Error + Send + Sync>,
    kind: FailureKind,
}

impl StoreFailure {
    pub(crate) fn new(error: impl core::error::Error + Send + Sync + 'static, kind: FailureKind) -> Self {
        Self { error: Arc::new(error), kind }
    }

    /// What it comes to.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The store's own error.
    pub fn get_ref(&self) -> &(dyn core::error::Error + Send + Sync + 'static) {
        self.error.as_ref()
    }
}

impl Error {
    /// The error of a store of this type.
    pub(crate) fn of_store<S: Store>(error: S::Error) -> Self {
        let kind = S::kind(&error);
        Self::Store(StoreFailure::new(error, kind))
    }
}

impl PartialEq for StoreFailure {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.error, &other.error)
    }
}
impl Eq for StoreFailure {}

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

impl From<IssueError> for Error {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Malformed(malformed) => Self::Malformed(malformed),
            IssueError::Random(random) => Self::Random(random),
            other => Self::Group(other),
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

impl From<RecoveryError> for Error {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::Malformed(malformed) => Self::Malformed(malformed),
            RecoveryError::Passphrase(passphrase) => Self::Passphrase(passphrase),
            RecoveryError::Random(random) => Self::Random(random),
            _ => Self::WrongPassphrase,
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
            SealError::Random(random) => Self::Random(random),
            SealError::Frame(malformed) => Self::Malformed(malformed),
            _ => Self::KeyUnavailable,
        }
    }
}
