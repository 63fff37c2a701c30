//! Protobuf messages with one encoding: the only way in and out of [`proto`](crate::proto).

use alloc::vec::Vec;

use prost::{Message, bytes::Bytes};
use zeroize::Zeroizing;

use crate::{
    Malformed, Reason, Result,
    scan::{Schema, scan},
};

/// A message that is read behind the scanner: what it accepts re-encodes to the same bytes.
pub trait Strict: Message + Default {
    /// Which bytes the message may have.
    const SCHEMA: &'static Schema;

    /// Length of the longest message, in bytes.
    const MAX_LEN: usize = Self::SCHEMA.max_len();

    /// Rules between fields, which the schema can't tell.
    ///
    /// # Errors
    /// [`Reason::Inconsistent`] or [`Reason::Order`].
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`Reason::Length`] above [`MAX_LEN`](Self::MAX_LEN), and everything that
    /// [`scan`] and [`check`](Self::check) refuse.
    fn decode_strict(bytes: &[u8]) -> Result<Self> {
        // spec: WIRE-60
        if bytes.len() > Self::MAX_LEN {
            return Err(Malformed::new(Self::SCHEMA.name, Reason::Length));
        }
        scan(Self::SCHEMA, bytes)?;
        // What passed the scanner is protobuf: this fails only if a schema contradicts its .proto file.
        // From a slice prost would copy each field through a buffer that nobody wipes; from owned bytes it doesn't.
        let owned = Bytes::from_owner(Zeroizing::new(bytes.to_vec()));
        let message =
            Self::decode(owned).map_err(|_| Malformed::new(Self::SCHEMA.name, Reason::Unexpected))?;
        message.check()?;
        Ok(message)
    }

    /// The message's one encoding: ascending fields, defaults absent. Allocated once at its full length, so a
    /// caller that wipes it has wiped all of it.
    ///
    /// Nothing is checked: a message with fields out of their bounds gives bytes that every reader refuses.
    fn encode_canonical(&self) -> Vec<u8> {
        self.encode_to_vec()
    }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
