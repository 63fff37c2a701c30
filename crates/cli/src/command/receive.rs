//! `receive`: collects and opens what has come.

use std::time::{Duration, Instant};

use clap::Args;

use super::{Options, Out};
use crate::{
    complain,
    home::Lock,
    messenger::{Complaints, Messenger, Pass, Said, Saying, Trouble, complain_of},
    terminal::{Exit, Tone},
    text::counted,
    transport::{Mailbox, Seen, Transport},
};

const EXAMPLES: &str = "\
Examples:
  entrenous receive                   what is there now
  entrenous receive --follow          and what comes, until it is interrupted
  entrenous receive --follow --json   one object a line, for a script";

/// Entries that are shown and marked at once.
const SHOWN_AT_ONCE: usize = 64;
/// How long to wait for mail before looking whether another process has collected some.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often everything that is due is done, mail or not.
const PASS_EVERY: Duration = Duration::from_secs(30);

/// Receive what has come.
///
/// A message is removed from the drop folder once it is kept safe here. Each is shown once; should this
/// process die while it shows one, that one comes again and says so.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Receive {
    /// Wait for more, until interrupted
    #[arg(long)]
    pub follow: bool,
}

impl Receive {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let messenger = Messenger::open(options)?;
        let showing = Showing { messenger, lock: None };
        if self.follow { showing.follow(out) } else { showing.once(out) }
    }
}

/// Shows what comes, as the one process that does.
struct Showing {
    messenger: Messenger,
    lock: Option<Lock>,
}

impl Showing {
    fn once(mut self, out: &mut Out) -> Result<(), Trouble> {
        // what came before is shown even if nothing can be collected now
        let before = self.show(out)?;
        let passed = self.pass(out).and_then(Pass::end);
        // also what was kept before an error ended the pass
        let kept = self.messenger.account.keep_inbox();
        let shown = before + self.show(out)?;
        passed?;
        kept?;
        let held_up = self.messenger.account.held_up()?;
        for held_up in &held_up {
            out.say(&held_up.said())?;
        }
        if self.lock.is_none() {
            complain(&"another `receive` runs, and shows what comes");
        } else if shown == 0 && held_up.is_empty() && !out.is_json() {
            out.say(&Said::new("nothing", "Nothing new.").toned(Tone::Faint))?;
        }
        Ok(())
    }

    fn follow(mut self, out: &mut Out) -> Result<(), Trouble> {
        let mailbox = Mailbox::Device(self.messenger.account.client.address());
        let mut seen = Seen::default();
        let mut complaints = Complaints::default();
        self.show(out)?;
        loop {
            let passed = Instant::now();
            match self.pass(out) {
                // one place that can't be used, or that somebody has made so, doesn't end it for the others
                Ok(pass) => complaints.say(pass.troubles()),
                Err(trouble) if trouble.exit() == Exit::Temporary => complaints.say([trouble]),
                Err(trouble) => {
                    // what ended the pass is what the user has to see, not what comes of it
                    if self.messenger.account.keep_inbox().is_ok() {
                        self.show(out)?;
                    }
                    return Err(trouble);
                }
            }
            self.show(out)?;
            while !self.messenger.transport.wait(&mailbox, &mut seen, PATIENCE)?
                && passed.elapsed() < PASS_EVERY
            {
                // what another process has collected
                self.show(out)?;
            }
        }
    }

    fn pass(&mut self, out: &mut Out) -> Result<Pass, Trouble> {
        let pass = self.messenger.pass()?;
        let untold = self.messenger.untold(&pass.collected)?;
        if !untold.is_empty() {
            let names = self.messenger.account.known_names()?;
            for (from, (error, count)) in untold {
                let who = names.known_as(&from.account);
                let (verb, they) = if count == 1 { ("says", "It stays") } else { ("say", "They stay") };
                let it = if count == 1 { "it is" } else { "they are" };
                let words = format!(
                    "{} that {verb} {it} from {who} can't be opened yet ({error}). {they} in the drop folder.",
                    counted(count, "envelope")
                );
                let said = Said::new("left", words)
                    .toned(Tone::Warning)
                    .with("account", from.account.to_string())
                    .with("device", from.device.to_string())
                    .with("count", count)
                    .with("reason", error.to_string());
                out.say(&said)?;
            }
        }
        complain_of(&pass.dispatched);
        Ok(pass)
    }

    /// Shows what has not been shown, and says how much it was.
    fn show(&mut self, out: &mut Out) -> Result<usize, Trouble> {
        if self.lock.is_none() {
            self.lock = self.messenger.account.home.lock_showing()?;
        }
        if self.lock.is_none() {
            return Ok(0);
        }
        let mut shown = 0;
        loop {
            let history = &mut self.messenger.account.history;
            let rows = history.begin_showing(SHOWN_AT_ONCE)?;
            if rows.is_empty() {
                return Ok(shown);
            }
            let names = self.messenger.account.known_names()?;
            for row in &rows {
                out.say(&Saying { row, names: &names })?;
            }
            self.messenger.account.history.shown(&rows)?;
            shown += rows.len();
        }
    }
}
