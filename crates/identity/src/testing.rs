//! What the tests of this crate share: randomness that is the same in every run, and accounts made from it.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use alloc::{format, string::String, vec::Vec};
use core::convert::Infallible;

use entrenous_primitives::hash::sha256;
use rand_core::{TryCryptoRng, TryRng};

use crate::{AccountKey, Day, DeviceKeys, DeviceList, Timestamp};

/// Block i of the stream is SHA-256(seed 8 ‖ i 8).
pub(crate) struct Scripted(pub(crate) u64, pub(crate) u64);

impl Scripted {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed, 0)
    }
}

impl TryRng for Scripted {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("keys are drawn as bytes")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("keys are drawn as bytes")
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(32) {
            let block = sha256(&[&self.0.to_be_bytes(), &self.1.to_be_bytes()]);
            self.1 += 1;
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}
impl TryCryptoRng for Scripted {}

pub(crate) const TODAY: Day = Day(20_000);

/// `minutes` after the beginning of [`TODAY`].
pub(crate) fn at(minutes: u64) -> Timestamp {
    Timestamp::from_ms(u64::from(TODAY.0) * 86_400_000 + minutes * 60_000)
}

/// An account's key and the list of its one device.
pub(crate) fn account(seed: u64) -> (AccountKey, DeviceKeys, DeviceList) {
    let rng = &mut Scripted::new(seed);
    let key = AccountKey::generate(rng).unwrap();
    let device = DeviceKeys::generate(rng).unwrap();
    let entry = device.entry(&crate::AccountId::of(&key.verifying_key()));
    let list = DeviceList::first(&key, &[entry], TODAY).unwrap();
    (key, device, list)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
