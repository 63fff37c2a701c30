//! How people, accounts and devices are named.

use std::{error::Error, fmt, str::FromStr};

use entrenous::{AccountId, DeviceId, GroupId};

use crate::terminal::visible;

/// The longest name, in characters.
const MAX_NAME: usize = 64;

/// A contact's name, which only this account knows: 1 to 64 characters that can all be seen, no space at either
/// end, and no hyphen at the start, where it would be an option.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContactName(String);

impl ContactName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for ContactName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        // a name with something hidden in it could look like another
        let seen = visible(name) == name && name.trim() == name;
        if name.is_empty() || name.chars().count() > MAX_NAME || name.starts_with('-') || !seen {
            return Err(NameError);
        }
        Ok(Self(name.to_owned()))
    }
}

/// What a name may not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError;

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a name has 1 to {MAX_NAME} visible characters, and no hyphen at the start")
    }
}

impl Error for NameError {}

/// A device's id as `devices list` shows it: 8 lowercase hexadecimal digits, not all zero.
///
/// # Errors
/// What is wrong with it, in words.
pub fn device_id(text: &str) -> Result<DeviceId, &'static str> {
    let id = u32::from_str_radix(text, 16).ok().and_then(DeviceId::new);
    // one way to write each: nobody removes another device by a slip
    id.filter(|id| id.to_string() == text).ok_or(
        "a device's id has 8 lowercase hexadecimal digits, not all of them 0, as `devices list` shows it",
    )
}

/// An account's id as it is shown: 64 lowercase hexadecimal digits.
pub fn account_id(text: &str) -> Option<AccountId> {
    from_digits(text).map(AccountId::from_bytes)
}

/// A group's id as it is shown: 64 lowercase hexadecimal digits.
pub fn group_id(text: &str) -> Option<GroupId> {
    from_digits(text).map(GroupId::from_bytes)
}

fn from_digits(text: &str) -> Option<[u8; 32]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let mut bytes = [0; 32];
    if pairs.len() != bytes.len() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

/// One way to write each number.
fn digit(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "test code")]

    use super::*;

    #[test]
    fn names_are_what_people_can_see() {
        for name in ["bob", "Élise", "Anna-Lena K.", "山田", "אבי"] {
            assert_eq!(name.parse::<ContactName>().expect("a name").as_str(), name);
        }
        let long = "x".repeat(65);
        for name in ["", " bob", "bob ", "-bob", "bo\u{200b}b", "b\tb", "\u{202e}bob", "a\nb", &long] {
            assert_eq!(name.parse::<ContactName>(), Err(NameError), "{name:?}");
        }
    }

    #[test]
    fn a_device_id_is_written_in_one_way() {
        assert_eq!(device_id("0000abcd"), Ok(DeviceId::new(0xabcd).expect("not zero")));
        for text in ["", "abcd", "0000ABCD", "+000abcd", "00000000", "0000abcd0", "nonsense"] {
            assert!(device_id(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_account_s_id_is_written_in_one_way() {
        let id = AccountId::from_bytes(core::array::from_fn(|at| u8::try_from(at * 8).expect("small")));
        assert_eq!(account_id(&id.to_string()), Some(id));
        let text = id.to_string();
        let wrong = [&text[1..], &text.to_uppercase(), &format!("{text}0"), &format!("{text}00"), "", "é"];
        for text in wrong {
            assert_eq!(account_id(text), None, "{text}");
        }
    }
}
