//! Third-party dependencies stand in one table, `[workspace.dependencies]`, each on its own line with the
//! reason why it is there; crates take them with `workspace = true`.

use alloc::collections::BTreeSet;

use crate::manifest::{Entry, entries};

const TABLE: &str = "workspace.dependencies";
const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Names every third-party line of the table that doesn't say why.
pub(crate) fn check_root(manifest: &str) -> Vec<String> {
    let table = entries(manifest);
    let in_table = table.iter().filter(|entry| entry.section == TABLE);
    let silent = in_table.filter(|entry| !is_path(entry) && entry.comment.is_empty());
    let scattered = table.iter().filter(|entry| entry.section.starts_with("workspace.dependencies."));
    let scattered: BTreeSet<&str> = scattered.map(|entry| entry.section.as_str()).collect();
    silent
        .map(|entry| {
            format!("`{}` stands in [{TABLE}] without a word why (a comment on its line)", entry.key)
        })
        .chain(scattered.iter().map(|section| format!("write [{section}] as one line of [{TABLE}]")))
        .collect()
}

/// Names every dependency of `third_party` (what cargo sees) that the manifest doesn't take from the table.
pub(crate) fn check_member(package: &str, manifest: &str, third_party: &BTreeSet<&str>) -> Vec<String> {
    let declared: Vec<Declared> = entries(manifest).iter().filter_map(Declared::read).collect();
    // One dependency may stand in several sections, and each has to be right.
    let places: BTreeSet<(&str, &str)> =
        declared.iter().map(|declared| (declared.section.as_str(), declared.name.as_str())).collect();
    let inherits = |place: &(&str, &str)| {
        (declared.iter())
            .any(|other| other.inherits && (other.section.as_str(), other.name.as_str()) == *place)
    };
    (third_party.iter())
        .filter(|name| {
            let mut places = places.iter().filter(|(_, declared)| declared == *name).peekable();
            places.peek().is_none() || !places.all(inherits)
        })
        .map(|name| {
            format!("`{package}` declares `{name}` itself: put it in [{TABLE}] and take it with `workspace = true`")
        })
        .collect()
}

/// One key of a dependency section.
struct Declared {
    section: String,
    name: String,
    inherits: bool,
}

impl Declared {
    fn read(entry: &Entry) -> Option<Self> {
        let (parent, last) = entry.section.rsplit_once('.').unwrap_or(("", &entry.section));
        if KINDS.contains(&last) {
            // name = { workspace = true }, or name.workspace = true
            let (name, field) = entry.key.split_once('.').unwrap_or((&entry.key, ""));
            let inherits = match field {
                "" => has(entry, "workspace=true"),
                field => field == "workspace" && entry.value == "true",
            };
            Some(Self { section: entry.section.clone(), name: name.to_owned(), inherits })
        } else if KINDS.contains(&parent.rsplit('.').next().unwrap_or_default()) {
            // [dependencies.name], then workspace = true
            let inherits = entry.key == "workspace" && entry.value == "true";
            Some(Self { section: parent.to_owned(), name: last.to_owned(), inherits })
        } else {
            None
        }
    }
}

fn is_path(entry: &Entry) -> bool {
    has(entry, "path=")
}

/// Whether an inline table has a field that begins so.
fn has(entry: &Entry, field: &str) -> bool {
    entry.value.trim_matches(['{', '}']).split(',').any(|part| part.starts_with(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_table_needs_a_reason() {
        let root = "[workspace.dependencies]\n\
            # a heading is not a reason\n\
            ours = { path = \"crates/ours\" }\n\
            good = \"1\" # parses goods\n\
            silent = { version = \"1\", features = [\"x\"] }\n\
            empty = \"2\" #\n\
            [workspace.dependencies.apart]\n\
            version = \"1\"\n\
            [profile.dev]\n\
            opt-level = 1\n";
        let found = check_root(root);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("`silent`"));
        assert!(found[1].contains("`empty`"));
        assert!(found[2].contains("[workspace.dependencies.apart]"));
    }

    fn named(manifest: &str, third_party: &[&str]) -> Vec<String> {
        check_member("room", manifest, &third_party.iter().copied().collect())
    }

    #[test]
    fn every_way_to_take_from_the_table_passes() {
        let manifest = "[dependencies]\n\
            a.workspace = true\n\
            a.features = [\"x\"]\n\
            b = { workspace = true, features = [\n\"y\",\n] }\n\
            [target.'cfg(unix)'.dependencies]\n\
            c = { features = [\"z\"], workspace = true }\n\
            [dev-dependencies.d]\n\
            features = [\"x\"]\n\
            workspace = true\n";
        assert_eq!(named(manifest, &["a", "b", "c", "d"]), Vec::<String>::new());
    }

    #[test]
    fn a_dependency_declared_by_the_crate_is_named() {
        for manifest in [
            "[dependencies]\na = \"1\"\n",
            "[dependencies]\na = { version = \"1\" }\n",
            "[build-dependencies.a]\nversion = \"1\"\n",
            "[target.'cfg(unix)'.dev-dependencies]\na.version = \"1\"\n",
            "dependencies = { a = \"1\" }\n",
            "[dependencies]\na.workspace = true\n[dev-dependencies]\na = \"2\"\n",
        ] {
            let found = named(manifest, &["a"]);
            assert_eq!(found.len(), 1, "{manifest}");
            assert!(found[0].starts_with("`room` declares `a` itself"));
        }
    }
}
