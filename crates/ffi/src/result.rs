//! Result codes: stable numbers, never used for anything else. What the caller can do about one is its fault.

use core::ffi::{CStr, c_char};

use entrenous::{AgreementError, Error, IdentityError, IssueError, store::FailureKind};

/// What came of a call. 1 to 99 are for the caller and its user to do something about, 100 to 199 are of a message or a
/// peer, 200 to 299 of the store. Whatever is not `OK` has changed nothing and written no output, unless it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i32)]
pub enum entrenous_result {
    /// All has gone well, and what was written is durable.
    Ok = 0,
    /// A pointer that must not be NULL is.
    NullPointer = 1,
    /// An argument is not what it can be: a number that names nothing, a device 0, a
    /// badly aligned pointer, two outputs in one place, a struct whose `size` is too small.
    BadArgument = 2,
    /// A length is longer than anything that this library takes (32 MiB).
    BadLength = 3,
    /// A handle that was freed, or never given.
    BadHandle = 4,
    /// A handle of another type.
    WrongHandle = 5,
    /// A callback has called what it was called by.
    Reentered = 6,
    /// A fault of this library's. Nothing was written; the handle that was used is of no more use than to be freed.
    Panicked = 7,
    /// A call with this handle has ended in `PANICKED` before.
    Poisoned = 8,
    /// An index that is too large.
    OutOfRange = 9,
    /// No handle can be given any more: 2^32 were, on a machine with pointers of 32 bits.
    TooManyHandles = 10,
    /// What was asked for makes no sense here: a session with the own device, a client in a forked process, one
    /// token for two messages.
    Misuse = 11,
    /// A text that somebody has copied, scanned or typed is not what it should be: a typo, something else of this
    /// protocol's, not UTF-8, or a title that none can be.
    BadText = 12,
    /// The passphrase is not the right one.
    WrongPassphrase = 13,
    /// No key can be made of the passphrase: it is empty, its costs are out of bounds, or memory is short.
    UnusablePassphrase = 14,
    /// A content is longer than `ENTRENOUS_MAX_CONTENT`.
    TooLong = 15,
    /// There is no session with that account or device.
    NoSession = 16,
    /// There is a session already on which the device has answered, or four were begun within a day.
    SessionExists = 17,
    /// A linking is under way.
    LinkingUnderWay = 18,
    /// No linking is under way, or not at this step.
    NotLinking = 19,
    /// The five minutes of a linking are over.
    LinkExpired = 20,
    /// Nothing is being compared with that account, or not what was shown.
    NotComparing = 21,
    /// There is no account in this store.
    NoAccount = 22,
    /// There is an account in this store already.
    AccountExists = 23,
    /// Only the primary device can do this.
    NotPrimary = 24,
    /// This device is no longer one of its account's.
    RemovedFromAccount = 25,
    /// The account has come in the place of another one, and the user has not accepted it.
    IdentityChanged = 26,
    /// The policy wants accounts to be verified before anything goes to them.
    Unverified = 27,
    /// The account has 16 devices already, as many as it may have.
    TooManyDevices = 28,
    /// Too many strangers have written: accept or forget some.
    TooManyStrangers = 29,
    /// What is in the inbox has to be acknowledged before more is received.
    InboxFull = 30,
    /// What is in the outbox has to be handed over before more is sent.
    OutboxFull = 31,
    /// The generator of random bytes has failed.
    Random = 32,
    /// The account has no such device.
    NoDevice = 33,
    /// The store has no lock.
    NoLock = 34,
    /// The store has a lock already, or an account that another key opens.
    LockExists = 35,
    /// There is no such group here.
    NoGroup = 40,
    /// The user takes no part in the group.
    NotInGroup = 41,
    /// The account that is to be removed is no member.
    NoMember = 42,
    /// There are 256 groups, as many as a device keeps.
    TooManyGroups = 43,
    /// The group has, or would have, more than 1,024 devices.
    GroupTooLarge = 44,
    /// The account is no admin of the group.
    NotAdmin = 45,
    /// The change is about somebody more senior.
    Outranked = 46,
    /// The last admin can't leave while there are others.
    LastAdmin = 47,
    /// The group has had as many changes as it can.
    RosterFull = 48,
    /// The change would not do what it is for: nothing would be undone, or a device list is not pinned.
    NoEffect = 49,
    /// Bytes that are no message, bundle, list or file. A transport may drop them.
    Malformed = 100,
    /// A message that is not authentic. A transport may drop it.
    Rejected = 101,
    /// A message that was opened before. A transport may drop it.
    Duplicate = 102,
    /// A message whose key is gone or out of reach.
    KeyUnavailable = 103,
    /// Of another account than the one expected.
    IdentityMismatch = 104,
    /// A signature, date or list that doesn't hold.
    Untrusted = 105,
    /// The prekey or list in a bundle has expired: its owner has not been online for 90 days. `accept_stale` takes
    /// an expired prekey all the same.
    Stale = 106,
    /// Dated in the future: a clock is wrong.
    FutureDated = 107,
    /// The answer is not from the device that has shown the code: somebody is in between.
    WrongLinkCode = 108,
    /// A device of the account has this id, or had it before.
    DeviceIdUsed = 109,
    /// The peer device has reset sessions too often. Later it will do.
    TooManyResets = 110,
    /// The peer device has begun too many sessions. Later it will do.
    TooManyHandshakes = 111,
    /// A group message came before its key, and too much waits already. Later it will do.
    TooEarly = 112,
    /// The store has failed. What was to be committed may or may not have happened.
    Store = 200,
    /// Others hold the store. Later it will do.
    StoreBusy = 201,
    /// There is no room in the store.
    StoreFull = 202,
    /// The store can't be opened or written, or is open to others: its place or its rights are wrong.
    StoreDenied = 203,
    /// What the store has is not what was written.
    StoreDamaged = 204,
    /// The store is used in a way that it is not made for.
    StoreMisuse = 205,
    /// The store is another key's.
    WrongKey = 206,
    /// A record of the store is damaged, swapped, or of another store.
    Corrupt = 207,
    /// A later version of this library has written the store.
    LaterVersion = 208,
    /// The store's marker can't be read or written.
    Marker = 209,
    /// What this version of the C API has no number for.
    Unknown = 299,
}

pub(crate) use entrenous_result as Code;

/// Who can do something about a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_fault {
    /// All has gone well.
    None = 0,
    /// Nobody: the same may do later.
    Passing = 1,
    /// The user, who has something to do or to decide.
    User = 2,
    /// Whoever has made the bytes, or has carried or changed them. Nothing that the user could decide makes it right.
    Other = 3,
    /// The application has asked for what can't be, or at a time when it can't be.
    Application = 4,
    /// The store: the disk, its keeper, or whoever has changed what lies there. Going on doesn't help.
    Store = 5,
    /// This library.
    Library = 6,
}

impl Code {
    /// Every code, ascending.
    const ALL: [Self; 70] = [
        Self::Ok,
        Self::NullPointer,
        Self::BadArgument,
        Self::BadLength,
        Self::BadHandle,
        Self::WrongHandle,
        Self::Reentered,
        Self::Panicked,
        Self::Poisoned,
        Self::OutOfRange,
        Self::TooManyHandles,
        Self::Misuse,
        Self::BadText,
        Self::WrongPassphrase,
        Self::UnusablePassphrase,
        Self::TooLong,
        Self::NoSession,
        Self::SessionExists,
        Self::LinkingUnderWay,
        Self::NotLinking,
        Self::LinkExpired,
        Self::NotComparing,
        Self::NoAccount,
        Self::AccountExists,
        Self::NotPrimary,
        Self::RemovedFromAccount,
        Self::IdentityChanged,
        Self::Unverified,
        Self::TooManyDevices,
        Self::TooManyStrangers,
        Self::InboxFull,
        Self::OutboxFull,
        Self::Random,
        Self::NoDevice,
        Self::NoLock,
        Self::LockExists,
        Self::NoGroup,
        Self::NotInGroup,
        Self::NoMember,
        Self::TooManyGroups,
        Self::GroupTooLarge,
        Self::NotAdmin,
        Self::Outranked,
        Self::LastAdmin,
        Self::RosterFull,
        Self::NoEffect,
        Self::Malformed,
        Self::Rejected,
        Self::Duplicate,
        Self::KeyUnavailable,
        Self::IdentityMismatch,
        Self::Untrusted,
        Self::Stale,
        Self::FutureDated,
        Self::WrongLinkCode,
        Self::DeviceIdUsed,
        Self::TooManyResets,
        Self::TooManyHandshakes,
        Self::TooEarly,
        Self::Store,
        Self::StoreBusy,
        Self::StoreFull,
        Self::StoreDenied,
        Self::StoreDamaged,
        Self::StoreMisuse,
        Self::WrongKey,
        Self::Corrupt,
        Self::LaterVersion,
        Self::Marker,
        Self::Unknown,
    ];

    fn of_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|code| *code as i32 == number)
    }

    fn text(self) -> &'static CStr {
        match self {
            Self::Ok => c"all has gone well",
            Self::NullPointer => c"a pointer that must not be NULL is",
            Self::BadArgument => c"an argument is not what it can be",
            Self::BadLength => c"a length is longer than anything that this library takes",
            Self::BadHandle => c"no handle: it was freed, or never given",
            Self::WrongHandle => c"a handle of another type",
            Self::Reentered => c"a callback has called what it was called by",
            Self::Panicked => c"a fault in this library",
            Self::Poisoned => c"a call with this handle has ended in a fault before",
            Self::OutOfRange => c"an index that is too large",
            Self::TooManyHandles => c"no handle can be given any more",
            Self::Misuse => c"this makes no sense here",
            Self::BadText => c"a text that is not what it should be, or has a typo",
            Self::WrongPassphrase => c"wrong passphrase",
            Self::UnusablePassphrase => c"no key can be made of this passphrase",
            Self::TooLong => c"longer than a message can be",
            Self::NoSession => c"no session with this account or device",
            Self::SessionExists => c"there is a session with this device already",
            Self::LinkingUnderWay => c"a linking is under way",
            Self::NotLinking => c"no linking is under way that this belongs to",
            Self::LinkExpired => c"the linking has expired",
            Self::NotComparing => c"nothing is being compared with this account, or not this any more",
            Self::NoAccount => c"there is no account in this store",
            Self::AccountExists => c"there is an account in this store already",
            Self::NotPrimary => c"only the primary device holds the account key",
            Self::RemovedFromAccount => c"this device was removed from its account",
            Self::IdentityChanged => c"this account has come in the place of another one and is not accepted",
            Self::Unverified => c"this account is not verified",
            Self::TooManyDevices => c"too many devices of this account",
            Self::TooManyStrangers => c"too many strangers",
            Self::InboxFull => c"the inbox is full",
            Self::OutboxFull => c"the outbox is full",
            Self::Random => c"the generator of random bytes has failed",
            Self::NoDevice => c"the account has no such device",
            Self::NoLock => c"there is no lock on this store",
            Self::LockExists => c"there is a lock, or an account with another key, in this store",
            Self::NoGroup => c"no such group",
            Self::NotInGroup => c"not in the group",
            Self::NoMember => c"not a member of the group",
            Self::TooManyGroups => c"too many groups",
            Self::GroupTooLarge => c"the group has too many devices",
            Self::NotAdmin => c"not an admin of the group",
            Self::Outranked => c"the account is more senior",
            Self::LastAdmin => c"the last admin can't leave",
            Self::RosterFull => c"the roster has too many entries",
            Self::NoEffect => c"the change would have no effect",
            Self::Malformed => c"malformed",
            Self::Rejected => c"not an authentic message",
            Self::Duplicate => c"this message was opened before",
            Self::KeyUnavailable => c"the key of this message is not available",
            Self::IdentityMismatch => c"another account than the one expected",
            Self::Untrusted => c"refused: a signature, date or list does not hold",
            Self::Stale => c"expired: its owner has not been online for long",
            Self::FutureDated => c"dated in the future: a clock is wrong",
            Self::WrongLinkCode => c"the answer is not from the device that has shown the code",
            Self::DeviceIdUsed => c"the device's id was used before",
            Self::TooManyResets => c"too many session resets",
            Self::TooManyHandshakes => c"too many new sessions",
            Self::TooEarly => c"came too early, and too much waits already",
            Self::Store => c"the store has failed",
            Self::StoreBusy => c"the store is busy",
            Self::StoreFull => c"the store is full",
            Self::StoreDenied => c"the store can't be opened or written, or is open to others",
            Self::StoreDamaged => c"the store is damaged",
            Self::StoreMisuse => c"the store is not made for this",
            Self::WrongKey => c"the store is sealed with another key",
            Self::Corrupt => c"a record of the store is damaged",
            Self::LaterVersion => c"the store was written by a later version",
            Self::Marker => c"the store's marker has failed",
            Self::Unknown => c"unknown",
        }
    }

    fn fault(self) -> entrenous_fault {
        use entrenous_fault as Fault;
        match self {
            Self::Ok => Fault::None,
            Self::StoreBusy
            | Self::OutboxFull
            | Self::InboxFull
            | Self::TooManyResets
            | Self::TooManyHandshakes
            | Self::TooEarly
            | Self::Random => Fault::Passing,
            Self::BadText
            | Self::WrongPassphrase
            | Self::UnusablePassphrase
            | Self::IdentityChanged
            | Self::Unverified
            | Self::RemovedFromAccount
            | Self::NotPrimary
            | Self::LinkExpired
            | Self::TooManyDevices
            | Self::TooManyStrangers
            | Self::TooManyGroups
            | Self::GroupTooLarge
            | Self::NotAdmin
            | Self::Outranked
            | Self::LastAdmin
            | Self::RosterFull
            | Self::NoEffect
            | Self::NotInGroup
            | Self::NoMember
            | Self::StoreFull
            | Self::StoreDenied => Fault::User,
            Self::Malformed
            | Self::Rejected
            | Self::Duplicate
            | Self::KeyUnavailable
            | Self::IdentityMismatch
            | Self::Untrusted
            | Self::Stale
            | Self::FutureDated
            | Self::WrongLinkCode
            | Self::DeviceIdUsed => Fault::Other,
            Self::NullPointer
            | Self::BadArgument
            | Self::BadLength
            | Self::BadHandle
            | Self::WrongHandle
            | Self::Reentered
            | Self::OutOfRange
            | Self::TooManyHandles
            | Self::Misuse
            | Self::TooLong
            | Self::NoSession
            | Self::SessionExists
            | Self::LinkingUnderWay
            | Self::NotLinking
            | Self::NotComparing
            | Self::NoAccount
            | Self::AccountExists
            | Self::NoGroup
            | Self::NoDevice
            | Self::NoLock
            | Self::LockExists
            | Self::StoreMisuse => Fault::Application,
            Self::Store
            | Self::StoreDamaged
            | Self::WrongKey
            | Self::Corrupt
            | Self::LaterVersion
            | Self::Marker => Fault::Store,
            Self::Panicked | Self::Poisoned | Self::Unknown => Fault::Library,
        }
    }

    fn is_final(self) -> bool {
        matches!(self, Self::Malformed | Self::Rejected | Self::Duplicate)
    }

    pub(crate) fn of_store(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Busy => Self::StoreBusy,
            FailureKind::Full => Self::StoreFull,
            FailureKind::Denied => Self::StoreDenied,
            FailureKind::Damaged => Self::StoreDamaged,
            FailureKind::Misuse => Self::StoreMisuse,
            _ => Self::Store,
        }
    }
}

impl From<Error> for Code {
    fn from(error: Error) -> Self {
        match error {
            Error::Malformed(_) => Self::Malformed,
            Error::Rejected => Self::Rejected,
            Error::Duplicate => Self::Duplicate,
            Error::KeyUnavailable => Self::KeyUnavailable,
            Error::NoSession => Self::NoSession,
            Error::IdentityChanged => Self::IdentityChanged,
            Error::Unverified => Self::Unverified,
            Error::RemovedFromAccount => Self::RemovedFromAccount,
            Error::NotPrimary => Self::NotPrimary,
            Error::LinkingUnderWay => Self::LinkingUnderWay,
            Error::NotLinking => Self::NotLinking,
            Error::LinkExpired => Self::LinkExpired,
            Error::WrongLinkCode => Self::WrongLinkCode,
            Error::DeviceIdUsed => Self::DeviceIdUsed,
            Error::Text(_) => Self::BadText,
            Error::TooManyResets => Self::TooManyResets,
            Error::TooManyHandshakes => Self::TooManyHandshakes,
            Error::TooManyStrangers => Self::TooManyStrangers,
            Error::NoGroup => Self::NoGroup,
            Error::NotInGroup => Self::NotInGroup,
            Error::NoMember => Self::NoMember,
            Error::TooManyGroups => Self::TooManyGroups,
            Error::GroupTooLarge => Self::GroupTooLarge,
            Error::Group(error) => error.into(),
            Error::TooEarly => Self::TooEarly,
            Error::InboxFull => Self::InboxFull,
            Error::OutboxFull => Self::OutboxFull,
            Error::IdentityMismatch => Self::IdentityMismatch,
            Error::Untrusted(error) => error.into(),
            Error::SessionExists(_) => Self::SessionExists,
            Error::TooManyDevices => Self::TooManyDevices,
            Error::ApiMisuse(_) => Self::Misuse,
            Error::TooLong => Self::TooLong,
            Error::Random(_) => Self::Random,
            Error::WrongPassphrase => Self::WrongPassphrase,
            Error::Passphrase(_) => Self::UnusablePassphrase,
            Error::WrongKey => Self::WrongKey,
            Error::NotComparing => Self::NotComparing,
            Error::NoAccount => Self::NoAccount,
            Error::AccountExists => Self::AccountExists,
            Error::Corrupt => Self::Corrupt,
            Error::LaterVersion => Self::LaterVersion,
            Error::Busy => Self::StoreBusy,
            Error::Marker(_) => Self::Marker,
            Error::Store(failure) => Self::of_store(failure.kind()),
            _ => Self::Unknown,
        }
    }
}

impl From<IssueError> for Code {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::NotAMember => Self::NotInGroup,
            IssueError::NotAdmin => Self::NotAdmin,
            IssueError::Outranked => Self::Outranked,
            IssueError::LastAdmin => Self::LastAdmin,
            IssueError::TooManyDevices => Self::GroupTooLarge,
            IssueError::TooManyEntries => Self::RosterFull,
            IssueError::NotUndone | IssueError::NotPinned => Self::NoEffect,
            IssueError::Random(_) => Self::Random,
            IssueError::Malformed(_) => Self::Malformed,
            IssueError::Refused(_) => Self::Untrusted,
            _ => Self::Unknown,
        }
    }
}

impl From<AgreementError> for Code {
    fn from(error: AgreementError) -> Self {
        match error {
            AgreementError::Stale | AgreementError::Identity(IdentityError::Expired) => Self::Stale,
            AgreementError::FutureDated | AgreementError::Identity(IdentityError::FutureDated) => {
                Self::FutureDated
            }
            _ => Self::Untrusted,
        }
    }
}

/// What a result means, in a few English words; for a log. Never NULL, and never to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_result_text(result: i32) -> *const c_char {
    Code::of_number(result).map_or(c"no result of this library", Code::text).as_ptr()
}

/// Who can do something about a result; `LIBRARY` for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_result_fault(result: i32) -> entrenous_fault {
    Code::of_number(result).map_or(entrenous_fault::Library, Code::fault)
}

/// 1 if an envelope for which receiving has ended so will never be anything else: the transport may drop it. 0 for any other
/// result: it keeps it for some weeks, and it is tried again.
#[unsafe(no_mangle)]
pub extern "C" fn entrenous_result_is_final(result: i32) -> u32 {
    Code::of_number(result).is_some_and(Code::is_final).into()
}

#[cfg(test)]
mod tests {
    use entrenous::{Fault, RecoveryCode, TextError, store::FailureKind};

    use super::*;

    fn bad_text() -> TextError {
        RecoveryCode::parse("").expect_err("no code")
    }

    fn mapped() -> Vec<(Error, Code)> {
        let device = entrenous::DeviceId::new(1).expect("not 0");
        let malformed = || match Error::from(entrenous::RecoveryFile::parse(b"").expect_err("no file")) {
            Error::Malformed(malformed) => malformed,
            other => panic!("{other}"),
        };
        vec![
            (Error::Malformed(malformed()), Code::Malformed),
            (Error::Rejected, Code::Rejected),
            (Error::Duplicate, Code::Duplicate),
            (Error::KeyUnavailable, Code::KeyUnavailable),
            (Error::NoSession, Code::NoSession),
            (Error::IdentityChanged, Code::IdentityChanged),
            (Error::Unverified, Code::Unverified),
            (Error::RemovedFromAccount, Code::RemovedFromAccount),
            (Error::NotPrimary, Code::NotPrimary),
            (Error::LinkingUnderWay, Code::LinkingUnderWay),
            (Error::NotLinking, Code::NotLinking),
            (Error::LinkExpired, Code::LinkExpired),
            (Error::WrongLinkCode, Code::WrongLinkCode),
            (Error::DeviceIdUsed, Code::DeviceIdUsed),
            (Error::Text(bad_text()), Code::BadText),
            (Error::TooManyResets, Code::TooManyResets),
            (Error::TooManyHandshakes, Code::TooManyHandshakes),
            (Error::TooManyStrangers, Code::TooManyStrangers),
            (Error::NoGroup, Code::NoGroup),
            (Error::NotInGroup, Code::NotInGroup),
            (Error::NoMember, Code::NoMember),
            (Error::TooManyGroups, Code::TooManyGroups),
            (Error::GroupTooLarge, Code::GroupTooLarge),
            (Error::Group(IssueError::NotAdmin), Code::NotAdmin),
            (Error::Group(IssueError::Outranked), Code::Outranked),
            (Error::Group(IssueError::LastAdmin), Code::LastAdmin),
            (Error::Group(IssueError::TooManyEntries), Code::RosterFull),
            (Error::Group(IssueError::TooManyDevices), Code::GroupTooLarge),
            (Error::Group(IssueError::NotAMember), Code::NotInGroup),
            (Error::Group(IssueError::NotUndone), Code::NoEffect),
            (Error::Group(IssueError::NotPinned), Code::NoEffect),
            (Error::TooEarly, Code::TooEarly),
            (Error::InboxFull, Code::InboxFull),
            (Error::OutboxFull, Code::OutboxFull),
            (Error::IdentityMismatch, Code::IdentityMismatch),
            (Error::Untrusted(AgreementError::BadPrekeySignature), Code::Untrusted),
            (Error::Untrusted(AgreementError::Stale), Code::Stale),
            (Error::Untrusted(AgreementError::Identity(IdentityError::Expired)), Code::Stale),
            (Error::Untrusted(AgreementError::FutureDated), Code::FutureDated),
            (Error::Untrusted(AgreementError::Identity(IdentityError::FutureDated)), Code::FutureDated),
            (Error::SessionExists(device), Code::SessionExists),
            (Error::TooManyDevices, Code::TooManyDevices),
            (Error::ApiMisuse("a test"), Code::Misuse),
            (Error::TooLong, Code::TooLong),
            (Error::WrongPassphrase, Code::WrongPassphrase),
            (Error::Passphrase(entrenous::PassphraseError::Empty), Code::UnusablePassphrase),
            (Error::WrongKey, Code::WrongKey),
            (Error::NotComparing, Code::NotComparing),
            (Error::NoAccount, Code::NoAccount),
            (Error::AccountExists, Code::AccountExists),
            (Error::Corrupt, Code::Corrupt),
            (Error::LaterVersion, Code::LaterVersion),
            (Error::Busy, Code::StoreBusy),
        ]
    }

    /// The caller's own codes, which no error of the client comes to, those of a store, and the one for what has none.
    const OTHERS: [Code; 23] = [
        Code::Ok,
        Code::NullPointer,
        Code::BadArgument,
        Code::BadLength,
        Code::BadHandle,
        Code::WrongHandle,
        Code::Reentered,
        Code::Panicked,
        Code::Poisoned,
        Code::OutOfRange,
        Code::TooManyHandles,
        Code::Random,
        Code::NoDevice,
        Code::NoLock,
        Code::LockExists,
        Code::Store,
        Code::StoreBusy,
        Code::StoreFull,
        Code::StoreDenied,
        Code::StoreDamaged,
        Code::StoreMisuse,
        Code::Marker,
        Code::Unknown,
    ];

    #[test]
    fn every_error_has_its_code_and_its_fault() {
        for (error, code) in mapped() {
            let fault = match error.fault() {
                Fault::Passing => entrenous_fault::Passing,
                Fault::User => entrenous_fault::User,
                Fault::Other => entrenous_fault::Other,
                Fault::Application => entrenous_fault::Application,
                Fault::Store => entrenous_fault::Store,
                other => panic!("{other:?}"),
            };
            assert_eq!((code.fault(), code.is_final()), (fault, error.is_final()), "{error}");
            assert_eq!(Code::from(error), code);
        }
    }

    #[test]
    fn every_code_comes_of_something() {
        let mapped: Vec<Code> = mapped().into_iter().map(|(_, code)| code).collect();
        for code in Code::ALL {
            assert!(mapped.contains(&code) || OTHERS.contains(&code), "{code:?}");
        }
    }

    #[test]
    fn numbers_are_stable_and_in_their_ranges() {
        assert!(Code::ALL.is_sorted_by(|one, next| one < next));
        for code in Code::ALL {
            let number = code as i32;
            assert_eq!(Code::of_number(number), Some(code));
            assert!(!code.text().is_empty());
            let range = match code.fault() {
                entrenous_fault::Store => 200..300,
                _ if code == Code::Unknown || (201..=205).contains(&number) => 200..300,
                entrenous_fault::Other => 100..200,
                _ if (110..=112).contains(&number) => 100..200,
                _ => 0..100,
            };
            assert!(range.contains(&number), "{code:?}");
        }
        assert_eq!(Code::of_number(-1), None);
    }

    #[test]
    fn a_store_says_what_became_of_it() {
        for (kind, code) in [
            (FailureKind::Busy, Code::StoreBusy),
            (FailureKind::Full, Code::StoreFull),
            (FailureKind::Denied, Code::StoreDenied),
            (FailureKind::Damaged, Code::StoreDamaged),
            (FailureKind::Misuse, Code::StoreMisuse),
            (FailureKind::Other, Code::Store),
        ] {
            assert_eq!(Code::of_store(kind), code);
        }
    }
}
