//! Joining an account with a new device: the two meet in a mailbox that only the code names.

use std::time::{Duration, Instant};

use entrenous::{Client, Error, Joining, ShortString, StoreKey, System};
use entrenous_store_sqlite::SqliteStore;

use super::Trouble;
use crate::{
    home::Home,
    terminal::Exit,
    transport::{Arrived, Folder, Mailbox, Seen, Transport},
};

/// How long the primary is waited for: its code is good for five minutes.
const PATIENCE: Duration = Duration::from_secs(300);
/// Between two looks for an answer.
const LOOK: Duration = Duration::from_secs(1);

/// A device that joins an account.
type NewDevice = Joining<SqliteStore, System>;

/// Joins the account whose primary device shows `code`; goes on with what a process that died has begun. `show` gets
/// what the user has to compare.
pub(crate) fn join(
    home: &Home,
    (store, key): (SqliteStore, &StoreKey),
    code: &str,
    transport: &Folder,
    mut show: impl FnMut(&ShortString) -> Result<(), Trouble>,
) -> Result<Client<SqliteStore, System>, Trouble> {
    let mut joining = match Client::join(store, key, System::new(), code) {
        Err(Error::LinkingUnderWay) => {
            Client::resume_join(SqliteStore::open(home.store())?, key, System::new())?
        }
        begun => begun?,
    };
    let mailbox = Mailbox::Rendezvous(*joining.rendezvous());
    let request = joining.request().map(<[u8]>::to_vec);
    if let Some(request) = &request {
        // again after a crash, the same bytes: the primary takes one
        transport.deliver(&mailbox, None, request)?;
    }
    if let Some(string) = joining.short_string() {
        show(&string)?;
    }
    let (mut seen, started) = (Seen::default(), Instant::now());
    loop {
        for arrived in transport.collect(&mailbox, None)?.arrived {
            if request.as_ref().is_some_and(|request| *request == arrived.envelope) {
                continue;
            }
            match step(&mut joining, &arrived) {
                Ok(Step::Compare(string)) => {
                    transport.remove(&mailbox, &arrived.ticket)?;
                    show(&string)?;
                }
                Ok(Step::Approved(approval)) => {
                    let client = joining.finish(*approval)?;
                    transport.remove(&mailbox, &arrived.ticket)?;
                    return Ok(client);
                }
                Err(Error::LinkExpired) => {
                    joining.abandon()?;
                    return Err(expired());
                }
                Err(error @ (Error::Store(_) | Error::Busy | Error::WrongLinkCode)) => {
                    return Err(error.into());
                }
                // somebody else's, or of a former try
                Err(_) => {}
            }
        }
        if started.elapsed() > PATIENCE {
            joining.abandon()?;
            return Err(expired());
        }
        transport.wait(&mailbox, &mut seen, LOOK)?;
    }
}

/// What an answer of the primary's has brought.
enum Step {
    Compare(ShortString),
    Approved(Box<entrenous::Approval>),
}

fn step(joining: &mut NewDevice, arrived: &Arrived) -> Result<Step, Error> {
    match joining.short_string() {
        None => joining.receive_reveal(&arrived.envelope).map(Step::Compare),
        Some(_) => joining.receive_approval(&arrived.envelope).map(Box::new).map(Step::Approved),
    }
}

fn expired() -> Trouble {
    Trouble::said(
        Exit::Temporary,
        "the five minutes of the code are over, and nothing was linked: begin again with `devices link` there",
    )
}
