//! Getting at the store: with the key that lies beside it, or with a passphrase.

use entrenous::{Cost, StoreKey, StoreLock, System};
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
        false => key::load(home)?.ok_or_else(|| HomeError::Missing(home.path().to_owned()))?,
    };
    Ok((store, key))
}

/// Looking must not make a store where there is none.
pub(super) fn check(home: &Home) -> Result<(), HomeError> {
    match home.store().exists() {
        true => Ok(()),
        // another account would not open the history, and the user would not know that there was one
        false if home.history().exists() || home.key().exists() => {
            Err(HomeError::StoreMissing(home.path().to_owned()))
        }
        false => Err(HomeError::Missing(home.path().to_owned())),
    }
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
    let key = match (StoreLock::is_on(&store)?, locked) {
        // somebody was interrupted before the account was there
        (true, _) => StoreLock::open(&store, passphrase.read()?.as_bytes())?,
        (false, true) => {
            let passphrase = passphrase.choose()?;
            StoreLock::put_on(&mut store, passphrase.as_bytes(), Cost::DEFAULT, &mut System::new())?
        }
        (false, false) => key::load_or_make(home)?,
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
