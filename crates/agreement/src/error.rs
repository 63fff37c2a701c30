//! What can go wrong in a handshake.

use entrenous_identity::IdentityError;
use entrenous_primitives::{random::RandomError, x25519::NonContributory};
use entrenous_wire::Malformed;
use thiserror::Error;

/// Why no session secret came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AgreementError {
    /// The bytes don't follow the format.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The identity that is claimed doesn't hold.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A prekey's signature doesn't hold.
    #[error("the signature of the prekey does not hold")]
    BadPrekeySignature,
    /// A prekey is dated more than a day ahead of our clock.
    #[error("the prekey is dated in the future")]
    FutureDated,
    /// The signed prekey has expired; the caller may accept that with [`StalePrekeys::Accept`](crate::StalePrekeys).
    #[error("the signed prekey has expired")]
    Stale,
    /// A key of the peer leaves no contribution of ours in the result.
    #[error(transparent)]
    NonContributory(#[from] NonContributory),
    /// The handshake is addressed to another device.
    #[error("the handshake is for another device")]
    WrongRecipient,
    /// The caller gave a prekey, a device list or a resumption secret that the handshake doesn't name, or not
    /// the one that it names.
    #[error("not the key that the handshake names")]
    WrongKey,
    /// The random generator failed; nothing was made.
    #[error(transparent)]
    Random(#[from] RandomError),
}
