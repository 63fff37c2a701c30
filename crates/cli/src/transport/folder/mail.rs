//! Mailboxes: envelopes put in, read, removed and waited for.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use entrenous::Address;

use super::{
    super::{Arrived, MAX_ENVELOPE},
    Batch, Folder, Mailbox, Seen, Ticket, TransportError, disk,
    file::{self, Kind, OVERHEAD},
};

/// Envelopes that wait in a mailbox, at most, as far as those who put them there keep to it. Bounds the
/// memory for their names to 4 MiB or so.
const MAX_WAITING: usize = 1 << 16;
/// Envelopes in a batch, at most.
const MAX_BATCH: usize = 256;
/// Bytes of envelopes after which a batch ends. The last may go beyond.
const BATCH_BYTES: usize = 32 << 20;
/// Tries to deliver while the directory vanishes under our hands, as a meeting place does when the other side
/// has emptied it.
const TRIES: u32 = 3;
/// The first pause between two looks into a mailbox, doubled until [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause: a message is seen this late at worst, and looking costs nothing to speak of.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Folder {
    /// Delivers, see [`deliver`](super::Transport::deliver).
    pub(super) fn post(
        &self,
        to: &Mailbox,
        from: Option<&Address>,
        envelope: &[u8],
    ) -> Result<(), TransportError> {
        if envelope.len() > MAX_ENVELOPE {
            let (len, limit) = (envelope.len(), MAX_ENVELOPE);
            return Err(TransportError::TooLong { what: "envelope", len, limit });
        }
        let dir = self.mailbox(to);
        let file = file::wrap(Kind::Envelope, from, envelope);
        for _ in 1..TRIES {
            match self.post_once(&dir, &file) {
                Err(error) if error.is_gone() => {}
                done => return done,
            }
        }
        self.post_once(&dir, &file)
    }

    fn post_once(&self, dir: &std::path::Path, file: &[u8]) -> Result<(), TransportError> {
        disk::ensure_dir(&self.root, dir)?;
        // spec: FOLDER-10
        if disk::oldest(dir, None, MAX_WAITING)?.len() >= MAX_WAITING {
            return Err(TransportError::Crowded { path: dir.to_owned(), limit: MAX_WAITING });
        }
        disk::Staged::write(dir, file)?.place(&self.fresh_name()?)?;
        disk::sync_dir(dir)
    }

    /// Reads a batch, see [`collect`](super::Transport::collect).
    pub(super) fn batch(&self, mailbox: &Mailbox, after: Option<&Ticket>) -> Result<Batch, TransportError> {
        let dir = self.mailbox(mailbox);
        let mut batch = Batch::default();
        if !disk::check_dirs(&self.root, &dir)? {
            return Ok(batch);
        }
        if after.is_none() {
            disk::sweep(&dir)?;
        }
        let mut names = disk::oldest(&dir, after, MAX_WAITING)?.into_iter().peekable();
        let mut bytes = 0;
        while let Some(ticket) = names.next() {
            let path = dir.join(&ticket.0);
            let contents = disk::read(&path, MAX_ENVELOPE + OVERHEAD)
                .and_then(|bytes| file::unwrap(Kind::Envelope, bytes));
            match contents {
                Some(contents) => {
                    bytes += contents.body.len();
                    let (from, envelope) = (contents.from, contents.body);
                    batch.arrived.push(Arrived { ticket: ticket.clone(), from, envelope });
                }
                // spec: FOLDER-7; unless another process has dealt with it in the meantime
                None if fs::symlink_metadata(&path).is_ok() => batch.left_alone += 1,
                None => {}
            }
            let full = batch.arrived.len() >= MAX_BATCH || bytes >= BATCH_BYTES;
            if full && names.peek().is_some() {
                batch.next = Some(ticket);
                break;
            }
        }
        Ok(batch)
    }

    /// Removes an envelope, see [`remove`](super::Transport::remove).
    pub(super) fn discard(&self, mailbox: &Mailbox, ticket: &Ticket) -> Result<(), TransportError> {
        let dir = self.mailbox(mailbox);
        if !disk::check_dirs(&self.root, &dir)? {
            return Ok(());
        }
        // spec: FOLDER-16
        disk::remove(&dir.join(&ticket.0))?;
        if matches!(mailbox, Mailbox::Rendezvous(_)) {
            // a meeting place is used once; as long as something is in it, it stays
            let _ = fs::remove_dir(&dir);
        }
        Ok(())
    }

    /// Waits for mail, see [`wait`](super::Transport::wait). It looks again and again, since notifications
    /// differ from system to system and don't come over network drives, while a look costs microseconds.
    pub(super) fn watch(
        &self,
        mailbox: &Mailbox,
        seen: &mut Seen,
        patience: Duration,
    ) -> Result<bool, TransportError> {
        let dir = self.mailbox(mailbox);
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let names = match disk::check_dirs(&self.root, &dir)? {
                true => disk::oldest(&dir, None, MAX_WAITING)?.into_iter().collect(),
                false => Default::default(),
            };
            let before = std::mem::replace(&mut seen.0, names);
            if !seen.0.is_subset(&before) {
                return Ok(true);
            }
            let left = patience.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Ok(false);
            }
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
