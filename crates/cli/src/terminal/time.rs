//! Times, in UTC whatever the machine's time zone is, so that two people who compare notes see the same.

/// `2026-11-24 02:10:05 UTC`, for people. `ms` are milliseconds since 1970.
pub fn clock(ms: u64) -> String {
    let Utc { year, month, day, hour, minute, second, .. } = Utc::of(ms);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// `2026-11-24T02:10:05.123Z` (RFC 3339), for programs. `ms` are milliseconds since 1970.
pub fn rfc3339(ms: u64) -> String {
    let Utc { year, month, day, hour, minute, second, milli } = Utc::of(ms);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

#[derive(Debug)]
struct Utc {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    milli: u64,
}

impl Utc {
    fn of(ms: u64) -> Self {
        let (seconds, milli) = (ms / 1000, ms % 1000);
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        // Count from 1 March of the year 0, 719,468 days before 1970: so the leap day is a year's last. An era is
        // 400 years, of 146,097 days.
        let days = days + 719_468;
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        // months from March have 31, 30, 31, 30, 31 days again and again: 153 in five
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (month, after) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        Self {
            year: era * 400 + year + after,
            month,
            day,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            milli,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        let known = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (1_709_210_096_789, "2024-02-29T12:34:56.789Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ];
        for (ms, text) in known {
            assert_eq!(rfc3339(ms), text);
        }
        assert_eq!(clock(1_709_210_096_789), "2024-02-29 12:34:56 UTC");
        // whatever a peer claims
        assert!(rfc3339(u64::MAX).ends_with('Z'));
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let leap =
            |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let length = |year, month| match month {
            2 if leap(year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for count in 0..200_000_u64 {
            let utc = Utc::of(count * 86_400_000);
            assert_eq!((utc.year, utc.month, utc.day), (year, month, day));
            day += 1;
            if day > length(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }
}
