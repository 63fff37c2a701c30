//! Gives the shared library the name by which programs look for it: before version 1 a minor version may break what the one
//! before had.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let var = |name: &str| env::var(name).unwrap_or_default();
    let (major, minor) = (var("CARGO_PKG_VERSION_MAJOR"), var("CARGO_PKG_VERSION_MINOR"));
    let abi = if major == "0" { format!("0.{minor}") } else { major };
    let argument = match var("CARGO_CFG_TARGET_OS").as_str() {
        // an application there takes its own libraries along, and they have no versions
        "android" => "-Wl,-soname,libentrenous.so".to_owned(),
        "macos" | "ios" => "-Wl,-install_name,@rpath/libentrenous.dylib".to_owned(),
        "linux" | "freebsd" => format!("-Wl,-soname,libentrenous.so.{abi}"),
        _ => return,
    };
    println!("cargo::rustc-link-arg-cdylib={argument}");
}
