//! A directory of its own for each test, and what the tests put there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use entrenous::{AccountId, Address, DeviceId};
use entrenous_cli::transport::{Arrived, Batch, Folder, Mailbox, Ticket, Transport};

/// A directory that is emptied when a test begins, and removed when it succeeds.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ground").join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("created");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn folder(&self) -> Folder {
        Folder::open(&self.0).expect("opened")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

pub(crate) fn address(account: u8, device: u32) -> Address {
    Address {
        account: AccountId::from_bytes([account; 32]),
        device: DeviceId::new(device).expect("not zero"),
    }
}

pub(crate) fn mailbox() -> Mailbox {
    Mailbox::Device(address(0xb0, 7))
}

/// The directory of [`mailbox`].
pub(crate) fn mailbox_dir(drop: &Path) -> PathBuf {
    drop.join("v1/mail").join("b0".repeat(32)).join("00000007")
}

/// Everything in the mailbox, batch by batch.
pub(crate) fn collect(folder: &Folder, mailbox: &Mailbox) -> Batch {
    let mut all = Batch::default();
    let mut after: Option<Ticket> = None;
    loop {
        let batch = folder.collect(mailbox, after.as_ref()).expect("collected");
        all.arrived.extend(batch.arrived);
        all.left_alone += batch.left_alone;
        after = batch.next;
        if after.is_none() {
            return all;
        }
    }
}

pub(crate) fn envelopes(arrived: &[Arrived]) -> Vec<Vec<u8>> {
    arrived.iter().map(|arrived| arrived.envelope.clone()).collect()
}

/// Names in a directory; none if it is missing.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("read").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}
