//! Carries what is public or sealed between devices: prekey bundles to whoever wants to write, envelopes to
//! mailboxes. It is trusted with nothing: it may lose, repeat, reorder, invent and read all that it carries.
//!
//! [`Folder`] is the transport over a directory; a server would be another one behind the same trait.

use std::{fmt, time::Duration};

use entrenous::{AccountId, Address, DeviceId};

mod error;
mod folder;
mod mailbox;

pub use error::TransportError;
pub use folder::Folder;
pub use mailbox::{Arrived, Batch, Mailbox, Seen, Ticket};

/// The longest envelope, in bytes: 20 MiB. A content of 16 MiB has less than 19 MiB with padding and handshake.
pub const MAX_ENVELOPE: usize = 20 << 20;
/// The longest bundle, in bytes. The longest that a device makes has about 8 KiB.
pub const MAX_BUNDLE: usize = 64 << 10;
/// One-time bundles that a device may have on offer; it makes 50 at once.
pub const MAX_STOCK: usize = 1024;
/// Devices of an account whose bundles are looked for. A list has 16 at most; the others are former ones, or
/// somebody else's invention, and the bundles' signatures tell.
pub const MAX_DEVICES: usize = 64;

/// Bundles that a device gives to the directory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offer<'a> {
    /// Each is handed out once. At most [`MAX_STOCK`], of [`MAX_BUNDLE`] bytes each.
    pub one_time: &'a [Vec<u8>],
    /// Handed out when there is no other, and takes the place of an earlier one.
    pub last_resort: Option<&'a [u8]>,
    /// Whether all earlier bundles go, as they must when the device list in them is no longer the newest. An empty
    /// offer that replaces withdraws the device.
    pub replaces: bool,
}

/// A bundle that was handed out. Who it is from is for its signatures to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The device that it lay under.
    pub device: DeviceId,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether it was a one-time bundle, which nobody else gets.
    pub one_time: bool,
}

/// What the messenger asks of a transport. Each call is complete when it returns, and safe among any number of
/// processes that make the same calls.
///
/// After an error nothing that another can see is half done: a file is there whole or not at all. An offer that
/// failed may have been published in part, and can be repeated.
pub trait Transport: fmt::Debug {
    /// Publishes bundles of `owner`.
    ///
    /// # Errors
    /// [`TransportError::TooLong`] and [`TransportError::Crowded`] before anything is written; else what the place
    /// says.
    fn publish(&self, owner: &Address, offer: &Offer<'_>) -> Result<(), TransportError>;

    /// How many one-time bundles of `owner` are left.
    ///
    /// # Errors
    /// What the place says.
    fn stock(&self, owner: &Address) -> Result<usize, TransportError>;

    /// The devices of `account` that have published, [`MAX_DEVICES`] at most. A hint: only the signed list
    /// says which devices the account has.
    ///
    /// # Errors
    /// What the place says.
    fn devices(&self, account: &AccountId) -> Result<Vec<DeviceId>, TransportError>;

    /// Takes a bundle of this device: a one-time bundle if there is one, which nobody else gets, else
    /// the last-resort one; none if the device has published nothing.
    ///
    /// # Errors
    /// What the place says.
    fn take(&self, device: &Address) -> Result<Option<Bundle>, TransportError>;

    /// The newest last-resort bundle of this device, which stays: to see which devices its account has.
    ///
    /// # Errors
    /// What the place says.
    fn look_at(&self, device: &Address) -> Result<Option<Vec<u8>>, TransportError>;

    /// Takes a bundle for every device of `account`; empty if it has published nothing.
    ///
    /// # Errors
    /// As [`Self::take`]. One-time bundles taken before are lost, as if they had never been made.
    fn fetch(&self, account: &AccountId) -> Result<Vec<Bundle>, TransportError> {
        let devices = self.devices(account)?.into_iter();
        devices.filter_map(|device| self.take(&Address { account: *account, device }).transpose()).collect()
    }

    /// Whether a device of the account has been here: it has published, or has mail. Nobody may ever look for another one's.
    ///
    /// # Errors
    /// What the place says.
    fn has_place(&self, account: &AccountId) -> Result<bool, TransportError>;

    /// Puts an envelope of [`MAX_ENVELOPE`] bytes at most into a mailbox, with the hint whom it is from.
    /// Once it returns the envelope is there for good: the outbox may let it go.
    ///
    /// # Errors
    /// [`TransportError::TooLong`] and [`TransportError::Crowded`] before anything is written; else what the place
    /// says.
    fn deliver(&self, to: &Mailbox, from: Option<&Address>, envelope: &[u8]) -> Result<(), TransportError>;

    /// What is in a mailbox, oldest first, beginning behind `after`. It stays there until removed.
    ///
    /// # Errors
    /// What the place says; never for what is in it.
    fn collect(&self, mailbox: &Mailbox, after: Option<&Ticket>) -> Result<Batch, TransportError>;

    /// Removes what was dealt with. What somebody else has removed is no error.
    ///
    /// # Errors
    /// What the place says.
    fn remove(&self, mailbox: &Mailbox, ticket: &Ticket) -> Result<(), TransportError>;

    /// Waits until the mailbox has something that is not in `seen`, and puts it there; false when `patience` is
    /// over. Collect then as well, now and again: what was incomplete may have become whole.
    ///
    /// # Errors
    /// What the place says.
    fn wait(&self, mailbox: &Mailbox, seen: &mut Seen, patience: Duration) -> Result<bool, TransportError>;
}
