//! How an account comes into a home: made, joined or brought back. What fails leaves no home behind.

use entrenous::{Client, Created, DeviceId, Error, LinkCode, RecoveryCode, ShortString, System};

use super::{Account, Messenger, Trouble, access, joining, marked, open_drop, recovering};
use crate::{command::Options, history::History, home::NewHome, terminal::Exit};

impl Account {
    /// Makes an account in the home directory that the options name, under a passphrase if it is to be `locked`.
    pub(crate) fn create(options: &Options, locked: bool) -> Result<(Self, RecoveryCode), Trouble> {
        let mut new = NewHome::create(&options.home()?, &options.drop()?)?;
        let (store, key) = access::make(new.home(), locked, &options.passphrase())?;
        // before there is an account: one without a history has lost it
        let history = History::open(&new.home().history(), &key)?;
        let Created { client, recovery } = Client::create(store, &key, System::new())?;
        let home = new.keep();
        let client = marked(client, &home)?;
        Ok((Self { home, client, history }, recovery))
    }

    /// Joins the account whose primary device shows `code`; `show` gets what the user has to compare.
    pub(crate) fn join(
        options: &Options,
        locked: bool,
        code: &str,
        show: impl FnMut(&ShortString) -> Result<(), Trouble>,
    ) -> Result<Messenger, Trouble> {
        LinkCode::parse(code).map_err(Error::from)?;
        let mut new = NewHome::create(&options.home()?, &options.drop()?)?;
        let transport = open_drop(options, new.home())?;
        let (store, key) = access::make(new.home(), locked, &options.passphrase())?;
        let history = History::open(&new.home().history(), &key)?;
        let joined = joining::join(new.home(), (store, &key), code, &transport, show);
        // a linking that has begun is gone on with by the next command, unless its time is over
        if !joined.as_ref().is_err_and(is_over) {
            new.keep();
        }
        let home = new.home().clone();
        let client = marked(joined?, &home)?;
        Ok(Messenger { account: Self { home, client, history }, transport, old_keys: false })
    }

    /// Brings the account of `code` back, without all its devices but those to `keep`; gives those as well.
    pub(crate) fn recover(
        options: &Options,
        locked: bool,
        code: &RecoveryCode,
        keep: &[DeviceId],
    ) -> Result<(Messenger, Vec<DeviceId>), Trouble> {
        let mut new = NewHome::create(&options.home()?, &options.drop()?)?;
        let transport = open_drop(options, new.home())?;
        let (store, key) = access::make(new.home(), locked, &options.passphrase())?;
        let history = History::open(&new.home().history(), &key)?;
        let recovering::Recovered { client, lost } =
            recovering::recover((store, &key), code, keep, &transport)?;
        let home = new.keep();
        let client = marked(client, &home)?;
        Ok((Messenger { account: Self { home, client, history }, transport, old_keys: false }, lost))
    }
}

/// Whether nothing is left to go on with.
fn is_over(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Library(error) => matches!(error, Error::WrongLinkCode | Error::Text(_)),
        Trouble::Said { exit, .. } => *exit == Exit::Temporary,
        _ => false,
    }
}
