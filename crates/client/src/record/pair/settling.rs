//! What becomes of the sessions with a device as messages come in them, or don't.

use entrenous_identity::{Day, HandshakeHash};

use super::{Pair, SessionEntry, entry::LATE_MESSAGES};
use crate::record::Times;

/// What an opened message has changed of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Settled {
    Nothing,
    /// What is known of the sessions.
    Entries,
    /// Which session is sent in, or how long others receive, or what they may keep.
    Places,
}

impl Pair {
    /// A message was opened in the session of `hash`: the peer has it, and it may be the better one to send in.
    pub(crate) fn settle(&mut self, hash: &HandshakeHash, confirmed: bool, today: Day) -> Settled {
        let Some(at) = self.sessions.iter().position(|entry| entry.hash == *hash) else {
            return Settled::Nothing;
        };
        let Some(opened) = self.sessions.get_mut(at) else { return Settled::Nothing };
        let news = !opened.answered || (confirmed && !opened.confirmed) || at > 0;
        if !opened.answered {
            self.in_vain = 0;
            // an answer in another session says nothing of the active one, which has had no more time for its own
            // spec: CLIENT-130
            match at {
                0 => self.attempts = Times::default(),
                _ => self.attempts.keep_newest(),
            }
        }
        opened.answered = true;
        opened.confirmed |= confirmed;
        opened.received += u32::from(at > 0);
        let opened = *opened;
        if opened.confirmed {
            self.confirmed_counter = self.confirmed_counter.max(opened.counter.get());
        }
        let elsewhere = self.heard.replace(*hash) != Some(*hash);
        let heard = self.hear(at == 0, confirmed);
        let mut settled = if news || elsewhere || heard { Settled::Entries } else { Settled::Nothing };
        // spec: RATCHET-40
        if at > 0 && self.active().is_some_and(|active| opened.is_preferred_to(active)) {
            self.promote(at, today);
            settled = Settled::Places;
        } else if at > 0 && opened.received >= LATE_MESSAGES && !self.waits {
            // the peer had the active session, and goes on in another one: it has lost it
            // spec: CLIENT-101
            if self.active().is_some_and(|active| active.answered && active.restored == opened.restored) {
                self.wait_for_a_new_session(*hash);
                settled = Settled::Places;
            }
        }
        let grows = at == 0 && confirmed;
        if self.run_times(today) || (grows && self.shares_room()) { Settled::Places } else { settled }
    }

    /// Makes a session that only receives the active one.
    fn promote(&mut self, at: usize, today: Day) {
        self.sessions.swap(0, at);
        if let Some(active) = self.sessions.first_mut()
            && self.lives_in == Some(active.hash)
        {
            active.heals |= self.waits;
            (self.lives_in, self.waits) = (None, false);
        }
        self.leave_all_but_the_first(today);
    }

    pub(super) fn leave_all_but_the_first(&mut self, today: Day) {
        let Some((active, others)) = self.sessions.split_first_mut() else { return };
        (active.left, active.lapsed, active.retired, active.received) = (None, false, None, 0);
        for entry in others.iter_mut().filter(|entry| !entry.lapsed) {
            entry.left = entry.left.or(Some(today));
        }
    }

    /// Whether a session that only receives may have former chains, of whose room the active one takes some with each
    /// new chain.
    // spec: RATCHET-59
    fn shares_room(&self) -> bool {
        self.sessions.iter().skip(1).any(|entry| entry.confirmed)
    }

    /// Begins the time of sessions in which the peer sends no more: it has read a message of ours in the active one,
    /// which it prefers to them. Before that it may still come to one of them. Tells whether anything has changed.
    // spec: CLIENT-32
    fn run_times(&mut self, today: Day) -> bool {
        let Some((active, others)) = self.sessions.split_first_mut() else { return false };
        if !active.confirmed || self.waits {
            return false;
        }
        let mut begun = self.lives_in.take().is_some();
        for entry in
            others.iter_mut().filter(|entry| entry.retired.is_none() && entry.order() < active.order())
        {
            (entry.retired, entry.received, begun) = (Some(today), 0, true);
        }
        begun
    }

    /// Whether a session receives no more: it has only received for its time. Where the peer was heard in it last it
    /// goes on, since the peer may not have the active one.
    // spec: CLIENT-32
    pub(crate) fn is_over(&self, entry: &SessionEntry, today: Day) -> bool {
        entry.has_run_out(today) && ![self.heard, self.lives_in].contains(&Some(entry.hash))
    }

    /// Does what is due about the sessions today; takes out those that have received for long enough.
    pub(crate) fn take_over(&mut self, today: Day) -> Vec<SessionEntry> {
        if let Some(heard) = self.heard
            && let Some(entry) = self.sessions.iter_mut().find(|entry| entry.hash == heard)
            && entry.has_run_out(today)
        {
            // spec: CLIENT-101
            entry.retired = None;
            self.wait_for_a_new_session(heard);
        }
        self.sessions.iter_mut().for_each(|entry| entry.lapse(today));
        let kept = [self.heard, self.lives_in];
        let is_over =
            |entry: &mut SessionEntry| entry.has_run_out(today) && !kept.contains(&Some(entry.hash));
        self.sessions.extract_if(.., is_over).collect()
    }
}
