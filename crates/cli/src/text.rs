//! How numbers and bytes are written for people.

use std::fmt::Write as _;

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The same for what has a length in memory.
pub(crate) fn grouped_len(len: usize) -> String {
    grouped(len_of(len))
}

/// A length as a number to count with.
pub(crate) fn len_of(len: usize) -> u64 {
    // lossless: no machine has longer lengths
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// `1 message`, `2 messages`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// Bytes in lowercase hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // writing to a string can't fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The first `count` bytes in hexadecimal, and an ellipsis if there are more.
pub(crate) fn hex_start(bytes: &[u8], count: usize) -> String {
    let mut text = String::new();
    for byte in bytes.iter().take(count) {
        // writing to a string can't fail
        let _ = write!(text, "{byte:02x} ");
    }
    text.push_str(if bytes.len() > count { "…" } else { "" });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let known = [(0, "0"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_000_000, "1,000,000")];
        for (number, text) in known {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(
            [counted(0, "line"), counted(1, "line"), counted(2, "line")],
            ["0 lines", "1 line", "2 lines"]
        );
    }

    #[test]
    fn hex_says_when_there_is_more() {
        assert_eq!(hex_start(&[1, 0xab, 3], 2), "01 ab …");
        assert_eq!(hex_start(&[1], 2), "01 ");
    }
}
