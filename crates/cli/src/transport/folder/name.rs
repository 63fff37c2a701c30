//! The names of files: given, and recognized again. What is not exactly one of ours is somebody else's.

use std::{
    sync::atomic::Ordering,
    time::{SystemTime, UNIX_EPOCH},
};

use entrenous::DeviceId;
use rand::{TryRng, rngs::SysRng};

use super::{Folder, Ticket, TransportError};
use crate::text::hex;

/// Of a file that is being written.
pub(super) const NEW: &str = ".new-";
/// Of a one-time bundle on its way to whoever took it.
pub(super) const TAKEN: &str = ".taken-";

const TIME_DIGITS: usize = 16;
const RANDOM_DIGITS: usize = 32;

impl Folder {
    /// A name that sorts behind all that this process gave before, however its clock jumps.
    pub(super) fn fresh_name(&self) -> Result<Ticket, TransportError> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // spec: FOLDER-2; the 64 bits last until 2554
        let now = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        let later = |newest: u64| now.max(newest.saturating_add(1));
        let before = self
            .newest
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |newest| Some(later(newest)))
            .unwrap_or_else(|newest| newest);
        Ok(Ticket(format!("{:016x}-{}", later(before), random_digits()?)))
    }
}

/// A temporary name, which nobody takes for one of ours.
pub(super) fn temporary(prefix: &str) -> Result<String, TransportError> {
    Ok(format!("{prefix}{}", random_digits()?))
}

/// A start among `len` places.
pub(super) fn random_below(len: usize) -> Result<usize, TransportError> {
    let drawn = SysRng.try_next_u64().map_err(|_| TransportError::NoRandomness)?;
    Ok(usize::try_from(drawn % u64::try_from(len.max(1)).unwrap_or(1)).unwrap_or_default())
}

fn random_digits() -> Result<String, TransportError> {
    let mut bytes = [0; RANDOM_DIGITS / 2];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| TransportError::NoRandomness)?;
    Ok(hex(&bytes))
}

/// The ticket of a file, if the name is one that we give.
pub(super) fn ticket(name: &str) -> Option<Ticket> {
    let (time, random) = name.split_once('-')?;
    // spec: FOLDER-2
    let ours = is_hex(time, TIME_DIGITS) && is_hex(random, RANDOM_DIGITS);
    ours.then(|| Ticket(name.to_owned()))
}

/// Whether it is a temporary name of ours.
pub(super) fn is_temporary(name: &str) -> bool {
    [NEW, TAKEN]
        .iter()
        .any(|prefix| name.strip_prefix(prefix).is_some_and(|rest| is_hex(rest, RANDOM_DIGITS)))
}

/// The device that a directory is named after.
pub(super) fn device(name: &str) -> Option<DeviceId> {
    // spec: FOLDER-1
    if !is_hex(name, 8) {
        return None;
    }
    u32::from_str_radix(name, 16).ok().and_then(DeviceId::new)
}

/// One way to write each number: a filesystem that ignores case has no second name for it.
fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, sync::atomic::AtomicU64};

    use super::*;

    // spec: FOLDER-2
    #[test]
    fn names_are_unique_and_in_order() {
        let folder = Folder { drop: PathBuf::new(), root: PathBuf::new(), newest: AtomicU64::default() };
        let names: Vec<Ticket> = (0..10_000).map(|_| folder.fresh_name().expect("a name")).collect();
        assert!(names.is_sorted_by(|a, b| a < b));
        assert!(names.iter().all(|name| ticket(&name.0).as_ref() == Some(name)));
    }

    #[test]
    fn a_clock_that_jumps_back_keeps_the_order() {
        let ahead = u64::MAX / 2;
        let folder = Folder { drop: PathBuf::new(), root: PathBuf::new(), newest: AtomicU64::new(ahead) };
        let name = folder.fresh_name().expect("a name");
        assert!(name.0.starts_with(&format!("{:016x}-", ahead + 1)), "{name:?}");
    }

    // spec: FOLDER-2
    #[test]
    fn only_our_own_names_count() {
        let ours = "00000000000000ff-000102030405060708090a0b0c0d0e0f";
        assert!(ticket(ours).is_some());
        let conflict = format!("{ours}.sync-conflict-20261124-020000-ABCDEFG");
        let foreign = [
            "",
            "-",
            "../../etc/passwd",
            &conflict,
            &ours.to_uppercase(),
            &ours[1..],
            &format!("{ours}0"),
            &format!(".{ours}"),
            &format!("~syncthing~{ours}.tmp"),
            &ours.replace('-', "/"),
            &ours.replace("ff", "+f"),
            &ours.replace("ff", "é"),
        ];
        for name in foreign {
            assert_eq!(ticket(name), None, "{name}");
        }
        assert!(is_temporary(&temporary(NEW).expect("a name")));
        assert!(!is_temporary(".new-") && !is_temporary(ours));
    }

    // spec: FOLDER-1
    #[test]
    fn a_device_is_eight_lowercase_digits_and_not_zero() {
        assert_eq!(device("0000abcd"), DeviceId::new(0xabcd));
        for name in ["00000000", "0000ABCD", "+000abcd", "abcd", "..", "0000abcd0"] {
            assert_eq!(device(name), None, "{name}");
        }
    }
}
