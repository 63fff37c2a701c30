//! Every input that a fuzzer has left of the C ABI is run. The fuzzer's program takes `arguments` from here.
#![allow(
    clippy::expect_used,
    clippy::multiple_unsafe_ops_per_block,
    reason = "test code: a C caller's unsafe"
)]

mod arguments;

use std::{fs, path::Path};

#[test]
fn every_committed_input_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/c_abi");
    let mut count = 0;
    for input in fs::read_dir(corpus).expect("it has a corpus") {
        let path = input.expect("readable").path();
        println!("{}", path.display());
        arguments::call(&fs::read(path).expect("a file"));
        count += 1;
    }
    assert!(count > 0, "no input");
}
