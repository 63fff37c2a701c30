//! Test vectors: what another implementation needs to check itself, with every secret on the way. Keys, boxes and signatures the
//! generator derives anew from the primitives, as the specification says, and it holds the product to them before anything is
//! written; the rules of rosters it takes from the test kit's own account of them where that has one. What is refused is refused
//! by the product, with the error that is written.
//!
//! One file for a topic, `test-vectors/<topic>.json`; `cargo xtask vectors` writes them. Cases are only ever added at the end of a
//! file, so that a case is known by its number for ever.

mod agreement;
mod comparisons;
mod controls;
mod conversation;
mod identity;
mod pq_ratchet;
mod ratchet;
#[cfg(feature = "clients")]
mod records;
mod roster;
mod sender_keys;
mod wire;

use entrenous_primitives::role::Role;
use serde_json::{Value, json};

/// A file of vectors.
#[derive(Debug)]
pub struct Vectors {
    topic: &'static str,
    about: &'static str,
    cases: Vec<Value>,
}

impl Vectors {
    fn new(topic: &'static str, about: &'static str) -> Self {
        Self { topic, about, cases: Vec::new() }
    }

    /// The file's name in `test-vectors`.
    pub fn file(&self) -> String {
        format!("{}.json", self.topic)
    }

    /// How many cases there are.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// The file's text: keys in alphabetical order, so that it is the same everywhere.
    pub fn text(&self) -> String {
        let Self { topic, about, cases } = self;
        let all = json!({ "schema": 1, "topic": topic, "about": about, "cases": cases });
        serde_json::to_string_pretty(&all).expect("strings and numbers") + "\n"
    }

    /// A case that must come to what it says.
    fn accepted(&mut self, operation: &str, name: &str, rules: &[&str], fields: Fields) {
        self.enter(operation, name, rules, json!({ "result": "accepted" }), fields);
    }

    /// A case that breaks `rules`, and that `layer` must refuse with `error`. It differs from one that is accepted in what
    /// the name says, and in nothing else.
    fn refused(
        &mut self,
        operation: &str,
        name: &str,
        rules: &[&str],
        layer: &str,
        error: &str,
        inputs: Value,
    ) {
        let expected = json!({ "result": "refused", "layer": layer, "error": error });
        self.enter(operation, name, rules, expected, Fields { inputs, ..Fields::default() });
    }

    fn enter(&mut self, operation: &str, name: &str, rules: &[&str], expected: Value, fields: Fields) {
        let Fields { inputs, intermediate, outputs } = fields;
        self.cases.push(json!({
            "number": self.cases.len() + 1,
            "operation": operation,
            "name": name,
            "rules": rules,
            "expected": expected,
            "inputs": inputs,
            "intermediate": intermediate,
            "outputs": outputs,
        }));
    }
}

/// What a case has.
#[derive(Default)]
struct Fields {
    inputs: Value,
    /// Secrets, and other things on the way.
    intermediate: Value,
    outputs: Value,
}

/// Role of keys that are only recomputed.
#[derive(Debug)]
enum Recomputed {}
impl Role for Recomputed {
    const NAME: &'static str = "recomputed";
}

/// Every file.
pub fn all() -> Vec<Vectors> {
    Vec::from([
        wire::vectors(),
        identity::vectors(),
        agreement::vectors(),
        ratchet::vectors(),
        pq_ratchet::vectors(),
        sender_keys::vectors(),
        roster::vectors(),
        #[cfg(feature = "clients")]
        records::vectors(),
        controls::vectors(),
    ])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
