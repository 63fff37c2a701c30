//! `add`: a contact from its id.

use clap::Args;

use super::{Options, Out};
use crate::{
    history::Named,
    messenger::{Messenger, Said, Trouble},
    name::{ContactName, account_id},
    terminal::{Exit, Tone},
};

const EXAMPLES: &str = "\
Examples:
  entrenous add bob CARD     what Bob's `entrenous status` shows";

/// Add a contact from its id.
///
/// Nobody can take over an account's id. It says nothing about who gave it to you: get it from the person, or compare
/// with `verify`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Add {
    /// What you call the contact; nobody else sees it
    #[arg(value_name = "NAME")]
    pub name: ContactName,

    /// The account's id
    #[arg(value_name = "ID")]
    pub card: String,
}

impl Add {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut messenger = Messenger::open(options)?;
        let name = self.name;
        let Some(account) = account_id(self.card.trim()) else {
            return Err(Trouble::said(
                Exit::Usage,
                "an account's id has 64 hexadecimal digits, as `entrenous status` shows it",
            ));
        };
        if account == messenger.account.client.account_id() {
            return Err(Trouble::said(Exit::Usage, "this is your own account"));
        }
        let names = messenger.account.history.names()?;
        if names.iter().any(|named| named.name == name && named.account != account) {
            return Err(Trouble::said(
                Exit::Refused,
                format!(
                    "{name} is another account already: choose another name, or find out why {name} has a new one"
                ),
            ));
        }
        let reached = messenger.reach(&account)?;
        messenger.account.history.give_name(&Named { name: name.clone(), account }, None)?;
        let said = match (reached.sessions, reached.refused) {
            (0, Some(error)) => Said::new(
                "contact",
                format!("{name} is added, but what lies in the drop folder under that id was refused ({error}): ask {name} to publish again."),
            )
            .toned(Tone::Warning),
            (0, None) => Said::new(
                "contact",
                format!("{name} is added, and has published nothing here yet: sending will look again."),
            )
            .toned(Tone::Warning),
            _ => Said::new(
                "contact",
                format!("{name} is added: `entrenous send {name}` writes. Not verified yet."),
            ),
        };
        let said = said
            .with("name", name.as_str())
            .with("account", account.to_string())
            .with("devices_reached", reached.sessions);
        Ok(out.say(&said)?)
    }
}
