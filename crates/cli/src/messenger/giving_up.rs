//! Giving up: what can't be delivered or opened for a month doesn't stay any longer, and the user is told.

use entrenous::{Address, Destination, MessageId};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Account, Left, Messenger, Trouble, collecting::Collected, sync};
use crate::{
    history::{Arrived, Entry, Kind, Stuck},
    text::{counted, len_of},
    transport::{Mailbox, Ticket, Transport},
};

/// How long is waited: a mailbox may be emptied again, a session begin.
const PATIENCE_MS: u64 = 30 * 86_400_000;

/// An envelope that stays in the outbox.
pub(super) struct Held<'a> {
    pub(super) to: Destination,
    pub(super) number: u64,
    /// The message in it, if it has one.
    pub(super) id: Option<MessageId>,
    pub(super) why: &'a str,
}

impl Messenger {
    /// Gives up those of the envelopes in the mailbox that could not be opened for too long.
    // spec: FOLDER-17
    pub(super) fn give_up_opening(&mut self, left: &[(Address, Ticket)]) -> Result<(), Trouble> {
        let keys: Vec<_> = left.iter().map(|(_, ticket)| key(ticket.as_str().as_bytes())).collect();
        let over = self.account.overdue(Stuck::Incoming, &keys)?;
        let mut given_up = left.iter().zip(keys).filter(|(_, key)| over.contains(key)).peekable();
        let mailbox = Mailbox::Device(self.account.client.address());
        while let Some(((from, first), key)) = given_up.next() {
            let mut tickets = vec![first];
            while let Some(((_, ticket), _)) = given_up.next_if(|((next, _), _)| next == from) {
                tickets.push(ticket);
            }
            let what = counted(len_of(tickets.len()), "envelope");
            let words = format!("has sent {what} that could not be opened for a month: given up");
            self.account.note("not-opened", key, Some(*from), words)?;
            for ticket in tickets {
                self.transport.remove(&mailbox, ticket)?;
            }
        }
        Ok(())
    }
}

impl Messenger {
    /// What stays in the mailbox, as far as the user was not told of it: each envelope once. From now on all of it was told.
    pub(crate) fn untold(&mut self, collected: &Collected) -> Result<Left, Trouble> {
        let Collected { left, still, .. } = collected;
        let mut untold = Left::new();
        if still.is_empty() {
            return Ok(untold);
        }
        let keys: Vec<_> = still.iter().map(|(_, ticket)| key(ticket.as_str().as_bytes())).collect();
        let now = sync::now();
        let told = self.account.history.stuck(Stuck::Told, &keys, now, now)?;
        for ((from, _), _) in still.iter().zip(keys).filter(|(_, key)| !told.contains(key)) {
            if let Some((error, _)) = left.get(from) {
                untold.entry(*from).or_insert((error.clone(), 0)).1 += 1;
            }
        }
        Ok(untold)
    }
}

impl Account {
    /// Gives up those of the envelopes in the outbox whose mailbox has taken none for too long.
    // spec: FOLDER-18
    pub(super) fn give_up_delivering(&mut self, held: &[Held<'_>]) -> Result<(), Trouble> {
        let keys: Vec<_> = held.iter().map(|held| key(&held.number.to_be_bytes())).collect();
        let over = self.overdue(Stuck::Outgoing, &keys)?;
        for (held, _) in held.iter().zip(keys).filter(|(_, key)| over.contains(key)) {
            self.give_up_envelope(held)?;
        }
        Ok(())
    }

    /// Takes an envelope out of the outbox that the transport doesn't take.
    pub(super) fn give_up_envelope(&mut self, held: &Held<'_>) -> Result<(), Trouble> {
        let Held { to, number, id, why } = held;
        let to = match to {
            Destination::Device(device) => Some(*device),
            Destination::Rendezvous(_) => None,
        };
        let words = format!("does not get something that was sent on one device: {why}");
        self.note("not-delivered", key(&number.to_be_bytes()), to, words)?;
        self.history.undelivered(id.as_slice())?;
        Ok(self.client.handed_over(&[*number])?)
    }

    fn overdue(&mut self, kind: Stuck, keys: &[[u8; 16]]) -> Result<Vec<[u8; 16]>, Trouble> {
        let now = sync::now();
        Ok(self.history.stuck(kind, keys, now, now.saturating_sub(PATIENCE_MS))?)
    }

    /// Enters a notice of the messenger's own; once, under its key.
    fn note(&mut self, note: &str, key: [u8; 16], of: Option<Address>, words: String) -> Result<(), Trouble> {
        let entry = Entry {
            kind: Kind::Notice,
            account: of.map(|of| of.account),
            group: None,
            device: of.map(|of| of.device),
            at: sync::now(),
            note: note.to_owned(),
            text: Zeroizing::new(words.into_bytes()),
        };
        Ok(self.history.add(&[Arrived { key, message: None, expires: None, entry }])?)
    }
}

/// The name of something stuck.
fn key(name: &[u8]) -> [u8; 16] {
    let hash = Sha256::new().chain_update(b"stuck").chain_update(name).finalize();
    let mut key = [0; 16];
    key.iter_mut().zip(hash).for_each(|(byte, of_hash)| *byte = of_hash);
    key
}
