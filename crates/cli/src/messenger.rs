//! The messenger: an account on this machine, and what its commands share. It stands on the library's public interface
//! alone.
//!
//! Everything is done in passes that may be repeated at any time and cut off at any point ([`sync`]): what is to be
//! sent is in the history before the client has it, what has come is in the history before it is acknowledged, and only
//! then removed from the drop folder. Several processes may work for one account at the same time.

mod access;
mod collecting;
mod giving_up;
mod joining;
mod key;
mod marking;
pub(crate) mod names;
mod notice;
mod reaching;
pub(crate) mod recovering;
mod sending;
mod showing;
pub(crate) mod sync;
mod trouble;

use entrenous::{AccountId, Client, Created, DeviceId, Error, RecoveryCode, ShortString, System};
use entrenous_store_sqlite::SqliteStore;

pub(crate) use collecting::Left;
use marking::marked;
pub(crate) use reaching::Reached;
use recovering::Recovered;
pub(crate) use showing::{Said, Saying};
pub(crate) use trouble::Trouble;

use crate::{
    command::Options,
    history::{History, Named},
    home::Home,
    name::ContactName,
    terminal::{Exit, PassphraseSource},
    transport::{Folder, Transport},
};

/// An account on this machine, without a transport.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) home: Home,
    pub(crate) client: Client<SqliteStore, System>,
    pub(crate) history: History,
}

impl Account {
    /// Makes an account in the home directory that the options name, under a passphrase if it is to be `locked`.
    pub(crate) fn create(options: &Options, locked: bool) -> Result<(Self, RecoveryCode), Trouble> {
        let home = Home::create(&options.home()?)?;
        let (store, key) = access::make(&home, locked, &options.passphrase())?;
        let Created { client, recovery } = Client::create(store, &key, System::new())?;
        let client = marked(client, &home)?;
        let history = History::open(&home.history(), &key)?;
        Ok((Self { home, client, history }, recovery))
    }

    /// Joins the account whose primary device shows `code`; `show` gets what the user has to compare.
    pub(crate) fn join(
        options: &Options,
        locked: bool,
        code: &str,
        show: impl FnMut(&ShortString) -> Result<(), Trouble>,
    ) -> Result<Messenger, Trouble> {
        let home = Home::create(&options.home()?)?;
        let transport = open_drop(options, &home)?;
        let (store, key) = access::make(&home, locked, &options.passphrase())?;
        let client = marked(joining::join(&home, (store, &key), code, &transport, show)?, &home)?;
        let history = History::open(&home.history(), &key)?;
        Ok(Messenger { account: Self { home, client, history }, transport, old_keys: false })
    }

    /// Brings the account of `code` back, without all its devices but those to `keep`; gives those as well.
    pub(crate) fn recover(
        options: &Options,
        locked: bool,
        code: &RecoveryCode,
        keep: &[DeviceId],
    ) -> Result<(Messenger, Vec<DeviceId>), Trouble> {
        let home = Home::create(&options.home()?)?;
        let transport = open_drop(options, &home)?;
        let (store, key) = access::make(&home, locked, &options.passphrase())?;
        let Recovered { client, lost } = recovering::recover((store, &key), code, keep, &transport)?;
        let client = marked(client, &home)?;
        let history = History::open(&home.history(), &key)?;
        Ok((Messenger { account: Self { home, client, history }, transport, old_keys: false }, lost))
    }

    /// Opens the account in the home directory that the options name.
    pub(crate) fn open(options: &Options) -> Result<Self, Trouble> {
        let home = Home::open(&options.home()?)?;
        let (store, key) = access::open(&home, &options.passphrase())?;
        let client = marked(Client::open(store, &key, System::new())?, &home)?;
        let history = History::open(&home.history(), &key)?;
        Ok(Self { home, client, history })
    }

    /// Whom the user calls so.
    pub(crate) fn named(&self, name: &ContactName) -> Result<AccountId, Trouble> {
        let names = self.history.names()?;
        match names.iter().find(|named| named.name == *name) {
            Some(Named { account, .. }) => Ok(*account),
            None => Err(Trouble::said(
                Exit::NotFound,
                format!("you know nobody called {name}: `entrenous add {name} CARD` adds a contact"),
            )),
        }
    }
}

/// Puts the home that the options name under the passphrase of `new`.
pub(crate) fn change_passphrase(options: &Options, new: &PassphraseSource) -> Result<(), Trouble> {
    let home = Home::open(&options.home()?)?;
    access::change(&home, &options.passphrase(), new)
}

/// An account with its transport.
#[derive(Debug)]
pub(crate) struct Messenger {
    pub(crate) account: Account,
    pub(crate) transport: Folder,
    /// Whether the user takes keys that have expired: their owner may not be there any more.
    pub(crate) old_keys: bool,
}

impl Messenger {
    /// Opens both. A drop folder that nobody has named is made; one that was named has to be there.
    pub(crate) fn open(options: &Options) -> Result<Self, Trouble> {
        let account = Account::open(options)?;
        let transport = open_drop(options, &account.home)?;
        Ok(Self { account, transport, old_keys: false })
    }
}

/// The drop folder that the options name.
pub(crate) fn open_drop(options: &Options, home: &Home) -> Result<Folder, Trouble> {
    let path = options.drop()?;
    let folder = match options.names_drop() {
        true => Folder::open(&path)?,
        false => Folder::create(&path)?,
    };
    home.keep_apart_from(&path)?;
    Ok(folder)
}

/// Whether it may go better later, so that nothing is given up.
pub(crate) fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::Busy
            | Error::Store(_)
            | Error::Random(_)
            | Error::OutboxFull
            | Error::InboxFull
            | Error::TooManyResets
            | Error::TooManyHandshakes
            | Error::TooManyStrangers
            | Error::NoSession
    )
}

/// How many one-time keys are on offer.
pub(crate) fn stock(messenger: &Messenger) -> Result<usize, Trouble> {
    Ok(messenger.transport.stock(&messenger.account.client.address())?)
}
