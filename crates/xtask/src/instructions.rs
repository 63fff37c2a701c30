//! `cargo xtask instructions`: how many instructions each step of the hot path takes, counted under callgrind, which comes to
//! the same on a busy machine. `benches/instructions.json` has what they are; a slow-down shows as a difference.
//!
//! Counts depend on the compiler and on whether the processor has AVX2, which valgrind passes on: the file names both. They are
//! of the portable code, and valgrind 3.19 has no SHA-NI, so that SHA-256 counts for more than it takes: compare counts with
//! counts.

use std::{
    error::Error,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use cargo_metadata::MetadataCommand;
use serde_json::{Map, Value, json};

use crate::Findings;

const BASELINE: &str = "benches/instructions.json";
/// Per mille by which a count may differ from the baseline.
const TOLERANCE: u64 = 20;

pub(crate) fn run(check: bool) -> Findings {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let (root, target) = (metadata.workspace_root.as_std_path(), metadata.target_directory.as_std_path());
    let file = root.join(BASELINE);
    let counted =
        json!({ "rustc": compiler()?, "processor": processor(), "instructions": count(root, target)? });
    if check {
        let known: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
        return Ok(compare(&known, &counted));
    }
    fs::write(file, serde_json::to_string_pretty(&counted)? + "\n")?;
    Ok(Vec::new())
}

/// Of each step, the instructions of one.
fn count(root: &Path, target: &Path) -> Result<Map<String, Value>, Box<dyn Error>> {
    let built = Command::new("cargo")
        .args(["build", "--release", "--locked", "--package", "entrenous-benches", "--example", "hot_path"])
        .current_dir(root)
        .status()?;
    if !built.success() {
        return Err("the steps can't be built".into());
    }
    let program = target.join("release/examples/hot_path");
    let steps = String::from_utf8(Command::new(&program).output()?.stdout)?;
    let mut counted = Map::new();
    for line in steps.lines() {
        let (name, times) = line.split_once(' ').ok_or("a step without a number")?;
        let each = callgrind(&program, name, target)? / times.parse::<u64>()?;
        println!("instructions: {name}: {each}");
        counted.insert(name.to_owned(), each.into());
    }
    Ok(counted)
}

/// All instructions of a step, however often it is made.
fn callgrind(program: &Path, step: &str, target: &Path) -> Result<u64, Box<dyn Error>> {
    let out = target.join("callgrind.out");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=hot_path::measured"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .arg(step)
        .stdout(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err(format!("{step}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let told = fs::read_to_string(out)?;
    let total =
        told.lines().find_map(|line| line.strip_prefix("totals: ")).ok_or("callgrind gave no total")?;
    match total.trim().parse()? {
        0 => Err(format!("{step}: nothing was counted").into()),
        total => Ok(total),
    }
}

fn compiler() -> Result<String, Box<dyn Error>> {
    Ok(String::from_utf8(Command::new("rustc").arg("--version").output()?.stdout)?.trim().to_owned())
}

/// As far as the code that runs depends on it.
fn processor() -> String {
    #[cfg(target_arch = "x86_64")]
    let avx2 = if std::is_x86_feature_detected!("avx2") { " with AVX2" } else { " without AVX2" };
    #[cfg(not(target_arch = "x86_64"))]
    let avx2 = "";
    format!("{}{avx2}", std::env::consts::ARCH)
}

fn compare(known: &Value, counted: &Value) -> Vec<String> {
    for of in ["rustc", "processor"] {
        if known[of] != counted[of] {
            return vec![format!(
                "{BASELINE} is of {}, this is {}: look at the difference, and write it anew",
                known[of], counted[of]
            )];
        }
    }
    let empty = Map::new();
    let [known, counted] = [known, counted].map(|all| all["instructions"].as_object().unwrap_or(&empty));
    let mut findings: Vec<_> = (known.keys())
        .filter(|name| !counted.contains_key(*name))
        .map(|name| format!("{name}: in {BASELINE}, and not counted"))
        .collect();
    for (name, now) in counted {
        let (Some(now), was) = (now.as_u64(), known.get(name).and_then(Value::as_u64)) else { continue };
        match was {
            None => findings.push(format!("{name}: not in {BASELINE}")),
            Some(was) if now.abs_diff(was) * 1000 > was * TOLERANCE => {
                findings.push(format!("{name}: {now} instructions, and {was} in {BASELINE}"));
            }
            Some(_) => {}
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rustc: &str, steps: Value) -> Value {
        json!({ "rustc": rustc, "instructions": steps })
    }

    #[test]
    fn what_differs_by_more_than_the_tolerance_is_told() {
        let known = counts("1", json!({ "a": 1000, "gone": 5 }));
        assert!(compare(&known, &counts("1", json!({ "a": 1020, "gone": 5 }))).is_empty());
        assert_eq!(compare(&known, &counts("1", json!({ "a": 1021, "gone": 5 }))).len(), 1);
        assert_eq!(compare(&known, &counts("1", json!({ "a": 979, "gone": 5 }))).len(), 1);
        assert_eq!(compare(&known, &counts("1", json!({ "a": 1000, "new": 5 }))).len(), 2);
        assert_eq!(compare(&known, &counts("2", json!({ "a": 1000, "gone": 5 }))).len(), 1);
    }
}
