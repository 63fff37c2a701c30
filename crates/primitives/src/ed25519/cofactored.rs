//! Signatures that are verified with the cofactor (ZIP 215), so that many at once come to exactly what each comes to
//! alone: the strict verification of one can't be done for many in one multiplication.

use core::fmt;

use curve25519_dalek::{EdwardsPoint, Scalar, edwards::CompressedEdwardsY};
use sha2::{Digest, Sha512};

use super::{BadSignature, KEY_LEN, NonCanonical, SIGNATURE_LEN, SigningKey, VerifyingKey};
use crate::role::Role;

/// A public key in the subgroup of prime order, as every key is that was made by the rules. Its signatures are verified
/// with the cofactor, alone and in batches.
pub struct PrimeOrderKey<R: Role>(VerifyingKey<R>);

impl<R: Role> PrimeOrderKey<R> {
    /// Takes the canonical encoding of a point of prime order only. Costs as much as verifying a signature.
    ///
    /// # Errors
    /// [`NonCanonical`] for every other 32 bytes.
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Result<Self, NonCanonical> {
        let key = VerifyingKey::from_bytes(bytes)?;
        // spec: PRIM-12
        if key.key.is_weak() || !key.key.to_edwards().is_torsion_free() {
            return Err(NonCanonical);
        }
        Ok(Self(key))
    }

    /// Takes bytes that passed [`from_bytes`](Self::from_bytes) before and come from a record of ours: the order
    /// isn't computed again.
    ///
    /// # Errors
    /// [`NonCanonical`] for what is no point at all.
    pub fn from_own_record(bytes: &[u8; KEY_LEN]) -> Result<Self, NonCanonical> {
        VerifyingKey::from_bytes(bytes).map(Self)
    }

    /// The public key of `key`: a multiple of the base point.
    pub fn of(key: &SigningKey<R>) -> Self {
        Self(key.verifying_key())
    }

    /// The encoding, 32 bytes.
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        self.0.as_bytes()
    }

    /// Verifies one signature over `message` with the cofactor: exactly what [`verify_batch`](super::verify_batch)
    /// accepts. It accepts what [`VerifyingKey::verify`] does, and beside that what only the owner of the secret key can make.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), BadSignature> {
        Equation::new(self, message, signature).filter(Equation::holds).map(|_| ()).ok_or(BadSignature)
    }
}

impl<R: Role> Clone for PrimeOrderKey<R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R: Role> Copy for PrimeOrderKey<R> {}
impl<R: Role> PartialEq for PrimeOrderKey<R> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<R: Role> Eq for PrimeOrderKey<R> {}
impl<R: Role> fmt::Debug for PrimeOrderKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What must hold for a signature R ‖ s of A over M: \[8\](\[s\]B - R - \[k\]A) = 0.
pub(super) struct Equation {
    /// The encoding of A.
    pub(super) key: [u8; KEY_LEN],
    pub(super) a: EdwardsPoint,
    pub(super) r: EdwardsPoint,
    pub(super) s: Scalar,
    pub(super) k: Scalar,
    /// SHA-512(R ‖ A ‖ M), of which k is the remainder.
    pub(super) hash: [u8; 64],
}

impl Equation {
    /// None when s is not below the order, or R is no point.
    pub(super) fn new<R: Role>(
        key: &PrimeOrderKey<R>,
        message: &[u8],
        signature: &[u8; SIGNATURE_LEN],
    ) -> Option<Self> {
        // spec: PRIM-14
        let (r, s) = (signature.first_chunk::<32>()?, signature.last_chunk::<32>()?);
        let hash = Sha512::new().chain_update(r).chain_update(key.as_bytes()).chain_update(message);
        let hash: [u8; 64] = hash.finalize().into();
        Some(Self {
            key: *key.as_bytes(),
            a: key.0.key.to_edwards(),
            // any encoding of a point, as in ZIP 215: a second one is another signature, which only the owner makes
            r: CompressedEdwardsY(*r).decompress()?,
            s: Option::from(Scalar::from_canonical_bytes(*s))?,
            k: Scalar::from_bytes_mod_order_wide(&hash),
            hash,
        })
    }

    pub(super) fn holds(&self) -> bool {
        let Self { key: _, a, r, s, k, hash: _ } = self;
        // spec: PRIM-14
        (EdwardsPoint::vartime_double_scalar_mul_basepoint(k, &-a, s) - r).is_small_order()
    }
}

#[cfg(test)]
pub(super) mod tests;
