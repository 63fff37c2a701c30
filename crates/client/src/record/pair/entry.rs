//! One session of a pair of devices.

use core::{cmp::Reverse, num::NonZeroU64};

use entrenous_identity::{Day, HandshakeHash, Transcript};

use crate::status::Handshake;

/// A session only receives for so many days once the peer sends in it no more; and what was sealed in one that is not
/// the active one counts as lost after as many.
const RECEIVE_ONLY_DAYS: u32 = 7;
/// Messages that may come in a session in which we don't send any more. More show that the peer goes on in it, since
/// it has not the one that came after it.
pub(super) const LATE_MESSAGES: u32 = 32;

/// One session of a pair of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionEntry {
    /// Names its records.
    pub(crate) hash: HandshakeHash,
    pub(crate) transcript: Transcript,
    pub(crate) counter: NonZeroU64,
    pub(crate) handshake: Handshake,
    pub(crate) one_time_prekey: bool,
    /// Whether the peer is known to have it: it began it, or has answered in it.
    pub(crate) answered: bool,
    /// Whether the peer is known to have read a message of ours in it.
    pub(crate) confirmed: bool,
    /// Since when it is not the active one; none for the active one, and once that was long ago.
    pub(crate) left: Option<Day>,
    /// Whether what was sealed in it counts as lost.
    pub(crate) lapsed: bool,
    /// Since when its time runs out, if it does.
    pub(crate) retired: Option<Day>,
    /// Messages received since it is not the active one, or since its time began.
    pub(crate) received: u32,
    /// Whether the peer had lost what was before it: nothing that was sealed earlier counts as sent.
    pub(crate) heals: bool,
    /// How often the store had been restored when it was begun. In one of before the last time nothing is sealed.
    pub(crate) restored: u32,
    /// Epoch of our list in the handshake, if we began it; else 0.
    pub(crate) own_list_epoch: u32,
}

impl SessionEntry {
    /// Whether its time has run out.
    pub(super) fn has_run_out(&self, today: Day) -> bool {
        is_due(self.retired, today)
    }

    /// What was sealed in it a while ago, and is not proved yet, counts as lost from now on, if it is time.
    pub(super) fn lapse(&mut self, today: Day) {
        if is_due(self.left, today) {
            (self.left, self.lapsed) = (None, true);
        }
    }

    /// The day on which something has to be done about it, if any.
    pub(crate) fn next_day(&self) -> Option<Day> {
        let days = [self.left, self.retired].into_iter().flatten().map(last_day);
        days.min()
    }

    /// Whether what was sealed in others may be lost.
    pub(crate) fn starts_anew(&self) -> bool {
        self.heals || self.handshake == Handshake::Reset
    }

    /// The order in which both sides prefer sessions that both have.
    pub(super) fn order(&self) -> (u32, NonZeroU64, Reverse<Transcript>) {
        (self.restored, self.counter, Reverse(self.transcript))
    }

    /// Whether to send in this session rather than in the `active` one. One that was begun after the store was
    /// restored goes before those of earlier. A session that the peer is known to have
    /// goes before one that it may never come to know; among those the higher counter, and of two that crossed
    /// the lower T: so both sides come to the same.
    pub(super) fn is_preferred_to(&self, active: &Self) -> bool {
        // what is under way in the session that is being replaced says nothing; that the peer goes on in it does
        // spec: CLIENT-85
        let replaces = active.handshake != Handshake::Fresh && active.counter > self.counter;
        if replaces && active.restored == self.restored && self.received < LATE_MESSAGES {
            return false;
        }
        let rank = |entry: &Self| (entry.restored, entry.answered, entry.counter, Reverse(entry.transcript));
        self.answered && rank(self) > rank(active)
    }
}

fn last_day(since: Day) -> Day {
    Day(since.0.saturating_add(RECEIVE_ONLY_DAYS))
}

fn is_due(since: Option<Day>, today: Day) -> bool {
    since.is_some_and(|since| last_day(since) <= today)
}
