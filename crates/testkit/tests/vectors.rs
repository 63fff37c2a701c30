//! The committed vectors are those of this code: a change of bytes is a change of protocol.

use entrenous_testkit::vectors;

#[test]
fn the_committed_vectors_are_what_the_code_gives() {
    for vectors in vectors::all() {
        let place = format!("{}/../../test-vectors/{}", env!("CARGO_MANIFEST_DIR"), vectors.file());
        let committed = std::fs::read_to_string(place).unwrap();
        // not assert_eq: it would print both
        assert!(committed == vectors.text(), "{} has changed: `cargo xtask vectors`", vectors.file());
    }
}
