//! `history`: shows what was written and received.

use clap::Args;

use super::ContactName;

/// Messages that are shown unless more are asked for.
const LAST: usize = 50;

const EXAMPLES: &str = "\
Examples:
  entrenous history                       the last messages with everybody
  entrenous history bob --last 10         the last ten with Bob
  entrenous history bob --last 0 --json   all of them, for a script";

/// Show what was written.
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
