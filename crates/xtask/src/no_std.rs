//! `cargo xtask no-std`: the core crates need nothing but `alloc`, and no `unsafe`.

use std::fs;
use std::path::Path;
use std::process::Command;

use cargo_metadata::MetadataCommand;

use crate::Findings;
use crate::manifest::entries;

/// Directories under `crates/`.
const CORE: [&str; 6] = ["primitives", "wire", "identity", "agreement", "ratchet", "group"];

/// Targets without an operating system, that build without further set-up. The first one installed is used.
const BARE_TARGETS: [&str; 3] = ["thumbv7em-none-eabi", "aarch64-unknown-none", "x86_64-unknown-none"];

pub(crate) fn run() -> Findings {
    let root = MetadataCommand::new().no_deps().exec()?.workspace_root;
    let root_manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let mut findings = Vec::new();
    for room in CORE {
        let crate_root = root.join("crates").join(room);
        let library = fs::read_to_string(crate_root.join("src/lib.rs"))?;
        let manifest = fs::read_to_string(crate_root.join("Cargo.toml"))?;
        findings.extend(check_source(room, &library, &manifest, &root_manifest));
    }
    match installed_bare_target()? {
        Some(target) => {
            println!("no-std: building the core crates for {target}");
            findings.extend(build(root.as_std_path(), target)?);
        }
        None => println!(
            "no-std: no bare target is installed ({}), so nothing was built for one;\n\
             clippy's `std_instead_of_*` lints and `#![no_std]` hold the line",
            BARE_TARGETS.join(", ")
        ),
    }
    Ok(findings)
}

fn check_source(room: &str, library: &str, manifest: &str, root_manifest: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if !has_line(library, "#![no_std]") {
        findings.push(format!("crates/{room}/src/lib.rs has no `#![no_std]`"));
    }
    let inherits = has_entry(manifest, "lints", "workspace", "true")
        && has_entry(root_manifest, "workspace.lints.rust", "unsafe_code", "\"forbid\"");
    if !inherits && !has_line(library, "#![forbid(unsafe_code)]") {
        findings.push(format!(
            "crates/{room} doesn't forbid `unsafe`: it needs the workspace's lints or `#![forbid(unsafe_code)]`"
        ));
    }
    findings
}

fn has_line(text: &str, wanted: &str) -> bool {
    text.lines().any(|line| line.trim() == wanted)
}

fn has_entry(manifest: &str, section: &str, key: &str, value: &str) -> bool {
    entries(manifest).iter().any(|entry| entry.section == section && entry.key == key && entry.value == value)
}

fn installed_bare_target() -> Result<Option<&'static str>, std::io::Error> {
    for target in BARE_TARGETS {
        let output = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output()?;
        let directory = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && Path::new(directory.trim()).is_dir() {
            return Ok(Some(target));
        }
    }
    Ok(None)
}

/// Builds one crate at a time, so that none gets the features another asks for.
fn build(root: &Path, target: &str) -> Findings {
    let mut findings = Vec::new();
    for room in CORE {
        let package = format!("entrenous-{room}");
        let status = Command::new("cargo")
            .args(["build", "--quiet", "--locked", "--lib", "--package", &package, "--target", target])
            .current_dir(root)
            .status()?;
        if !status.success() {
            findings.push(format!("`{package}` doesn't build for {target}"));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTED: &str = "[lints]\nworkspace = true\n";
    const FORBIDDING: &str = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n";

    #[test]
    fn no_std_and_an_inherited_forbid_pass() {
        assert!(check_source("wire", "//! Words.\n\n#![no_std]\n", LINTED, FORBIDDING).is_empty());
    }

    #[test]
    fn no_std_and_a_forbid_of_its_own_pass() {
        assert!(check_source("wire", "#![no_std]\n#![forbid(unsafe_code)]\n", "", "").is_empty());
    }

    #[test]
    fn a_crate_that_links_std_is_named() {
        for library in ["", "// #![no_std]\n", "#![cfg_attr(not(test), no_std)]\n"] {
            let found = check_source("wire", library, LINTED, FORBIDDING);
            assert_eq!(found, ["crates/wire/src/lib.rs has no `#![no_std]`"]);
        }
    }

    #[test]
    fn a_crate_that_may_use_unsafe_is_named() {
        let denying = "[workspace.lints.rust]\nunsafe_code = \"deny\"\n";
        for (manifest, root) in [("", FORBIDDING), (LINTED, denying), (LINTED, "")] {
            assert_eq!(check_source("wire", "#![no_std]\n", manifest, root).len(), 1);
        }
    }
}
