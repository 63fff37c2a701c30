//! Time as an argument: the core never reads a clock.

/// Milliseconds since 1970-01-01 00:00 UTC, as the caller's clock has it. Clocks may jump both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The largest that a frame can carry: 2^48 - 1 ms, in the year 10889.
    pub const MAX: Self = Self((1 << 48) - 1);

    /// A time of `ms` milliseconds, at most [`Timestamp::MAX`].
    pub fn from_ms(ms: u64) -> Self {
        Self(ms.min(Self::MAX.0))
    }

    /// The milliseconds, below 2^48.
    pub fn as_ms(self) -> u64 {
        self.0
    }

    /// The day that this is part of.
    pub fn day(self) -> Day {
        // 2^48 ms are about 3.3 million days
        Day(u32::try_from(self.0 / 86_400_000).unwrap_or(u32::MAX))
    }
}

/// Days since 1970-01-01 UTC. Dates on the wire are no finer, so that they tell little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u32);

impl Day {
    /// The day `days` later, or the last one there is.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: WIRE-30
    #[test]
    fn times_end_with_48_bits() {
        assert_eq!(Timestamp::from_ms(u64::MAX).as_ms(), 281_474_976_710_655);
        assert_eq!(Timestamp::MAX.day(), Day(3_257_812));
        assert_eq!(Timestamp::from_ms(86_399_999).day(), Day(0));
    }
}
