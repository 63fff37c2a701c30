//! Every input of the C ABI in `fuzz/corpus` is run, and the genuine ones come to what they should. The fuzzer's program takes all but
//! this file from here.
#![allow(
    clippy::expect_used,
    clippy::multiple_unsafe_ops_per_block,
    reason = "test code: a C caller's unsafe"
)]

mod arguments;
mod calls;
mod disk;
mod output;
mod scene;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use arguments::HEAD;
use calls::CALLS;
use scene::SCENE;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/c_abi")
}

#[test]
fn every_committed_input_holds() {
    let mut count = 0;
    for input in fs::read_dir(corpus()).expect("it has a corpus") {
        let path = input.expect("readable").path();
        println!("{}", path.display());
        arguments::call(&fs::read(path).expect("a file"));
        count += 1;
    }
    assert!(count > 0, "no input");
}

/// Without that, the functions would be tried no further than their first check. With `ENTRENOUS_SEEDS` set the inputs are written
/// into the corpus.
#[test]
fn genuine_inputs_come_to_what_they_should() {
    for (number, (_, _, genuine, expected)) in CALLS.iter().enumerate() {
        let calls = (1_u32 << number).to_be_bytes();
        let input = [&calls[..], &[0; HEAD - 4], genuine(&SCENE)].concat();
        assert_eq!(arguments::call(&input), [*expected], "call {number}");
        if env::var_os("ENTRENOUS_SEEDS").is_some() {
            fs::write(corpus().join(format!("seed-{number:02}")), input).expect("a file");
        }
    }
}
