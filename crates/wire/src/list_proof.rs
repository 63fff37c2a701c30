//! The hash links that join a device list to an older one. No hash is computed here.

use crate::{
    Malformed, Reason, Result, Strict,
    device_list::MAX_PARENTS,
    proto::{ListLink, ListProof},
    scan::{Field, Kind, Schema},
};

/// Most links of a proof: with a list a month, a peer that was away for twenty years can still be shown.
pub const MAX_LINKS: u32 = 256;

/// Length of a list's hash, in bytes.
pub const LIST_HASH_LEN: usize = 32;

// spec: WIRE-85
impl Strict for ListLink {
    const SCHEMA: &'static Schema = &Schema {
        name: "list link",
        fields: &[
            Field::required(
                1,
                "list link parents",
                Kind::Bytes { min: LIST_HASH_LEN, max: MAX_PARENTS * LIST_HASH_LEN },
            ),
            Field::required(2, "list link body hash", Kind::exactly(LIST_HASH_LEN)),
        ],
    };

    fn check(&self) -> Result<()> {
        // spec: WIRE-86
        let (parents, broken) = self.parents.as_chunks::<LIST_HASH_LEN>();
        if !broken.is_empty() {
            return Err(Malformed::new("list link parents", Reason::Length));
        }
        match parents.is_sorted_by(|one, next| one < next) {
            true => Ok(()),
            false => Err(Malformed::new("list link parents", Reason::Order)),
        }
    }
}

// spec: WIRE-87
impl Strict for ListProof {
    const SCHEMA: &'static Schema = &Schema {
        name: "list proof",
        fields: &[Field::repeated(1, "list proof links", ListLink::SCHEMA, MAX_LINKS)],
    };

    fn check(&self) -> Result<()> {
        // the empty proof would be a second way to say "no proof"
        if self.links.is_empty() {
            return Err(Malformed::new("list proof links", Reason::Missing));
        }
        self.links.iter().try_for_each(Strict::check)
    }
}
