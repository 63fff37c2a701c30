//! What the devices of a group's members tell one another by themselves, in control frames.

use crate::{
    Malformed, Reason, Result, Strict,
    proto::GroupControl,
    scan::{Field, Kind, Schema},
    sender_key::DISTRIBUTION_LEN,
};

/// Most bytes of roster entries in one control, 16 MiB but 256 KiB: nearly as many as a roster has, so a newcomer is told all in
/// one.
pub const MAX_BATCH: usize = (16 << 20) - (256 << 10);

/// Most heads of a roster that are named: 4,096, as many as there can be entries. Each member's newest list is one.
pub const MAX_HEADS: usize = 4096;

const HASH_LEN: usize = 32;

/// A key id has 16 bytes.
const KEY_ID_LEN: usize = 16;

pub(crate) const GROUP_CONTROL: &Schema = &Schema {
    name: "group control",
    fields: &[
        Field::required(1, "group control group", Kind::exactly(32)),
        Field::optional(2, "group control entries", Kind::Bytes { min: 1, max: MAX_BATCH }),
        Field::optional(3, "group control heads", Kind::Bytes { min: HASH_LEN, max: MAX_HEADS * HASH_LEN }),
        Field::optional(4, "group control wanted roster", Kind::exactly(HASH_LEN)),
        Field::optional(5, "group control sender key", Kind::exactly(DISTRIBUTION_LEN)),
        Field::optional(6, "group control accepted key", Kind::exactly(KEY_ID_LEN)),
        Field::optional(7, "group control wants new key", Kind::up_to(1)),
        Field::optional(8, "group control joined", Kind::up_to(1)),
    ],
};

// spec: WIRE-119
impl Strict for GroupControl {
    const SCHEMA: &'static Schema = GROUP_CONTROL;

    fn check(&self) -> Result<()> {
        let Self { group: _, entries, heads, wanted, sender_key, accepted_key, wants_key, joined } = self;
        if heads.len() % HASH_LEN != 0 {
            return Err(Malformed::new("group control heads", Reason::Length));
        }
        let said = [
            // with a wish the heads say what the sender has; by themselves, or beside entries, they are an answer
            !entries.is_empty() || !heads.is_empty() && wanted.is_empty(),
            !wanted.is_empty(),
            !sender_key.is_empty(),
            !accepted_key.is_empty(),
            *wants_key != 0,
            *joined != 0,
        ];
        // spec: WIRE-200
        match said.into_iter().filter(|said| *said).count() {
            1 => Ok(()),
            _ => Err(Malformed::new("group control", Reason::Inconsistent)),
        }
    }
}
