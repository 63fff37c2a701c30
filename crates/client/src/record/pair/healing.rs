//! When the session with a device is not to be relied on, though nothing says that it was lost: the two ends may have
//! states that don't go together, since one was restored from an older one.
//!
//! What shows it for certain makes messages wait for a new session. What only hints at it, and that somebody could
//! cause who keeps envelopes, holds up nothing: another session may be begun beside the present one, once a day.

use entrenous_identity::{Day, HandshakeHash, Timestamp};

use super::Pair;

/// Different envelopes of the device that were of a session and could not be opened, after which another session may be
/// begun: more than an accident leaves, and few enough that hardly anybody waits.
const REFUSED: usize = 3;
/// Days without a word of a device that was written to, after which another session may be begun: it may be away.
const SILENT_DAYS: u32 = 7;
/// A time that was drawn is further ahead only if a clock was wrong.
const DAY_MS: u64 = 86_400_000;

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

    /// An envelope of one of the sessions could not be opened; `header` is of what is authentic of it, so that its
    /// repetitions count for nothing. Tells whether that has to be written down: no more often than it matters.
    // spec: CLIENT-142
    pub(crate) fn refuse(&mut self, header: u64, today: Day) -> bool {
        let counts = self.active().is_some()
            && self.refused.len() < REFUSED
            // the session of today has had no time to be heard of
            && self.doubted != Some(today)
            && !self.refused.contains(&header);
        if counts {
            self.refused.push(header);
        }
        counts
    }

    /// Whether the time from which a session may be begun because of refusals is to be drawn.
    pub(crate) fn lacks_due(&self) -> bool {
        self.refused.len() >= REFUSED && self.doubt_due.is_none()
    }

    /// Nothing is begun because of refusals before `due`: who causes them is not to learn when this device is online.
    // spec: CLIENT-142
    pub(crate) fn doubt_from(&mut self, due: Timestamp) {
        self.doubt_due = Some(due);
    }

    /// A message was opened, in the active session if `in_active`, and it shows that the device has read one of ours if
    /// `answers`: one that was only late says nothing of what it was written. Tells whether anything has changed.
    pub(super) fn hear(&mut self, in_active: bool, answers: bool) -> bool {
        let mut changed = answers && self.asked.take().is_some();
        if in_active {
            changed |= !self.refused.is_empty() || self.is_in_doubt();
            self.refused.clear();
            self.doubt_due = None;
            self.doubt_answered = self.doubted.is_some();
        }
        changed
    }

    /// A message was sealed for the device. Tells whether that has to be written down.
    // spec: CLIENT-143
    pub(crate) fn ask(&mut self, today: Day) -> bool {
        let asks = self.asked.is_none();
        self.asked = self.asked.or(Some(today));
        asks
    }

    /// A session has begun, and what was held against those before says nothing of it.
    pub(super) fn trust_again(&mut self, by_us: bool, today: Day) {
        if !by_us {
            self.doubt_answered = self.doubted.is_some();
        } else if self.refused.len() >= REFUSED || self.is_silent(today) {
            (self.doubted, self.doubt_answered) = (Some(today), false);
        }
        self.refused.clear();
        (self.doubt_due, self.asked) = (None, None);
    }

    /// Whether another session may be begun though there is one.
    // spec: CLIENT-142, CLIENT-143
    pub(crate) fn is_doubted(&self, now: Timestamp) -> bool {
        self.is_refused(now) || self.is_silent(now.day())
    }

    /// Whether the application is to be told to begin one, which it is for silence if any messages are `unproven`.
    // spec: CLIENT-142, CLIENT-143
    pub(crate) fn is_to_be_replaced(&self, unproven: bool, now: Timestamp) -> bool {
        let answered = self.active().is_some_and(|active| active.answered);
        let refused = (answered || self.is_in_doubt()) && self.is_refused(now);
        refused || (answered && unproven && self.is_silent(now.day()))
    }

    /// Whether enough envelopes were refused, and the time that was drawn then has come.
    fn is_refused(&self, now: Timestamp) -> bool {
        // spec: CLIENT-106
        let is_due = |due: Timestamp| due <= now || due.as_ms().saturating_sub(now.as_ms()) > DAY_MS;
        self.refused.len() >= REFUSED && self.doubt_due.is_some_and(is_due)
    }

    /// Whether the device was written to on an earlier day, and has not answered since.
    // spec: CLIENT-130
    pub(crate) fn waits_since_before(&self, today: Day) -> bool {
        self.asked.is_some_and(|asked| asked < today)
    }

    fn is_silent(&self, today: Day) -> bool {
        self.asked.is_some_and(|asked| Day(asked.0.saturating_add(SILENT_DAYS)) <= today)
    }

    /// Whether the last session that was begun because of refusals or silence has no answer.
    fn is_in_doubt(&self) -> bool {
        self.doubted.is_some() && !self.doubt_answered
    }

    /// Whether as many envelopes are refused on a later day even though we have begun a session in doubt, and went on
    /// from a former one: the device doesn't have what that takes.
    // spec: CLIENT-142
    pub(crate) fn refuses_again(&self, now: Timestamp) -> bool {
        self.is_in_doubt() && self.is_refused(now)
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZeroU64;

    use entrenous_identity::Transcript;

    use super::*;
    use crate::{engine::Stored, record::SessionEntry, status::Handshake};

    const TODAY: Day = Day(20_000);

    fn at(day: Day) -> Timestamp {
        Timestamp::from_ms(u64::from(day.0) * DAY_MS)
    }

    fn now() -> Timestamp {
        at(TODAY)
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

    fn refuse_enough(pair: &mut Pair, today: Day) {
        (0..3).for_each(|header| assert!(pair.refuse(header, today)));
        assert!(pair.lacks_due());
        pair.doubt_from(at(today));
    }

    // spec: CLIENT-142
    #[test]
    fn refusals_are_counted_until_something_opens_and_no_further_than_they_matter() {
        let mut pair = pair();
        for header in 0..2 {
            assert!(pair.refuse(header, TODAY) && !pair.lacks_due());
            assert!(!pair.refuse(header, TODAY), "the same again");
        }
        assert!(pair.refuse(2, TODAY) && pair.lacks_due() && !pair.is_doubted(now()));
        assert!(!pair.refuse(3, TODAY), "nothing more to write");
        pair.doubt_from(now());
        assert!(pair.is_doubted(now()) && pair.is_to_be_replaced(false, now()));
        pair.hear(false, true);
        assert!(pair.is_doubted(now()), "an older session says nothing of the active one");
        assert!(pair.hear(true, true) && !pair.is_doubted(now()));
    }

    /// The device is one session behind.
    // spec: CLIENT-130
    #[test]
    fn an_answer_in_the_session_before_says_nothing_of_the_active_one() {
        let mut pair = pair();
        for counter in [2, 3] {
            pair.add(SessionEntry { answered: false, ..entry(counter) }, true, now());
        }
        pair.settle(&entry(2).hash, true, TODAY);
        assert_eq!(pair.active().map(|active| active.counter.get()), Some(3));
        assert!(!pair.has_waited_long(at(Day(TODAY.0 + 2))) && pair.has_waited_long(at(Day(TODAY.0 + 3))));
        pair.settle(&entry(3).hash, true, TODAY);
        assert!(pair.has_waited_long(now()), "nothing is waited for");
    }

    /// Nothing happens at once, and a clock that was wrong holds up nothing.
    // spec: CLIENT-106, CLIENT-142
    #[test]
    fn the_time_that_was_drawn_is_waited_for() {
        let mut pair = pair();
        (0..3).for_each(|header| assert!(pair.refuse(header, TODAY)));
        let after = |ms: u64| Timestamp::from_ms(now().as_ms() + ms);
        pair.doubt_from(after(60_000));
        assert!(!pair.is_doubted(after(59_999)) && pair.is_doubted(after(60_000)));
        pair.doubt_from(after(2 * DAY_MS));
        assert!(pair.is_doubted(now()));
    }

    /// With an answer in between and without.
    // spec: CLIENT-142
    #[test]
    fn the_next_attempt_takes_as_much_on_another_day() {
        for answered in [true, false] {
            let mut pair = pair();
            refuse_enough(&mut pair, TODAY);
            pair.add(SessionEntry { answered: false, ..entry(2) }, true, now());
            assert!(!pair.is_doubted(now()));
            if answered {
                pair.settle(&entry(2).hash, true, TODAY);
            }
            assert!((0..9).all(|header| !pair.refuse(header, TODAY)), "nothing counts today");
            let tomorrow = Day(TODAY.0 + 1);
            assert!(pair.refuse(1, tomorrow) && pair.refuse(2, tomorrow));
            assert!(!pair.lacks_due() && !pair.refuses_again(at(tomorrow)));
            assert!(pair.refuse(3, tomorrow));
            pair.doubt_from(at(tomorrow));
            assert!(pair.is_to_be_replaced(false, at(tomorrow)));
            assert_eq!(pair.refuses_again(at(tomorrow)), !answered);
        }
    }

    // spec: CLIENT-143
    #[test]
    fn who_gives_no_answer_for_a_week_after_he_was_written_to_is_doubted() {
        let mut pair = pair();
        assert!(pair.ask(TODAY) && !pair.ask(TODAY), "written once");
        let after = |days: u32| at(Day(TODAY.0 + days));
        assert!(!pair.is_doubted(after(6)) && pair.is_doubted(after(7)));
        assert!(!pair.is_to_be_replaced(false, after(7)) && pair.is_to_be_replaced(true, after(7)));
        assert!(!pair.hear(true, false) && pair.is_doubted(after(7)), "what was only late is no answer");
        assert!(pair.hear(false, true) && !pair.hear(true, true), "it answers, on the same day");
        assert!(!pair.is_doubted(after(7)));
        assert!(pair.ask(Day(TODAY.0 + 2)), "the time begins anew");
        assert!(!pair.is_doubted(after(8)) && pair.is_doubted(after(9)));
    }

    #[test]
    fn all_of_it_is_read_as_it_was_written() {
        let mut pair = pair();
        refuse_enough(&mut pair, TODAY);
        assert_eq!(Pair::from_bytes(&pair.to_bytes()), Ok(pair.clone()));
        pair.add(entry(2), true, now());
        pair.refuse(1, Day(TODAY.0 + 1));
        pair.ask(TODAY);
        pair.fork(&entry(2).hash);
        assert_eq!(Pair::from_bytes(&pair.to_bytes()), Ok(pair.clone()));
        pair.hear(true, true);
        assert_eq!(Pair::from_bytes(&pair.to_bytes()), Ok(pair));
    }

    #[test]
    fn who_was_not_written_to_is_never_doubted() {
        assert!(!pair().is_doubted(at(Day(TODAY.0 + 1_000))));
    }
}
