//! `cargo xtask fuzz`: runs every fuzz target for a while, and writes down what was run.
//!
//! `ENTRENOUS_FUZZ_SECONDS` for each target, 60 if it isn't set; `ENTRENOUS_FUZZ_TARGETS` names some, separated by commas, and
//! `ENTRENOUS_FUZZ_SANITIZER=address` is slower and sees what reads or writes past the end. Needs cargo-fuzz. What a run
//! finds out stays in `fuzz/found`, which is not committed; `fuzz/corpus` has what `cargo test` runs too.
//! One line of each run is appended to `fuzz/campaigns.tsv`, and `docs/assurance/fuzzing.md` has their sums.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use cargo_metadata::MetadataCommand;

use crate::Findings;

const RECORD: &str = "fuzz/campaigns.tsv";
const PAGE: &str = "docs/assurance/fuzzing.md";
const BEGIN: &str = "<!-- campaigns -->\n";
const END: &str = "<!-- end -->";
/// Longest input, in bytes: a story of a thousand choices, and most messages.
const MAX_LEN: &str = "8192";
/// What stands in inputs and chance wouldn't write, by the targets that it helps.
const DICTIONARIES: [(&str, &[&str]); 3] = [
    ("envelopes", &["envelopes"]),
    ("protobuf", &["client_records", "device_lists", "handshakes", "messages", "records"]),
    ("texts", &["texts"]),
];
/// Instruments our own crates alone.
const WRAPPER: &str = "fuzz/rustc.sh";

pub(crate) fn run() -> Findings {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let root = metadata.workspace_root.as_std_path();
    let seconds = env::var("ENTRENOUS_FUZZ_SECONDS").unwrap_or_else(|_| "60".into());
    let chosen = env::var("ENTRENOUS_FUZZ_TARGETS").unwrap_or_default();
    let sanitizer = env::var("ENTRENOUS_FUZZ_SANITIZER").unwrap_or_else(|_| "none".into());
    let mut findings = Vec::new();
    for target in targets(root)? {
        if chosen.is_empty() || chosen.split(',').any(|name| name == target) {
            findings.extend(campaign(root, &target, &seconds, &sanitizer)?);
        }
    }
    write_sums(root)?;
    Ok(findings)
}

/// The targets' names, by their corpora.
fn targets(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join("fuzz/corpus"))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Runs a target, and gives what it found.
fn campaign(root: &Path, target: &str, seconds: &str, sanitizer: &str) -> Findings {
    let found = format!("fuzz/found/{target}");
    fs::create_dir_all(root.join(&found))?;
    let mut fuzz = Command::new("cargo")
        .args(["fuzz", "run", "--sanitizer", sanitizer])
        // programs of both kinds stay built
        .args(["--target-dir", &format!("fuzz/target/{sanitizer}")])
        .args([target, &found, &format!("fuzz/corpus/{target}"), "--"])
        .args([format!("-max_total_time={seconds}"), format!("-max_len={MAX_LEN}")])
        .args(["-print_final_stats=1", "-timeout=60", "-rss_limit_mb=4096"])
        .args(dictionary(target))
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC_WRAPPER", root.join(WRAPPER))
        .current_dir(root)
        .stderr(Stdio::piped())
        .spawn()?;
    let (mut executions, mut edges, mut told) = (0_u64, 0_u64, Vec::new());
    let mut began = Instant::now();
    for line in BufReader::new(fuzz.stderr.take().ok_or("no output")?).lines() {
        let line = line?;
        // only now is it built
        if line.starts_with("INFO: Running with") {
            began = Instant::now();
        }
        if let Some(count) = line.strip_prefix("stat::number_of_executed_units:") {
            executions = count.trim().parse()?;
        }
        if let Some((_, rest)) = line.split_once(" cov: ") {
            edges = rest.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(edges);
        }
        // of what goes wrong the end says what it was
        if told.len() >= 40 {
            told.remove(0);
        }
        told.push(line);
    }
    let held = fuzz.wait()?.success();
    // a find ends a run before its time
    let seconds = began.elapsed().as_secs();
    println!("fuzz: {target}: {executions} executions, {edges} edges");
    let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(root).output()?;
    let commit = String::from_utf8_lossy(&commit.stdout).trim().to_owned();
    let date = Command::new("date").arg("+%F").output()?;
    let date = String::from_utf8_lossy(&date.stdout).trim().to_owned();
    let findings = u8::from(!held);
    let mut record = fs::OpenOptions::new().append(true).create(true).open(root.join(RECORD))?;
    writeln!(
        record,
        "{date}\t{commit}\t{target}\t{sanitizer}\t{seconds}\t{executions}\t{edges}\t{findings}"
    )?;
    Ok(if held { Vec::new() } else { vec![format!("{target}:\n{}", told.join("\n"))] })
}

fn dictionary(target: &str) -> Option<String> {
    let of_target = DICTIONARIES.iter().find(|(_, targets)| targets.contains(&target));
    of_target.map(|(name, _)| format!("-dict=fuzz/dictionaries/{name}.dict"))
}

/// Of the runs of one target with one sanitizer.
#[derive(Default)]
struct Sum {
    runs: u64,
    seconds: u64,
    executions: u64,
    edges: u64,
    findings: u64,
}

/// Writes the sums of all runs into the page.
fn write_sums(root: &Path) -> Result<(), Box<dyn Error>> {
    let mut sums: BTreeMap<(String, String), Sum> = BTreeMap::new();
    for line in fs::read_to_string(root.join(RECORD))?.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, _, target, sanitizer, seconds, executions, edges, findings] = fields[..] else {
            return Err(format!("{RECORD}: {line}").into());
        };
        let sum = sums.entry((target.to_owned(), sanitizer.to_owned())).or_default();
        sum.runs += 1;
        sum.seconds += seconds.parse::<u64>()?;
        sum.executions += executions.parse::<u64>()?;
        sum.edges = sum.edges.max(edges.parse()?);
        sum.findings += findings.parse::<u64>()?;
    }
    let mut table = "| target | sanitizer | runs | seconds | executions | edges | runs that found something |\n|---|---|---|---|---|---|---|\n".to_owned();
    for ((target, sanitizer), Sum { runs, seconds, executions, edges, findings }) in sums {
        table += &format!(
            "| {target} | {sanitizer} | {runs} | {seconds} | {executions} | {edges} | {findings} |\n"
        );
    }
    let page = fs::read_to_string(root.join(PAGE))?;
    let (before, rest) = page.split_once(BEGIN).ok_or("no place for the sums")?;
    let (_, after) = rest.split_once(END).ok_or("no end of the sums")?;
    fs::write(root.join(PAGE), format!("{before}{BEGIN}\n{table}\n{END}{after}"))?;
    Ok(())
}
