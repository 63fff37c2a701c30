//! What the tests stand on: scripted randomness, devices that have agreed, a hostile network and an
//! independent account of what must open. Not published.

pub mod device;
pub mod pair;
pub mod peer;
pub mod rng;
