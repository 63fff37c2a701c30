//! Linking a device: from the primary, by a code that is scanned and a short string that is compared.
//!
//! ```text
//! primary                                                new device
//! Offered::new       shows the LinkCode      ------->    Requesting::new
//! Offered::receive   <------------------ request ----
//! Requested          ---- reveal ------------------->    Requesting::receive
//!   short_string     compared by the user                Comparing::short_string
//! Requested::approve ---- approval ----------------->    Comparing::receive
//! Approved                                               Linked
//! ```
//!
//! A transition borrows its state and gives the next one: an error changes nothing, and the caller replaces the
//! stored state in one commit with what it sends. Each state but the last ones, which say what to store, has a
//! record. The account key is in none of this. Why the code commits to a nonce: docs/adr/0007.

mod code;
mod new_device;
mod primary;
mod request;
mod sealed;

use entrenous_primitives::{aead::NotAuthentic, hash::sha256, random::RandomError};
use entrenous_wire::{Malformed, label};
use thiserror::Error;

pub use code::LinkCode;
pub use new_device::{Comparing, Linked, NewDevice, Requesting};
pub use primary::{Approved, Offered, Primary, Requested};

use crate::{IdentityError, ShortString, Timestamp};

/// How long a state waits for what comes next, in milliseconds: five minutes. A code that was photographed is
/// worth nothing after it.
pub const LIFETIME_MS: u64 = 5 * 60 * 1000;

/// Why a linking doesn't go on. The state that was borrowed is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The bytes are not in their form.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// An entry, a signature or a list is not acceptable: whose account and device it is, and until when.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The box was not sealed for this code and this request.
    #[error("not sealed for this linking")]
    NotAuthentic,
    /// The revealed nonce is not the one to which the code commits: the code or the primary is false.
    #[error("the revealed nonce is not the one that the code commits to")]
    WrongNonce,
    /// The five minutes are over.
    #[error("the linking has expired")]
    Expired,
}

impl From<NotAuthentic> for LinkError {
    fn from(_: NotAuthentic) -> Self {
        Self::NotAuthentic
    }
}

/// H(label ‖ nonce): what a code commits to.
fn commitment(nonce: &[u8; 32]) -> [u8; 32] {
    // spec: IDENTITY-80
    sha256(&[label::LINK_NONCE, nonce])
}

/// H(label ‖ hash of the code ‖ request as it was received).
fn request_hash(code_hash: &[u8; 32], request: &[u8]) -> [u8; 32] {
    // spec: IDENTITY-85
    sha256(&[label::LINK_REQUEST, code_hash, request])
}

/// The short string of the whole linking.
fn short_string(request_hash: &[u8; 32], nonce: &[u8; 32]) -> ShortString {
    ShortString::of(&transcript(request_hash, nonce))
}

/// The transcript hash L: the code, the request and the primary's nonce.
fn transcript(request_hash: &[u8; 32], nonce: &[u8; 32]) -> [u8; 32] {
    // spec: IDENTITY-85
    sha256(&[label::LINK_TRANSCRIPT, request_hash, nonce])
}

fn deadline(now: Timestamp) -> Timestamp {
    Timestamp::from_ms(now.as_ms().saturating_add(LIFETIME_MS))
}

fn check_deadline(expires: Timestamp, now: Timestamp) -> Result<(), LinkError> {
    // spec: IDENTITY-81
    if now >= expires { Err(LinkError::Expired) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
