//! What we publish builds its dependencies with their wiping on, for everybody who builds one of our crates alone. Others have
//! shipped this without: wiping that lies behind a feature goes unnoticed when it is off.

use alloc::collections::{BTreeMap, BTreeSet};

use super::tree::Tree;

pub(crate) const FEATURE: &str = "zeroize";

/// The crate with the cryptography: what it reaches and has no feature for wiping needs an answer below.
pub(crate) const CRYPTOGRAPHY: &str = "entrenous-primitives";

/// Crates that are built without the feature that they have, as they handle no secrets of ours: signatures, and a generator that
/// nothing which is built draws from.
const WITHOUT_SECRETS: [&str; 2] = ["chacha20", "ed25519"];

/// How the secrets are wiped that somebody handles who has no feature for it.
const ANSWERS: [(&str, &[&str]); 9] = [
    (
        "runs on a stack that is overwritten after each call: `on_wiped_stack`",
        &["graviola", "libcrux-ml-kem"],
    ),
    (
        "part of libcrux-ml-kem's calls",
        &["libcrux-intrinsics", "libcrux-secrets", "libcrux-sha3", "libcrux-traits"],
    ),
    ("keeps its keys in the states of `hmac`, which wipes them", &["hkdf"]),
    ("compares and selects what its caller keeps", &["cmov", "ctutils", "subtle"]),
    ("works in its caller's buffers", &["inout"]),
    ("is what wipes", &["zeroize"]),
    (
        "traits, types, numbers and facts about the processor",
        &[
            "aead",
            "cfg-if",
            "cpubits",
            "cpufeatures",
            "either",
            "libc",
            "libcrux-platform",
            "rand_core",
            "signature",
            "thiserror",
            "typenum",
            "universal-hash",
        ],
    ),
    (
        "hands references from thread to thread",
        &["crossbeam-deque", "crossbeam-epoch", "crossbeam-utils", "rayon", "rayon-core"],
    ),
    (
        "is named by somebody and not used: texts of hashes, random generators, other processors, verification tools",
        &[
            "base64ct",
            "core-models",
            "crabgrind",
            "fiat-crypto",
            "getrandom",
            "hax-lib",
            "num-bigint",
            "num-integer",
            "num-traits",
            "r-efi",
            "rand",
        ],
    ),
];

/// Which crates can be built with wiping.
pub(crate) fn offering<'a>(packages: impl IntoIterator<Item = (&'a str, bool)>) -> BTreeSet<&'a str> {
    packages.into_iter().filter_map(|(name, offers)| offers.then_some(name)).collect()
}

/// Names what could wipe and doesn't in one of the trees, by the published crate that has it.
pub(crate) fn check(trees: &BTreeMap<String, Tree>, offering: &BTreeSet<&str>) -> Vec<String> {
    let off = |tree: &Tree| -> BTreeSet<String> {
        let off = tree.iter().filter(|(name, on)| offering.contains(name.as_str()) && !on.contains(FEATURE));
        off.map(|(name, _)| name.clone()).collect()
    };
    let excepted: BTreeSet<String> = WITHOUT_SECRETS.iter().map(ToString::to_string).collect();
    let mut findings = Vec::new();
    let mut met = BTreeSet::new();
    for (of, tree) in trees {
        let off = off(tree);
        findings.extend(off.difference(&excepted).map(|name| {
            format!(
                "`{name}` is built without its feature `{FEATURE}` in {of}: name it in the root Cargo.toml"
            )
        }));
        met.extend(off);
    }
    let idle = excepted.difference(&met);
    findings
        .extend(idle.map(|name| format!("`{name}` needs no exception in crates/xtask/src/deps/wiping.rs")));
    findings
}

/// Names what the cryptography reaches and says nothing of its wiping, and answers that are of no use.
pub(crate) fn check_answers(cryptography: &Tree, offering: &BTreeSet<&str>) -> Vec<String> {
    let answered: BTreeSet<&str> = ANSWERS.iter().flat_map(|(_, names)| *names).copied().collect();
    let silent: BTreeSet<&str> = (cryptography.keys().map(String::as_str))
        .filter(|name| !offering.contains(name) && *name != CRYPTOGRAPHY)
        .collect();
    let missed = silent.difference(&answered).map(|name| {
        format!(
            "`{name}` has no feature `{FEATURE}`: say in crates/xtask/src/deps/wiping.rs how its secrets are wiped"
        )
    });
    let idle = answered
        .difference(&silent)
        .map(|name| format!("`{name}` needs no answer in crates/xtask/src/deps/wiping.rs"));
    missed.chain(idle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(crates: &[(&str, &str)]) -> Tree {
        let features = |on: &str| BTreeSet::from([on.to_owned()]);
        crates.iter().map(|(name, on)| ((*name).to_owned(), features(on))).collect()
    }

    #[test]
    fn a_crate_whose_wiping_is_off_is_named() {
        let offering = offering([("sha2", true), ("prost", false), ("chacha20", true), ("ed25519", true)]);
        let with = |others: &[(&str, &str)]| {
            let excepted = tree(&WITHOUT_SECRETS.map(|name| (name, "")));
            let trees = [("ours, alone".to_owned(), tree(others)), ("all".to_owned(), excepted)];
            check(&BTreeMap::from(trees), &offering)
        };
        assert!(with(&[("sha2", FEATURE), ("prost", "std")]).is_empty());
        let found = with(&[("sha2", "std")]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("in ours, alone"), "{found:?}");
    }

    #[test]
    fn what_others_switch_on_counts_for_nobody_else() {
        let trees =
            [("one".to_owned(), tree(&[("sha2", FEATURE)])), ("other".to_owned(), tree(&[("sha2", "")]))];
        let found = check(&BTreeMap::from(trees), &offering([("sha2", true)]));
        assert_eq!(found.iter().filter(|found| found.contains("sha2")).count(), 1);
    }

    #[test]
    fn an_exception_that_is_none_is_named() {
        assert_eq!(check(&BTreeMap::new(), &BTreeSet::new()).len(), WITHOUT_SECRETS.len());
    }

    #[test]
    fn every_crate_of_the_cryptography_has_an_answer() {
        let answered = || ANSWERS.iter().flat_map(|(_, names)| *names).map(|name| (*name, ""));
        let with = |others: &[(&'static str, &'static str)]| {
            let all: Vec<_> = answered().chain(others.iter().copied()).collect();
            check_answers(&tree(&all), &offering([("sha2", true)]))
        };
        assert!(with(&[("sha2", FEATURE), (CRYPTOGRAPHY, "")]).is_empty());
        assert_eq!(with(&[("new-cipher", "")]).len(), 1);
        assert_eq!(check_answers(&Tree::new(), &BTreeSet::new()).len(), answered().count());
    }
}
