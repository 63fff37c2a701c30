//! The transport over a directory that the writers share: on one machine, a network drive, or kept alike by a tool
//! such as Syncthing.
//!
//! ```text
//! DROP/v1/bundles/ACCOUNT/DEVICE/once/NAME    one-time prekey bundles, each taken once
//! DROP/v1/bundles/ACCOUNT/DEVICE/last/NAME    the last-resort bundle; of several the newest counts
//! DROP/v1/mail/ACCOUNT/DEVICE/NAME            envelopes for a device
//! DROP/v1/rendezvous/ID/NAME                  envelopes for a meeting place
//! ```
//!
//! ACCOUNT, DEVICE and ID are 64, 8 and 32 lowercase hexadecimal digits. NAME is 16 digits of nanoseconds since
//! 1970, a hyphen and 32 random digits: names sort by time and need no coordination, and none is used twice.
//! A file is written whole under a temporary name, brought to the disk and only then renamed, so that
//! nobody reads half of it. It ends in its own hash, for folders that are synchronised less carefully. Files
//! under other names, such as a tool's conflict copies, and files that are not whole are left alone.
//!
//! **What the folder's operator sees**, and everybody else who can read it: which devices publish bundles and
//! which accounts they name; who has mail, from which account and device it claims to be, how long it is and when
//! it came; when it is collected. All that is public or ciphertext: nobody learns what is written. Whoever can write to
//! the folder can also delete mail and bundles, or put false ones there: the former is a loss that the
//! senders' next messages show, the latter is refused by the client.
//!
//! **One-time bundles are taken once** by the processes that see one filesystem: taking is a rename, and of two
//! only one succeeds. Machines that synchronise later may both take the same bundle. The protocol stands that: the
//! second handshake fails with `KeyUnavailable`, and succeeds with a fresh bundle. Takers begin at random places of the
//! stock, so that it is rare.
//!
//! Files and directories have what the writer's umask leaves of them. Several users of one machine need a folder in which
//! they may all write (a common group, umask 002).
//!
//! **Order** is that of the senders' clocks. Mail from a clock that is wrong sorts wrongly, and arrives.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::AtomicU64,
    time::Duration,
};

use entrenous::{AccountId, Address, DeviceId};

use super::{Batch, Bundle, Mailbox, Offer, Seen, Ticket, Transport, TransportError};
use crate::text::hex;

mod disk;
mod file;
mod mail;
mod name;
mod shelf;

/// The version of this layout, and the directory under which it lies.
const VERSION: &str = "v1";

/// A drop folder.
#[derive(Debug)]
pub struct Folder {
    drop: PathBuf,
    root: PathBuf,
    /// The time in the newest name that this process gave.
    newest: AtomicU64,
}

impl Folder {
    /// A folder that is there. It is not created: one that is missing is more often a drive that is not mounted.
    ///
    /// # Errors
    /// [`TransportError::Missing`]; [`TransportError::NoFolder`] when it is something else.
    pub fn open(drop: &Path) -> Result<Self, TransportError> {
        // the drop folder itself may be a link of the user's; what lies within may not
        match fs::metadata(drop) {
            Ok(found) if found.is_dir() => {
                Ok(Self { drop: drop.to_owned(), root: drop.join(VERSION), newest: AtomicU64::default() })
            }
            Ok(_) => Err(TransportError::NoFolder(drop.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(TransportError::Missing(drop.to_owned()))
            }
            Err(error) => Err(TransportError::io("open", drop, error)),
        }
    }

    /// Creates the folder if it is missing, with what the umask allows, and opens it.
    ///
    /// # Errors
    /// [`TransportError::ReadOnly`], [`TransportError::Full`], [`TransportError::Io`]; else as [`Self::open`].
    pub fn create(drop: &Path) -> Result<Self, TransportError> {
        match fs::create_dir_all(drop) {
            Ok(()) => {}
            // open says what it is instead
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(TransportError::io("create", drop, error)),
        }
        Self::open(drop)
    }

    /// The drop folder, as it was named.
    pub fn place(&self) -> &Path {
        &self.drop
    }

    /// The directory of a mailbox.
    fn mailbox(&self, mailbox: &Mailbox) -> PathBuf {
        match mailbox {
            Mailbox::Device(address) => self.device("mail", address),
            Mailbox::Rendezvous(id) => self.root.join("rendezvous").join(hex(id)),
        }
    }

    /// The directory of a device's bundles.
    fn shelf(&self, owner: &Address) -> PathBuf {
        self.device("bundles", owner)
    }

    fn device(&self, kind: &str, address: &Address) -> PathBuf {
        let mut path = self.account(kind, &address.account);
        path.push(address.device.to_string());
        path
    }

    fn account(&self, kind: &str, account: &AccountId) -> PathBuf {
        self.root.join(kind).join(hex(account.as_bytes()))
    }
}

impl Transport for Folder {
    fn publish(&self, owner: &Address, offer: &Offer<'_>) -> Result<(), TransportError> {
        self.put_on_shelf(owner, offer)
    }

    fn stock(&self, owner: &Address) -> Result<usize, TransportError> {
        self.count_shelf(owner)
    }

    fn devices(&self, account: &AccountId) -> Result<Vec<DeviceId>, TransportError> {
        self.shelves(account)
    }

    fn take(&self, device: &Address) -> Result<Option<Bundle>, TransportError> {
        self.take_from_shelf(device)
    }

    fn look_at(&self, device: &Address) -> Result<Option<Vec<u8>>, TransportError> {
        self.last_resort(device)
    }

    fn has_place(&self, account: &AccountId) -> Result<bool, TransportError> {
        let there = |kind| disk::check_dirs(&self.root, &self.account(kind, account));
        Ok(there("bundles")? || there("mail")?)
    }

    fn deliver(&self, to: &Mailbox, from: Option<&Address>, envelope: &[u8]) -> Result<(), TransportError> {
        self.post(to, from, envelope)
    }

    fn collect(&self, mailbox: &Mailbox, after: Option<&Ticket>) -> Result<Batch, TransportError> {
        self.batch(mailbox, after)
    }

    fn remove(&self, mailbox: &Mailbox, ticket: &Ticket) -> Result<(), TransportError> {
        self.discard(mailbox, ticket)
    }

    fn wait(&self, mailbox: &Mailbox, seen: &mut Seen, patience: Duration) -> Result<bool, TransportError> {
        self.watch(mailbox, seen, patience)
    }
}
