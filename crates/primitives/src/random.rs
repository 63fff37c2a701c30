//! The one door through which randomness comes in.

use rand_core::TryCryptoRng;
use thiserror::Error;

use crate::secret::SecretBytes;

/// The random generator can't be trusted; no key was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RandomError {
    /// The generator reported a failure.
    #[error("the random generator failed")]
    Failed,
    /// The generator gave only zeros, as a broken or unseeded one does.
    #[error("the random generator gave only zeros")]
    AllZero,
}

/// Draws `N` random bytes, at least 8. All keys, seeds and nonces are made from what this returns, never
/// by a crate's own generator.
///
/// # Errors
/// [`RandomError`] when the generator fails or gives only zeros (by chance at most once in 2^64 draws).
pub fn draw<const N: usize>(rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<SecretBytes<N>, RandomError> {
    // spec: PRIM-10
    const { assert!(N >= 8, "shorter draws would be all zero by chance") };
    let mut bytes = SecretBytes::zeroed();
    rng.try_fill_bytes(bytes.as_mut_bytes()).map_err(|_| RandomError::Failed)?;
    if bytes.ct_eq(&SecretBytes::zeroed()) {
        return Err(RandomError::AllZero);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use rand_core::{TryCryptoRng, TryRng};

    use super::*;

    /// Gives `byte` for ever, or fails.
    struct Constant(Option<u8>);

    impl TryRng for Constant {
        type Error = core::fmt::Error;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Err(core::fmt::Error)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Err(core::fmt::Error)
        }
        fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
            dst.fill(self.0.ok_or(core::fmt::Error)?);
            Ok(())
        }
    }
    impl TryCryptoRng for Constant {}

    // spec: PRIM-10
    #[test]
    fn failure_and_zeros_are_errors() {
        assert_eq!(draw::<32>(&mut Constant(None)).err(), Some(RandomError::Failed));
        assert_eq!(draw::<32>(&mut Constant(Some(0))).err(), Some(RandomError::AllZero));
        assert_eq!(draw::<32>(&mut Constant(Some(7))).unwrap().as_bytes(), &[7; 32]);
    }
}
