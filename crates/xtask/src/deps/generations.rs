//! One generation of each crypto crate in what we publish: two would mean two implementations of one
//! primitive, and traits that don't fit each other.

use alloc::collections::BTreeSet;

const ONE_EACH: [&str; 12] = [
    "aes-gcm",
    "curve25519-dalek",
    "digest",
    "ed25519-dalek",
    "graviola",
    "hkdf",
    "hmac",
    "libcrux-ml-kem",
    "rand_core",
    "sha2",
    "x25519-dalek",
    "zeroize",
];

/// Names every crate of the list that `found` (name and version of what the published crates reach) has not
/// exactly once.
pub(crate) fn check(found: &BTreeSet<(&str, String)>) -> Vec<String> {
    ONE_EACH.iter().filter_map(|name| wrong(name, found)).collect()
}

fn wrong(name: &str, found: &BTreeSet<(&str, String)>) -> Option<String> {
    let versions: Vec<&str> =
        found.iter().filter(|(found, _)| *found == name).map(|(_, version)| version.as_str()).collect();
    match versions.as_slice() {
        [_] => None,
        [] => Some(format!(
            "no published crate reaches `{name}` any more: take it off the list in crates/xtask/src/deps/generations.rs"
        )),
        several => Some(format!(
            "the published crates reach {} generations of `{name}`: {}",
            several.len(),
            several.join(", ")
        )),
    }
}

/// Everything that can be reached from `roots`, the roots included.
pub(crate) fn reachable<'graph, T: Ord + ?Sized, Next>(
    roots: impl IntoIterator<Item = &'graph T>,
    next: impl Fn(&'graph T) -> Next,
) -> BTreeSet<&'graph T>
where
    Next: Iterator<Item = &'graph T>,
{
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&T> = roots.into_iter().collect();
    while let Some(node) = waiting.pop() {
        if reached.insert(node) {
            waiting.extend(next(node));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of_each() -> BTreeSet<(&'static str, String)> {
        ONE_EACH.iter().map(|name| (*name, "1.0.0".to_owned())).collect()
    }

    #[test]
    fn one_generation_passes() {
        assert_eq!(check(&one_of_each()), Vec::<String>::new());
    }

    #[test]
    fn two_generations_are_named() {
        let mut found = one_of_each();
        found.insert(("rand_core", "0.6.4".to_owned()));
        assert_eq!(check(&found), ["the published crates reach 2 generations of `rand_core`: 0.6.4, 1.0.0"]);
    }

    #[test]
    fn a_crate_that_is_gone_is_named() {
        let mut found = one_of_each();
        found.retain(|(name, _)| *name != "digest");
        assert_eq!(check(&found).len(), 1);
    }

    #[test]
    fn the_walk_goes_round_cycles_and_stops() {
        let edges = [("a", "b"), ("b", "c"), ("c", "b"), ("x", "y")];
        let reached =
            reachable(["a"], |node| edges.iter().filter(move |(from, _)| *from == node).map(|(_, to)| *to));
        assert_eq!(reached, BTreeSet::from(["a", "b", "c"]));
    }
}
