//! `cargo xtask models`: runs the symbolic models of `docs/models` with Verifpal and compares each query with what the file
//! expects. In a good model no attack may be found; and each of its queries needs a broken variant in which one is, so that a
//! model that would hold whatever the protocol did is noticed.

use std::{
    collections::BTreeMap,
    error::Error,
    fs, iter,
    num::NonZero,
    path::Path,
    process::{Command, Stdio},
    sync::Mutex,
    thread,
};

use cargo_metadata::MetadataCommand;
use serde_json::Value;

use crate::Findings;

const VERSION: &str = "1.6.7";

pub(crate) fn run() -> Findings {
    let folder = MetadataCommand::new().no_deps().exec()?.workspace_root.join("docs/models");
    let mut models = BTreeMap::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "vp") {
            let name = path.file_stem().and_then(|name| name.to_str()).ok_or("a name that is no text")?;
            models.insert(name.to_owned(), Model::read(&path)?);
        }
    }
    let mut findings = without_variant(&models);
    // one process takes one core
    let waiting = Mutex::new(models.iter());
    let next = || waiting.lock().map_or(None, |mut models| models.next());
    let work = || {
        iter::from_fn(next)
            .filter_map(|(name, model)| judge(folder.as_std_path(), name, model))
            .collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let workers: Vec<_> =
            (0..thread::available_parallelism().map_or(1, NonZero::get)).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            findings.extend(worker.join().unwrap_or_else(|_| vec!["a worker panicked".to_owned()]));
        }
    });
    Ok(findings)
}

/// What is wrong with one model, if something is.
fn judge(folder: &Path, name: &str, model: &Model) -> Option<String> {
    match attacks(&folder.join(format!("{name}.vp")), model.sessions) {
        Ok(found) => {
            let attacked = found.iter().filter(|attack| **attack).count();
            println!("models: {name}: {} queries, an attack on {attacked}", found.len());
            (found != model.attacks)
                .then(|| format!("{name}: attacks found {found:?}, expected {:?}", model.attacks))
        }
        Err(error) => Some(format!("{name}: {error}")),
    }
}

/// What a file says of itself.
struct Model {
    sessions: u32,
    /// The good model that it is a broken variant of.
    broken: Option<String>,
    /// Of each query, whether an attack must be found.
    attacks: Vec<bool>,
}

impl Model {
    fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(path)?;
        let said = |start: &str| text.lines().find_map(|line| line.strip_prefix(start));
        let broken = said("// broken: of ").map(|file| file.trim_end_matches(".vp").to_owned());
        if broken.is_none() && !text.lines().any(|line| line == "// good") {
            return Err(format!("{} is neither good nor broken", path.display()).into());
        }
        let sessions = said("// sessions: ").ok_or("no number of sessions")?.parse()?;
        let attacks = text.lines().filter_map(|line| match line.trim() {
            "// expect: holds" => Some(false),
            "// expect: attack" => Some(true),
            _ => None,
        });
        Ok(Self { sessions, broken, attacks: attacks.collect() })
    }
}

/// Queries of good models that no variant breaks, and variants of nothing.
fn without_variant(models: &BTreeMap<String, Model>) -> Vec<String> {
    let mut findings = Vec::new();
    let variants = |name: &str| {
        let name = name.to_owned();
        models.values().filter(move |model| model.broken.as_ref() == Some(&name))
    };
    for (name, model) in models {
        match &model.broken {
            Some(of) if models.get(of).is_none_or(|good| good.broken.is_some()) => {
                findings.push(format!("{name}: there is no good model {of}"));
            }
            Some(_) => {}
            None if model.attacks.is_empty() || model.attacks.contains(&true) => {
                findings.push(format!("{name}: a good model has queries, and all of them hold"));
            }
            None => {
                let unbroken = (0..model.attacks.len()).filter(|query| {
                    !variants(name).any(|variant| variant.attacks.get(*query) == Some(&true))
                });
                findings
                    .extend(unbroken.map(|query| format!("{name}: no variant breaks query {}", query + 1)));
            }
        }
    }
    findings
}

/// Of each query of a model, whether Verifpal finds an attack.
fn attacks(path: &Path, sessions: u32) -> Result<Vec<bool>, Box<dyn Error>> {
    let output = Command::new("verifpal")
        .args(["verify", "--format", "json", "--sessions", &sessions.to_string()])
        .arg(path)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| {
            format!("{error}: `cargo install verifpal --version {VERSION} --ignore-rust-version --locked`")
        })?;
    let told: Value = serde_json::from_slice(&output.stdout)?;
    if told["version"] != VERSION {
        return Err(format!("verifpal {} is another version than {VERSION}", told["version"]).into());
    }
    let model = &told["models"][0];
    if model["ok"] != true {
        return Err(format!("{}: {}", path.display(), model["error"]).into());
    }
    let queries = model["analysis"]["queries"].as_array().ok_or("no queries")?;
    let attack = |query: &Value| {
        let found = query["resolved"].as_bool().ok_or("a query without a result")?;
        // a search that was cut off says nothing
        let searched = query["envelope"]["exhausted"] == true;
        if found || searched {
            Ok(found)
        } else {
            Err(format!("{}: {} isn't searched", path.display(), query["query"]).into())
        }
    };
    queries.iter().map(attack).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_no_variant_breaks_is_noticed() {
        let model = |broken: Option<&str>, attacks: &[bool]| Model {
            sessions: 1,
            broken: broken.map(str::to_owned),
            attacks: attacks.to_vec(),
        };
        let mut models = BTreeMap::from([
            ("good".to_owned(), model(None, &[false, false])),
            ("good-one".to_owned(), model(Some("good"), &[true, false])),
        ]);
        assert_eq!(without_variant(&models), ["good: no variant breaks query 2"]);
        models.insert("good-two".to_owned(), model(Some("good"), &[false, true]));
        assert!(without_variant(&models).is_empty());
        models.insert("lost".to_owned(), model(Some("gone"), &[true]));
        assert_eq!(without_variant(&models), ["lost: there is no good model gone"]);
    }
}
