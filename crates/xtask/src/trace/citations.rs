//! Citations of rules: comments `// spec: WIRE-11, WIRE-12` in code and tests.

use alloc::collections::{BTreeMap, BTreeSet};

const MARK: &str = "// spec: ";
/// Begins the tests of a file, if a block follows.
const TESTS: &str = "#[cfg(test)]\nmod ";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Code,
    Test,
    Vectors,
}

/// Who cites what.
#[derive(Default)]
pub(crate) struct Citations(BTreeMap<String, BTreeSet<(Kind, String)>>);

impl Citations {
    /// Takes in a file, whose name is from the root of the workspace.
    pub(crate) fn read(&mut self, file: &str, text: &str) {
        let tests = if is_of_tests(file) { 0 } else { start_of_tests(text) };
        for (at, _) in text.match_indices(MARK) {
            let kind = if at < tests { Kind::Code } else { Kind::Test };
            let line = text[at + MARK.len()..].lines().next().unwrap_or_default();
            for id in ids(line) {
                self.0.entry(id.to_owned()).or_default().insert((kind, file.to_owned()));
            }
        }
    }

    /// Takes in a file of vectors: the ids in it are those of its cases.
    pub(crate) fn read_vectors(&mut self, file: &str, text: &str) {
        for id in text.split('"').filter(|word| is_id(word)) {
            self.0.entry(id.to_owned()).or_default().insert((Kind::Vectors, file.to_owned()));
        }
    }

    /// Everything that is cited.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The files that cite a rule, of one kind or of all.
    pub(crate) fn places(&self, id: &str, kind: Option<Kind>) -> Vec<&str> {
        let places = self.0.get(id).into_iter().flatten();
        let of_kind = places.filter(|(found, _)| kind.is_none_or(|kind| kind == *found));
        of_kind.map(|(_, file)| file.as_str()).collect()
    }
}

/// Where the tests in a file begin, which stand at its end.
fn start_of_tests(text: &str) -> usize {
    let is_block =
        |at: &usize| text[at + TESTS.len()..].lines().next().is_some_and(|line| line.ends_with('{'));
    text.match_indices(TESTS).map(|(at, _)| at).find(is_block).unwrap_or(text.len())
}

/// Whether a whole file is tests.
fn is_of_tests(file: &str) -> bool {
    file.starts_with("crates/testkit/")
        || file.contains("/tests/")
        || ["tests.rs", "testing.rs"].iter().any(|name| file.ends_with(name))
}

/// The ids that a citation begins with: what follows them may be words.
fn ids(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split([',', ' ']).filter(|word| !word.is_empty());
    words.map(|word| word.trim_end_matches([';', '.', ':'])).take_while(|word| is_id(word))
}

fn is_id(word: &str) -> bool {
    let Some((area, number)) = word.split_once('-') else { return false };
    !area.is_empty()
        && area.chars().all(|c| c.is_ascii_uppercase())
        && !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_tests_are_told_apart() {
        let mut citations = Citations::default();
        citations.read(
            "crates/a/src/b.rs",
            "// spec: A-1, B-22; why\n#[cfg(test)]\nmod tests {\n // spec: A-3 and so\n}\n",
        );
        citations.read("crates/a/tests/c.rs", "// spec: A-1\n");
        citations.read("crates/a/src/d.rs", "#[cfg(test)]\nmod tests;\n// spec: A-3\n");
        citations.read_vectors("test-vectors/a.json", "{\"rules\": [\"A-3\"], \"n\": \"a-3\"}");
        assert_eq!(citations.places("A-3", Some(Kind::Code)), ["crates/a/src/d.rs"]);
        assert_eq!(citations.places("A-3", Some(Kind::Vectors)), ["test-vectors/a.json"]);
        assert_eq!(citations.ids().collect::<Vec<_>>(), ["A-1", "A-3", "B-22"]);
        assert_eq!(citations.places("A-1", Some(Kind::Code)), ["crates/a/src/b.rs"]);
        assert_eq!(citations.places("A-1", Some(Kind::Test)), ["crates/a/tests/c.rs"]);
        assert_eq!(citations.places("A-3", Some(Kind::Test)), ["crates/a/src/b.rs"]);
        assert!(citations.places("Z-1", None).is_empty());
    }
}
