//! Sessions and skipped keys, in the formats of the ratchet.

use zeroize::Zeroizing;

use crate::{Error, engine::Stored};

/// A record that another room writes and reads: a session, a block of skipped keys, or keys.
pub(crate) struct Opaque(pub(crate) Zeroizing<Vec<u8>>);

impl Stored for Opaque {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.0.clone()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self(Zeroizing::new(bytes.to_vec())))
    }
}
