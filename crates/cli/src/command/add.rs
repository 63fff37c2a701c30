//! `add`: a contact from what it showed.

use clap::Args;
use entrenous::{AgreementError, Card, Error};

use super::{Options, Out, argument_or_input, card::whose};
use crate::{
    history::Named,
    messenger::{Messenger, Said, Trouble, names::trust_word},
    name::ContactName,
    terminal::{Confirm, Exit, Tone, visible_path},
};

const EXAMPLES: &str = "\
Examples:
  entrenous add bob CARD            what Bob's `status --card` shows, or his account's id
  entrenous add bob - <card.txt     from standard input
  entrenous add bob CARD --scanned  from Bob's own screen, while he shows it to you: this verifies
  entrenous add bob CARD --replace  Bob has a new account";

/// Add a contact from its card or account id.
///
/// Nobody can take over an account's id. It says nothing about who gave it to you: get it from the person, or compare
/// with `verify`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Add {
    /// What you call the contact; nobody else sees it
    #[arg(value_name = "NAME")]
    pub name: ContactName,

    /// The card's text, or the account's id (`-`: from standard input)
    #[arg(value_name = "CARD")]
    pub card: String,

    /// The card was scanned from the person's own screen, and not sent by anybody
    #[arg(long)]
    pub scanned: bool,

    /// Use a key of the contact that has expired, if there is no other: it has not been there for 90 days
    #[arg(long)]
    pub take_old_key: bool,

    /// The name is another account's now; nothing is sent to it until you have verified it
    #[arg(long)]
    pub replace: bool,

    /// Don't ask
    #[arg(long, requires = "replace")]
    pub yes: bool,
}

impl Add {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut messenger = Messenger::open(options)?;
        messenger.old_keys = self.take_old_key;
        let card = argument_or_input(&self.card)?;
        let name = &self.name;
        let account = whose(&mut messenger.account, &card)?;
        if account == messenger.account.client.account_id() {
            return Err(Trouble::said(Exit::Usage, "this is your own account"));
        }
        let names = messenger.account.history.names()?;
        let before = names.iter().find(|named| named.name == *name && named.account != account);
        let before = before.map(|named| named.account);
        let called = names.into_iter().find(|named| named.account == account).map(|named| named.name);
        if before.is_some() {
            self.agree_to_replace()?;
        }
        if Card::parse(&card).is_ok() {
            match self.scanned {
                true => drop(messenger.account.client.scan_card(&card, None)?),
                false => drop(messenger.account.client.add_card(&card)?),
            }
        } else if self.scanned {
            return Err(Trouble::said(
                Exit::Usage,
                "an id alone can't be scanned: use the card of `status --card`",
            ));
        }
        let reached = messenger.reach(&account)?;
        if let Some(old) = before {
            match messenger.account.client.replace_contact(&old, &account) {
                // nothing was known of it but its name
                Err(Error::NoSession) => {}
                replaced => replaced?,
            }
        }
        messenger.account.history.give_name(&Named { name: name.clone(), account }, before)?;
        messenger.account.keep_inbox()?;

        let status = messenger.account.known(&account)?;
        let trust = status.map(|status| trust_word(&account, status.trust));
        let closed = matches!(trust, Some("changed" | "lost"));
        let done = match &called {
            Some(called) if called == name => format!("You know {name} already"),
            Some(called) => format!("{called} is called {name} from now on"),
            None => format!("{name} is added"),
        };
        let (mut words, mut tone) = match (reached.sessions, reached.refused) {
            (0, Some(Error::Untrusted(AgreementError::Stale))) => (
                format!(
                    "{name} is added, but has not been there for 90 days, and its key has expired: ask {name} to publish again, or send with --take-old-key."
                ),
                Some(Tone::Warning),
            ),
            (0, Some(error)) => (
                format!(
                    "{done}, but what lies in the drop folder under that id was refused ({error}): ask {name} to publish again."
                ),
                Some(Tone::Warning),
            ),
            (0, None) => (
                format!(
                    "{done}; {name} has published nothing in the drop folder {} yet, and sending will look again.",
                    visible_path(messenger.transport.place())
                ),
                Some(Tone::Warning),
            ),
            // nothing can be written yet
            _ if closed => (format!("{done}."), None),
            _ => (format!("{done}: `entrenous send {name}` writes."), None),
        };
        words.push_str(&match trust {
            Some("verified") => " Verified.".to_owned(),
            Some("changed") => {
                tone = Some(Tone::Alarm);
                format!(
                    " It is another account than before: nothing is sent until `entrenous verify {name}`, or \
                     `entrenous verify {name} --accept` if you take it on trust."
                )
            }
            Some("lost") => {
                tone = Some(Tone::Alarm);
                format!(
                    " The disk has lost what you decided about {name}, and it may have been that nothing was to be sent: \
                     nothing is until `entrenous verify {name}`, or `entrenous verify {name} --accept` if you take it on trust."
                )
            }
            _ => " Not verified yet.".to_owned(),
        });
        let said = Said { tone, ..Said::new("contact", words) }
            .with("name", name.as_str())
            .with("account", account.to_string())
            .with("devices_reached", reached.sessions)
            .with("trust", trust.unwrap_or("not-verified"))
            .with("renamed_from", called.filter(|called| called != name).map(|called| called.to_string()));
        Ok(out.say(&said)?)
    }

    fn agree_to_replace(&self) -> Result<(), Trouble> {
        let name = &self.name;
        if !self.replace {
            return Err(Trouble::said(
                Exit::Refused,
                format!(
                    "{name} is another account already: choose another name, or ask {name} why there is a new one and add it with --replace"
                ),
            ));
        }
        let question = format!("{name} is to be another account from now on.");
        Ok(Confirm::at_terminal().word(&question, "replace", self.yes, "--yes")?)
    }
}
