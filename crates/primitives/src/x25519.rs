//! X25519 key agreement (RFC 7748), with the checks that it leaves to its users.

use core::{fmt, marker::PhantomData};

use rand_core::TryCryptoRng;
use thiserror::Error;
use x25519_dalek::StaticSecret;

use crate::{
    accelerated,
    random::{RandomError, draw},
    role::Role,
    secret::SecretBytes,
};

/// Bytes of a secret key, a public key and a shared secret.
pub const KEY_LEN: usize = 32;

/// The bytes are a second encoding of a public key: the top bit is set or u >= 2^255 - 19.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("non-canonical X25519 public key")]
pub struct NonCanonical;

/// The peer's key is of small order: the result would be zero whatever our key is (RFC 7748, 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("X25519 result without a contribution of ours")]
pub struct NonContributory;

/// A public key of 32 bytes in its one canonical encoding.
pub struct PublicKey<R: Role> {
    bytes: [u8; KEY_LEN],
    role: PhantomData<fn() -> R>,
}

impl<R: Role> PublicKey<R> {
    /// Takes the canonical encoding only.
    ///
    /// # Errors
    /// [`NonCanonical`] for every other encoding. Small-order points pass here; [`SecretKey::agree`]
    /// refuses them.
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Result<Self, NonCanonical> {
        // spec: PRIM-4
        if is_below_p(bytes) { Ok(Self { bytes: *bytes, role: PhantomData }) } else { Err(NonCanonical) }
    }

    /// The encoding, 32 bytes.
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.bytes
    }

    /// The same key in another role: where the protocol lets one key serve two purposes, it says so here.
    pub fn in_role<Q: Role>(&self) -> PublicKey<Q> {
        PublicKey { bytes: self.bytes, role: PhantomData }
    }
}

/// Whether the little-endian `bytes` are below p = 2^255 - 19.
pub(crate) fn is_below_p(bytes: &[u8; KEY_LEN]) -> bool {
    let [first, middle @ .., last] = bytes;
    // p = ed ff .. ff 7f; public, so time may depend on it
    *last < 0x7f || (*last == 0x7f && (middle.iter().any(|b| *b != 0xff) || *first < 0xed))
}

impl<R: Role> Clone for PublicKey<R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R: Role> Copy for PublicKey<R> {}
impl<R: Role> PartialEq for PublicKey<R> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl<R: Role> Eq for PublicKey<R> {}
impl<R: Role> fmt::Debug for PublicKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "x25519::PublicKey<{}>(", R::NAME)?;
        self.bytes.iter().try_for_each(|b| write!(f, "{b:02x}"))?;
        f.write_str(")")
    }
}

/// A secret key of 32 bytes, wiped when dropped.
pub struct SecretKey<R: Role> {
    secret: StaticSecret,
    role: PhantomData<fn() -> R>,
}

impl<R: Role> SecretKey<R> {
    /// Draws a new key.
    ///
    /// # Errors
    /// [`RandomError`] when the generator fails.
    pub fn generate(rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<Self, RandomError> {
        Ok(Self::from_bytes(draw(rng)?.as_bytes()))
    }

    /// Takes 32 uniformly random bytes; they are clamped where they are used.
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Self {
        Self { secret: StaticSecret::from(*bytes), role: PhantomData }
    }

    /// The bytes, for the record that keeps them.
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        self.secret.as_bytes()
    }

    /// The public key; a scalar multiplication, so keep it.
    pub fn public_key(&self) -> PublicKey<R> {
        let bytes = accelerated::x25519_public_key(self.as_bytes())
            .unwrap_or_else(|| x25519_dalek::PublicKey::from(&self.secret).to_bytes());
        PublicKey { bytes, role: PhantomData }
    }

    /// A copy of the key in another role: where the protocol lets one key serve two
    /// purposes, it says so here.
    pub fn in_role<Q: Role>(&self) -> SecretKey<Q> {
        SecretKey::from_bytes(self.as_bytes())
    }

    /// The Diffie-Hellman result with the peer's key, 32 bytes.
    ///
    /// # Errors
    /// [`NonContributory`] when the result is all zero.
    pub fn agree<Q: Role>(&self, peer: &PublicKey<Q>) -> Result<SecretBytes<KEY_LEN>, NonContributory> {
        let shared = accelerated::x25519(self.as_bytes(), &peer.bytes).unwrap_or_else(|| {
            let shared = self.secret.diffie_hellman(&x25519_dalek::PublicKey::from(peer.bytes));
            SecretBytes::from_bytes(shared.as_bytes())
        });
        // spec: PRIM-5
        if shared.ct_eq(&SecretBytes::zeroed()) { Err(NonContributory) } else { Ok(shared) }
    }
}

impl<R: Role> fmt::Debug for SecretKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secret: _, role: _ } = self;
        write!(f, "x25519::SecretKey<{}>([redacted])", R::NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Test {}
    impl Role for Test {
        const NAME: &'static str = "test";
    }

    /// 2^255 - 19 + `offset`, little-endian.
    fn p_plus(offset: i8) -> [u8; 32] {
        let mut bytes = [0xff; 32];
        bytes[0] = 0xed_u8.wrapping_add_signed(offset);
        bytes[31] = 0x7f;
        bytes
    }

    /// RFC 7748, section 6.1.
    #[test]
    fn the_public_key_of_a_published_vector() {
        let secret = SecretKey::<Test>::from_bytes(&[
            0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2, 0x66, 0x45,
            0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a,
        ]);
        let public = [
            0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54, 0x74, 0x8b, 0x7d, 0xdc, 0xb4, 0x3e, 0xf7, 0x5a,
            0x0d, 0xbf, 0x3a, 0x0d, 0x26, 0x38, 0x1a, 0xf4, 0xeb, 0xa4, 0xa9, 0x8e, 0xaa, 0x9b, 0x4e, 0x6a,
        ];
        assert_eq!(secret.public_key().as_bytes(), &public);
    }

    // spec: PRIM-4
    #[test]
    fn canonical_is_below_p() {
        assert!(PublicKey::<Test>::from_bytes(&p_plus(-1)).is_ok());
        for offset in 0..=18 {
            assert_eq!(
                PublicKey::<Test>::from_bytes(&p_plus(offset)).err(),
                Some(NonCanonical),
                "p + {offset}"
            );
        }
        let mut top_bit = [0; 32];
        top_bit[0] = 9;
        assert!(PublicKey::<Test>::from_bytes(&top_bit).is_ok());
        top_bit[31] = 0x80;
        assert_eq!(PublicKey::<Test>::from_bytes(&top_bit).err(), Some(NonCanonical));
    }

    // spec: PRIM-5
    #[test]
    fn small_order_is_refused_at_agreement() {
        let secret = SecretKey::<Test>::from_bytes(&[5; 32]);
        // the canonical small-order points: 0, 1, p - 1 and the two of order 8
        let order_8 = [
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        ];
        let mut points = alloc::vec![[0; 32], [0; 32], p_plus(-1)];
        points[1][0] = 1;
        for hex in order_8 {
            points.push(core::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()));
        }
        for point in points {
            let key = PublicKey::<Test>::from_bytes(&point).unwrap();
            assert_eq!(secret.agree(&key).err(), Some(NonContributory), "{key:?}");
        }
    }
}
