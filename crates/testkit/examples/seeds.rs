//! Writes what a fuzzer begins with: `seeds FOLDER` makes `FOLDER/TARGET/seed-N` for every target.
#![allow(clippy::expect_used, reason = "a development tool")]

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use entrenous_testkit::fuzz::seeds;

fn main() {
    let folder = PathBuf::from(env::args_os().nth(1).expect("a folder"));
    let mut counts = BTreeMap::new();
    for (target, bytes) in seeds() {
        let folder = folder.join(target);
        // within each target, so that a seed more of one renames none of another
        let number = counts.entry(target).and_modify(|count| *count += 1).or_insert(0_u32);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("seed-{number:02}")), bytes).expect("a file");
    }
}
