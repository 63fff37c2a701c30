//! What the figures were measured on, and of.

use std::{fs, process::Command, thread};

/// Crates whose versions matter.
const CRATES: [&str; 14] = [
    "vodozemac",
    "wacore-libsignal",
    "openmls",
    "openmls_rust_crypto",
    "mls-rs",
    "mls-rs-crypto-rustcrypto",
    "mls-rs-crypto-awslc",
    "aws-lc-rs",
    "aes-gcm",
    "sha2",
    "curve25519-dalek",
    "libcrux-ml-kem",
    "rusqlite",
    "libsqlite3-sys",
];

/// What is told of the processor's instructions, as Linux calls them.
const INSTRUCTIONS: [&str; 4] = ["sha_ni", "vaes", "avx2", "avx512f"];

pub fn print() {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpu.lines().find(|line| line.starts_with(name))?;
        line.split_once(": ").map(|(_, value)| value)
    };
    let flags: Vec<_> = field("flags").unwrap_or_default().split(' ').collect();
    let has: Vec<_> = INSTRUCTIONS.into_iter().filter(|name| flags.contains(name)).collect();
    let cores = thread::available_parallelism().map_or(0, usize::from);
    println!("CPU: {}, {cores} cores, {}", field("model name").unwrap_or("unknown"), has.join(" "));
    println!("Rust: {}", rust());
    println!("Crates: {}", CRATES.map(versions).join(", "));
}

fn rust() -> String {
    let version = Command::new("rustc").arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok());
    version.map_or("unknown".into(), |version| version.trim().to_owned())
}

/// The crate with its versions in the lock file: there may be several.
fn versions(name: &str) -> String {
    let lock = include_str!("../Cargo.lock");
    let entry = format!("name = \"{name}\"\nversion = \"");
    let versions: Vec<_> = lock.split(&entry).skip(1).filter_map(|rest| rest.split('"').next()).collect();
    format!("{name} {}", versions.join(" and "))
}
