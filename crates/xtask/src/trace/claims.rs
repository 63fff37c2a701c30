//! The register of claims, `docs/claims.md`: what a claim cites has to be there.

use std::{fs, path::Path};

use serde_json::Value;

use super::rules::Rule;

/// The fields of a claim, in this order.
const FIELDS: [&str; 7] = ["claim", "against", "rules", "tests", "vectors", "models", "limits"];

/// What is wrong with the register in `text`, whose files are below `root`.
pub(crate) fn check(text: &str, rules: &[Rule], root: &Path) -> Vec<String> {
    let mut findings = Vec::new();
    if !text.contains("\n## ") {
        findings.push("claims: there are none".to_owned());
    }
    for (number, section) in (1..).zip(text.split("\n## ").skip(1)) {
        let (title, body) = section.split_once('\n').unwrap_or((section, ""));
        let id = format!("CLAIM-{number}");
        if title.split_once(": ").is_none_or(|(found, _)| found != id) {
            findings.push(format!("claims: `{title}` stands in the place of {id}"));
            continue;
        }
        match fields(body) {
            Ok(fields) => {
                let wrong = cited(&fields).filter(|(kind, what)| !exists(kind, what, rules, root));
                findings.extend(wrong.map(|(kind, what)| format!("{id}, {kind}: there is no {what}")));
            }
            Err(wrong) => findings.push(format!("{id}: {wrong}")),
        }
    }
    findings
}

/// The seven fields of a claim.
fn fields(body: &str) -> Result<Vec<(&'static str, String)>, String> {
    let body = body.trim().replace("\n  ", " ");
    let lines: Vec<&str> = body.lines().collect();
    if lines.len() != FIELDS.len() {
        return Err(format!("{} fields instead of {}", lines.len(), FIELDS.len()));
    }
    let field = |(name, line): (&'static str, &str)| {
        let value = line.strip_prefix("- ").and_then(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let value = value.ok_or_else(|| format!("`{line}` is not the field {name}"))?;
        Ok((name, value.to_owned()))
    };
    FIELDS.into_iter().zip(lines).map(field).collect()
}

/// What a claim cites, and of which kind it is.
fn cited<'a>(fields: &'a [(&'static str, String)]) -> impl Iterator<Item = (&'static str, &'a str)> {
    let lists = fields
        .iter()
        .filter(|(name, value)| matches!(*name, "rules" | "tests" | "vectors" | "models") && value != "none");
    lists.flat_map(|(name, value)| value.split(", ").map(|what| (*name, what.trim_matches('`'))))
}

fn exists(kind: &str, what: &str, rules: &[Rule], root: &Path) -> bool {
    match kind {
        "rules" => rules.iter().any(|rule| rule.id == what),
        "tests" => is_test(what, root).is_some(),
        "vectors" => is_vector(what, root).is_some(),
        _ => what.starts_with("docs/models/") && root.join(what).is_file(),
    }
}

/// `path::function`, with the attribute of a test.
fn is_test(what: &str, root: &Path) -> Option<()> {
    let (path, function) = what.split_once("::")?;
    let text = fs::read_to_string(root.join(path)).ok()?;
    let head = format!("fn {function}(");
    let mut found = text.match_indices(&head).map(|(at, _)| &text[..at]);
    found.any(|before| before.rsplit("\n\n").next().is_some_and(|own| own.contains("#[test]"))).then_some(())
}

/// `file.json#number`, of a case.
fn is_vector(what: &str, root: &Path) -> Option<()> {
    let (file, number) = what.split_once('#')?;
    let text = fs::read_to_string(root.join("test-vectors").join(file)).ok()?;
    let all: Value = serde_json::from_str(&text).ok()?;
    let number: usize = number.parse().ok()?;
    all["cases"].get(number.checked_sub(1)?).map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::rules;
    use super::*;

    #[test]
    fn what_is_not_there_is_named() {
        let rules = rules::of("wire.md", "- **WIRE-1** One.\n");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let test = "crates/xtask/src/trace/claims.rs::what_is_not_there_is_named";
        let claim = |number: u32, rules: &str, tests: &str, vectors: &str, models: &str| {
            format!(
                "\n## CLAIM-{number}: Something\n\n- claim: It holds.\n- against: Everybody.\n- rules: {rules}\n\
                 - tests: {tests}\n- vectors: {vectors}\n- models: {models}\n- limits: None that\n  is known.\n"
            )
        };
        let good = claim(1, "WIRE-1", &format!("`{test}`"), "`wire.json#1`", "`docs/models/epoch.vp`");
        assert!(check(&good, &rules, &root).is_empty());
        let bad = claim(
            2,
            "WIRE-2",
            "`crates/xtask/src/trace/claims.rs::is_test`",
            "`wire.json#0`, `wire.json#999`",
            "none",
        );
        assert_eq!(
            check(&[&good[..], &bad].concat(), &rules, &root),
            [
                "CLAIM-2, rules: there is no WIRE-2",
                "CLAIM-2, tests: there is no crates/xtask/src/trace/claims.rs::is_test",
                "CLAIM-2, vectors: there is no wire.json#0",
                "CLAIM-2, vectors: there is no wire.json#999",
            ]
        );
        let twice = [&good[..], &good].concat();
        assert_eq!(
            check(&twice, &rules, &root),
            ["claims: `CLAIM-1: Something` stands in the place of CLAIM-2"]
        );
        let short = good.replace("- against: Everybody.\n", "");
        assert_eq!(check(&short, &rules, &root), ["CLAIM-1: 6 fields instead of 7"]);
    }
}
