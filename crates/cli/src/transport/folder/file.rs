//! What stands in a file of the folder.
//!
//! ```text
//! "ENTD" 4 | version 1 | kind 1 | sender's account 32 | sender's device 4 | body | SHA-256 of all before 32
//! ```
//!
//! A sender is named in envelopes alone, and all zero where none is. The hash finds what a tool has
//! synchronised in part; it is no protection against anybody.

use entrenous::{AccountId, Address, DeviceId};
use sha2::{Digest, Sha256};

const MAGIC: [u8; 4] = *b"ENTD";
const VERSION: u8 = 1;
/// Bytes before the body.
const HEADER: usize = 4 + 1 + 1 + 32 + 4;
const HASH: usize = 32;
/// Bytes of a file beyond its body.
pub(super) const OVERHEAD: usize = HEADER + HASH;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Envelope = 1,
    OneTime = 2,
    LastResort = 3,
}

/// A file taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) from: Option<Address>,
    pub(super) body: Vec<u8>,
}

/// A file around `body`.
pub(super) fn wrap(kind: Kind, from: Option<&Address>, body: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(OVERHEAD + body.len());
    file.extend(MAGIC);
    file.extend([VERSION, kind as u8]);
    match from {
        Some(Address { account, device }) => {
            file.extend(account.as_bytes());
            file.extend(device.get().to_be_bytes());
        }
        None => file.extend([0; 36]),
    }
    file.extend(body);
    let hash: [u8; HASH] = Sha256::digest(&file).into();
    file.extend(hash);
    file
}

/// The contents of a file of this kind; none when it is incomplete, of another kind or not ours.
pub(super) fn unwrap(kind: Kind, mut file: Vec<u8>) -> Option<Contents> {
    let (hashed, hash) = file.split_last_chunk::<HASH>()?;
    let actual: [u8; HASH] = Sha256::digest(hashed).into();
    let (header, body) = hashed.split_first_chunk::<HEADER>()?;
    let [magic @ .., _, _] = header.first_chunk::<6>()?;
    let begins = (*magic, header.get(4..6)?) == (MAGIC, &[VERSION, kind as u8]);
    // spec: FOLDER-4
    if !begins || actual != *hash {
        return None;
    }
    let account = header.get(6..)?.first_chunk::<32>()?;
    let device = u32::from_be_bytes(*header.last_chunk::<4>()?);
    // spec: FOLDER-5
    let from = match (DeviceId::new(device), kind) {
        (Some(device), Kind::Envelope) => Some(Address { account: AccountId::from_bytes(*account), device }),
        (None, _) if *account == [0; 32] => None,
        _ => return None,
    };
    let end = HEADER + body.len();
    file.truncate(end);
    file.drain(..HEADER);
    Some(Contents { from, body: file })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 3] = [Kind::Envelope, Kind::OneTime, Kind::LastResort];

    fn sender() -> Address {
        Address {
            account: AccountId::from_bytes([7; 32]),
            device: DeviceId::new(0x0102_0304).expect("not zero"),
        }
    }

    #[test]
    fn what_is_wrapped_comes_out_again() {
        for body in [&b""[..], b"x", &[0; 1000]] {
            for from in [None, Some(sender())] {
                let file = wrap(Kind::Envelope, from.as_ref(), body);
                assert_eq!(file.len(), OVERHEAD + body.len());
                let contents = Contents { from, body: body.to_vec() };
                assert_eq!(unwrap(Kind::Envelope, file), Some(contents));
            }
        }
    }

    // spec: FOLDER-4
    #[test]
    fn half_a_file_is_none() {
        let file = wrap(Kind::Envelope, Some(&sender()), &[0x55; 300]);
        for len in 0..file.len() {
            assert_eq!(unwrap(Kind::Envelope, file[..len].to_vec()), None, "the first {len} bytes");
            // room was reserved, and the bytes are still to come
            let mut reserved = file.clone();
            reserved[len..].fill(0);
            assert_eq!(unwrap(Kind::Envelope, reserved), None, "a hole from {len}");
        }
    }

    // spec: FOLDER-4, FOLDER-5
    #[test]
    fn a_kind_is_not_taken_for_another() {
        for kind in KINDS {
            let file = wrap(kind, None, b"body");
            for other in KINDS {
                assert_eq!(unwrap(other, file.clone()).is_some(), kind == other);
            }
        }
        // bundles have no sender
        assert_eq!(unwrap(Kind::OneTime, wrap(Kind::OneTime, Some(&sender()), b"body")), None);
    }

    // spec: FOLDER-5
    #[test]
    fn a_sender_is_whole_or_absent() {
        let mut file = wrap(Kind::Envelope, Some(&sender()), b"body");
        let body = file.len() - HASH;
        file[38..42].fill(0);
        let hash: [u8; HASH] = Sha256::digest(&file[..body]).into();
        file[body..].copy_from_slice(&hash);
        assert_eq!(unwrap(Kind::Envelope, file), None, "an account without a device");
    }
}
