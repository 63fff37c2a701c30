//! `contacts`: who is known, by name or not, and whom to forget.

use clap::{Args, Subcommand};
use entrenous::{AccountId, ContactEntry, ContactKind, Error};

use super::{Options, Out};
use crate::{
    messenger::{
        Account, Complaints, Messenger, Reached, Said, Trouble, is_of,
        names::{LOST, trust_word},
    },
    name::{ContactName, account_id},
    terminal::{Confirm, Exit, Tone},
    text::{counted, len_of},
};

const EXAMPLES: &str = "\
Examples:
  entrenous contacts list
  entrenous contacts accept bob    a stranger who has written: what they tell of their devices counts
  entrenous contacts renew bob     begin anew: messages from or to bob don't arrive any more
  entrenous contacts forget bob    sessions, name, trust and what waits to be sent; the history stays";

/// List contacts and strangers, accept, renew or forget one.
///
/// A stranger is an account that has written and that you have neither added nor written to. At most 1,024 of them are
/// kept, and further ones can't write to you.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Contacts {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with contacts.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Show all contacts and strangers
    List,
    /// Accept a stranger: no message has to be written for that
    Accept {
        /// The name, or the account's id: all of it as `contacts list` shows it, or its first digits
        #[arg(value_name = "NAME")]
        who: String,
    },
    /// Begin a new session with each device of a contact: what has not arrived is sent again
    Renew {
        /// The name, or the account's id as `contacts list --json` shows it
        #[arg(value_name = "NAME")]
        who: String,

        /// Use a key of the contact that has expired, if there is no other: it has not been there for 90 days
        #[arg(long)]
        take_old_key: bool,
    },
    /// Forget an account: its name, its sessions, its trust, and what waits for it. What it still sends in those sessions can't
    /// be opened; once it begins a new one it is a stranger
    Forget {
        /// The name, or the account's id: all of it as `contacts list` shows it, or its first digits
        #[arg(value_name = "NAME")]
        who: String,

        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

impl Contacts {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        if let Action::Renew { who, take_old_key } = self.action {
            return renew(options, &who, take_old_key, out);
        }
        let mut account = Account::open(options)?;
        match self.action {
            Action::List => list(&mut account, out),
            Action::Accept { who } => accept(&mut account, &who, out),
            Action::Forget { who, yes } => forget(&mut account, &who, yes, out),
            // done above, with a transport
            Action::Renew { .. } => Ok(()),
        }
    }
}

fn list(account: &mut Account, out: &mut Out) -> Result<(), Trouble> {
    let names = account.known_names()?;
    let mut shown = 0;
    for (kind, word) in [(ContactKind::Accepted, "contact"), (ContactKind::Strangers, "stranger")] {
        let mut after = None;
        loop {
            let page = account.client.contacts(kind, after.as_ref())?;
            for ContactEntry { account, trust } in &page {
                let trust = trust_word(account, *trust);
                let words = match names.name_of(account) {
                    Some(_) if trust == "lost" => format!("{}  {LOST}", names.known_as(account)),
                    Some(_) => format!("{}  {trust}", names.known_as(account)),
                    None => format!("{account}  {word}, without a name"),
                };
                let said = Said::new("contact", words)
                    .with("kind", word)
                    .with("account", account.to_string())
                    .with("name", names.name_of(account))
                    .with("trust", trust);
                out.say(&said)?;
            }
            shown += page.len();
            after = page.last().map(|last| last.account);
            if after.is_none() {
                break;
            }
        }
    }
    if shown == 0 && !out.is_json() {
        out.say(&Said::new("nothing", "Nobody yet: `entrenous add NAME CARD`.").toned(Tone::Faint))?;
    }
    Ok(())
}

fn accept(account: &mut Account, who: &str, out: &mut Out) -> Result<(), Trouble> {
    let with = whom(account, who)?;
    account.client.accept(&with).map_err(|error| unknown(error, who))?;
    let names = account.known_names()?;
    let known = names.known_as(&with);
    let words = match names.name_of(&with) {
        Some(_) => format!("{known} is accepted."),
        None => format!("{known} is accepted: `entrenous add NAME {with}` gives it a name."),
    };
    let said = Said::new("accepted", words).toned(Tone::Good).with("account", with.to_string());
    Ok(out.say(&said)?)
}

fn renew(options: &Options, who: &str, old_keys: bool, out: &mut Out) -> Result<(), Trouble> {
    let mut messenger = Messenger::open(options)?;
    messenger.old_keys = old_keys;
    let with = whom(&mut messenger.account, who)?;
    let known = messenger.account.known_names()?.known_as(&with);
    let Reached { sessions, refused } = messenger.renew(&with)?;
    messenger.dispatch()?.end_for(|place| is_of(&with, place), &mut Complaints::default())?;
    match (sessions, refused) {
        (0, Some(error @ (Error::SessionExists(_) | Error::TooManyResets))) => Err(Trouble::said(
            Exit::Temporary,
            format!(
                "{known} was begun anew with again and again, and has not answered ({error}): try again tomorrow"
            ),
        )),
        (0, Some(error)) => Err(error.into()),
        (0, None) => Err(Trouble::said(
            Exit::Temporary,
            format!("{known} has published nothing in this drop folder: `entrenous publish` over there does"),
        )),
        (devices, _) => {
            let with_devices = counted(len_of(devices), "device");
            let words = format!(
                "Begun anew with {with_devices} of {known}. What is not known to have arrived is sent again."
            );
            let said = Said::new("renewed", words)
                .toned(Tone::Good)
                .with("account", with.to_string())
                .with("devices", devices);
            Ok(out.say(&said)?)
        }
    }
}

fn forget(account: &mut Account, who: &str, yes: bool, out: &mut Out) -> Result<(), Trouble> {
    let with = whom(account, who)?;
    let known = account.known_names()?.known_as(&with);
    let question = format!(
        "{known} is forgotten: its name, its sessions, whether it is verified, and what waits to be sent. The history stays."
    );
    Confirm::at_terminal().word(&question, "forget", yes, "--yes")?;
    // nobody is between history and outbox with a message for it
    let _sending = account.home.lock_sending()?;
    match account.client.forget(&with) {
        // nothing was known of it but its name
        Err(Error::NoSession) if account.known_names()?.name_of(&with).is_some() => {}
        forgotten => forgotten.map_err(|error| unknown(error, who))?,
    }
    let given_up = account.history.forget(&with)?;
    account.note_gone(&with)?;
    let said = Said::new("forgotten", format!("{known} is forgotten. The history stays."))
        .toned(Tone::Good)
        .with("account", with.to_string())
        .with("not_sent", given_up);
    Ok(out.say(&said)?)
}

/// The account that the user calls so, or whose id this is.
fn whom(account: &mut Account, who: &str) -> Result<AccountId, Trouble> {
    if let Some(account) = account_id(who) {
        return Ok(account);
    }
    let name: ContactName = who.parse().map_err(|error| Trouble::said(Exit::Usage, format!("{error}")))?;
    match account.named(&name) {
        Ok(account) => Ok(account),
        // a few digits, as they are shown where there is no name
        Err(trouble) => account.with_digits(who)?.ok_or(trouble),
    }
}

fn unknown(error: Error, who: &str) -> Trouble {
    match error {
        Error::NoSession => Trouble::said(Exit::NotFound, format!("nothing is known of {who}")),
        error => error.into(),
    }
}
