//! `init`: makes an account, or joins one.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  entrenous init                                      asks for a passphrase, shows the recovery code once
  entrenous init --recovery-file /media/usb/code.txt  writes the code there instead
  entrenous init --link CODE                          joins the account whose `devices link` shows CODE";

/// Make an account, or join one with this device.
///
/// The recovery code is the only way to keep the account when this device is lost: write it down, and keep it
/// apart. A device that joins needs none.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Init {
    /// Join the account whose primary device shows this code (`-`: from standard input)
    #[arg(long, value_name = "CODE")]
    pub link: Option<String>,

    /// Write the recovery code to a new FILE instead of showing it
    #[arg(long, value_name = "FILE", conflicts_with = "link")]
    pub recovery_file: Option<PathBuf>,
}
