//! Where a message goes, and where it says it comes from.

use core::fmt;

use entrenous_identity::{AccountId, DeviceId};

/// A device of an account. Where a message comes from it is the transport's hint where to look: what is
/// delivered comes from the account and device of the session, whatever the hint says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The account.
    pub account: AccountId,
    /// Its device.
    pub device: DeviceId,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.device)
    }
}
