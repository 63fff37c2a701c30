//! When the session with a device is not to be relied on, though nothing says that it was lost: the two ends may have
//! states that don't go together, since one was restored from an older one.
//!
//! What shows it for certain makes messages wait for a new session. What only hints at it, and that anybody could
//! cause who repeats envelopes, holds up nothing: another session may be begun beside the present one.

use entrenous_identity::{Day, HandshakeHash, Timestamp};

use super::{Pair, RESETS};

/// Envelopes of the device that were of a session and could not be opened, after which another session may be begun:
/// more than the one or two that a transport now and then delivers twice, and few enough that hardly anybody waits.
const REFUSED: u32 = 3;
/// Days without a word of a device that was written to, after which another session may be begun: it may be away.
const SILENT_DAYS: u32 = 7;

impl Pair {
    /// Two states of the device have written in the session of `hash`. Tells whether a new session is needed because
    /// of it: only of the active one, since such messages can be brought again when another has taken its place.
    // spec: CLIENT-140
    pub(crate) fn fork(&mut self, hash: &HandshakeHash) -> bool {
        if self.waits || self.active().is_none_or(|active| active.hash != *hash) {
            return false;
        }
        self.wait_for_a_new_session(*hash);
        self.forked = true;
        true
    }

    /// Whether the next session can't go on from any that there is, since both sides may not have the same of it.
    pub(crate) fn is_forked(&self) -> bool {
        self.waits && self.forked
    }

    /// An envelope of one of the sessions could not be opened. Tells whether that has to be written down: no more often
    /// than it matters, since it can be brought again and again.
    // spec: CLIENT-142
    pub(crate) fn refuse(&mut self) -> bool {
        let counts = self.refused < REFUSED && self.active().is_some();
        self.refused += u32::from(counts);
        counts
    }

    /// A message was opened, and it was in the active session if `in_active`. Tells whether anything has changed.
    pub(super) fn hear(&mut self, in_active: bool, today: Day) -> bool {
        let before = (self.refused, self.doubted, self.heard_on);
        if in_active {
            (self.refused, self.doubted) = (0, None);
        }
        self.heard_on = Some(today);
        before != (self.refused, self.doubted, self.heard_on)
    }

    /// A message was sealed for the device. Tells whether that has to be written down.
    // spec: CLIENT-143
    pub(crate) fn ask(&mut self, today: Day) -> bool {
        let asks = self.asked.is_none_or(|asked| self.heard_on.is_some_and(|heard| asked < heard));
        if asks {
            self.asked = Some(today);
        }
        asks
    }

    /// A session has begun, and what was held against those before says nothing of it.
    pub(super) fn trust_again(&mut self, by_us: bool, today: Day) {
        self.doubted = (by_us && (self.refused > 0 || self.doubted.is_some())).then_some(today);
        (self.refused, self.asked) = (0, None);
        if !by_us {
            self.heard_on = Some(today);
        }
    }

    /// Whether another session may be begun though there is one: once a day when envelopes were refused, or when
    /// the device was not heard since it was written to.
    // spec: CLIENT-142, CLIENT-143
    pub(crate) fn is_doubted(&self, today: Day) -> bool {
        let refused = match self.doubted {
            None => self.refused >= REFUSED,
            Some(doubted) => self.refused > 0 && doubted < today,
        };
        let silent = self.asked.is_some_and(|asked| {
            Day(asked.0.saturating_add(SILENT_DAYS)) <= today
                && self.heard_on.is_none_or(|heard| heard <= asked)
        });
        refused || silent
    }

    /// Whether envelopes are refused even though we have begun a session because of that, and went on from a former one:
    /// the device doesn't have what that takes.
    // spec: CLIENT-142
    pub(crate) fn refuses_again(&self) -> bool {
        self.doubted.is_some() && self.refused > 0
    }

    /// Whether the session before the active one is watched: the active one was begun because envelopes were refused, has no
    /// answer, and more that are refused show that it is of no use. They are of older chains, whose keys stay for that.
    // spec: CLIENT-142
    pub(crate) fn keeps_watch(&self) -> bool {
        self.doubted.is_some() && self.active().is_some_and(|active| !active.answered)
    }

    /// Whether a session is to be begun now: there is none to seal in, or messages that are not proved to have
    /// arrived, if any are `unproven`, may be in one that the device doesn't have.
    pub(crate) fn asks_for_session(&self, restored: u32, unproven: bool, now: Timestamp) -> bool {
        let Some(active) = self.to_seal_in(restored) else {
            // a bundle is not to be used up for what would be refused
            return !self.must_reset(restored) || self.own_resets.allow(&RESETS, now);
        };
        let tried = active.answered || self.doubted.is_some();
        tried && self.is_doubted(now.day()) && (unproven || self.refused > 0)
    }

    fn must_reset(&self, restored: u32) -> bool {
        self.active().is_some_and(|active| active.restored != restored)
            || self.is_forked()
            || (self.waits && !self.may_continue())
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZeroU64;

    use entrenous_identity::Transcript;

    use super::*;
    use crate::{engine::Stored, record::SessionEntry, status::Handshake};

    const TODAY: Day = Day(20_000);

    fn now() -> Timestamp {
        Timestamp::from_ms(u64::from(TODAY.0) * 86_400_000)
    }

    fn entry(counter: u64) -> SessionEntry {
        let byte = u8::try_from(counter).unwrap();
        SessionEntry {
            hash: HandshakeHash([byte; 32]),
            transcript: Transcript([byte; 32]),
            counter: NonZeroU64::new(counter).unwrap(),
            handshake: Handshake::Continued,
            one_time_prekey: true,
            answered: true,
            confirmed: true,
            left: None,
            lapsed: false,
            retired: None,
            received: 0,
            heals: false,
            restored: 0,
            own_list_epoch: 1,
        }
    }

    fn pair() -> Pair {
        let mut pair = Pair::default();
        pair.add(entry(1), false, now());
        pair
    }

    // spec: CLIENT-140
    #[test]
    fn only_the_active_session_is_found_to_be_forked_and_another_ends_it() {
        let mut pair = pair();
        assert!(!pair.fork(&entry(9).hash));
        assert!(pair.fork(&entry(1).hash) && pair.is_forked() && pair.to_seal_in(0).is_none());
        assert!(!pair.fork(&entry(1).hash), "it is told once");
        pair.add(entry(2), true, now());
        assert!(!pair.is_forked() && pair.to_seal_in(0).is_some());
        assert!(!pair.fork(&entry(1).hash), "what comes again says nothing of the new one");
    }

    /// A reset that may not be made now is not asked for: the bundle would be lost.
    #[test]
    fn a_session_is_asked_for_when_it_can_be_begun() {
        let mut pair = pair();
        pair.fork(&entry(1).hash);
        assert!(pair.asks_for_session(0, false, now()));
        assert!(pair.reset(true, now()));
        assert!(!pair.asks_for_session(0, false, now()));
        assert!(pair.asks_for_session(0, false, Timestamp::from_ms(now().as_ms() + 3_600_000)));
    }

    // spec: CLIENT-142
    #[test]
    fn refusals_are_counted_until_something_opens_and_no_further_than_they_matter() {
        let mut pair = pair();
        for _ in 1..REFUSED {
            assert!(pair.refuse() && !pair.is_doubted(TODAY));
        }
        assert!(pair.refuse() && pair.is_doubted(TODAY) && pair.asks_for_session(0, false, now()));
        assert!(!pair.refuse(), "nothing more to write");
        pair.hear(false, TODAY);
        assert!(pair.is_doubted(TODAY), "an older session says nothing of the active one");
        pair.hear(true, TODAY);
        assert!(!pair.is_doubted(TODAY));
    }

    // spec: CLIENT-142
    #[test]
    fn the_next_attempt_is_made_on_another_day() {
        let mut pair = pair();
        (0..REFUSED).for_each(|_| assert!(pair.refuse()));
        pair.add(entry(2), true, now());
        assert!(!pair.is_doubted(TODAY));
        pair.refuse();
        assert!(!pair.is_doubted(TODAY) && pair.is_doubted(Day(TODAY.0 + 1)));
    }

    // spec: CLIENT-143
    #[test]
    fn who_is_silent_for_a_week_after_he_was_written_to_is_doubted() {
        let mut pair = pair();
        assert!(pair.ask(TODAY) && !pair.ask(TODAY), "written once");
        let week = Day(TODAY.0 + SILENT_DAYS);
        assert!(!pair.is_doubted(Day(week.0 - 1)) && pair.is_doubted(week));
        pair.hear(true, Day(TODAY.0 + 1));
        assert!(!pair.is_doubted(week));
        assert!(pair.ask(Day(TODAY.0 + 2)), "the time begins anew");
        assert!(!pair.is_doubted(Day(week.0 + 1)) && pair.is_doubted(Day(week.0 + 2)));
    }

    #[test]
    fn all_of_it_is_read_as_it_was_written() {
        let mut pair = pair();
        pair.refuse();
        pair.add(entry(2), true, now());
        pair.refuse();
        pair.ask(TODAY);
        pair.fork(&entry(2).hash);
        assert_eq!(Pair::from_bytes(&pair.to_bytes()), Ok(pair));
    }

    #[test]
    fn who_was_not_written_to_is_never_doubted() {
        assert!(!pair().is_doubted(Day(TODAY.0 + 1_000)));
    }
}
