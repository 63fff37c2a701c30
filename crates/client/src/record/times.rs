//! When something happened, by which it is limited.

use entrenous_identity::Timestamp;

use super::arrays;
use crate::Error;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// How often something may happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) in_an_hour: usize,
    pub(crate) in_a_day: usize,
}

/// The times, newest first, as many as the limit needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times(Vec<Timestamp>);

impl Times {
    /// Whether it may happen now. A time in the future is of a clock that was wrong, and doesn't count: it would
    /// forbid everything until it comes.
    // spec: CLIENT-106
    pub(crate) fn allow(&self, limit: &Limit, now: Timestamp) -> bool {
        let within = |ms: u64| {
            let ages = self.0.iter().filter_map(|then| now.as_ms().checked_sub(then.as_ms()));
            ages.filter(|age| *age < ms).count()
        };
        within(HOUR_MS) < limit.in_an_hour && within(DAY_MS) < limit.in_a_day
    }

    /// When it happened last.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.0.first().copied()
    }

    /// How often it has happened, as far as the limit needs to know.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets all times but the last.
    pub(crate) fn keep_newest(&mut self) {
        self.0.truncate(1);
    }

    /// It happens now.
    pub(crate) fn add(&mut self, limit: &Limit, now: Timestamp) {
        self.0.retain(|then| *then <= now);
        self.0.insert(0, now);
        self.0.truncate(limit.in_a_day);
    }

    /// Milliseconds, 8 bytes each.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|at| at.as_ms().to_be_bytes()).collect()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self(arrays(bytes)?.iter().map(|ms| Timestamp::from_ms(u64::from_be_bytes(*ms))).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { in_an_hour: 1, in_a_day: 3 };

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_ms(1_700_000_000_000 + ms)
    }

    #[test]
    fn so_many_in_an_hour_and_in_a_day() {
        let mut times = Times::default();
        let mut allowed = 0;
        for quarter in 0..4 * 24 {
            let now = at(quarter * HOUR_MS / 4);
            if times.allow(&LIMIT, now) {
                times.add(&LIMIT, now);
                allowed += 1;
            }
        }
        assert_eq!(allowed, 3);
        assert!(!times.allow(&LIMIT, at(DAY_MS - 1)));
        assert!(times.allow(&LIMIT, at(DAY_MS)));
        assert_eq!(Times::from_bytes(&times.to_bytes()), Ok(times));
    }

    // spec: CLIENT-106
    #[test]
    fn a_clock_that_was_ahead_once_forbids_nothing() {
        let mut times = Times::default();
        for year in 1..=3 {
            times.add(&LIMIT, at(year * 365 * DAY_MS));
        }
        assert!(times.allow(&LIMIT, at(0)));
        times.add(&LIMIT, at(0));
        assert!(!times.allow(&LIMIT, at(HOUR_MS - 1)));
        assert!(times.allow(&LIMIT, at(HOUR_MS)));
    }
}
