//! Ed25519 signatures (RFC 8032), verified strictly: canonical keys and points, no small order, no
//! cofactor, so that all verifiers accept the same set. Those that are verified in batches can't be: they are
//! verified with the cofactor, alone and in batches alike ([`PrimeOrderKey`]).

mod batch;
mod cofactored;

use alloc::boxed::Box;
use core::{fmt, marker::PhantomData};

pub use batch::{Signed, verify_batch};
pub use cofactored::PrimeOrderKey;
use ed25519_dalek::Signer as _;
use rand_core::TryCryptoRng;
use thiserror::Error;

use crate::{
    accelerated,
    random::{RandomError, draw},
    role::Role,
    secret::SecretBytes,
    wiped_stack::on_wiped_stack,
    x25519::is_below_p,
};

/// Bytes of a secret seed and of a public key.
pub const KEY_LEN: usize = 32;
/// Bytes of a signature.
pub const SIGNATURE_LEN: usize = 64;
/// 8-byte words of stack to wipe below the drawing of a seed.
const STACK_WORDS: usize = 512;

/// The bytes are not the canonical encoding of a point on the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a canonical Ed25519 public key")]
pub struct NonCanonical;

/// The signature doesn't hold. Nothing more is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("signature does not hold")]
pub struct BadSignature;

/// A public key, decompressed once.
pub struct VerifyingKey<R: Role> {
    key: ed25519_dalek::VerifyingKey,
    role: PhantomData<fn() -> R>,
}

impl<R: Role> VerifyingKey<R> {
    /// Takes the canonical encoding of a point only.
    ///
    /// # Errors
    /// [`NonCanonical`] for every other 32 bytes. Keys of small order pass here and verify nothing.
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Result<Self, NonCanonical> {
        // spec: PRIM-6
        if !is_canonical(bytes) {
            return Err(NonCanonical);
        }
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| NonCanonical)?;
        Ok(Self { key, role: PhantomData })
    }

    /// The encoding, 32 bytes.
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        self.key.as_bytes()
    }

    /// Verifies `signature` over `message`, strictly.
    ///
    /// # Errors
    /// [`BadSignature`] when it doesn't hold, or the key or the signature's point is of small order.
    pub fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), BadSignature> {
        // spec: PRIM-7
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.key.verify_strict(message, &signature).map_err(|_| BadSignature)
    }
}

/// Whether a point that these bytes decode to would be encoded so: decoding reduces y modulo p, and ignores the sign of
/// x = 0, which only the points with y = 1 and y = -1 have. (A round trip tells the same and takes an inversion.)
fn is_canonical(bytes: &[u8; KEY_LEN]) -> bool {
    let mut y = *bytes;
    y[KEY_LEN - 1] &= 0x7f;
    let signed = y != *bytes;
    let mut one = [0; KEY_LEN];
    one[0] = 1;
    let mut minus_one = [0xff; KEY_LEN];
    (minus_one[0], minus_one[KEY_LEN - 1]) = (0xec, 0x7f);
    is_below_p(&y) && !(signed && (y == one || y == minus_one))
}

impl<R: Role> Clone for VerifyingKey<R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R: Role> Copy for VerifyingKey<R> {}
impl<R: Role> PartialEq for VerifyingKey<R> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}
impl<R: Role> Eq for VerifyingKey<R> {}
impl<R: Role> fmt::Debug for VerifyingKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ed25519::VerifyingKey<{}>(", R::NAME)?;
        self.as_bytes().iter().try_for_each(|b| write!(f, "{b:02x}"))?;
        f.write_str(")")
    }
}

/// A secret key: the seed of 32 bytes with its public key, wiped when dropped.
pub struct SigningKey<R: Role> {
    public: VerifyingKey<R>,
    // boxed, so that moving the key leaves no copy behind
    secret: Box<Secret>,
}

struct Secret {
    seed: SecretBytes<KEY_LEN>,
    signer: Signer,
}

/// Whose code signs. Each in a box of its size: the rest of a larger one would be filled with what the stack had there.
enum Signer {
    Portable(Box<ed25519_dalek::SigningKey>),
    Accelerated(Box<accelerated::Signer>),
}

impl<R: Role> SigningKey<R> {
    /// Draws a new key.
    ///
    /// # Errors
    /// [`RandomError`] when the generator fails.
    pub fn generate(rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<Self, RandomError> {
        on_wiped_stack::<STACK_WORDS, _>(|| Ok(Self::from_seed(draw(rng)?.as_bytes())))
    }

    /// The key of a seed of 32 uniformly random bytes (RFC 8032, 5.1.5).
    pub fn from_seed(seed: &[u8; KEY_LEN]) -> Self {
        let accelerated = accelerated::Signer::new(seed).and_then(|signer| {
            let public = ed25519_dalek::VerifyingKey::from_bytes(&signer.public_key()).ok()?;
            Some((public, Signer::Accelerated(Box::new(signer))))
        });
        let (public, signer) = accelerated.unwrap_or_else(|| {
            let key = ed25519_dalek::SigningKey::from_bytes(seed);
            (key.verifying_key(), Signer::Portable(Box::new(key)))
        });
        let public = VerifyingKey { key: public, role: PhantomData };
        Self { public, secret: Box::new(Secret { seed: SecretBytes::from_bytes(seed), signer }) }
    }

    /// The seed, for the record that keeps it.
    pub fn seed(&self) -> &[u8; KEY_LEN] {
        self.secret.seed.as_bytes()
    }

    /// The public key. It is always derived from the seed and never given by a caller, so that no
    /// second public key can turn the signer into an oracle.
    pub fn verifying_key(&self) -> VerifyingKey<R> {
        self.public
    }

    /// Signs `message`; 64 bytes, the same for the same message.
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        match &self.secret.signer {
            Signer::Portable(key) => key.sign(message).to_bytes(),
            Signer::Accelerated(key) => key.sign(message),
        }
    }
}

impl<R: Role> fmt::Debug for SigningKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { public: _, secret: _ } = self;
        write!(f, "ed25519::SigningKey<{}>([redacted])", R::NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Test {}
    impl Role for Test {
        const NAME: &'static str = "test";
    }

    // spec: PRIM-6
    #[test]
    fn second_encodings_of_a_key_are_refused() {
        // y = p + 1 is 1 again; and y = 1 with a sign for x = 0
        let mut over = [0xff; 32];
        over[0] = 0xee;
        over[31] = 0x7f;
        let mut signed_zero = [0; 32];
        signed_zero[0] = 1;
        signed_zero[31] = 0x80;
        for bytes in [over, signed_zero] {
            assert_eq!(VerifyingKey::<Test>::from_bytes(&bytes).err(), Some(NonCanonical));
        }
    }

    /// What is canonical by the rule is what a round trip leaves as it is, also for points with a part of small order.
    // spec: PRIM-6
    #[test]
    fn the_canonical_encodings_are_those_that_come_back() {
        use curve25519_dalek::edwards::CompressedEdwardsY;
        let near = |last: u8, first: u8, middle: u8| {
            let mut bytes = [middle; 32];
            (bytes[0], bytes[31]) = (first, last);
            bytes
        };
        let mut points = 0;
        let around_p = (0..=255).flat_map(|first| [near(0x7f, first, 0xff), near(0xff, first, 0xff)]);
        let around_0 = (0..=255).flat_map(|first| [near(0, first, 0), near(0x80, first, 0)]);
        let hashed = (0..200_u32).map(|n| crate::hash::sha256(&[&n.to_be_bytes()]));
        for bytes in around_p.chain(around_0).chain(hashed) {
            let point = CompressedEdwardsY(bytes).decompress();
            let comes_back = point.is_some_and(|point| point.compress().to_bytes() == bytes);
            assert_eq!(VerifyingKey::<Test>::from_bytes(&bytes).is_ok(), comes_back, "{bytes:x?}");
            points += u32::from(comes_back);
        }
        assert!(points > 400, "{points}");
    }

    // spec: PRIM-7
    #[test]
    fn a_key_of_small_order_verifies_nothing() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let key = VerifyingKey::<Test>::from_bytes(&identity).unwrap();
        // R = identity, s = 0 holds without the strict check, for every message
        let mut signature = [0; 64];
        signature[0] = 1;
        assert_eq!(key.verify(b"anything", &signature), Err(BadSignature));
    }
}
