//! Getting an account back in a new home, with its recovery code and what the drop folder has of it.

use entrenous::{Address, Client, DeviceId, Env, Error, ListSeen, Recovery, RecoveryCode, StoreKey, System};
use entrenous_store_sqlite::SqliteStore;

use super::Trouble;
use crate::{
    terminal::Exit,
    transport::{Folder, Offer, Transport},
};

/// An account that was brought back.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) client: Client<SqliteStore, System>,
    /// The devices that are no longer of it.
    pub(super) lost: Vec<DeviceId>,
}

/// Brings the account of `code` back. All its devices are lost but those to `keep`.
pub(super) fn recover(
    (store, key): (SqliteStore, &StoreKey),
    code: &RecoveryCode,
    keep: &[DeviceId],
    transport: &Folder,
) -> Result<Recovered, Trouble> {
    let account = code.account_id();
    let now = System::new().now();
    let mut newest: Option<(ListSeen, Vec<u8>)> = None;
    let mut refused = None;
    for bundle in transport.fetch(&account)? {
        match ListSeen::read(code, &bundle.bytes, now) {
            Ok(seen) if newest.as_ref().is_none_or(|(newest, _)| newest.epoch < seen.epoch) => {
                newest = Some((seen, bundle.bytes));
            }
            Ok(_) => {}
            // anybody can put something there
            Err(error) => refused = Some(error),
        }
    }
    let (seen, newest) = match (newest, refused) {
        (Some(newest), _) => newest,
        (None, Some(error)) => return Err(error.into()),
        (None, None) => {
            return Err(Trouble::said(
                Exit::NotFound,
                "this drop folder has nothing of the code's account: name the one in which its devices have published",
            ));
        }
    };
    if let Some(unknown) = keep.iter().find(|id| !seen.devices.contains(id)) {
        return Err(Trouble::said(Exit::NotFound, format!("the account has no device {unknown}")));
    }
    let lost: Vec<DeviceId> = seen.devices.into_iter().filter(|id| !keep.contains(id)).collect();
    let recovery = Recovery { code, newest: &newest, lost: &lost };
    let client = Client::recover(store, key, System::new(), &recovery)?;
    for device in &lost {
        // nobody should begin anything with them; it helps, and the list is what counts
        let withdrawn = Offer { replaces: true, ..Offer::default() };
        if let Err(error) = transport.publish(&Address { account, device: *device }, &withdrawn) {
            crate::complain(&format!(
                "the keys of the lost device {device} stay in the drop folder: {error}"
            ));
        }
    }
    Ok(Recovered { client, lost })
}

/// Reads a recovery code as it was written down.
pub(crate) fn code(text: &str) -> Result<RecoveryCode, Trouble> {
    Ok(RecoveryCode::parse(text).map_err(Error::from)?)
}
