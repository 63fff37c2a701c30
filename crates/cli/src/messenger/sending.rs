//! Sending: from the history to the client, from the client's outbox to the transport.
//!
//! A message is queued in the history first, under a random key. One process at a time marks it, gives it to the client
//! with that key as its token, and notes its id; should it die in between, the next one finds the mark, and the client
//! knows the token. So each queued message is sent once, in the order of queueing.

use std::collections::{BTreeSet, HashSet};

use entrenous::{
    AccountId, Address, Destination, Error, Outgoing, SendOptions,
    operation::{Outbox, Send},
};

use super::{Messenger, Trouble, is_passing};
use crate::{
    history::{Delivery, Draft, Entry, Kind},
    home::Lock,
    transport::{Mailbox, Transport, TransportError},
};

/// Envelopes that are read from the outbox at once.
const PAGE: usize = 64;

/// What became of what was to be sent.
#[derive(Debug, Default)]
pub(crate) struct Dispatched {
    /// The first message that can't be sent at all, and why: it is marked as failed.
    pub(crate) failed: Vec<(i64, Error)>,
    /// Why others have to wait.
    pub(crate) delayed: Vec<(AccountId, Error)>,
    /// Devices that get their messages when they have published.
    pub(crate) unreached: Vec<Address>,
    /// Mailboxes that take no more now.
    pub(crate) crowded: Vec<(Destination, TransportError)>,
}

impl Messenger {
    /// Queues a message, and gives its number in the history. It is durable, and sent by this process or another.
    pub(crate) fn queue(&mut self, to: &AccountId, at: u64, content: Vec<u8>) -> Result<i64, Trouble> {
        let me = self.account.client.address();
        Ok(self.account.history.queue(&Entry {
            kind: Kind::Sent,
            account: Some(*to),
            device: Some(me.device),
            at,
            note: String::new(),
            text: content.into(),
        })?)
    }

    /// Sends what is queued, and hands over what is in the outbox.
    pub(crate) fn dispatch(&mut self) -> Result<Dispatched, Trouble> {
        let lock = self.account.home.lock_sending()?;
        let mut done = Dispatched::default();
        let mut waiting = BTreeSet::new();
        let mut after = 0;
        while let Some(draft) = self.account.history.next_draft(after)? {
            after = after.max(draft.number);
            let Some(to) = draft.entry.account else {
                self.account.history.set(draft.number, Delivery::Failed)?;
                continue;
            };
            if waiting.contains(&to) {
                // those to one account stay in their order
                self.account.history.set(draft.number, Delivery::Queued)?;
                continue;
            }
            match self.send_draft(&draft, &to) {
                Ok(unreached) => done.unreached.extend(unreached),
                Err(Trouble::Library(error)) if is_passing(&error) => {
                    self.account.history.set(draft.number, Delivery::Queued)?;
                    waiting.insert(to);
                    done.delayed.push((to, error));
                }
                Err(Trouble::Library(error)) => {
                    self.account.history.set(draft.number, Delivery::Failed)?;
                    done.failed.push((draft.number, error));
                }
                Err(trouble) => return Err(trouble),
            }
        }
        if !done.unreached.is_empty() {
            done.unreached.sort_unstable();
            done.unreached.dedup();
            self.reach_devices(&done.unreached.clone())?;
        }
        self.hand_over(&lock, &mut done)?;
        Ok(done)
    }

    /// Gives a message to the client; devices without a session are returned. The draft's key is the message's token: a
    /// process that died may have sent it, and it is not sent twice.
    fn send_draft(&mut self, draft: &Draft, to: &AccountId) -> Result<Vec<Address>, Trouble> {
        let options = SendOptions { token: Some(draft.token), ..SendOptions::default() };
        let sent = self.account.client.perform(&Send { to: *to, content: &draft.entry.text, options })?;
        self.account.history.sent(draft.number, &sent.id)?;
        Ok(sent.unreached)
    }

    /// Hands the outbox over, oldest first. The lock shows that no draft is between history and outbox.
    fn hand_over(&mut self, _: &Lock, done: &mut Dispatched) -> Result<(), Trouble> {
        let mut from = 0;
        let (mut closed, mut held) = (HashSet::new(), Vec::new());
        loop {
            let page = self.account.client.perform(&Outbox { from, limit: PAGE })?;
            let Some(last) = page.last().and_then(|last| last.number) else {
                return self.account.give_up_delivering(&held);
            };
            from = last + 1;
            let mut taken = Vec::with_capacity(page.len());
            let mut failed = None;
            for outgoing in page {
                let Some(number) = outgoing.number else { continue };
                if closed.contains(&outgoing.to) {
                    held.push((outgoing.to, number));
                    continue;
                }
                match self.deliver(&outgoing) {
                    Ok(()) => taken.push(number),
                    Err(error @ TransportError::Crowded { .. }) => {
                        closed.insert(outgoing.to);
                        held.push((outgoing.to, number));
                        done.crowded.push((outgoing.to, error));
                    }
                    // spec: FOLDER-18; it will never be shorter
                    Err(error @ TransportError::TooLong { .. }) => {
                        self.account.give_up_envelope(outgoing.to, number, &error.to_string())?;
                    }
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                }
            }
            self.account.client.handed_over(&taken)?;
            if let Some(error) = failed {
                return Err(error.into());
            }
        }
    }

    fn deliver(&self, outgoing: &Outgoing) -> Result<(), TransportError> {
        let from = self.account.client.address();
        match outgoing.to {
            Destination::Device(device) => {
                self.transport.deliver(&Mailbox::Device(device), Some(&from), &outgoing.bytes)
            }
            // who meets there is nobody's business
            Destination::Rendezvous(id) => {
                self.transport.deliver(&Mailbox::Rendezvous(id), None, &outgoing.bytes)
            }
        }
    }
}
