//! All that is measured.

mod controls;
mod keys;
mod primitives;
mod sessions;

use crate::case::{Case, Prepare};

pub use controls::CONTROLS;

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
