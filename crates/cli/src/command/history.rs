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
pub(super) const LAST: usize = 50;

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
        let with = self.name.map(|name| format!(" with {name}")).unwrap_or_default();
        show(&mut account, only.map(Conversation::Contact), self.last, &with, out)
    }
}

/// Shows the `last` entries, all for 0, of one conversation or of all. `place` is what is said of it where there are none.
pub(super) fn show(
    account: &mut Account,
    of: Option<Conversation>,
    last: usize,
    place: &str,
    out: &mut Out,
) -> Result<(), Trouble> {
    let limit = if last == 0 { usize::MAX } else { last };
    let rows = account.history.last(limit, |entry| of.is_none() || entry.conversation() == of)?;
    let names = account.known_names()?;
    for row in &rows {
        out.say(&Saying { row, names: &names })?;
    }
    if rows.is_empty() && !out.is_json() {
        out.say(&Said::new("nothing", format!("Nothing was written{place} yet.")).toned(Tone::Faint))?;
    }
    Ok(())
}
