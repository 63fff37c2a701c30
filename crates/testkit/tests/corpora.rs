//! Every input that a fuzzer has left in `fuzz/corpus` is run: what was found once is not found again.
#![allow(clippy::expect_used, reason = "test code")]

use std::{fs, path::Path};

use entrenous_testkit::fuzz::TARGETS;

#[test]
fn every_committed_input_holds() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, run) in TARGETS {
        let inputs = fs::read_dir(corpora.join(name)).expect("each target has a corpus");
        let mut count = 0;
        for input in inputs {
            let path = input.expect("readable").path();
            println!("{}", path.display());
            run(&fs::read(path).expect("a file"));
            count += 1;
        }
        assert!(count > 0, "{name} has no input");
    }
}
