//! The inputs of one run: which of them are secret, and to which of the two classes they belong.

use core::hint::black_box;

use dudect_bencher::{
    BenchRng, Class,
    rand::{Rng, RngExt},
};

use crate::valgrind;

/// Draws the inputs of one run. What it gives as secret memcheck takes for undefined.
pub struct Inputs<'a> {
    rng: &'a mut BenchRng,
    class: Class,
}

impl<'a> Inputs<'a> {
    pub fn new(rng: &'a mut BenchRng, class: Class) -> Self {
        Self { rng, class }
    }

    /// Whether the run is of the left class. Both classes make their inputs with the same work.
    pub fn is_left(&self) -> bool {
        matches!(self.class, Class::Left)
    }

    /// `left` or `right`, as the class is.
    pub fn either<T>(&self, left: T, right: T) -> T {
        if self.is_left() { left } else { right }
    }

    /// Random public bytes.
    pub fn public<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    /// A random number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    /// Random secret bytes, in both classes.
    pub fn secret<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = self.public();
        classify(&mut bytes);
        bytes
    }

    /// Secret bytes: the same ones in every run of the left class, random ones in the right class.
    pub fn fixed_or_random<const N: usize>(&mut self) -> [u8; N] {
        let random = self.public();
        let mut bytes = self.either([0x42; N], random);
        classify(&mut bytes);
        bytes
    }
}

/// Makes `bytes` secret.
pub fn classify(bytes: &mut [u8]) {
    valgrind::make_undefined(black_box(bytes));
}

/// Makes public what is public by design though secrets went into it.
pub fn declassify<T>(value: T) -> T {
    valgrind::make_defined(black_box(&value));
    value
}

/// The same for bytes that lie elsewhere.
pub fn declassify_bytes(bytes: &[u8]) {
    valgrind::make_defined(black_box(bytes));
}

/// Asserts, under memcheck, that the secrets have reached every byte of `result`: a case whose inputs were folded away, or
/// whose result is public, would find nothing.
pub fn assert_secret(result: &[u8]) {
    assert!(!valgrind::is_running() || valgrind::are_undefined(black_box(result)), "no secret has come here");
}
