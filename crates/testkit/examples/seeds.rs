//! Writes what a fuzzer begins with: `seeds FOLDER` makes `FOLDER/TARGET/seed-N` for every target.
#![allow(clippy::expect_used, reason = "a development tool")]

use std::{env, fs, path::PathBuf};

use entrenous_testkit::fuzz::seeds;

fn main() {
    let folder = PathBuf::from(env::args_os().nth(1).expect("a folder"));
    for (number, (target, bytes)) in seeds().into_iter().enumerate() {
        let folder = folder.join(target);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("seed-{number:02}")), bytes).expect("a file");
    }
}
