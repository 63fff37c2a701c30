//! What we publish builds its dependencies with their wiping on. Others have shipped this without: wiping that lies behind a
//! feature goes unnoticed when it is off.

use alloc::collections::BTreeSet;

const FEATURE: &str = "zeroize";

/// Crates that handle no secrets of ours: signatures, and generators of `rand` that only tests draw from.
const WITHOUT_SECRETS: [&str; 2] = ["chacha20", "ed25519"];

/// A crate that the published ones reach.
#[derive(Clone, Copy)]
pub(crate) struct Reached<'a> {
    pub(crate) name: &'a str,
    /// Whether it can be built with wiping.
    pub(crate) has: bool,
    /// Whether it is.
    pub(crate) is_on: bool,
}

impl<'a> Reached<'a> {
    pub(crate) fn new(
        name: &'a str,
        offered: impl IntoIterator<Item = &'a str>,
        on: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut on = on.into_iter();
        Self {
            name,
            has: offered.into_iter().any(|feature| feature == FEATURE),
            is_on: on.any(|feature| feature == FEATURE),
        }
    }
}

/// Names what could wipe and doesn't, and exceptions that are none.
pub(crate) fn check(reached: &[Reached<'_>]) -> Vec<String> {
    let off: BTreeSet<&str> =
        reached.iter().filter(|found| found.has && !found.is_on).map(|found| found.name).collect();
    let excepted = BTreeSet::from(WITHOUT_SECRETS);
    let missed = off.difference(&excepted).map(|name| {
        format!("`{name}` is built without its feature `{FEATURE}`: name it in the root Cargo.toml")
    });
    let idle = excepted
        .difference(&off)
        .map(|name| format!("`{name}` needs no exception in crates/xtask/src/deps/wiping.rs"));
    missed.chain(idle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_whose_wiping_is_off_is_named() {
        let found = |name, has, is_on| Reached { name, has, is_on };
        let excepted = WITHOUT_SECRETS.map(|name| found(name, true, false));
        let with = |name, has, is_on| [&excepted[..], &[found(name, has, is_on)]].concat();
        assert!(check(&with("sha2", true, true)).is_empty());
        assert!(check(&with("prost", false, false)).is_empty());
        assert_eq!(check(&with("sha2", true, false)).len(), 1);
        assert_eq!(check(&excepted[1..]).len(), 1, "an exception that is none");
    }

    #[test]
    fn features_are_read_by_their_name() {
        let aes = Reached::new("aes", ["default", "zeroize"], ["default"]);
        assert!(aes.has && !aes.is_on);
        assert!(Reached::new("aes", ["zeroize"], ["zeroize"]).is_on);
        assert!(!Reached::new("prost", ["std"], ["std"]).has);
    }
}
