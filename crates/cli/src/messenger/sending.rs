//! Sending: from the history to the client, from the client's outbox to the transport.
//!
//! A message is queued in the history first, under a random key. One process at a time marks it, gives it to the client
//! with that key as its token, and notes its id; should it die in between, the next one finds the mark, and the client
//! knows the token. So each queued message is sent once, in the order of queueing. A message to a group has no token: the
//! client's outbox has its envelopes then, under an id that the history doesn't know, since nothing is handed over between.

use std::collections::{BTreeSet, HashMap, HashSet};

use entrenous::{
    AccountId, Address, Destination, Error, Event, GroupId, Item, MessageId, Outgoing, SendOptions,
    operation::{Outbox, Send, SendToGroup},
};

use super::{Account, Complaints, Messenger, Trouble, giving_up::Held, is_passing, sync::put_off};
use crate::{
    history::{Conversation, Delivery, Draft, Entry, Kind, OfGroup},
    home::Lock,
    transport::{Mailbox, Transport, TransportError},
};

/// Why an envelope stays in the outbox.
const FULL: &str = "the mailbox has been full for a month";
const NO_PLACE: &str = "it has published nothing in the drop folder for a month";
/// Envelopes that are read from the outbox at once.
const PAGE: usize = 64;

/// What became of what was to be sent.
#[derive(Debug, Default)]
pub(crate) struct Dispatched {
    /// The first message that can't be sent at all, and why: it is marked as failed.
    pub(crate) failed: Vec<(i64, Error)>,
    /// Why others have to wait.
    pub(crate) delayed: Vec<(Conversation, Error)>,
    /// Devices that get their messages when they have published.
    pub(crate) unreached: Vec<Address>,
    /// Mailboxes that take no more now.
    pub(crate) crowded: Vec<(Destination, TransportError)>,
    /// Devices that this drop folder has nothing of.
    pub(crate) absent: Vec<Destination>,
    /// What the drop folder said of places that can't be used: the others got theirs.
    pub(crate) troubles: Vec<(Destination, Trouble)>,
}

impl Dispatched {
    /// Whether every place could be used.
    pub(crate) fn end(self) -> Result<(), Trouble> {
        self.troubles.into_iter().next().map_or(Ok(()), |(_, trouble)| Err(trouble))
    }

    /// Whether those of the places that matter could be used. Of others it is said what is wrong with them.
    pub(crate) fn end_for(
        self,
        matters: impl Fn(&Destination) -> bool,
        complaints: &mut Complaints,
    ) -> Result<(), Trouble> {
        let (matter, others): (Vec<_>, Vec<_>) =
            self.troubles.into_iter().partition(|(place, _)| matters(place));
        complaints.say(others.into_iter().map(|(_, trouble)| trouble));
        matter.into_iter().next().map_or(Ok(()), |(_, trouble)| Err(trouble))
    }
}

impl Messenger {
    /// Queues a message, and gives its number in the history. It is durable, and sent by this process or another.
    pub(crate) fn queue(&mut self, to: &Conversation, at: u64, content: Vec<u8>) -> Result<i64, Trouble> {
        let me = self.account.client.address();
        let (account, group) = match to {
            Conversation::Contact(account) => (Some(*account), None),
            Conversation::Group(group) => (None, Some(OfGroup::of(*group))),
        };
        Ok(self.account.history.queue(&Entry {
            kind: Kind::Sent,
            account,
            group,
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
            let Some(to) = draft.entry.conversation() else {
                self.account.history.set(draft.number, Delivery::Failed)?;
                continue;
            };
            if waiting.contains(&to) {
                // those to one account stay in their order
                self.account.history.set(draft.number, Delivery::Queued)?;
                continue;
            }
            let sent = match &to {
                Conversation::Contact(to) => self.send_draft(&draft, to),
                Conversation::Group(group) => self.send_group_draft(&draft, group),
            };
            match sent {
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
            for device in &done.unreached {
                let mut trouble = None;
                put_off(self.reach_devices(&[*device]).map(drop), &mut trouble)?;
                done.troubles.extend(trouble.map(|trouble| (Destination::Device(*device), trouble)));
            }
        }
        self.hand_over(&lock, &mut done)?;
        Ok(done)
    }

    /// Gives a message to the client; devices without a session are returned. The draft's key is the message's token: a
    /// process that died may have sent it, and it is not sent twice.
    fn send_draft(&mut self, draft: &Draft, to: &AccountId) -> Result<Vec<Address>, Trouble> {
        let options = SendOptions { token: Some(draft.token), ..SendOptions::default() };
        let sent = self.account.client.perform(&Send { to: *to, content: &draft.entry.text, options })?;
        self.account.history.given_to_client(draft.number, &sent.id)?;
        Ok(sent.unreached)
    }

    /// The same for a message to a group.
    fn send_group_draft(&mut self, draft: &Draft, group: &GroupId) -> Result<Vec<Address>, Trouble> {
        if draft.again
            && let Some(id) = self.unknown_in_outbox()?
        {
            self.account.history.given_to_client(draft.number, &id)?;
            return Ok(Vec::new());
        }
        let options = SendOptions::default();
        let send = SendToGroup { group: *group, content: &draft.entry.text, options };
        let sent = self.account.client.perform(&send)?;
        self.account.history.given_to_client(draft.number, &sent.id)?;
        let mut envelopes = sent.outgoing.iter().filter(|out| out.id == Some(sent.id));
        if !envelopes.any(|out| self.is_elsewhere(&out.to)) {
            // nobody else is in: there is nothing to wait for
            self.account.history.set(draft.number, Delivery::Sent)?;
        }
        Ok(sent.unreached)
    }

    /// The message in the outbox that the history has not heard of.
    fn unknown_in_outbox(&mut self) -> Result<Option<MessageId>, Trouble> {
        for id in self.account.in_outbox()? {
            if !self.account.history.has(&id)? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Hands the outbox over, oldest first. The lock shows that no draft is between history and outbox.
    fn hand_over(&mut self, sending: &Lock, done: &mut Dispatched) -> Result<(), Trouble> {
        let mut from = 0;
        let mut closed: HashMap<Destination, &str> = HashMap::new();
        let (mut held, mut broken) = (Vec::new(), HashSet::new());
        loop {
            let page = self.account.client.perform(&Outbox { from, limit: PAGE })?;
            let Some(last) = page.last().and_then(|last| last.number) else {
                return self.account.give_up_delivering(&held);
            };
            from = last + 1;
            self.remember_drop(sending)?;
            let (mut taken, mut delivered) = (Vec::with_capacity(page.len()), Vec::new());
            for outgoing in page {
                let Some(number) = outgoing.number else { continue };
                let Outgoing { to, id, .. } = outgoing;
                if let Some(why) = closed.get(&to) {
                    held.push(Held { to, number, id, why });
                    continue;
                }
                if broken.contains(&to) {
                    continue;
                }
                match self.deliver(&outgoing) {
                    Ok(true) => {
                        taken.push(number);
                        delivered.extend(id.filter(|_| self.is_elsewhere(&to)));
                    }
                    Ok(false) => {
                        closed.insert(to, NO_PLACE);
                        held.push(Held { to, number, id, why: NO_PLACE });
                        done.absent.push(to);
                    }
                    Err(error @ TransportError::Crowded { .. }) => {
                        closed.insert(to, FULL);
                        held.push(Held { to, number, id, why: FULL });
                        done.crowded.push((to, error));
                    }
                    // spec: FOLDER-18; it will never be shorter
                    Err(error @ TransportError::TooLong { .. }) => {
                        let why = error.to_string();
                        self.account.give_up_envelope(&Held { to, number, id, why: &why })?;
                    }
                    Err(error) => {
                        broken.insert(to);
                        done.troubles.push((to, error.into()));
                    }
                }
            }
            // before the client lets it go: nobody could say it later
            self.account.history.delivered(&delivered)?;
            self.account.client.handed_over(&taken)?;
        }
    }

    /// Whether it is a device of another account: what goes to the own ones is a copy.
    fn is_elsewhere(&self, to: &Destination) -> bool {
        matches!(to, Destination::Device(device) if device.account != self.account.client.account_id())
    }

    /// Puts an envelope into its mailbox; false if nobody of its account has ever been in this folder.
    fn deliver(&self, outgoing: &Outgoing) -> Result<bool, TransportError> {
        let from = self.account.client.address();
        match outgoing.to {
            // spec: FOLDER-19
            Destination::Device(device) if !self.transport.has_place(&device.account)? => return Ok(false),
            Destination::Device(device) => {
                self.transport.deliver(&Mailbox::Device(device), Some(&from), &outgoing.bytes)?;
            }
            // who meets there is nobody's business
            Destination::Rendezvous(id) => {
                self.transport.deliver(&Mailbox::Rendezvous(id), None, &outgoing.bytes)?;
            }
        }
        Ok(true)
    }
}

impl Account {
    /// Enters into the history which messages won't be handed over, as the client's inbox tells.
    pub(super) fn note_undelivered(&mut self, items: &[Item]) -> Result<(), Trouble> {
        for item in items {
            match &item.event {
                Event::NotSent { id, .. } => self.history.undelivered(&[*id])?,
                Event::DeviceRemoved { device } => self.note_gone(&device.account)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// What waited for an account, or a device of it, is gone from the outbox with it; should somebody else get it after
    /// all, it counts as sent.
    pub(crate) fn note_gone(&mut self, account: &AccountId) -> Result<(), Trouble> {
        let waiting = self.history.waiting_for(account)?;
        if waiting.is_empty() {
            return Ok(());
        }
        let outbox = self.in_outbox()?;
        let gone: Vec<_> = waiting.into_iter().filter(|id| !outbox.contains(id)).collect();
        Ok(self.history.undelivered(&gone)?)
    }

    /// The messages in the outbox.
    fn in_outbox(&mut self) -> Result<BTreeSet<MessageId>, Trouble> {
        let (mut ids, mut from) = (BTreeSet::new(), 0);
        loop {
            let page = self.client.perform(&Outbox { from, limit: PAGE })?;
            let Some(last) = page.last().and_then(|last| last.number) else { return Ok(ids) };
            ids.extend(page.iter().filter_map(|out| out.id));
            from = last + 1;
        }
    }
}
