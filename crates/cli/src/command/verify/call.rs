//! Comparing a short string in a call: seven emoji, which both see on their screens. It is the quickest way, and one
//! try: the messages behind it leave somebody in between a chance of one in four million million.

use std::time::{Duration, Instant};

use entrenous::{AccountId, Address, Compared, DeviceId, ShortStringState, ShownString};

use crate::{
    command::{Out, answer},
    complain,
    messenger::{Complaints, Messenger, Said, Trouble, is_of},
    name::ContactName,
    terminal::{Confirm, ConfirmError, Exit},
    transport::{Mailbox, Seen, Transport},
};

/// How long the other side is waited for. The library ends a comparison after ten minutes.
const PATIENCE: Duration = Duration::from_secs(600);
/// After which somebody who waits is told what it may be: nothing comes when the other side has ended.
const SILENCE: Duration = Duration::from_secs(30);
/// Between two looks for an answer.
const LOOK: Duration = Duration::from_secs(1);

/// Who is compared with, and how.
pub(super) struct Call<'a> {
    pub(super) name: &'a ContactName,
    pub(super) with: AccountId,
    /// The device that the other side has at hand, if it has several.
    pub(super) device: Option<DeviceId>,
    /// Whether the answer is read from standard input, for scripts.
    pub(super) answer_from_input: bool,
}

impl Call<'_> {
    /// Asks, or joins what the other side has asked for; shows the string, and asks for the verdict.
    pub(super) fn compare(&self, messenger: &mut Messenger, out: &mut Out) -> Result<Compared, Trouble> {
        // somebody else's place has nothing to do with it
        let mut complaints = Complaints::default();
        complaints.say(messenger.pass()?.troubles());
        // the steps of a comparison stay in one process
        let alone = messenger.account.home.lock_comparing()?;
        messenger.collect_alone(&alone)?;
        let name = self.name;
        match messenger.account.client.short_string(&self.with)? {
            Some(ShortStringState::Asked { with }) => messenger.account.client.join_short_string(&with)?,
            _ => {
                let device = self.choose_device(messenger)?;
                messenger.account.client.begin_short_string(&device)?;
                let words = format!(
                    "{name} is asked to compare. Call {name}, who runs `verify` with --call as well."
                );
                out.say(&Said::new("short-string-asked", words).with("name", name.as_str()))?;
            }
        }
        let mailbox = Mailbox::Device(messenger.account.client.address());
        let (mut seen, mut told, started) = (Seen::default(), false, Instant::now());
        loop {
            messenger.dispatch()?.end_for(|place| is_of(&self.with, place), &mut complaints)?;
            messenger.collect_alone(&alone)?;
            match messenger.account.client.short_string(&self.with)? {
                Some(ShortStringState::Ready(shown)) => {
                    messenger.dispatch()?.end_for(|place| is_of(&self.with, place), &mut complaints)?;
                    return self.ask(messenger, shown, out);
                }
                Some(ShortStringState::Waiting { .. }) if started.elapsed() < PATIENCE => {
                    if !told && started.elapsed() > SILENCE {
                        complain(&format!(
                            "{name} has not answered yet. If `verify` has ended there, end it here as well (Ctrl-C), and \
                             both begin again"
                        ));
                        told = true;
                    }
                    messenger.transport.wait(&mailbox, &mut seen, LOOK)?;
                }
                // both have asked at the same time: one joins
                Some(ShortStringState::Asked { with }) if started.elapsed() < PATIENCE => {
                    messenger.account.client.join_short_string(&with)?;
                }
                _ => {
                    messenger.account.client.cancel_short_string(&self.with)?;
                    return Err(Trouble::said(
                        Exit::Temporary,
                        format!(
                            "the comparison with {name} ended before there was anything to compare: see `entrenous receive`. \
                             Let {name} end it as well, and both begin again"
                        ),
                    ));
                }
            }
        }
    }

    /// The device that was named, or the only one with a session.
    fn choose_device(&self, messenger: &mut Messenger) -> Result<Address, Trouble> {
        let known = messenger.account.known(&self.with)?;
        let devices = known.iter().flat_map(|status| &status.devices);
        let devices = devices.filter(|status| status.session.is_some()).map(|status| status.device);
        let devices: Vec<DeviceId> =
            devices.filter(|device| self.device.is_none_or(|wanted| wanted == *device)).collect();
        let name = self.name;
        match devices.as_slice() {
            [device] => Ok(Address { account: self.with, device: *device }),
            [] => Err(Trouble::said(
                Exit::NotFound,
                format!("there is no session with such a device of {name}'s: send a message first"),
            )),
            several => {
                let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
                Err(Trouble::said(
                    Exit::Usage,
                    format!(
                        "{name} has several devices: say with --device which of {} is at hand",
                        ids.join(", ")
                    ),
                ))
            }
        }
    }

    fn ask(&self, messenger: &mut Messenger, shown: ShownString, out: &mut Out) -> Result<Compared, Trouble> {
        let name = self.name;
        let emoji = shown.string().emoji();
        let pictures = emoji.map(|emoji| format!("{} {}", emoji.picture, emoji.name)).to_vec();
        let digits = shown.string().to_string();
        let words =
            format!("{name}'s screen has to show the same:\n\n    {}\n    {digits}\n", pictures.join("  "));
        let said = Said::new("short-string", words)
            .with("name", name.as_str())
            .with("emoji", pictures)
            .with("digits", digits);
        out.say(&said)?;
        let question = format!("Let {name} say what is there. Is all of it the same?");
        let same = match self.answer_from_input {
            true => answer()? == "same",
            false => match Confirm::at_terminal().word(&question, "same", false, "--answer-from-input") {
                Ok(()) => true,
                // one try: what is not the same is different
                Err(ConfirmError::Declined) => false,
                Err(error) => return Err(error.into()),
            },
        };
        Ok(messenger.account.client.decide_short_string(shown, same)?)
    }
}
