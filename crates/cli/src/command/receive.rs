//! `receive`: collects and opens what has come.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  entrenous receive                   what is there now
  entrenous receive --follow          and what comes, until it is interrupted
  entrenous receive --follow --json   one object a line, for a script";

/// Receive what has come.
///
/// A message is removed from the drop folder once it is kept safe here.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Receive {
    /// Wait for more, until interrupted
    #[arg(long)]
    pub follow: bool,
}
