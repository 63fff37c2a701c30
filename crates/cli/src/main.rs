//! The Entrenous command line.
fn main() {}
