//! `cargo xtask consumers`: programs in other languages play a scene with a peer in Rust, through the library as it is
//! installed. Each is a folder of `crates/ffi/consumers` with a script `run`; one whose tools aren't here is named and
//! passed over.

use core::error::Error;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Workspace, install, output, run};
use crate::Findings;

/// What `run build` ends with where a tool is missing.
const NO_TOOL: i32 = 77;

/// Consumers that must have their tools, for `.ci/run`: their names with spaces between.
const REQUIRED: &str = "ENTRENOUS_CONSUMERS";

pub(crate) fn run_all() -> Findings {
    let workspace = Workspace::find()?;
    let stage = Stage::set(&workspace)?;
    let required = env::var(REQUIRED).unwrap_or_default();
    let mut findings = Vec::new();
    for consumer in consumers(&workspace)? {
        let name = consumer.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match stage.play(&consumer, &name)? {
            Outcome::Played => println!("consumers: {name} has played the scene"),
            Outcome::NoTool(_) if !required.split_whitespace().any(|required| required == name) => {
                println!("consumers: {name} was passed over, since a tool is missing");
            }
            Outcome::NoTool(why) | Outcome::Failed(why) => findings.push(format!("{name}: {why}")),
        }
    }
    findings.extend(strangers(&stage.prefix)?);
    Ok(findings)
}

enum Outcome {
    Played,
    NoTool(String),
    Failed(String),
}

fn consumers(workspace: &Workspace) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let folders = fs::read_dir(workspace.ffi().join("consumers"))?;
    let mut folders = folders.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    folders.retain(|folder| folder.join("run").exists());
    folders.sort_unstable();
    Ok(folders)
}

/// Where scenes are played: an installed library, and the peer.
struct Stage {
    prefix: PathBuf,
    scratch: PathBuf,
    peer: PathBuf,
}

impl Stage {
    fn set(workspace: &Workspace) -> Result<Self, Box<dyn Error>> {
        let scratch = workspace.target().join("consumers");
        if scratch.exists() {
            fs::remove_dir_all(&scratch)?;
        }
        let prefix = scratch.join("installed");
        let mut cargo = Command::new("cargo");
        // all of the workspace, as its tests are built: nothing is built twice
        cargo.args(["build", "--locked", "--workspace", "--lib", "--example", "scene"]);
        run(cargo.current_dir(workspace.root()))?;
        install::install(workspace, &prefix, &workspace.target().join("debug"))?;
        Ok(Self { prefix, scratch, peer: workspace.target().join("debug/examples/scene") })
    }

    fn play(&self, consumer: &Path, name: &str) -> Result<Outcome, Box<dyn Error>> {
        let out = self.scratch.join(name);
        fs::create_dir_all(&out)?;
        let script = consumer.join("run");
        let built =
            Command::new(&script).arg("build").env("PREFIX", &self.prefix).env("OUT", &out).output()?;
        let said = String::from_utf8_lossy(&built.stderr).trim().to_owned();
        match built.status.code() {
            Some(0) => {}
            Some(NO_TOOL) => return Ok(Outcome::NoTool(said)),
            _ => return Ok(Outcome::Failed(format!("could not be built: {said}"))),
        }
        let played = Command::new(&self.peer)
            .arg(&script)
            .arg("play")
            // the store makes its folder for itself
            .arg(out.join("private/entrenous.db"))
            .env("PREFIX", &self.prefix)
            .env("OUT", &out)
            .output()?;
        let said = String::from_utf8_lossy(&played.stderr).trim().to_owned();
        Ok(if played.status.success() { Outcome::Played } else { Outcome::Failed(said) })
    }
}

/// Names that the installed libraries export and that aren't ours.
fn strangers(prefix: &Path) -> Findings {
    let mut findings = Vec::new();
    for library in ["lib/libentrenous.so", "lib/libentrenous.a"] {
        let exported = install::exported(&prefix.join(library))?;
        if exported.len() < 100 {
            findings.push(format!("{library} exports only {} names", exported.len()));
        }
        let strangers = exported.iter().filter(|name| !name.starts_with("entrenous_"));
        findings.extend(strangers.map(|name| format!("{library} exports `{name}`")));
    }
    let groups = output(
        Command::new("readelf").args(["--section-groups", "--wide"]).arg(prefix.join("lib/libentrenous.a")),
    )?;
    if groups.contains("COMDAT") {
        findings
            .push("lib/libentrenous.a has groups of sections that another library may have too".to_owned());
    }
    Ok(findings)
}
