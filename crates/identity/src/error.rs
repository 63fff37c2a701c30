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
    /// The list would be valid for longer than [`LIFETIME_DAYS`](crate::device_list::LIFETIME_DAYS).
    #[error("the device list would be valid for too long")]
    LivesTooLong,
    /// The list is older than the one that is in force.
    #[error("the device list is older than the one in force")]
    Superseded,
    /// A device has other keys than it had before under the same id.
    #[error("a device's keys changed under its id")]
    DeviceKeysChanged,
    /// The links of a proof don't hang together, or are more than there are epochs.
    #[error("the proof does not belong to the device list")]
    BadProof,
    /// The account's lists have more branches than are kept.
    #[error("the account's device lists have too many branches")]
    TooManyBranches,
    /// There is no epoch left for another list.
    #[error("the account's device lists have come to the last epoch")]
    EpochsExhausted,
}
