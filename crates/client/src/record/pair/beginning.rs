//! What becomes of the sessions with a device when another one begins.

use core::num::NonZeroU64;

use entrenous_identity::{Timestamp, Transcript};

use super::{ACCEPTED, ATTEMPTS, MAX_HANDSHAKES, MAX_RECEIVE_ONLY, Pair, PastHandshake, SessionEntry};
use crate::status::Handshake;

const DAY_MS: u64 = 86_400_000;
/// Time without an answer after which another session is begun.
const PATIENCE_MS: u64 = 3 * DAY_MS;
/// How often it doubles: up to 24 days.
const MAX_DOUBLINGS: usize = 3;

impl Pair {
    /// Enters a session that we began, or one whose first message was just opened; gives those that have to go.
    pub(crate) fn add(&mut self, mut new: SessionEntry, by_us: bool, now: Timestamp) -> Vec<SessionEntry> {
        let late = !by_us && self.is_late(&new);
        let behind = late && self.is_behind(&new);
        new.heals = self.waits;
        // spec: RATCHET-40
        let first = match self.sessions.first() {
            // spec: CLIENT-100
            Some(_) if late => false,
            Some(active) => {
                // spec: CLIENT-83
                (new.restored, new.counter) > (active.restored, active.counter) || new.is_preferred_to(active)
            }
            None => true,
        };
        if behind {
            self.wait_for_a_new_session(new.hash);
        } else if new.counter.get() > self.highest_counter {
            (self.waits, self.forked) = (false, false);
        }
        self.trust_again(by_us, now.day());
        self.sessions.insert(usize::from(!first), new);
        self.leave_all_but_the_first(now.day());
        self.highest_counter = self.highest_counter.max(new.counter.get());
        let handshake = PastHandshake { counter: new.counter, by_us, transcript: new.transcript };
        self.handshakes.insert(0, handshake);
        self.handshakes.truncate(MAX_HANDSHAKES);
        match by_us {
            true => {
                self.attempts.add(&ATTEMPTS, now);
                self.in_vain += u32::from(new.handshake == Handshake::Continued);
            }
            false => {
                self.in_vain = 0;
                self.accepted.add(&ACCEPTED, now);
                self.heard = Some(new.hash);
            }
        }
        self.drop_those_beyond_the_bound()
    }

    /// Whether a handshake of the peer comes too late to be the one to go on with. Two that crossed don't: they have
    /// equal counters, and the peer had read nothing of ours in a session with that counter or a higher one.
    // spec: CLIENT-100
    fn is_late(&self, new: &SessionEntry) -> bool {
        let ours = |past: &PastHandshake| past.by_us && past.counter == new.counter;
        let beyond = |past: &PastHandshake| !past.by_us && past.counter > new.counter;
        let crossed =
            !self.is_behind(new) && self.handshakes.iter().any(ours) && !self.handshakes.iter().any(beyond);
        new.counter.get() <= self.highest_counter
            && !crossed
            && self.active().is_some_and(|active| active.restored == new.restored)
    }

    /// Whether the peer has made a handshake with a counter that it knew to be used: it has lost what it knew.
    fn is_behind(&self, new: &SessionEntry) -> bool {
        new.counter.get() <= self.confirmed_counter
            || self.counter_was_used(new.counter, false, &new.transcript)
    }

    /// Takes out those of the sessions that only receive for which there is no room: those that both sides prefer least,
    /// but never one in which the peer sends, as far as we have heard.
    // spec: RATCHET-41, CLIENT-87, CLIENT-102
    fn drop_those_beyond_the_bound(&mut self) -> Vec<SessionEntry> {
        let mut dropped = Vec::new();
        while self.sessions.len() > MAX_RECEIVE_ONLY + 1 {
            let Some(least) = self.least_preferred() else { break };
            dropped.push(self.sessions.remove(least));
        }
        dropped
    }

    fn least_preferred(&self) -> Option<usize> {
        let kept = [self.heard, self.lives_in];
        let others = self.sessions.iter().enumerate().skip(1);
        let others = others.filter(|(_, entry)| !kept.contains(&Some(entry.hash)));
        others.min_by_key(|(_, entry)| entry.order()).map(|(at, _)| at)
    }

    /// Whether we may begin a further session though there is no answer in the last one. Where one has to go for it,
    /// that is one which has not been the active one for a day: an answer in it may be under way.
    // spec: CLIENT-104
    pub(crate) fn may_try_again(&self, now: Timestamp) -> bool {
        let least = self.least_preferred().and_then(|at| self.sessions.get(at));
        let makes_place =
            |entry: &SessionEntry| entry.lapsed || entry.left.is_some_and(|since| since < now.day());
        self.attempts.allow(&ATTEMPTS, now)
            && (self.sessions.len() <= MAX_RECEIVE_ONLY || least.is_some_and(makes_place))
    }

    /// Whether there has been no answer in the active session for so long that another one is to be begun, each time
    /// after twice as long: the peer may be away, and then it is no use.
    // spec: CLIENT-130
    pub(crate) fn has_waited_long(&self, now: Timestamp) -> bool {
        let Some(last) = self.attempts.newest() else { return true };
        let doublings = self.attempts.len().saturating_sub(1).min(MAX_DOUBLINGS);
        let wait_ms = PATIENCE_MS << doublings;
        // a clock that was wrong must not make it wait for years
        let ahead = last.as_ms().saturating_sub(now.as_ms());
        ahead > DAY_MS || now.as_ms().saturating_sub(last.as_ms()) >= wait_ms
    }

    /// Whether another handshake of the same side had this counter: one of the two comes from a copy of it.
    pub(crate) fn counter_was_used(&self, counter: NonZeroU64, by_us: bool, transcript: &Transcript) -> bool {
        let same = |past: &&PastHandshake| past.counter == counter && past.by_us == by_us;
        self.handshakes.iter().filter(same).any(|past| past.transcript != *transcript)
    }
}
