//! `init`: makes an account.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use clap::Args;
use entrenous::DeviceId;

use super::{Options, Out, argument_or_input, file_or_input, pictures};
use crate::{
    home::HomeError,
    messenger::{Account, Said, Trouble, recovering},
    name::device_id,
    terminal::{PassphraseSource, Tone, visible_path},
};

const EXAMPLES: &str = "\
Examples:
  entrenous init                                      shows the recovery code, once
  entrenous init --recovery-file /media/usb/code.txt  writes it there instead
  entrenous init --locked                             asks for a passphrase, now and at each command
  entrenous init --link -                             joins the account whose `devices link` shows the code: paste it
  entrenous init --recover code.txt                   brings a lost account back, without its former devices
  entrenous init --recover - --keep 0000abcd          the same from standard input; this device stays";

/// Make an account.
///
/// Its keys lie in the home directory, which is yours alone. The recovery code is the only way to keep the account
/// when this device is lost: write it down, and keep it apart.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Init {
    /// Join the account whose primary device shows this code (`-`: from standard input)
    #[arg(long, value_name = "CODE")]
    pub link: Option<String>,

    /// Bring back the account of the recovery code in FILE (`-`: standard input), with this as its primary device. The
    /// drop folder has to be the one in which its devices have published
    #[arg(long, value_name = "FILE", conflicts_with = "link")]
    pub recover: Option<PathBuf>,

    /// A device of the account that is not lost, 8 hexadecimal digits; without it all former devices are removed
    #[arg(long, value_name = "ID", requires = "recover", value_parser = device_id)]
    pub keep: Vec<DeviceId>,

    /// Write the recovery code to a new FILE instead of showing it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["link", "recover"])]
    pub recovery_file: Option<PathBuf>,

    /// Put the keys and the history under a passphrase: what lies on the disk is of no use without it. Naming a passphrase
    /// (--passphrase-file, --passphrase-fd) means the same
    #[arg(long)]
    pub locked: bool,
}

impl Init {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        // who names a passphrase doesn't want a home without one
        let locked = self.locked || options.passphrase() != PassphraseSource::Ask;
        if let Some(code) = &self.link {
            return join(code, locked, options, out);
        }
        if let Some(path) = &self.recover {
            return recover(path, &self.keep, locked, options, out);
        }
        let failed = |path: &Path, error| Trouble::from(HomeError::Io(path.to_owned(), error));
        // before the account is made: the code is given out once
        let file = match &self.recovery_file {
            Some(path) => Some((path, new_private(path).map_err(|error| failed(path, error))?)),
            None => None,
        };
        let made = Account::create(options, locked);
        if let (Err(_), Some((path, _))) = (&made, &file) {
            // nothing was written to it, and the next try is to find a free place
            let _ = std::fs::remove_file(path);
        }
        let (account, recovery) = made?;
        let code = recovery.text();
        let home = options.home()?;
        let under = if locked { ", under your passphrase" } else { "" };
        let id = account.client.account_id().to_string();
        let mut words = format!("Your account is in {}{under}.\n", visible_path(&home));
        let mut said = Said::new("account", "")
            .with("account", id.as_str())
            .with("device", account.client.address().device.to_string())
            .with("home", home.display().to_string());
        match file {
            Some((path, mut file)) => {
                let written =
                    file.write_all(format!("{}\n", *code).as_bytes()).and_then(|()| file.sync_all());
                written.map_err(|error| failed(path, error))?;
                words.push_str(&format!("The recovery code is in {}: keep it apart.\n", visible_path(path)));
            }
            None => {
                words.push_str(&format!(
                    "\nThe recovery code, shown this once. Who has it has the account; without it a lost device is a lost\n\
                     account. Write it down:\n\n  {}\n\n",
                    *code
                ));
                said = said.with("recovery", code.as_str());
            }
        }
        words.push_str("Next: `entrenous publish`, so that others can write to you.");
        if !options.names_drop() {
            words.push_str(" If you share a folder with them, name it with --drop DIR this first time.");
        }
        said.words = words;
        Ok(out.say(&said)?)
    }
}

fn new_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Joins an account.
fn join(code: &str, locked: bool, options: &Options, out: &mut Out) -> Result<(), Trouble> {
    let code = argument_or_input(code)?;
    let mut messenger = Account::join(options, locked, &code, |string| {
        let words = format!(
            "Both screens have to show the same:\n\n    {}\n    {string}\n\nSay so on the primary device.",
            pictures(string)
        );
        Ok(out.say(&Said::new("short-string", words).with("digits", string.to_string()))?)
    })?;
    let id = messenger.account.client.account_id().to_string();
    // own devices and contacts are reached, and others can write here
    messenger.pass()?.end()?;
    let said =
        Said::new("joined", "This device is linked. `entrenous receive` shows what comes from now on.")
            .toned(Tone::Good)
            .with("account", id);
    Ok(out.say(&said)?)
}

/// Brings an account back.
fn recover(
    path: &Path,
    keep: &[DeviceId],
    locked: bool,
    options: &Options,
    out: &mut Out,
) -> Result<(), Trouble> {
    let code = recovering::code(&file_or_input(path)?)?;
    let (mut messenger, lost) = Account::recover(options, locked, &code, keep)?;
    let address = messenger.account.client.address();
    // others can write here, and the devices that are left learn of this one
    messenger.pass()?.end()?;
    let removed = match lost.len() {
        0 => "All its other devices stay.",
        1 => "Its former device is removed: whoever has it gets nothing more.",
        _ => "Its former devices are removed: whoever has them gets nothing more.",
    };
    let words = format!(
        "The account is back, with this as its primary device, and has published here. {removed}\nYour contacts find this \
         device in the drop folder when they next send or receive, and see it as a new one. Their names were not in the \
         code: `entrenous add NAME CARD` for each, to write to them."
    );
    let said = Said::new("recovered", words)
        .toned(Tone::Good)
        .with("account", address.account.to_string())
        .with("device", address.device.to_string())
        .with("removed", lost.iter().map(ToString::to_string).collect::<Vec<_>>());
    Ok(out.say(&said)?)
}
