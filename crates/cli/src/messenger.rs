//! The messenger: an account on this machine, and what its commands share. It stands on the library's public interface
//! alone.
//!
//! Everything is done in passes that may be repeated at any time and cut off at any point ([`sync`]): what is to be
//! sent is in the history before the client has it, what has come is in the history before it is acknowledged, and only
//! then removed from the drop folder. Several processes may work for one account at the same time.

mod access;
mod collecting;
mod complaining;
mod giving_up;
mod group_notice;
pub(crate) mod groups;
mod holding_up;
mod joining;
mod key;
mod lists;
mod making;
mod marking;
pub(crate) mod names;
mod notice;
mod reaching;
pub(crate) mod recovering;
mod sending;
mod showing;
pub(crate) mod sync;
mod trouble;

use std::{fs, path::Path};

use entrenous::{AccountId, Client, ContactKind, Destination, Error, System};
use entrenous_store_sqlite::SqliteStore;

pub(crate) use collecting::Left;
pub(crate) use complaining::{Complaints, complain_of};
use marking::marked;
pub(crate) use reaching::Reached;
pub(crate) use sending::Dispatched;
pub(crate) use showing::{Said, Saying};
pub(crate) use sync::Pass;
pub(crate) use trouble::Trouble;

use crate::{
    command::Options,
    history::{History, Named},
    home::{Home, HomeError, Lock},
    name::ContactName,
    terminal::{Exit, PassphraseSource, visible_path},
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
    /// Opens the account in the home directory that the options name.
    pub(crate) fn open(options: &Options) -> Result<Self, Trouble> {
        let home = Home::open(&options.home()?)?;
        let (store, key) = access::open(&home, &options.passphrase())?;
        let client = marked(Client::open(store, &key, System::new())?, &home)?;
        let lost = access::is_lost(&home.history());
        let history = History::open(&home.history(), &key)?;
        match lost {
            // told once: there is one from now on
            true => Err(HomeError::HistoryLost(home.path().to_owned()).into()),
            false => Ok(Self { home, client, history }),
        }
    }

    /// Refuses the default folder when others have written through another one: the home doesn't know any more which.
    fn refuse_to_guess_drop(&mut self, options: &Options) -> Result<(), Trouble> {
        if options.names_drop() || self.home.drop_folder()?.is_some() || !self.is_in_touch()? {
            return Ok(());
        }
        Err(Trouble::said(
            Exit::Usage,
            format!(
                "the file drop-folder is lost in {}, which names the folder that you share with your contacts: name it \
                 with --drop DIR, and it is remembered again",
                visible_path(self.home.path())
            ),
        ))
    }

    /// Whether anybody is known to have a session with this device.
    fn is_in_touch(&mut self) -> Result<bool, Trouble> {
        for kind in [ContactKind::Accepted, ContactKind::Strangers] {
            for account in self.all_of(kind)? {
                let devices = self.known(&account)?.map(|status| status.devices).unwrap_or_default();
                if devices.iter().any(|device| device.session.is_some_and(|session| session.answered)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
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
    /// Opens both.
    pub(crate) fn open(options: &Options) -> Result<Self, Trouble> {
        let mut account = Account::open(options)?;
        account.refuse_to_guess_drop(options)?;
        let transport = open_drop(options, &account.home)?;
        Ok(Self { account, transport, old_keys: false })
    }

    /// From now on it is the folder of this home: something is published or sent there, under the lock of sending.
    pub(crate) fn remember_drop(&self, sending: &Lock) -> Result<(), Trouble> {
        let home = &self.account.home;
        if home.drop_folder()?.is_none() {
            home.use_drop_folder(self.transport.place(), sending)?;
        }
        Ok(())
    }
}

/// The same for a command that only looks: none where nobody has named a folder yet, and the default one isn't there.
pub(crate) fn find_drop(options: &Options, account: &mut Account) -> Result<Option<Folder>, Trouble> {
    account.refuse_to_guess_drop(options)?;
    let named = options.names_drop() || account.home.drop_folder()?.is_some();
    match named || options.drop()?.exists() {
        true => open_drop(options, &account.home).map(Some),
        false => Ok(None),
    }
}

/// The drop folder: the one that the home has used before, or that the options name. One that nobody has named yet is
/// made; another one has to be there, and a second one the user has to mean.
pub(crate) fn open_drop(options: &Options, home: &Home) -> Result<Folder, Trouble> {
    let (path, used) = (options.drop()?, home.drop_folder()?);
    if options.changes_drop() && !options.names_drop() {
        return Err(Trouble::said(Exit::Usage, "--change-drop needs the new folder: name it with --drop"));
    }
    let folder = match (options.names_drop(), &used) {
        (true, _) => Folder::open(&path)?,
        (false, Some(used)) => Folder::open(used)?,
        (false, None) => Folder::create(&path)?,
    };
    home.keep_apart_from(folder.place())?;
    let Some(used) = used.filter(|used| !is_same(used, folder.place())) else { return Ok(folder) };
    if !options.changes_drop() {
        return Err(Trouble::said(
            Exit::Usage,
            format!(
                "this home uses the drop folder {}, and your contacts look for you there: leave --drop (or \
                 ENTRENOUS_DROP) out, or go over to {} with --change-drop",
                visible_path(&used),
                visible_path(folder.place())
            ),
        ));
    }
    home.use_drop_folder(folder.place(), &home.lock_sending()?)?;
    Ok(folder)
}

/// Whether two paths lead to one folder.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

/// Whether a place in the drop folder is of a device of this account.
pub(crate) fn is_of(account: &AccountId, place: &Destination) -> bool {
    matches!(place, Destination::Device(device) if device.account == *account)
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
