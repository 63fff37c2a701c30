//! Collecting: from the mailbox to the client, from the client's inbox to the history; acknowledged and removed only
//! then.

use std::collections::BTreeMap;

use entrenous::{Address, Error, Item};

use super::{Account, Messenger, Trouble, notice};
use crate::{
    home::Lock,
    transport::{Arrived, Mailbox, Ticket, Transport},
};

/// Envelopes that stay in the mailbox, by the device that they say they are from, and why: the last reason, and how
/// many.
pub(crate) type Left = BTreeMap<Address, (Error, u64)>;

/// What came of a look into the mailbox.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// Envelopes that were opened.
    pub(crate) opened: u64,
    /// Envelopes that are no messages to us, or were opened before: removed.
    pub(crate) discarded: u64,
    /// Envelopes that can't be opened yet.
    pub(crate) left: Left,
    /// The same, each.
    pub(super) still: Vec<(Address, Ticket)>,
    /// Files that are not whole yet, or not ours.
    pub(crate) incomplete: u64,
}

/// What becomes of an envelope.
enum Fate {
    Opened,
    Discarded,
    Left(Error),
}

impl Messenger {
    /// Takes in what is in the mailbox; nothing while another process compares with somebody: the library wants the
    /// messages of a comparison in the client that has begun it.
    pub(crate) fn collect(&mut self) -> Result<Collected, Trouble> {
        match self.account.home.share_collecting()? {
            Some(lock) => self.collect_alone(&lock),
            None => Ok(Collected::default()),
        }
    }

    /// Takes in what is in the mailbox, under a lock that the caller has.
    pub(crate) fn collect_alone(&mut self, _: &Lock) -> Result<Collected, Trouble> {
        // what was opened and not kept yet, by a process that died: it comes first
        self.account.keep_inbox()?;
        let mut all = self.collect_once()?;
        // what overtook the message that begins its session can be opened now
        while all.opened > 0 && !all.left.is_empty() {
            let more = self.collect_once()?;
            let opened = more.opened;
            all =
                Collected { opened: all.opened + opened, discarded: all.discarded + more.discarded, ..more };
            if opened == 0 {
                break;
            }
        }
        // only now: what a session was missing for may have been opened in the second look
        self.give_up_opening(&all.still)?;
        Ok(all)
    }

    fn collect_once(&mut self) -> Result<Collected, Trouble> {
        let mailbox = Mailbox::Device(self.account.client.address());
        let mut collected = Collected::default();
        let mut after: Option<Ticket> = None;
        loop {
            let batch = self.transport.collect(&mailbox, after.as_ref())?;
            collected.incomplete += batch.left_alone;
            let mut done = Vec::with_capacity(batch.arrived.len());
            for arrived in batch.arrived {
                match self.take_in(&arrived)? {
                    Fate::Opened => collected.opened += 1,
                    Fate::Discarded => collected.discarded += 1,
                    Fate::Left(error) => {
                        if let Some(from) = arrived.from {
                            let left = collected.left.entry(from).or_insert((error.clone(), 0));
                            *left = (error, left.1 + 1);
                            collected.still.push((from, arrived.ticket));
                        }
                        continue;
                    }
                }
                done.push(arrived.ticket);
            }
            self.account.keep_inbox()?;
            // what it brought is durable, in the client's inbox already
            for ticket in &done {
                self.transport.remove(&mailbox, ticket)?;
            }
            after = batch.next;
            if after.is_none() {
                return Ok(collected);
            }
        }
    }

    fn take_in(&mut self, arrived: &Arrived) -> Result<Fate, Trouble> {
        // a device's mail names its device: without one nobody could open it
        let Some(from) = arrived.from else { return Ok(Fate::Discarded) };
        match self.account.client.receive(&from, &arrived.envelope) {
            Err(Error::InboxFull) => {
                self.account.keep_inbox()?;
                fate(self.account.client.receive(&from, &arrived.envelope))
            }
            received => fate(received),
        }
    }
}

impl Account {
    /// Brings what is in the client's inbox into the history, and acknowledges it then. Always from its beginning, so
    /// that the history has the inbox's order, however many processes do it.
    pub(crate) fn keep_inbox(&mut self) -> Result<(), Trouble> {
        loop {
            let items = self.client.inbox()?;
            let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
            if numbers.is_empty() {
                return Ok(());
            }
            let me = self.client.account_id();
            let arrived: Vec<_> = items.iter().map(|item| notice::arrived(item, &me)).collect();
            self.history.add(&arrived)?;
            self.note_undelivered(&items)?;
            self.client.acknowledge(&numbers)?;
        }
    }
}

/// What becomes of an envelope for which the client has said this; an error that ends the collecting.
fn fate(received: Result<Vec<Item>, Error>) -> Result<Fate, Trouble> {
    match received {
        Ok(_) => Ok(Fate::Opened),
        // they will never be anything else
        Err(error) if error.is_final() => Ok(Fate::Discarded),
        // ours to mend: nothing can be opened. What is damaged of one contact counts as absent, so this is not that; and a
        // device that was removed goes on with what own devices have sent
        Err(
            error @ (Error::Store(_)
            | Error::Corrupt
            | Error::Busy
            | Error::Random(_)
            | Error::LaterVersion
            | Error::ApiMisuse(_)),
        ) => Err(error.into()),
        Err(error) => Ok(Fate::Left(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_store_ends_it_and_an_envelope_does_not() {
        assert!(fate(Err(Error::Corrupt)).is_err());
        assert!(matches!(fate(Err(Error::NoSession)), Ok(Fate::Left(Error::NoSession))));
        assert!(matches!(fate(Err(Error::Duplicate)), Ok(Fate::Discarded)));
    }
}
