//! Getting at the store: with the key that lies beside it, or with a passphrase.

use std::{fs, path::Path};

use entrenous::{Client, Cost, Error, StoreKey, StoreLock, System};
use entrenous_store_sqlite::SqliteStore;

use super::{Trouble, key};
use crate::{
    home::{Home, HomeError},
    terminal::{Exit, PassphraseSource},
};

/// Opens the store of an account that was made before.
pub(super) fn open(home: &Home, passphrase: &PassphraseSource) -> Result<(SqliteStore, StoreKey), Trouble> {
    check(home)?;
    let store = SqliteStore::open(home.store())?;
    let key = match StoreLock::is_on(&store)? {
        true => StoreLock::open(&store, passphrase.read()?.as_bytes())?,
        false => match key::load(home)? {
            Some(key) => key,
            None if is_used(home)? => return Err(HomeError::KeyMissing(home.path().to_owned()).into()),
            None => return Err(HomeError::Missing(home.path().to_owned()).into()),
        },
    };
    Ok((store, key))
}

/// Whether somebody has written to the store, which any key tells: a wrong one.
fn is_used(home: &Home) -> Result<bool, Trouble> {
    let key = StoreKey::generate(&mut System::new())?;
    match Client::open(SqliteStore::open(home.store())?, &key, System::new()) {
        Err(Error::NoAccount) => Ok(false),
        Ok(_) | Err(Error::WrongKey) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Looking must not make a store where there is none, or only an empty file: another account would not open the history,
/// and the user would not know that there was one.
pub(super) fn check(home: &Home) -> Result<(), HomeError> {
    let path = || home.path().to_owned();
    match is_lost(&home.store()) {
        false => Ok(()),
        true if !home.history().exists() && !home.key().exists() => Err(HomeError::Missing(path())),
        true if home.store().exists() => Err(HomeError::StoreEmpty(path())),
        true => Err(HomeError::StoreMissing(path())),
    }
}

/// Whether a database is not there, or nothing is in it: SQLite then discards what its log may still have.
pub(super) fn is_lost(database: &Path) -> bool {
    !fs::metadata(database).is_ok_and(|found| found.len() > 0)
}

/// Makes a store, or opens one in which no account was made yet. `locked` puts it under a passphrase.
pub(super) fn make(
    home: &Home,
    locked: bool,
    passphrase: &PassphraseSource,
) -> Result<(SqliteStore, StoreKey), Trouble> {
    if home.history().exists() || home.key().exists() {
        check(home)?;
    }
    let mut store = SqliteStore::open(home.store())?;
    let used = is_used(home)?;
    if used && is_lost(&home.history()) {
        return Err(HomeError::HistoryLost(home.path().to_owned()).into());
    }
    let key = match (StoreLock::is_on(&store)?, locked) {
        // somebody was interrupted before the account was there
        (true, _) => StoreLock::open(&store, passphrase.read()?.as_bytes())?,
        (false, _) if used && !home.key().exists() => {
            return Err(HomeError::KeyMissing(home.path().to_owned()).into());
        }
        // a lock on what another key has written would close it for good
        (false, true) if !used => {
            let passphrase = passphrase.choose()?;
            StoreLock::put_on(&mut store, passphrase.as_bytes(), Cost::DEFAULT, &mut System::new())?
        }
        (false, _) => key::load_or_make(home)?,
    };
    Ok((store, key))
}

/// Puts the store's key under another passphrase.
pub(super) fn change(home: &Home, old: &PassphraseSource, new: &PassphraseSource) -> Result<(), Trouble> {
    check(home)?;
    let mut store = SqliteStore::open(home.store())?;
    if !StoreLock::is_on(&store)? {
        return Err(Trouble::said(
            Exit::Usage,
            "this home has no passphrase: its key lies beside it, in store.key",
        ));
    }
    let (old, new) = (old.read()?, new.choose()?);
    let cost = Cost::DEFAULT;
    Ok(StoreLock::change(&mut store, old.as_bytes(), new.as_bytes(), cost, &mut System::new())?)
}
