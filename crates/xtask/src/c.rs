//! The C library: its header, its ABI, its installation, and those who use it.

pub(crate) mod abi;
pub(crate) mod consumers;
pub(crate) mod header;
pub(crate) mod install;
pub(crate) mod memory;

use core::error::Error;
use std::{
    path::PathBuf,
    process::{Command, Output},
};

use cargo_metadata::{Metadata, MetadataCommand};

/// The workspace, and the package of the C library in it.
struct Workspace {
    metadata: Metadata,
    version: [u64; 3],
}

impl Workspace {
    fn find() -> Result<Self, Box<dyn Error>> {
        let metadata = MetadataCommand::new().no_deps().exec()?;
        let package = metadata.packages.iter().find(|package| package.name.as_str() == "entrenous-ffi");
        let version = &package.ok_or("there is no package `entrenous-ffi`")?.version;
        Ok(Self { version: [version.major, version.minor, version.patch], metadata })
    }

    fn root(&self) -> PathBuf {
        self.metadata.workspace_root.clone().into()
    }

    fn target(&self) -> PathBuf {
        self.metadata.target_directory.clone().into()
    }

    fn ffi(&self) -> PathBuf {
        self.root().join("crates/ffi")
    }
}

/// Runs a command to its end, which must be good.
fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

/// The same for one whose output is of use.
fn output(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let Output { status, stdout, stderr } = command.output()?;
    if status.success() {
        return Ok(String::from_utf8(stdout)?);
    }
    Err(format!("{command:?} ended with {status}: {}", String::from_utf8_lossy(&stderr)).into())
}
