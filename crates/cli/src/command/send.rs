//! `send`: writes a message.

use clap::Args;

use super::ContactName;

const EXAMPLES: &str = "\
Examples:
  entrenous send bob 'see you at nine'   others on this machine may see it in the list of processes
  entrenous send bob <letter.txt         from standard input, as one message
  tail -f log | entrenous send bob --lines";

/// Send a message: a text, or what comes from standard input.
///
/// Any bytes will do, up to 16 MiB. It waits in the drop folder until the contact's devices collect it.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Send {
    /// The contact
    #[arg(value_name = "NAME")]
    pub name: ContactName,

    /// The message (`-`: from standard input) [default: -]
    #[arg(value_name = "TEXT", conflicts_with = "lines")]
    pub text: Option<String>,

    /// Send each line of standard input as a message of its own
    #[arg(long)]
    pub lines: bool,
}
