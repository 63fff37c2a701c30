//! HKDF with SHA-256 (RFC 5869).

use core::fmt;

use ::hkdf::{Hkdf, HkdfExtract};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::secret::SecretBytes;

/// A pseudorandom key from which keys are expanded; its HMAC states are kept and wiped when dropped.
pub struct Prk(Hkdf<Sha256>);

impl Prk {
    /// HKDF-Extract of the parts of `ikm` one after another.
    pub fn extract(salt: &[u8], ikm: &[&[u8]]) -> Self {
        // spec: PRIM-2
        let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
        for part in ikm {
            extract.input_ikm(part);
        }
        let (mut prk, keyed) = extract.finalize();
        prk.as_mut_slice().zeroize();
        Self(keyed)
    }

    /// A key of 32 bytes that is uniform already and needs no extraction.
    pub fn from_key(key: &[u8; 32]) -> Self {
        // HKDF-Expand keys HMAC with the PRK; the one refusal of `from_prk` is for fewer than 32 bytes
        match Hkdf::from_prk(key) {
            Ok(keyed) => Self(keyed),
            Err(_) => unreachable!("32 bytes are the hash's length"),
        }
    }

    /// HKDF-Expand to `N` bytes, with the parts of `info` one after another.
    pub fn expand<const N: usize>(&self, info: &[&[u8]]) -> SecretBytes<N> {
        const { assert!(N <= MAX_OKM_LEN, "RFC 5869, 2.3") };
        let mut okm = SecretBytes::zeroed();
        self.expand_into(info, okm.as_mut_bytes());
        okm
    }

    /// HKDF-Expand to 32 · `K` bytes, as `K` keys in their order.
    pub fn expand_keys<const K: usize>(&self, info: &[&[u8]]) -> [SecretBytes<32>; K] {
        const { assert!(32 * K <= MAX_OKM_LEN, "RFC 5869, 2.3") };
        let mut okm = Zeroizing::new([[0; 32]; K]);
        self.expand_into(info, okm.as_flattened_mut());
        okm.each_ref().map(SecretBytes::from_bytes)
    }

    fn expand_into(&self, info: &[&[u8]], okm: &mut [u8]) {
        // the callers' lengths were checked when they were compiled; an error would leave zeros and must not pass
        if self.0.expand_multi_info(info, okm).is_err() {
            unreachable!("the length is within HKDF's bound");
        }
    }
}

/// The most that HKDF-SHA-256 can give (RFC 5869, 2.3).
const MAX_OKM_LEN: usize = 255 * 32;

impl fmt::Debug for Prk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("Prk([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: PRIM-2
    #[test]
    fn known_answer() {
        // RFC 5869, A.1
        let prk = Prk::extract(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], &[&[0x0b; 10], &[0x0b; 12]]);
        let okm = prk.expand::<42>(&[&[0xf0, 0xf1, 0xf2], &[0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9]]);
        let want = [
            0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f, 0x64, 0xd0, 0x36, 0x2f, 0x2a,
            0x2d, 0x2d, 0x0a, 0x90, 0xcf, 0x1a, 0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56, 0xec, 0xc4, 0xc5, 0xbf,
            0x34, 0x00, 0x72, 0x08, 0xd5, 0xb8, 0x87, 0x18, 0x58, 0x65,
        ];
        assert_eq!(okm.as_bytes(), &want);
    }
}
