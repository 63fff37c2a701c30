//! ML-KEM-768 and ML-KEM-1024 (FIPS 203), with keys made from seeds and no randomness of its own.
//!
//! The code of `libcrux-ml-kem` does the work, its arithmetic formally verified: the portable one, or, in builds with
//! `accelerated`, the one with AVX2 (`docs/adr/0001-ml-kem-crate.md`, `0017-accelerated-backend.md`).
//! A decapsulation key is its seed of 64 bytes and nothing else; it is expanded where it is used. The crate
//! wipes nothing, so each call here wipes the stack that it used when it is done.
//!
//! ```
//! use entrenous_primitives::{ml_kem::{Ciphertext1024, DecapsulationKey1024, EncapsulationKey1024}, role::Role};
//!
//! #[derive(Debug)]
//! enum Prekey {}
//! impl Role for Prekey {
//!     const NAME: &'static str = "prekey";
//! }
//! let secret = DecapsulationKey1024::<Prekey>::from_seed(&[7; 64]); // drawn, in earnest
//! let published = *secret.encapsulation_key().as_bytes();
//!
//! let key = EncapsulationKey1024::<Prekey>::from_bytes(&published)?; // FIPS 203's check is made here
//! let (ciphertext, ours) = key.encapsulate(&[9; 32]); // drawn, in earnest
//!
//! let theirs = secret.decapsulate(&Ciphertext1024::from_bytes(ciphertext.as_bytes()));
//! assert!(ours.ct_eq(&theirs));
//! # Ok::<(), entrenous_primitives::ml_kem::InvalidKey>(())
//! ```

use alloc::boxed::Box;
use core::{fmt, marker::PhantomData};

use libcrux_ml_kem::{MlKemCiphertext, MlKemPublicKey};
// with AVX2 where there is AVX2
#[cfg(all(feature = "accelerated", target_arch = "x86_64"))]
use libcrux_ml_kem::{mlkem768, mlkem1024};
#[cfg(not(all(feature = "accelerated", target_arch = "x86_64")))]
use libcrux_ml_kem::{mlkem768::portable as mlkem768, mlkem1024::portable as mlkem1024};
use rand_core::TryCryptoRng;
use thiserror::Error;

use crate::{
    random::{RandomError, draw},
    role::Role,
    secret::SecretBytes,
    wiped_stack::on_wiped_stack,
};

/// Bytes of the seed d ‖ z that is a decapsulation key (FIPS 203, 7.1).
pub const SEED_LEN: usize = 64;
/// Bytes of the randomness m of one encapsulation (FIPS 203, 7.2).
pub const ENCAPSULATION_RANDOMNESS_LEN: usize = 32;
/// Bytes of a shared secret (FIPS 203, table 3).
pub const SHARED_SECRET_LEN: usize = 32;
/// Bytes of an ML-KEM-768 encapsulation key (FIPS 203, table 3).
pub const ENCAPSULATION_KEY_768_LEN: usize = 1184;
/// Bytes of an ML-KEM-768 ciphertext (FIPS 203, table 3).
pub const CIPHERTEXT_768_LEN: usize = 1088;
/// Bytes of an ML-KEM-1024 encapsulation key (FIPS 203, table 3).
pub const ENCAPSULATION_KEY_1024_LEN: usize = 1568;
/// Bytes of an ML-KEM-1024 ciphertext (FIPS 203, table 3).
pub const CIPHERTEXT_1024_LEN: usize = 1568;

/// The shared secret of one encapsulation, 32 bytes. Nothing says whether the other side has the same
/// one: decapsulation of a false ciphertext gives a secret too (implicit rejection).
pub type SharedSecret = SecretBytes<SHARED_SECRET_LEN>;

/// The bytes are no encapsulation key: a coefficient isn't reduced (FIPS 203, 7.2, modulus check).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("invalid ML-KEM encapsulation key")]
pub struct InvalidKey;

macro_rules! parameter_set {
    ($name:literal, $module:ident, ($dk:ident, $ek:ident, $ct:ident), ($ek_len:ident, $ct_len:ident)) => {
        #[doc = concat!("An ", $name, " decapsulation key: the seed d ‖ z of 64 bytes, wiped when dropped.")]
        pub struct $dk<R: Role> {
            // boxed, so that moving the key leaves no copy behind
            seed: Box<SecretBytes<SEED_LEN>>,
            role: PhantomData<fn() -> R>,
        }

        impl<R: Role> $dk<R> {
            /// Draws a new key.
            ///
            /// # Errors
            /// [`RandomError`] when the generator fails.
            pub fn generate(rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<Self, RandomError> {
                Ok(Self::from_seed(draw(rng)?.as_bytes()))
            }

            /// The key of the seed d ‖ z, 64 uniformly random bytes (FIPS 203, algorithm 16).
            pub fn from_seed(seed: &[u8; SEED_LEN]) -> Self {
                let mut boxed = Box::new(SecretBytes::zeroed());
                boxed.as_mut_bytes().copy_from_slice(seed);
                Self { seed: boxed, role: PhantomData }
            }

            /// The seed d ‖ z, for the record that keeps it.
            pub fn seed(&self) -> &[u8; SEED_LEN] {
                self.seed.as_bytes()
            }

            /// The public key; it takes as long as making the key, so keep it.
            pub fn encapsulation_key(&self) -> $ek<R> {
                let key = on_wiped_stack::<STACK_WORDS, _>(|| {
                    let (_, public) = $module::generate_key_pair(*self.seed()).into_parts();
                    Box::new(public)
                });
                $ek { key, role: PhantomData }
            }

            /// The shared secret of `ciphertext`, or, when it wasn't made for this key, one that follows from
            /// it and z and that nobody else has (FIPS 203, algorithm 18). The time is the same.
            pub fn decapsulate(&self, ciphertext: &$ct) -> SharedSecret {
                // spec: PRIM-9
                let mut secret = SharedSecret::zeroed();
                on_wiped_stack::<STACK_WORDS, _>(|| {
                    let pair = $module::generate_key_pair(*self.seed());
                    let shared = $module::decapsulate(pair.private_key(), &ciphertext.0);
                    secret.as_mut_bytes().copy_from_slice(&shared);
                });
                secret
            }
        }

        impl<R: Role> fmt::Debug for $dk<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Self { seed: _, role: _ } = self;
                write!(f, concat!("ml_kem::", stringify!($dk), "<{}>([redacted])"), R::NAME)
            }
        }

        #[doc = concat!("An ", $name, " encapsulation key that has passed FIPS 203's check.")]
        pub struct $ek<R: Role> {
            key: Box<MlKemPublicKey<$ek_len>>,
            role: PhantomData<fn() -> R>,
        }

        impl<R: Role> $ek<R> {
            /// Takes an encoding with all coefficients reduced (FIPS 203, 7.2). This doesn't tell that anybody
            /// has the decapsulation key.
            ///
            /// # Errors
            /// [`InvalidKey`] for all other bytes.
            pub fn from_bytes(bytes: &[u8; $ek_len]) -> Result<Self, InvalidKey> {
                // spec: PRIM-8
                let key = Box::new(MlKemPublicKey::from(bytes));
                if $module::validate_public_key(&key) {
                    Ok(Self { key, role: PhantomData })
                } else {
                    Err(InvalidKey)
                }
            }

            /// The encoding.
            pub fn as_bytes(&self) -> &[u8; $ek_len] {
                self.key.as_slice()
            }

            /// A ciphertext and its shared secret from `m`, 32 uniformly random bytes that serve once
            /// (FIPS 203, algorithm 17). Who knows `m` knows the secret.
            pub fn encapsulate(&self, m: &[u8; ENCAPSULATION_RANDOMNESS_LEN]) -> ($ct, SharedSecret) {
                let mut secret = SharedSecret::zeroed();
                let ciphertext = on_wiped_stack::<STACK_WORDS, _>(|| {
                    let (ciphertext, shared) = $module::encapsulate(&self.key, *m);
                    secret.as_mut_bytes().copy_from_slice(&shared);
                    ciphertext
                });
                ($ct(ciphertext), secret)
            }
        }

        impl<R: Role> Clone for $ek<R> {
            fn clone(&self) -> Self {
                Self { key: self.key.clone(), role: PhantomData }
            }
        }
        impl<R: Role> PartialEq for $ek<R> {
            fn eq(&self, other: &Self) -> bool {
                self.as_bytes() == other.as_bytes()
            }
        }
        impl<R: Role> Eq for $ek<R> {}
        impl<R: Role> fmt::Debug for $ek<R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("ml_kem::", stringify!($ek), "<{}>("), R::NAME)?;
                abbreviated(f, self.as_bytes())
            }
        }

        #[doc = concat!("An ", $name, " ciphertext. All bytes of its length are one (FIPS 203, 7.3).")]
        #[derive(Clone)]
        pub struct $ct(MlKemCiphertext<$ct_len>);

        impl $ct {
            /// Takes any bytes.
            pub fn from_bytes(bytes: &[u8; $ct_len]) -> Self {
                Self(MlKemCiphertext::from(bytes))
            }

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8; $ct_len] {
                self.0.as_slice()
            }
        }

        impl fmt::Debug for $ct {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!("ml_kem::", stringify!($ct), "("))?;
                abbreviated(f, self.as_bytes())
            }
        }
    };
}

parameter_set!(
    "ML-KEM-768",
    mlkem768,
    (DecapsulationKey768, EncapsulationKey768, Ciphertext768),
    (ENCAPSULATION_KEY_768_LEN, CIPHERTEXT_768_LEN)
);
parameter_set!(
    "ML-KEM-1024",
    mlkem1024,
    (DecapsulationKey1024, EncapsulationKey1024, Ciphertext1024),
    (ENCAPSULATION_KEY_1024_LEN, CIPHERTEXT_1024_LEN)
);

/// The first 8 of the public `bytes`, to tell one from another in a log.
fn abbreviated(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().take(8).try_for_each(|b| write!(f, "{b:02x}"))?;
    f.write_str("..)")
}

/// 64 KiB are wiped: ML-KEM-1024 takes 44 KB, and 48 KB with AVX2 (x86-64, release), and leaves the expanded key there.
const STACK_WORDS: usize = 8192;

#[cfg(test)]
mod tests {
    use alloc::format;

    use rand_core::{TryCryptoRng, TryRng};

    use super::*;

    enum Test {}
    impl Role for Test {
        const NAME: &'static str = "test";
    }

    /// Gives one byte for ever; zeros are a broken generator.
    struct Constant(u8);
    impl TryRng for Constant {
        type Error = fmt::Error;
        fn try_next_u32(&mut self) -> Result<u32, fmt::Error> {
            Err(fmt::Error)
        }
        fn try_next_u64(&mut self) -> Result<u64, fmt::Error> {
            Err(fmt::Error)
        }
        fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), fmt::Error> {
            dst.fill(self.0);
            Ok(())
        }
    }
    impl TryCryptoRng for Constant {}

    macro_rules! tests {
        ($name:ident, $dk:ident, $ek:ident, $ct:ident, $coefficients:literal) => {
            // spec: PRIM-8, PRIM-9
            #[test]
            fn $name() {
                assert_eq!($dk::<Test>::generate(&mut Constant(0)).err(), Some(RandomError::AllZero));
                let secret = $dk::<Test>::generate(&mut Constant(7)).unwrap();
                assert_eq!(secret.seed(), &[7; 64]);
                assert_eq!(format!("{secret:?}"), concat!("ml_kem::", stringify!($dk), "<test>([redacted])"));

                // a false ciphertext gives a secret too: its own, the same again
                let key = secret.encapsulation_key();
                let (ciphertext, shared) = key.encapsulate(&[9; 32]);
                assert!(secret.decapsulate(&ciphertext).ct_eq(&shared));
                let mut bytes = *ciphertext.as_bytes();
                bytes[0] ^= 1;
                let rejected = secret.decapsulate(&$ct::from_bytes(&bytes));
                assert!(!rejected.ct_eq(&shared));
                assert!(rejected.ct_eq(&secret.decapsulate(&$ct::from_bytes(&bytes))));
                assert!(format!("{ciphertext:?}").ends_with("..)") && format!("{key:?}").contains("<test>("));

                // coefficients are 12 bits each, little-endian; q = 3329 = 0xd01 is the first that isn't reduced
                let encoding = *key.as_bytes();
                for pair in [0, $coefficients / 2 - 1] {
                    for (value, valid) in [(3328u16, true), (3329, false), (4095, false)] {
                        let [low, high] = value.to_le_bytes();
                        let mut bytes = encoding;
                        bytes[3 * pair..3 * pair + 3].copy_from_slice(&[
                            low,
                            high | low << 4,
                            low >> 4 | high << 4,
                        ]);
                        let parsed = $ek::<Test>::from_bytes(&bytes);
                        assert_eq!(
                            parsed.clone().map(|k| *k.as_bytes()),
                            if valid { Ok(bytes) } else { Err(InvalidKey) }
                        );
                        assert!(parsed != Ok(key.clone()));
                    }
                }
            }
        };
    }
    tests!(ml_kem_768, DecapsulationKey768, EncapsulationKey768, Ciphertext768, 768);
    tests!(ml_kem_1024, DecapsulationKey1024, EncapsulationKey1024, Ciphertext1024, 1024);
}
