//! The rooms of the house, and who may know whom. No room calls up, and siblings don't import each other.

use alloc::collections::BTreeSet;

const PRIMITIVES: &str = "entrenous-primitives";
const WIRE: &str = "entrenous-wire";
const IDENTITY: &str = "entrenous-identity";
const AGREEMENT: &str = "entrenous-agreement";
const RATCHET: &str = "entrenous-ratchet";
const GROUP: &str = "entrenous-group";
const CLIENT: &str = "entrenous";
const STORE: &str = "entrenous-store-sqlite";
const FFI: &str = "entrenous-ffi";
const CLI: &str = "entrenous-cli";
const RELAY: &str = "entrenous-relay";
const DISK: &str = "entrenous-disk";
const TESTKIT: &str = "entrenous-testkit";
const BENCHES: &str = "entrenous-benches";
const XTASK: &str = "xtask";

struct Room {
    package: &'static str,
    /// Whether it is made for others to use, or only for our own tests and measurements.
    published: bool,
    knows: Knows,
}

enum Knows {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

const ROOMS: &[Room] = &[
    published(PRIMITIVES, &[]),
    published(WIRE, &[]),
    published(IDENTITY, &[PRIMITIVES, WIRE]),
    published(AGREEMENT, &[PRIMITIVES, WIRE, IDENTITY]),
    published(RATCHET, &[PRIMITIVES, WIRE, IDENTITY]),
    published(GROUP, &[PRIMITIVES, WIRE, IDENTITY]),
    published(CLIENT, &[PRIMITIVES, WIRE, IDENTITY, AGREEMENT, RATCHET, GROUP]),
    published(STORE, &[PRIMITIVES, WIRE, IDENTITY, AGREEMENT, RATCHET, GROUP, CLIENT]),
    // What app developers get must be enough for our own programs.
    published(FFI, &[CLIENT, STORE]),
    published(CLI, &[CLIENT, STORE]),
    // A server is trusted with nothing, so it has no use for sessions.
    published(RELAY, &[PRIMITIVES, WIRE, IDENTITY]),
    // It stands below SQLite, and has no words of ours.
    Room { package: DISK, published: false, knows: Knows::Only(&[]) },
    Room { package: TESTKIT, published: false, knows: Knows::AllBut(&[CLI, XTASK]) },
    Room { package: BENCHES, published: false, knows: Knows::AllBut(&[]) },
    Room { package: XTASK, published: false, knows: Knows::Only(&[TESTKIT]) },
];

const fn published(package: &'static str, knows: &'static [&'static str]) -> Room {
    Room { package, published: true, knows: Knows::Only(knows) }
}

/// A normal or build dependency of one workspace package on another.
#[derive(Debug)]
pub(crate) struct Edge<'name> {
    pub(crate) from: &'name str,
    pub(crate) to: &'name str,
}

/// Whether the house has a room of this name, already built or not.
pub(crate) fn is_ours(package: &str) -> bool {
    room(package).is_some()
}

pub(crate) fn is_published(package: &str) -> bool {
    room(package).is_some_and(|room| room.published)
}

/// Names every member without a room and every edge that goes the wrong way.
pub(crate) fn check(members: &BTreeSet<&str>, edges: &[Edge<'_>]) -> Vec<String> {
    let homeless = members.iter().filter(|member| !is_ours(member)).map(|member| {
        format!(
            "`{member}` is not a room of the house: say in crates/xtask/src/deps/rooms.rs whom it may know"
        )
    });
    homeless.chain(edges.iter().filter_map(wrong)).collect()
}

fn wrong(Edge { from, to }: &Edge<'_>) -> Option<String> {
    // A member without a room has been named already.
    let rule = match room(from)?.knows {
        Knows::Only(known) if known.contains(to) => return None,
        Knows::AllBut(unknown) if !unknown.contains(to) => return None,
        Knows::Only([]) => "nothing of ours".to_owned(),
        Knows::Only(known) => format!("only {}", known.join(", ")),
        Knows::AllBut(unknown) => format!("all but {}", unknown.join(", ")),
    };
    Some(format!("`{from}` depends on `{to}`, but it may know {rule}"))
}

fn room(package: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.package == package)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(edges: &[(&str, &str)]) -> Vec<String> {
        let edges: Vec<Edge<'_>> = edges.iter().map(|&(from, to)| Edge { from, to }).collect();
        check(&BTreeSet::new(), &edges)
    }

    #[test]
    fn the_intended_direction_passes() {
        assert_eq!(
            findings(&[
                (IDENTITY, WIRE),
                (AGREEMENT, IDENTITY),
                (RATCHET, PRIMITIVES),
                (CLIENT, RATCHET),
                (CLIENT, GROUP),
                (STORE, CLIENT),
                (FFI, STORE),
                (CLI, CLIENT),
                (RELAY, IDENTITY),
                (TESTKIT, CLIENT),
                (BENCHES, TESTKIT),
                (XTASK, TESTKIT),
            ]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn every_wrong_edge_is_named() {
        for (from, to) in [
            (PRIMITIVES, WIRE),
            (WIRE, PRIMITIVES),
            (IDENTITY, AGREEMENT),
            (AGREEMENT, RATCHET),
            (RATCHET, AGREEMENT),
            (GROUP, RATCHET),
            (RATCHET, CLIENT),
            (CLIENT, STORE),
            (CLIENT, TESTKIT),
            (CLI, RATCHET),
            (CLI, TESTKIT),
            (FFI, PRIMITIVES),
            (RELAY, CLIENT),
            (TESTKIT, CLI),
            (TESTKIT, XTASK),
            (XTASK, CLIENT),
            (WIRE, "entrenous-attic"),
        ] {
            let found = findings(&[(IDENTITY, WIRE), (from, to)]);
            assert_eq!(found.len(), 1, "{from} -> {to}");
            assert!(found[0].starts_with(&format!("`{from}` depends on `{to}`")), "{}", found[0]);
        }
    }

    #[test]
    fn the_rule_is_stated() {
        assert_eq!(
            findings(&[(CLI, WIRE)]),
            [
                "`entrenous-cli` depends on `entrenous-wire`, but it may know only entrenous, entrenous-store-sqlite"
            ]
        );
        assert_eq!(
            findings(&[(WIRE, CLI)]),
            ["`entrenous-wire` depends on `entrenous-cli`, but it may know nothing of ours"]
        );
    }

    #[test]
    fn a_member_without_a_room_is_an_error() {
        let found = check(&BTreeSet::from([WIRE, "entrenous-attic"]), &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("`entrenous-attic` is not a room"));
    }
}
