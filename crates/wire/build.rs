//! Generates the prost messages from `proto/entrenous.proto`, without a system `protoc`.

use std::{env, fs, path::PathBuf};

/// Messages that carry secrets: wiped when dropped, no derived `Debug`, no comparison.
const SECRET: [&str; 13] = [
    "SessionRecord",
    "PostQuantum",
    "SkippedKeysRecord",
    "PrekeyRecord",
    "Sending",
    "Receiving",
    "DeviceKeysRecord",
    "AccountKeyRecord",
    "LinkPrimaryRecord",
    "LinkDeviceRecord",
    "SasRecord",
    "SendingKeyRecord",
    "ReceivingKeyRecord",
];

/// Messages that carry a secret now and then: no derived `Debug`, no comparison. Who puts one in or takes one out wipes them.
const MAY_BE_SECRET: [&str; 2] = ["Control", "GroupControl"];

/// Messages that are wiped with the secret one that they stand in, or by hand.
const INSIDE_SECRET: [&str; 2] = ["SkippedIndex", "GroupControl"];

const PROTO: &str = "proto/entrenous.proto";
const GENERATED: &str = "entrenous.v1.rs";

fn main() -> Result<(), Box<dyn core::error::Error>> {
    println!("cargo::rerun-if-changed={PROTO}");

    let mut config = prost_build::Config::new();
    for message in SECRET {
        config.message_attribute(message, "#[derive(::zeroize::Zeroize, ::zeroize::ZeroizeOnDrop)]");
    }
    for message in INSIDE_SECRET {
        config.message_attribute(message, "#[derive(::zeroize::Zeroize)]");
    }
    config.skip_debug(SECRET.into_iter().chain(MAY_BE_SECRET));
    config.compile_fds(protox::compile([PROTO], ["proto"])?)?;

    without_comparison_of_secrets(&PathBuf::from(env::var("OUT_DIR")?).join(GENERATED))
}

/// prost-build derives a comparison for every message, and none of them is constant-time. There is no option
/// for it, so the derive line of each secret message, the one before its `skip_debug`, is rewritten. The build
/// fails if a future prost-build writes that line in another way.
fn without_comparison_of_secrets(generated: &PathBuf) -> Result<(), Box<dyn core::error::Error>> {
    const DERIVED: &str = "#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]\n#[prost(skip_debug)]";
    const DERIVED_PARTIAL: &str = "#[derive(Clone, PartialEq, ::prost::Message)]\n#[prost(skip_debug)]";
    const KEPT: &str = "#[derive(Clone, ::prost::Message)]\n#[prost(skip_debug)]";

    let code = fs::read_to_string(generated)?.replace(DERIVED, KEPT).replace(DERIVED_PARTIAL, KEPT);
    if code.matches(KEPT).count() != SECRET.len() + MAY_BE_SECRET.len() {
        return Err("a secret message would derive a comparison".into());
    }
    fs::write(generated, code)?;
    Ok(())
}
