//! What entries, groups and rosters are called: hashes of 32 bytes each.

use core::fmt;

use entrenous_primitives::hash::sha256;
use entrenous_wire::label;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// A name that was stored or received.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

name! {
    /// An entry: H(label ‖ H(body)). The signature isn't hashed, so that no second one makes a second entry.
    EntryHash
}
name! {
    /// A group: the hash of its genesis entry.
    GroupId
}
name! {
    /// A roster: H(label ‖ its heads, ascending). Who has these heads has this roster.
    RosterId
}

impl EntryHash {
    pub(crate) fn of(body: &[u8]) -> Self {
        // spec: GROUP-10
        Self(sha256(&[label::ROSTER_ENTRY_HASH, &sha256(&[body])]))
    }
}

impl GroupId {
    /// The group that begins with the genesis entry `hash`.
    pub const fn of(hash: EntryHash) -> Self {
        // spec: GROUP-10
        Self(hash.0)
    }
}

impl RosterId {
    /// The roster with these heads, in any order.
    pub fn of(heads: &[EntryHash]) -> Self {
        let mut sorted: alloc::vec::Vec<_> = heads.iter().map(|head| head.0).collect();
        sorted.sort_unstable();
        sorted.dedup();
        // spec: GROUP-41
        Self(sha256(&[label::ROSTER_ID, sorted.as_flattened()]))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, vec::Vec};

    use super::*;

    // spec: GROUP-10, GROUP-41
    #[test]
    fn names_are_those_of_the_specification() {
        let body: Vec<u8> = [
            &[1][..],
            &[1; 32],
            &[5],
            &[2; 32],
            &[0, 0, 0, 3],
            &[0, 0, 0, 4],
            &[0, 0, 0, 5],
            &[0, 0, 0, 0, 0, 6],
            &[7; 32],
            &[1],
            &[8; 32],
        ]
        .concat();
        let hash = EntryHash::of(&body);
        assert_eq!(format!("{hash}"), "ae3c7ed3d8164ad3c929d407b63fe167dfb3e9d2c239ad382563a29b51fc5caf");
        assert_eq!(GroupId::of(hash).as_bytes(), hash.as_bytes());
        let id = RosterId::of(&[EntryHash::from_bytes([2; 32]), EntryHash::from_bytes([1; 32])]);
        assert_eq!(format!("{id}"), "698b77c0a0d9acbfd92dcbb0fb3e113d44f795c1f53df06c6646b5b90e651aa2");
    }
}
