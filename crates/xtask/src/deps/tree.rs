//! What somebody outside gets who builds one of our crates: only what it reaches by itself. `cargo metadata` puts the features
//! together that all members and their tests ask for, so that one that a test alone switches on would pass.

use alloc::collections::{BTreeMap, BTreeSet};
use core::error::Error;
use std::process::Command;

/// The crates that one reaches, by name, and the features of each that are on.
pub(crate) type Tree = BTreeMap<String, BTreeSet<String>>;

/// With the fewest features that can be asked for, and with the most.
pub(crate) const FEATURES: [&str; 2] = ["--no-default-features", "--all-features"];

/// Asks cargo for the tree of `package`, on all targets.
pub(crate) fn of(package: &str, features: &str) -> Result<Tree, Box<dyn Error>> {
    let output = Command::new("cargo")
        .args(["tree", "--locked", "--edges", "normal,no-proc-macro", "--target", "all", "--prefix", "none"])
        .args(["--format", "{p}|{f}", features, "--package", package])
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo tree of `{package}`: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(read(&String::from_utf8(output.stdout)?))
}

/// `aes v0.9.4|zeroize,hazmat`, and ` (*)` behind what stood there before.
fn read(lines: &str) -> Tree {
    let crates = lines.lines().filter_map(|line| {
        let (package, features) = line.trim_end_matches(" (*)").split_once('|')?;
        let (name, _version) = package.split_once(' ')?;
        Some((name.to_owned(), features.split(',').filter(|feature| !feature.is_empty())))
    });
    let mut tree = Tree::new();
    for (name, features) in crates {
        tree.entry(name).or_default().extend(features.map(str::to_owned));
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_features_are_read() {
        let tree =
            read("ours v0.1.0 (/somewhere)|\naes v0.9.4|hazmat,zeroize\n\naes v0.9.4|hazmat,zeroize (*)\n");
        assert_eq!(tree["ours"], BTreeSet::new());
        assert_eq!(tree["aes"], BTreeSet::from(["hazmat", "zeroize"].map(str::to_owned)));
        assert_eq!(tree.len(), 2);
    }
}
