//! `verify`: makes sure that nobody stands between two people.

use clap::Args;

use super::ContactName;

const EXAMPLES: &str = "\
Examples:
  entrenous verify bob                 shows the number that Bob has to see as well, and asks
  entrenous verify bob --scanned CODE  checks what Bob's QR code says
  entrenous verify bob --matches       for scripts: the numbers were compared elsewhere";

/// Make sure that a contact is who you think, by comparing a number or scanning a code.
///
/// Compare face to face or in a call, never over this messenger.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Verify {
    /// The contact
    #[arg(value_name = "NAME")]
    pub name: ContactName,

    /// What the contact's QR code says (`-`: from standard input)
    #[arg(long, value_name = "CODE", conflicts_with = "matches")]
    pub scanned: Option<String>,

    /// Don't ask: the numbers were compared and are the same
    #[arg(long)]
    pub matches: bool,
}
