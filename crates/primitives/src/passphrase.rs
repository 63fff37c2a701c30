//! Keys from passphrases: Argon2id (RFC 9106), version 0x13, with its costs held between a floor and a ceiling.

use alloc::vec::Vec;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand_core::TryCryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    random::{RandomError, draw},
    secret::SecretBytes,
};

/// Bytes of a salt (RFC 9106, 3.1).
pub const SALT_LEN: usize = 16;
/// Bytes of the stored form of [`PassphraseParams`].
pub const PARAMS_LEN: usize = SALT_LEN + 4 + 4 + 1;

/// Why no key was derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// The costs are below the floor, where guessing is cheap, or above the ceiling, where the derivation itself
    /// is the attack.
    #[error("the costs of the passphrase are out of bounds")]
    Cost,
    /// The passphrase is empty.
    #[error("the passphrase is empty")]
    Empty,
    /// The memory that the costs ask for can't be had.
    #[error("not enough memory to derive a key from the passphrase")]
    OutOfMemory,
}

/// What a guess costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u8,
}

impl Cost {
    /// Least memory, in KiB: 19 MiB, with which a graphics card runs few guesses at a time.
    pub const MIN_MEMORY_KIB: u32 = 19 * 1024;
    /// Most memory, in KiB: 1 GiB, which a telephone can still give.
    pub const MAX_MEMORY_KIB: u32 = 1024 * 1024;
    /// Fewest passes over the memory: with one, memory can be traded for time.
    pub const MIN_PASSES: u32 = 2;
    /// Most passes: over 1 GiB they take some ten seconds.
    pub const MAX_PASSES: u32 = 16;
    /// Most lanes. They are computed one after the other here.
    pub const MAX_LANES: u8 = 4;
    /// 64 MiB, 3 passes, 1 lane: RFC 9106's second choice, but for its lanes.
    pub const DEFAULT: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// Costs within the bounds; the memory is in KiB.
    ///
    /// # Errors
    /// [`PassphraseError::Cost`].
    pub fn new(memory_kib: u32, passes: u32, lanes: u8) -> Result<Self, PassphraseError> {
        // spec: PRIM-31
        let bounded = (Self::MIN_MEMORY_KIB..=Self::MAX_MEMORY_KIB).contains(&memory_kib)
            && (Self::MIN_PASSES..=Self::MAX_PASSES).contains(&passes)
            && (1..=Self::MAX_LANES).contains(&lanes);
        if bounded { Ok(Self { memory_kib, passes, lanes }) } else { Err(PassphraseError::Cost) }
    }
}

/// What stands beside the passphrase: a salt and the costs. Not secret; kept with what the key protects, and
/// authenticated there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassphraseParams {
    salt: [u8; SALT_LEN],
    cost: Cost,
}

impl PassphraseParams {
    /// Parameters with a salt of their own.
    ///
    /// # Errors
    /// [`RandomError`] when the generator fails.
    pub fn generate(cost: Cost, rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<Self, RandomError> {
        Ok(Self { salt: *draw(rng)?.as_bytes(), cost })
    }

    /// Reads the stored form. Nothing is allocated, whatever it asks for.
    ///
    /// # Errors
    /// [`PassphraseError::Cost`].
    pub fn from_bytes(bytes: &[u8; PARAMS_LEN]) -> Result<Self, PassphraseError> {
        let [salt @ .., m3, m2, m1, m0, p3, p2, p1, p0, lanes] = *bytes;
        let memory_kib = u32::from_be_bytes([m3, m2, m1, m0]);
        let passes = u32::from_be_bytes([p3, p2, p1, p0]);
        Ok(Self { salt, cost: Cost::new(memory_kib, passes, lanes)? })
    }

    /// The stored form: salt 16 ‖ memory in KiB 4 ‖ passes 4 ‖ lanes 1.
    pub fn to_bytes(&self) -> [u8; PARAMS_LEN] {
        let Self { salt, cost: Cost { memory_kib, passes, lanes } } = self;
        let mut bytes = [0; PARAMS_LEN];
        let parts = [&salt[..], &memory_kib.to_be_bytes(), &passes.to_be_bytes(), &[*lanes]];
        bytes.iter_mut().zip(parts.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// The key of `passphrase`, 32 bytes: to be expanded under a label for each purpose. The bytes of the
    /// passphrase are taken as they are; Unicode has several for one text, so the application normalizes.
    ///
    /// Takes as long as the costs say, and as much memory, which is wiped.
    ///
    /// # Errors
    /// [`PassphraseError::Empty`], [`PassphraseError::OutOfMemory`].
    pub fn derive(&self, passphrase: &[u8]) -> Result<SecretBytes<32>, PassphraseError> {
        let Cost { memory_kib, passes, lanes } = self.cost;
        // spec: PRIM-32
        if passphrase.is_empty() {
            return Err(PassphraseError::Empty);
        }
        // spec: PRIM-30
        let params =
            Params::new(memory_kib, passes, lanes.into(), Some(32)).map_err(|_| PassphraseError::Cost)?;
        let mut memory = Zeroizing::new(Vec::new());
        // an application that can't spare the memory gets an error, not an abort
        memory.try_reserve_exact(params.block_count()).map_err(|_| PassphraseError::OutOfMemory)?;
        memory.resize(params.block_count(), Block::new());
        let mut key = SecretBytes::zeroed();
        // within the bounds what is left to fail is the memory
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(passphrase, &self.salt, key.as_mut_bytes(), &mut memory[..])
            .map_err(|_| PassphraseError::OutOfMemory)?;
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(memory_kib: u32, passes: u32, lanes: u8) -> PassphraseParams {
        PassphraseParams { salt: [1; SALT_LEN], cost: Cost::new(memory_kib, passes, lanes).unwrap() }
    }

    // spec: PRIM-30
    #[test]
    fn known_answers() {
        // computed with OpenSSL's Argon2id
        let one = params(19_456, 2, 1).derive(b"x").unwrap();
        assert_eq!(
            one.as_bytes(),
            &[
                0xfa, 0x6d, 0xb5, 0x77, 0xbb, 0x5b, 0xb5, 0xe7, 0x9f, 0xb8, 0x7e, 0xcb, 0x9b, 0xe1, 0x3e,
                0x30, 0xb2, 0xf3, 0x44, 0x92, 0xfc, 0xce, 0x59, 0x6a, 0xc0, 0x1a, 0x16, 0x2f, 0xc7, 0x25,
                0x42, 0x2d,
            ]
        );
        let others = [params(19_456, 3, 1), params(19_456, 2, 2), params(20_480, 2, 1)];
        for other in others {
            assert!(!other.derive(b"x").unwrap().ct_eq(&one), "{other:?}");
        }
        assert!(!params(19_456, 2, 1).derive(b"y").unwrap().ct_eq(&one));
    }

    // spec: PRIM-31
    #[test]
    fn the_bounds_are_those_of_the_rules() {
        assert_eq!((Cost::MIN_MEMORY_KIB, Cost::MAX_MEMORY_KIB), (19_456, 1_048_576));
        assert_eq!(Cost::new(65_536, 3, 1), Ok(Cost::DEFAULT));
    }

    // spec: PRIM-31
    #[test]
    fn costs_out_of_bounds_are_refused_before_anything_is_allocated() {
        let sixty_four_gib = 64 * 1024 * 1024;
        let bad = [
            (sixty_four_gib, 3, 1),
            (u32::MAX, 3, 1),
            (Cost::MAX_MEMORY_KIB + 1, 3, 1),
            (Cost::MIN_MEMORY_KIB - 1, 3, 1),
            (65_536, 1, 1),
            (65_536, 17, 1),
            (65_536, u32::MAX, 1),
            (65_536, 3, 0),
            (65_536, 3, 5),
        ];
        for (memory_kib, passes, lanes) in bad {
            assert_eq!(Cost::new(memory_kib, passes, lanes), Err(PassphraseError::Cost));
            let stored =
                PassphraseParams { salt: [1; 16], cost: Cost { memory_kib, passes, lanes } }.to_bytes();
            assert_eq!(PassphraseParams::from_bytes(&stored), Err(PassphraseError::Cost));
        }
    }

    #[test]
    fn the_stored_form_comes_back() {
        let params = params(65_536, 3, 4);
        let stored = params.to_bytes();
        assert_eq!(stored[16..], [0, 1, 0, 0, 0, 0, 0, 3, 4]);
        assert_eq!(PassphraseParams::from_bytes(&stored), Ok(params));
    }

    // spec: PRIM-32
    #[test]
    fn an_empty_passphrase_is_refused() {
        assert_eq!(params(19_456, 2, 1).derive(b"").err(), Some(PassphraseError::Empty));
    }
}
