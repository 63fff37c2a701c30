//! `devices`: lists, links and removes devices of this account.

use std::time::Duration;

use clap::{Args, Subcommand};
use entrenous::{Destination, DeviceId, Error, LinkRequest, Linking};

use super::{Options, Out, answer, pictures, quoted};
use crate::{
    history::Entry,
    messenger::{Account, Complaints, Messenger, Said, Trouble},
    name::device_id,
    terminal::{Confirm, ConfirmError, Exit, Tone, columns, draw_qr},
    transport::{Mailbox, Seen, Transport},
};

const EXAMPLES: &str = "\
Examples:
  entrenous devices list
  entrenous devices link               shows a code for the new device, once, for five minutes
  entrenous devices remove 0a1b2c3d    contacts stop writing to it once they hear of it";

/// Between two looks for the new device.
const LOOK: Duration = Duration::from_secs(1);

/// List, link and remove the devices of this account.
///
/// Linking and removing happen on the primary device, where the account was made. Each device has a history and names
/// of its own, from the day it was linked.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Devices {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with devices.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Show all devices, and which one this is
    List,
    /// Show a code for a new device, and let it in once you have compared what both show
    Link {
        /// Read the answer from standard input: the line `same`, or anything else
        #[arg(long)]
        answer_from_input: bool,
    },
    /// Remove a device for good; its id is never used again
    Remove {
        /// Its id, 8 hexadecimal digits as `devices list` shows it
        #[arg(value_name = "ID", value_parser = device_id)]
        id: DeviceId,

        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

impl Devices {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        match self.action {
            Action::List => list(options, out),
            Action::Link { answer_from_input } => link(options, answer_from_input, out),
            Action::Remove { id, yes } => remove(options, id, yes, out),
        }
    }
}

fn list(options: &Options, out: &mut Out) -> Result<(), Trouble> {
    let mut account = Account::open(options)?;
    for device in account.client.devices()? {
        let mut words = device.id.to_string();
        for (is, what) in [
            (device.this, "this one"),
            (device.primary, "primary"),
            (!device.this && !device.session, "no session yet"),
            (device.disputed, "disputed: nothing is sent to it"),
        ] {
            if is {
                words.push_str(&format!("  {what}"));
            }
        }
        let said = Said::new("device", words)
            .with("device", device.id.to_string())
            .with("this", device.this)
            .with("primary", device.primary)
            .with("session", device.session)
            .with("disputed", device.disputed);
        out.say(&said)?;
    }
    Ok(())
}

fn link(options: &Options, answer_from_input: bool, out: &mut Out) -> Result<(), Trouble> {
    let mut messenger = Messenger::open(options)?;
    let request = match messenger.account.client.linking()? {
        // a process that died had come so far
        Some(Linking::Requested(request)) => request,
        _ => wait_for_request(&mut messenger, options, out)?,
    };
    messenger
        .dispatch()?
        .end_for(|place| matches!(place, Destination::Rendezvous(_)), &mut Complaints::default())?;
    let string = request.short_string.to_string();
    let words = format!(
        "Both screens have to show the same:\n\n    {}\n    {string}\n",
        pictures(&request.short_string)
    );
    let said =
        Said::new("short-string", words).with("digits", string).with("device", request.device.to_string());
    out.say(&said)?;
    let question = "Whoever is linked reads all that comes from now on. Does YOUR new device show the same?";
    let same = match answer_from_input {
        true => answer()? == "same",
        false => match Confirm::at_terminal().word(question, "same", false, "--answer-from-input") {
            Ok(()) => true,
            Err(ConfirmError::Declined) => false,
            Err(error) => return Err(error.into()),
        },
    };
    if !same {
        messenger.account.client.cancel_linking()?;
        return Err(Trouble::said(
            Exit::Refused,
            "it is not the same: somebody else has seen the code. Nothing was linked",
        ));
    }
    messenger.account.client.approve_link(request.device)?;
    let pass = messenger.pass()?;
    // whoever has linked it needn't be warned of it
    let is_that = |entry: &Entry| entry.note == "own-device-added" && entry.device == Some(request.device);
    messenger.account.history.mark_shown(is_that)?;
    let words = format!("Device {} is linked.", request.device);
    let said = Said::new("linked", words).toned(Tone::Good).with("device", request.device.to_string());
    out.say(&said)?;
    pass.end()
}

/// Shows the code, and waits until a device asks.
fn wait_for_request(
    messenger: &mut Messenger,
    options: &Options,
    out: &mut Out,
) -> Result<LinkRequest, Trouble> {
    let offer = messenger.account.client.begin_linking()?;
    let code = offer.code.text();
    let drawing = draw_qr(&code, columns(), options.palette()).unwrap_or_default();
    let place = quoted(&std::path::absolute(messenger.transport.place()).unwrap_or_default());
    let words = format!(
        "{drawing}On the new device, within five minutes, with the same drop folder; then type or paste the code, which nobody \
         else may see:\n\n    entrenous --drop {place} init --link -\n    {}\n",
        *code
    );
    out.say(&Said::new("link-code", words).with("code", code.as_str()))?;
    let mailbox = Mailbox::Rendezvous(*offer.code.rendezvous());
    let mut seen = Seen::default();
    loop {
        for arrived in messenger.transport.collect(&mailbox, None)?.arrived {
            match messenger.account.client.receive_link(&arrived.envelope) {
                Ok(request) => {
                    messenger.transport.remove(&mailbox, &arrived.ticket)?;
                    return Ok(request);
                }
                // no request of this code: it stays valid
                Err(Error::Malformed(_) | Error::Rejected | Error::Untrusted(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if messenger.account.client.linking()?.is_none() {
            return Err(Error::LinkExpired.into());
        }
        messenger.transport.wait(&mailbox, &mut seen, LOOK)?;
    }
}

fn remove(options: &Options, id: DeviceId, yes: bool, out: &mut Out) -> Result<(), Trouble> {
    let mut messenger = Messenger::open(options)?;
    let devices = messenger.account.client.devices()?;
    let Some(device) = devices.iter().find(|device| device.id == id) else {
        return Err(Trouble::said(
            Exit::NotFound,
            format!("your account has no device {id}: `entrenous devices list`"),
        ));
    };
    // before anything is asked
    if device.primary {
        return Err(Trouble::said(
            Exit::Refused,
            format!(
                "device {id} is the primary one, which manages the others and can't be removed. If it is lost, the \
                 recovery code replaces it: `init --recover FILE` in a new home"
            ),
        ));
    }
    if !devices.iter().any(|device| device.this && device.primary) {
        return Err(Error::NotPrimary.into());
    }
    let question = format!("Device {id} gets nothing more, for good; what it has it keeps.");
    Confirm::at_terminal().word(&question, "remove", yes, "--yes")?;
    messenger.account.client.remove_device(id)?;
    // everybody is told
    let pass = messenger.pass()?;
    let said = Said::new("removed", format!("Device {id} is removed.")).with("device", id.to_string());
    out.say(&said)?;
    pass.end()
}
