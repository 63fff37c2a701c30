//! All that is measured.

mod controls;
mod keys;
mod primitives;
mod sessions;

use entrenous_primitives::role::Role;

use crate::case::{Case, Prepare};

pub use controls::CONTROLS;

/// Role of every key of the primitives.
#[derive(Debug)]
enum Test {}
impl Role for Test {
    const NAME: &'static str = "test";
}

/// Of ML-KEM's key in all runs: how long its public matrix takes differs from key to key, and tells what everybody knows.
const SEED: [u8; 64] = [0x5e; 64];

/// Every case.
pub fn all() -> impl Iterator<Item = &'static Case> {
    [primitives::CASES, sessions::CASES, keys::CASES].into_iter().flatten()
}

/// The case or control of this name, and how often it is timed.
pub fn named(name: &str) -> Option<(Prepare, usize)> {
    let case = all().find(|case| case.name == name).map(|case| (case.prepare, case.timed));
    let control = || CONTROLS.iter().find(|control| control.name == name);
    case.or_else(|| control().map(|control| (control.prepare, control.timed)))
}
