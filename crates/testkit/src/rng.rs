//! Randomness that is the same in every run, and randomness that is broken.

use core::{convert::Infallible, fmt};

use entrenous_primitives::hash::sha256;
use rand_core::{TryCryptoRng, TryRng};

/// Block i of the stream is SHA-256(seed 8 ‖ i 8), big-endian: simple enough to repeat in any language.
/// Not secure, and not meant to be. A [script](Self::scripted) comes before the stream.
#[derive(Clone, Debug)]
pub struct ScriptedRng {
    seed: u64,
    next_block: u64,
    block: [u8; 32],
    used: usize,
    script: Vec<u8>,
    read: usize,
}

impl ScriptedRng {
    /// The stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, next_block: 0, block: [0; 32], used: 32, script: Vec::new(), read: 0 }
    }

    /// The bytes of `script`, and then the stream of its length: what a fuzzer decides, and as much as it takes.
    pub fn scripted(script: &[u8]) -> Self {
        Self { script: script.to_vec(), ..Self::new(script.len() as u64) }
    }

    /// The bytes that were drawn since `before`, an earlier copy.
    pub fn drawn_since(&self, before: &Self) -> Vec<u8> {
        let position = |rng: &Self| rng.next_block * 32 + rng.used as u64 + rng.read as u64;
        let mut replay = before.clone();
        (position(before)..position(self)).map(|_| replay.next_byte()).collect()
    }

    fn next_byte(&mut self) -> u8 {
        if let Some(byte) = self.script.get(self.read) {
            self.read += 1;
            return *byte;
        }
        if self.used == self.block.len() {
            self.block = sha256(&[&self.seed.to_be_bytes(), &self.next_block.to_be_bytes()]);
            self.next_block += 1;
            self.used = 0;
        }
        let byte = self.block[self.used];
        self.used += 1;
        byte
    }
}

impl TryRng for ScriptedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes(core::array::from_fn(|_| self.next_byte())))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes(core::array::from_fn(|_| self.next_byte())))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        dst.fill_with(|| self.next_byte());
        Ok(())
    }
}
impl TryCryptoRng for ScriptedRng {}

/// How a [`BrokenRng`] is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakage {
    /// Reports a failure.
    Fails,
    /// Gives zeros for ever.
    Zeros,
}

/// Works for a number of draws and is broken from then on.
#[derive(Clone, Debug)]
pub struct BrokenRng {
    rng: ScriptedRng,
    draws_left: usize,
    breakage: Breakage,
}

impl BrokenRng {
    /// The stream of `seed`, broken after `draws` draws.
    pub fn after(draws: usize, breakage: Breakage, seed: u64) -> Self {
        Self { rng: ScriptedRng::new(seed), draws_left: draws, breakage }
    }
}

/// The failure that a [`BrokenRng`] reports.
#[derive(Clone, Copy, Debug)]
pub struct RngFailure;

impl fmt::Display for RngFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("scripted failure of the random generator")
    }
}
impl core::error::Error for RngFailure {}

impl TryRng for BrokenRng {
    type Error = RngFailure;

    fn try_next_u32(&mut self) -> Result<u32, RngFailure> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, RngFailure> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), RngFailure> {
        if self.draws_left > 0 {
            self.draws_left -= 1;
            dst.fill_with(|| self.rng.next_byte());
            return Ok(());
        }
        match self.breakage {
            Breakage::Fails => Err(RngFailure),
            Breakage::Zeros => {
                dst.fill(0);
                Ok(())
            }
        }
    }
}
impl TryCryptoRng for BrokenRng {}
