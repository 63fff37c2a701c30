//! What can be wrong with a claimed identity.

use entrenous_wire::Malformed;
use thiserror::Error;

/// Why an identity, a device list or a device was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The bytes don't follow the format.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A signature doesn't hold; the field says whose.
    #[error("the signature of the {0} does not hold")]
    BadSignature(&'static str),
    /// The list is dated more than a day ahead of our clock.
    #[error("the device list is dated in the future")]
    FutureDated,
    /// The list has expired; no new session is made with it.
    #[error("the device list has expired")]
    Expired,
    /// The list doesn't have this device, or has it with other keys.
    #[error("the device is not in the account's device list")]
    UnknownDevice,
    /// The list belongs to another account than the one expected.
    #[error("another account than the one expected")]
    IdentityMismatch,
}
