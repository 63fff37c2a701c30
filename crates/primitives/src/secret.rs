//! Secret bytes: wiped when dropped, never printed, compared in constant time.
//!
//! What is claimed is the memory that a value owns. Copies that the compiler makes while it moves a
//! value on the stack are out of reach of safe Rust.

use core::{fmt, marker::PhantomData};

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::role::Role;

/// `N` secret bytes without a role: randomness and outputs on their way to becoming keys.
///
/// Neither `Copy` nor `Clone`: who needs the bytes twice says so with [`SecretBytes::from_bytes`].
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretBytes<const N: usize>([u8; N]);

impl<const N: usize> SecretBytes<N> {
    /// Copies `bytes`; the caller's copy stays the caller's to wipe.
    pub fn from_bytes(bytes: &[u8; N]) -> Self {
        Self(*bytes)
    }

    /// Zeros, to be filled in place.
    pub fn zeroed() -> Self {
        Self([0; N])
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }

    /// The bytes, to be filled in place.
    pub fn as_mut_bytes(&mut self) -> &mut [u8; N] {
        &mut self.0
    }

    /// Whether both are the same, in time that doesn't depend on the bytes.
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl<const N: usize> fmt::Debug for SecretBytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        write!(f, "SecretBytes<{N}>([redacted])")
    }
}

/// A symmetric key of 32 bytes for the one purpose `R`.
pub struct Key<R: Role> {
    bytes: SecretBytes<32>,
    role: PhantomData<fn() -> R>,
}

impl<R: Role> Key<R> {
    /// Copies `bytes`; the caller's copy stays the caller's to wipe.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self { bytes: SecretBytes::from_bytes(bytes), role: PhantomData }
    }

    /// Gives `secret`, the output of a derivation, its one purpose.
    pub fn from_secret(secret: SecretBytes<32>) -> Self {
        Self { bytes: secret, role: PhantomData }
    }

    /// The key's bytes, for the algorithm that uses it or the record that keeps it.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.bytes.as_bytes()
    }

    /// Whether both are the same, in time that doesn't depend on the bytes.
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.bytes.ct_eq(&other.bytes)
    }
}

impl<R: Role> fmt::Debug for Key<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes: _, role: _ } = self;
        write!(f, "Key<{}>([redacted])", R::NAME)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn debug_shows_no_byte() {
        assert_eq!(format!("{:?}", SecretBytes::<4>::from_bytes(&[0xab; 4])), "SecretBytes<4>([redacted])");
    }

    #[test]
    fn equality_sees_every_byte() {
        let a = SecretBytes::from_bytes(&[1u8; 32]);
        for i in 0..32 {
            let mut other = [1u8; 32];
            other[i] ^= 0x80;
            assert!(!a.ct_eq(&SecretBytes::from_bytes(&other)), "byte {i}");
        }
        assert!(a.ct_eq(&SecretBytes::from_bytes(&[1u8; 32])));
    }

    #[test]
    fn keys_of_one_purpose_are_compared() {
        enum Test {}
        impl Role for Test {
            const NAME: &'static str = "test";
        }
        let key = Key::<Test>::from_bytes(&[1; 32]);
        assert!(key.ct_eq(&Key::from_bytes(&[1; 32])) && !key.ct_eq(&Key::from_bytes(&[2; 32])));
    }

    #[test]
    fn zeroize_wipes() {
        let mut secret = SecretBytes::from_bytes(&[9u8; 16]);
        secret.zeroize();
        assert_eq!(secret.as_bytes(), &[0; 16]);
    }
}
