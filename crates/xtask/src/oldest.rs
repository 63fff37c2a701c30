//! `cargo xtask oldest`: the workspace builds, with all features, with the oldest versions that `Cargo.toml` allows of what
//! it names itself. What those need in their turn is as new as they allow: the oldest of all that is far away is mostly broken.

use std::{fs, path::Path, process::Command};

use cargo_metadata::MetadataCommand;

use crate::{Findings, copy};

pub(crate) fn run() -> Findings {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let (root, target) = (metadata.workspace_root, metadata.target_directory.join("oldest"));
    let copy = target.join("workspace");
    copy::workspace(root.as_std_path(), copy.as_std_path())?;
    fs::remove_file(copy.join("Cargo.lock"))?;
    // an option of nightly, for this one resolution; what it builds is stable
    let mut resolve = cargo(copy.as_std_path());
    resolve.args(["generate-lockfile", "-Z", "direct-minimal-versions"]).env("RUSTC_BOOTSTRAP", "1");
    let mut check = cargo(copy.as_std_path());
    check
        .args(["check", "--locked", "--workspace", "--all-features"])
        .env("CARGO_TARGET_DIR", target.join("target"));
    for (mut command, does) in [(resolve, "can't be resolved"), (check, "don't build")] {
        if !command.status()?.success() {
            return Ok(vec![format!("the oldest versions that Cargo.toml allows {does}")]);
        }
    }
    Ok(Vec::new())
}

fn cargo(folder: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(folder);
    command
}
