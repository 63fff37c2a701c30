//! What the roster says of messages and keys, which name rosters by their ids.

use alloc::{collections::BTreeMap, vec::Vec};

use super::{KeyJudged, KeyStanding, MessageStanding, ReceivingKey, Rejection, Sender, VerifiedMessage};
use crate::{
    EntryHash, RosterId,
    roster::{Loss, Roster, RosterState},
};

/// Answers that are remembered, of each kind: a backlog names few rosters, and a hostile one is not worth more.
const REMEMBERED: usize = 64;

/// What lies between a roster and itself.
static NO_LOSS: Loss = Loss { accounts: Vec::new(), devices: Vec::new(), rekey: false };

/// The present roster of a group, and older ones by their ids, as far as their heads are known. Made for one backlog, or
/// one message: it remembers what it has worked out, for as long as the roster stays as it is.
#[derive(Debug)]
pub struct KnownRosters<'r> {
    roster: &'r Roster,
    /// The heads of older rosters.
    older: BTreeMap<RosterId, Vec<EntryHash>>,
    states: BTreeMap<RosterId, Option<RosterState>>,
    losses: BTreeMap<(RosterId, RosterId), Option<Loss>>,
}

/// What is to be done with a receiving key that is kept, since the roster has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptKey {
    /// Nothing.
    Keep,
    /// The sender has lost access: [`ReceivingKey::close`].
    Close,
    /// The key was closed for a removal that is undone, of which its sender may never hear: it is asked for a new key.
    AskForNew,
}

impl<'r> KnownRosters<'r> {
    /// With the present roster alone.
    pub fn new(roster: &'r Roster) -> Self {
        Self { roster, older: BTreeMap::new(), states: BTreeMap::new(), losses: BTreeMap::new() }
    }

    /// Takes the heads of an older roster, out of the own store or as somebody answers who was asked for it, and gives
    /// its id. Whoever asked for another id has got a false answer. That the heads are known doesn't say that the
    /// entries are.
    pub fn learn(&mut self, heads: Vec<EntryHash>) -> RosterId {
        // spec: GROUP-166
        let id = RosterId::of(&heads);
        self.older.entry(id).or_insert(heads);
        id
    }

    /// The id of the present roster, under which messages are sealed.
    pub fn present(&self) -> RosterId {
        self.roster.id()
    }

    /// The heads of a roster: to be stored for each roster that a key was made under, and the answer to who asks for it,
    /// with [`Roster::entries_beyond`] what that one has.
    pub fn heads(&self, id: &RosterId) -> Option<&[EntryHash]> {
        if *id == self.present() { Some(self.roster.heads()) } else { self.older.get(id).map(Vec::as_slice) }
    }

    /// What is to be judged of a message.
    pub fn message(&mut self, message: &VerifiedMessage) -> MessageStanding {
        let VerifiedMessage { sender, key: _, key_roster, roster: named, iteration: _, key_closed } =
            *message;
        let sender_in_named = self.has(named, sender);
        // spec: GROUP-162
        let before = self.loss(key_roster, named).map(|loss| !loss.is_empty());
        // spec: GROUP-164
        let after = self.loss(named, self.present()).map(takes_access);
        MessageStanding {
            rosters_known: sender_in_named.is_some() && before.is_some() && after.is_some(),
            sender_in_named: sender_in_named.unwrap_or(false),
            sender_in_present: self.is_in(sender),
            key_closed,
            loss_before_named: before.unwrap_or(false),
            loss_after_named: after.unwrap_or(false),
        }
    }

    /// What is to be judged of a key of `sender` that was made under `roster`.
    pub fn key(&mut self, sender: Sender, roster: RosterId) -> KeyStanding {
        let sender_in_roster = self.has(roster, sender);
        KeyStanding {
            roster_known: sender_in_roster.is_some(),
            sender_in_roster: sender_in_roster.unwrap_or(false),
            sender_stayed: self.is_in(sender) && !self.was_out(sender, roster),
        }
    }

    /// What is to be done with a key that is kept.
    pub fn kept(&mut self, key: &ReceivingKey) -> KeptKey {
        let judged = self.key(key.sender(), key.roster()).judge();
        match (judged, key.is_closed()) {
            // spec: GROUP-168
            (KeyJudged::Accept, true) => KeptKey::AskForNew,
            (KeyJudged::Reject(Rejection::LostAccess | Rejection::NotInRoster), false) => KeptKey::Close,
            // it was known when the key was accepted; who is out is out without it
            (KeyJudged::Park, false) if !self.is_in(key.sender()) => KeptKey::Close,
            _ => KeptKey::Keep,
        }
    }

    /// Whether the own key, made under `roster`, may not seal under the present one: exactly then the others refuse what
    /// it seals.
    pub fn must_renew(&mut self, roster: RosterId) -> bool {
        // spec: GROUP-105, GROUP-167
        self.loss(roster, self.present()).is_none_or(|loss| !loss.is_empty())
    }

    fn is_in(&self, Sender { account, device }: Sender) -> bool {
        self.roster.state().has_device(&account, device)
    }

    /// Whether the sender is in the roster; none if that isn't known.
    fn has(&mut self, id: RosterId, sender: Sender) -> Option<bool> {
        if id == self.present() {
            return Some(self.is_in(sender));
        }
        let heads = self.older.get(&id)?;
        if !self.states.contains_key(&id) {
            make_room(&mut self.states);
            self.states.insert(id, self.roster.state_at(heads));
        }
        let state = self.states.get(&id)?.as_ref()?;
        Some(state.has_device(&sender.account, sender.device))
    }

    /// What was lost between two rosters; none if one isn't known. The one function for sender and receivers.
    fn loss(&mut self, from: RosterId, to: RosterId) -> Option<&Loss> {
        // spec: GROUP-167
        if from == to && to == self.present() {
            // as mostly, and then nothing has to be judged
            return Some(&NO_LOSS);
        }
        if !self.losses.contains_key(&(from, to)) {
            let loss = self.roster.loss_between(self.heads(&from)?, self.heads(&to)?);
            make_room(&mut self.losses);
            self.losses.insert((from, to), loss);
        }
        self.losses.get(&(from, to))?.as_ref()
    }

    /// Whether the sender, who is in now, was out at any time since the roster `from`, or may have been.
    fn was_out(&mut self, Sender { account, device }: Sender, from: RosterId) -> bool {
        // spec: GROUP-165
        let Some(loss) = self.loss(from, self.present()) else { return true };
        loss.accounts.contains(&account) || loss.devices.contains(&(account, device))
    }
}

#[cfg(test)]
impl KnownRosters<'_> {
    pub(crate) fn remembered(&self) -> usize {
        self.states.len() + self.losses.len()
    }
}

/// Whether somebody lost access. That an admin asked for new keys takes it from nobody.
fn takes_access(Loss { accounts, devices, rekey: _ }: &Loss) -> bool {
    !accounts.is_empty() || !devices.is_empty()
}

fn make_room<K: Ord, V>(remembered: &mut BTreeMap<K, V>) {
    if remembered.len() >= REMEMBERED {
        remembered.clear();
    }
}
