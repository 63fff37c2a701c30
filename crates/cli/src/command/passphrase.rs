//! `passphrase`: changes the passphrase of a home.

use std::path::PathBuf;

use clap::Args;

use super::{Options, Out};
use crate::{
    messenger::{Said, Trouble, change_passphrase},
    terminal::{PassphraseSource, Tone},
};

const EXAMPLES: &str = "\
Examples:
  entrenous passphrase                              asks for both
  entrenous passphrase --new-passphrase-file new.txt --passphrase-file old.txt";

/// Change the passphrase of a home that was made with `init --locked`.
///
/// Nothing else is sealed anew: a copy of the home from before still opens with the old passphrase.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Passphrase {
    /// Read the new passphrase from the first line of FILE, which only you may read
    #[arg(long, value_name = "FILE")]
    pub new_passphrase_file: Option<PathBuf>,
}

impl Passphrase {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let new = self.new_passphrase_file.map_or(PassphraseSource::Ask, PassphraseSource::File);
        change_passphrase(options, &new)?;
        let words = "The passphrase is changed. Copies of this home from before still open with the old one.";
        Ok(out.say(&Said::new("passphrase", words).toned(Tone::Good))?)
    }
}
