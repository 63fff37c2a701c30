//! The bundles of a device: put on the shelf, counted, and taken once.

use std::{fs, path::Path};

use entrenous::{AccountId, Address, DeviceId};

use super::{
    super::{MAX_BUNDLE, MAX_DEVICES, MAX_STOCK},
    Bundle, Folder, Offer, Ticket, TransportError, disk,
    file::{self, Kind, OVERHEAD},
    name::{self, TAKEN},
};

const ONE_TIME: &str = "once";
const LAST_RESORT: &str = "last";

impl Folder {
    /// Publishes, see [`publish`](super::Transport::publish). New bundles come before old ones go, so that there
    /// is always one.
    pub(super) fn put_on_shelf(&self, owner: &Address, offer: &Offer<'_>) -> Result<(), TransportError> {
        for bundle in offer.one_time.iter().map(Vec::as_slice).chain(offer.last_resort) {
            if bundle.len() > MAX_BUNDLE {
                let (len, limit) = (bundle.len(), MAX_BUNDLE);
                return Err(TransportError::TooLong { what: "bundle", len, limit });
            }
        }
        let shelf = self.shelf(owner);
        let (one_time, last_resort) = (shelf.join(ONE_TIME), shelf.join(LAST_RESORT));
        let earlier =
            Earlier { one_time: self.bundles(&one_time)?, last_resort: self.bundles(&last_resort)? };
        let kept = if offer.replaces { 0 } else { earlier.one_time.len() };
        // spec: FOLDER-10
        if kept + offer.one_time.len() > MAX_STOCK {
            return Err(TransportError::Crowded { path: one_time, limit: MAX_STOCK });
        }

        // spec: FOLDER-14
        self.put(&one_time, Kind::OneTime, offer.one_time.iter().map(Vec::as_slice))?;
        self.put(&last_resort, Kind::LastResort, offer.last_resort.into_iter())?;
        if offer.replaces {
            clear(&one_time, &earlier.one_time)?;
        }
        if offer.replaces || offer.last_resort.is_some() {
            clear(&last_resort, &earlier.last_resort)?;
        }
        if offer.replaces {
            // those of a device that is withdrawn are empty now; another's stay
            for dir in [&one_time, &last_resort, &shelf] {
                let _ = fs::remove_dir(dir);
            }
        }
        Ok(())
    }

    fn put<'a>(
        &self,
        dir: &Path,
        kind: Kind,
        bundles: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), TransportError> {
        let mut bundles = bundles.peekable();
        if bundles.peek().is_none() {
            return Ok(());
        }
        disk::ensure_dir(&self.root, dir)?;
        disk::sweep(dir)?;
        for bundle in bundles {
            disk::Staged::write(dir, &file::wrap(kind, None, bundle))?.place(&self.fresh_name()?)?;
        }
        disk::sync_dir(dir)
    }

    /// Counts the one-time bundles, see [`stock`](super::Transport::stock).
    pub(super) fn count_shelf(&self, owner: &Address) -> Result<usize, TransportError> {
        Ok(self.bundles(&self.shelf(owner).join(ONE_TIME))?.len())
    }

    /// The devices with bundles, see [`devices`](super::Transport::devices).
    pub(super) fn shelves(&self, account: &AccountId) -> Result<Vec<DeviceId>, TransportError> {
        let dir = self.account("bundles", account);
        if !disk::check_dirs(&self.root, &dir)? {
            return Ok(Vec::new());
        }
        let mut devices = Vec::new();
        for entry in disk::entries(&dir)? {
            devices.extend(entry?.file_name().to_str().and_then(name::device));
            // spec: FOLDER-15
            if devices.len() >= MAX_DEVICES {
                break;
            }
        }
        devices.sort_unstable();
        Ok(devices)
    }

    /// Takes a bundle, see [`take`](super::Transport::take).
    pub(super) fn take_from_shelf(&self, device: &Address) -> Result<Option<Bundle>, TransportError> {
        let shelf = self.shelf(device);
        let found = |bytes, one_time| Bundle { device: device.device, bytes, one_time };
        if let Some(bytes) = self.take_one_time(&shelf.join(ONE_TIME))? {
            return Ok(Some(found(bytes, true)));
        }
        Ok(self.last_resort(device)?.map(|bytes| found(bytes, false)))
    }

    /// The last-resort bundle, see [`look_at`](super::Transport::look_at).
    // spec: FOLDER-13
    pub(super) fn last_resort(&self, device: &Address) -> Result<Option<Vec<u8>>, TransportError> {
        let dir = self.shelf(device).join(LAST_RESORT);
        let names = self.bundles(&dir)?;
        let mut newest_first = names.iter().rev();
        Ok(newest_first.find_map(|name| read(&dir.join(&name.0), Kind::LastResort)))
    }

    fn take_one_time(&self, dir: &Path) -> Result<Option<Vec<u8>>, TransportError> {
        let mut names = self.bundles(dir)?;
        // takers that don't see each other yet should not begin with the same one
        let start = name::random_below(names.len())?;
        names.rotate_left(start);
        for name in names {
            let path = dir.join(&name.0);
            // spec: FOLDER-12; whole before it is taken: what is still on its way stays for somebody else
            let Some(bytes) = read(&path, Kind::OneTime) else { continue };
            let own = dir.join(name::temporary(TAKEN)?);
            match fs::rename(&path, &own).map_err(|error| TransportError::io("take", &path, error)) {
                Ok(()) => {
                    disk::remove(&own)?;
                    disk::sync_dir(dir)?;
                    return Ok(Some(bytes));
                }
                // another was quicker
                Err(error) if error.is_gone() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The names of the bundles in one of the two directories, oldest first.
    fn bundles(&self, dir: &Path) -> Result<Vec<Ticket>, TransportError> {
        match disk::check_dirs(&self.root, dir)? {
            true => disk::oldest(dir, None, MAX_STOCK),
            false => Ok(Vec::new()),
        }
    }
}

/// What was there before an offer.
#[derive(Debug)]
struct Earlier {
    one_time: Vec<Ticket>,
    last_resort: Vec<Ticket>,
}

fn read(path: &Path, kind: Kind) -> Option<Vec<u8>> {
    Some(file::unwrap(kind, disk::read(path, MAX_BUNDLE + OVERHEAD)?)?.body)
}

fn clear(dir: &Path, names: &[Ticket]) -> Result<(), TransportError> {
    names.iter().try_for_each(|name| disk::remove(&dir.join(&name.0)))
}
