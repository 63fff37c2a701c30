//! `cargo xtask trace`: which rule of the specification is carried out where, and by what it is tested. Writes
//! `docs/traceability.md`; with `--check` it is only compared. A rule that nobody cites, a citation of no rule, and a
//! claim of `docs/claims.md` that cites what isn't there, are findings.

mod citations;
mod claims;
mod gaps;
mod report;
mod rules;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use cargo_metadata::MetadataCommand;

use crate::Findings;
use citations::{Citations, Kind};
use rules::Rule;

/// The report, from the root of the workspace.
const REPORT: &str = "docs/traceability.md";

/// The register of claims.
const CLAIMS: &str = "docs/claims.md";

pub(crate) fn run(check: bool) -> Findings {
    let root: PathBuf = MetadataCommand::new().no_deps().exec()?.workspace_root.into();
    let rules = read_rules(&root)?;
    let citations = read_citations(&root)?;
    let mut findings = orphans(&rules, &citations, gaps::UNTESTED);
    findings.extend(claims::check(&fs::read_to_string(root.join(CLAIMS))?, &rules, &root));
    let report = report::of(&rules, &citations, gaps::UNTESTED);
    let place = root.join(REPORT);
    if !check {
        fs::write(place, report)?;
    } else if fs::read_to_string(place)? != report {
        findings.push(format!("{REPORT} is not current: run `cargo xtask trace`"));
    }
    Ok(findings)
}

fn read_rules(root: &Path) -> io::Result<Vec<Rule>> {
    let mut rules = Vec::new();
    for path in files(&root.join("docs/spec"), "md")? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        rules.extend(rules::of(&name, &fs::read_to_string(&path)?));
    }
    Ok(rules)
}

fn read_citations(root: &Path) -> io::Result<Citations> {
    let mut citations = Citations::default();
    for path in files(&root.join("crates"), "rs")? {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        // the tests of this command cite what isn't there
        if name.starts_with("crates/xtask/") {
            continue;
        }
        citations.read(&name, &fs::read_to_string(&path)?);
    }
    for path in files(&root.join("test-vectors"), "json")? {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        // it says what rules are about, and holds none
        if name.ends_with("/schema.json") {
            continue;
        }
        citations.read_vectors(&name, &fs::read_to_string(&path)?);
    }
    Ok(citations)
}

/// Every file with this extension in a folder and those in it, in the order of their names.
fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn orphans(rules: &[Rule], citations: &Citations, gaps: &[(&str, &str)]) -> Vec<String> {
    let unknown = citations.ids().filter(|id| !rules.iter().any(|rule| rule.id == *id));
    let unknown = unknown.map(|id| {
        format!("{id} is cited in {}, and no rule has this id", citations.places(id, None).join(", "))
    });
    let is_cited = |rule: &Rule, kind| !citations.places(&rule.id, Some(kind)).is_empty();
    let is_held = |rule: &Rule| is_cited(rule, Kind::Test) || is_cited(rule, Kind::Vectors);
    let is_gap = |rule: &Rule| gaps.iter().any(|(id, _)| *id == rule.id);
    let due = rules.iter().filter(|rule| rule.is_due());
    let lacking = due.flat_map(|rule| {
        let Rule { id, file, .. } = rule;
        let carried_out = is_cited(rule, Kind::Code);
        let held = match (is_held(rule), is_gap(rule)) {
            (false, false) => Some(format!("{id} ({file}) is cited in no test and no vector")),
            (true, true) => Some(format!("{id} ({file}) is no gap any more")),
            _ => None,
        };
        (!carried_out).then(|| format!("{id} ({file}) is cited in no code")).into_iter().chain(held)
    });
    unknown.chain(lacking).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orphans_are_named() {
        let rules = rules::of("wire.md", "- **WIRE-1** One.\n- **WIRE-2** Two.\n");
        let mut citations = Citations::default();
        citations.read(
            "crates/wire/src/a.rs",
            "// spec: WIRE-1, WIRE-9\n#[cfg(test)]\nmod tests {\n    // spec: WIRE-1\n}\n",
        );
        let found = orphans(&rules, &citations, &[("WIRE-1", "was a gap")]);
        assert_eq!(
            found,
            [
                "WIRE-9 is cited in crates/wire/src/a.rs, and no rule has this id",
                "WIRE-1 (wire.md) is no gap any more",
                "WIRE-2 (wire.md) is cited in no code",
                "WIRE-2 (wire.md) is cited in no test and no vector",
            ]
        );
    }
}
