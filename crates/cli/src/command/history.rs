//! `history`: shows what was written and received.

use clap::Args;

use super::{Options, Out};
use crate::{
    history::Conversation,
    messenger::{Account, Said, Saying, Trouble},
    name::ContactName,
    terminal::Tone,
};

/// Messages that are shown unless more are asked for.
const LAST: usize = 50;

const EXAMPLES: &str = "\
Examples:
  entrenous history                       the last messages with everybody
  entrenous history bob --last 10         the last ten with Bob
  entrenous history bob --last 0 --json   all of them, for a script

`group history` has those of a group.";

/// Show what was written.
///
/// What `receive` has not shown yet is in it as well, and stays new.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct History {
    /// Only with this contact
    #[arg(value_name = "NAME")]
    pub name: Option<ContactName>,

    /// How many of the newest; 0 for all
    #[arg(long, value_name = "N", default_value_t = LAST)]
    pub last: usize,
}

impl History {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut account = Account::open(options)?;
        account.keep_inbox()?;
        let only = self.name.as_ref().map(|name| account.named(name)).transpose()?;
        let limit = if self.last == 0 { usize::MAX } else { self.last };
        let rows = account
            .history
            .last(limit, |entry| only.is_none() || entry.conversation() == only.map(Conversation::Contact))?;
        let names = account.known_names()?;
        for row in &rows {
            out.say(&Saying { row, names: &names })?;
        }
        if rows.is_empty() && !out.is_json() {
            let with = self.name.map(|name| format!(" with {name}")).unwrap_or_default();
            out.say(&Said::new("nothing", format!("Nothing was written{with} yet.")).toned(Tone::Faint))?;
        }
        Ok(())
    }
}
