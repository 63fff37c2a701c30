//! The box of a group message, and the signature inside of it.
//!
//! ```text
//! body = AEAD(mk, nonce salt ‖ 0^4, ad = the message's first 30 bytes, signature ‖ roster id ‖ frame)
//! signature over label ‖ group id ‖ roster id ‖ account ‖ device ‖ key id ‖ iteration ‖ H(frame)
//! ```
//!
//! The signature is of the plaintext, since GCM doesn't commit to its key; and of the frame's hash, since Ed25519 runs
//! over its message twice.

use entrenous_primitives::{
    aead::{self, NONCE_LEN, NotAuthentic, TAG_LEN, TooLong},
    hash::sha256,
    secret::Key,
};
use entrenous_wire::{
    group_message::{GroupMessage, OPEN_LEN},
    label,
};

use super::{
    kdf::GroupMessageKey,
    key::{Description, KeyId},
};
use crate::RosterId;

/// Length of what is signed, in bytes.
pub(crate) const SIGNED_LEN: usize = label::GROUP_MESSAGE.len() + 32 + 32 + 32 + 4 + 16 + 4 + 32;

/// What the sender of a message signs.
pub(crate) fn signed(
    key: &Description,
    id: KeyId,
    iteration: u32,
    roster: RosterId,
    frame: &[u8],
) -> [u8; SIGNED_LEN] {
    // spec: GROUP-135
    let parts: [&[u8]; 8] = [
        label::GROUP_MESSAGE,
        key.group.as_bytes(),
        roster.as_bytes(),
        key.sender.account.as_bytes(),
        &key.sender.device.get().to_be_bytes(),
        &id.0,
        &iteration.to_be_bytes(),
        &sha256(&[frame]),
    ];
    let mut signed = [0; SIGNED_LEN];
    let mut rest = &mut signed[..];
    for part in parts {
        // the widths are fixed and add up to the whole
        let (head, tail) = core::mem::take(&mut rest).split_at_mut(part.len());
        head.copy_from_slice(part);
        rest = tail;
    }
    signed
}

/// The nonce salt, the last 8 bytes in the open, and zeros.
fn nonce(open: &[u8; OPEN_LEN]) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[..8].copy_from_slice(&open[OPEN_LEN - 8..]);
    nonce
}

/// Encrypts `body` in place; the tag binds `open`.
pub(crate) fn seal(
    key: &Key<GroupMessageKey>,
    open: &[u8; OPEN_LEN],
    body: &mut [u8],
) -> Result<[u8; TAG_LEN], TooLong> {
    // spec: GROUP-134
    aead::seal_once(key.as_bytes(), &nonce(open), open, body)
}

/// Decrypts the body of `message` into `out`, of the same length.
pub(crate) fn open(
    key: &Key<GroupMessageKey>,
    message: &GroupMessage<'_>,
    out: &mut [u8],
) -> Result<(), NotAuthentic> {
    let open = message.open();
    aead::open_once(key.as_bytes(), &nonce(open), open, message.body(), message.tag(), out)
}
