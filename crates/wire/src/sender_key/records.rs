//! What a device stores of its own sender key and of those of others. Skipped keys are in records of their own, as
//! those of a session: [`SkippedKeysRecord`](crate::proto::SkippedKeysRecord), whose chain is 0.

use crate::{
    Malformed, Reason, Result, Strict,
    group_message::MAX_ITERATIONS,
    proto::{ReceivingKeyRecord, SendingKeyRecord},
    records::{BLOCK, KEY, VERSION},
    scan::{Field, Kind, Schema},
};

/// Most blocks of skipped keys of a sender key.
pub(super) const MAX_BLOCKS: u32 = MAX_ITERATIONS / BLOCK;

const COUNT: Kind = Kind::up_to(MAX_ITERATIONS as u64);
const KEY_ID: Kind = Kind::exactly(16);

// spec: GROUP-170
impl Strict for SendingKeyRecord {
    const SCHEMA: &'static Schema = &Schema {
        name: "sending key record",
        fields: &[
            Field::required(1, "sending key record version", VERSION),
            Field::required(2, "sending key record group", KEY),
            Field::required(3, "sending key record account", KEY),
            Field::required(4, "sending key record device", Kind::NONZERO_FIXED32),
            Field::required(5, "sending key record roster", KEY),
            Field::required(6, "sending key record signing seed", KEY),
            Field::required(7, "sending key record commitment", KEY),
            Field::required(8, "sending key record chain", KEY),
            Field::optional(9, "sending key record iteration", COUNT),
            Field::optional(10, "sending key record created", Kind::TIME_MS),
            Field::optional(11, "sending key record previous id", KEY_ID),
            Field::optional(12, "sending key record previous count", COUNT),
        ],
    };

    fn check(&self) -> Result<()> {
        check_previous(&self.previous_id, self.previous_count)
    }
}

// spec: GROUP-171
impl Strict for ReceivingKeyRecord {
    const SCHEMA: &'static Schema = &Schema {
        name: "receiving key record",
        fields: &[
            Field::required(1, "receiving key record version", VERSION),
            Field::required(2, "receiving key record group", KEY),
            Field::required(3, "receiving key record account", KEY),
            Field::required(4, "receiving key record device", Kind::NONZERO_FIXED32),
            Field::required(5, "receiving key record roster", KEY),
            Field::required(6, "receiving key record signing key", KEY),
            Field::required(7, "receiving key record commitment", KEY),
            Field::optional(8, "receiving key record chain", KEY),
            Field::optional(9, "receiving key record first", Kind::up_to(MAX_ITERATIONS as u64 - 1)),
            Field::optional(10, "receiving key record next", COUNT),
            Field::optional(11, "receiving key record end", COUNT),
            Field::optional(12, "receiving key record closed", Kind::TIME_MS),
            Field::optional(13, "receiving key record previous id", KEY_ID),
            Field::optional(14, "receiving key record previous count", COUNT),
            Field::optional(
                15,
                "receiving key record skipped",
                Kind::Bytes { min: 8, max: 8 * MAX_BLOCKS as usize },
            ),
        ],
    };

    fn check(&self) -> Result<()> {
        check_previous(&self.previous_id, self.previous_count)?;
        // spec: GROUP-172
        let in_order = self.first <= self.next && self.next <= self.end;
        if !in_order || self.chain.is_empty() != (self.next == self.end) {
            return Err(Malformed::new("receiving key record next", Reason::Inconsistent));
        }
        // spec: GROUP-173
        let (blocks, broken) = self.skipped.as_chunks::<8>();
        if !broken.is_empty() || blocks.last() == Some(&[0; 8]) {
            return Err(Malformed::new("receiving key record skipped", Reason::Length));
        }
        let numbers = (0..).step_by(BLOCK as usize).zip(blocks);
        let outside = |(number, block): (u32, &[u8; 8])| {
            u64::from_be_bytes(*block) & !mask(number, self.first, self.next) != 0
        };
        match numbers.into_iter().any(outside) {
            true => Err(Malformed::new("receiving key record skipped", Reason::Range)),
            false => Ok(()),
        }
    }
}

/// The bits of a block that begins with `number` that stand for numbers from `from` up to, not including, `to`.
fn mask(number: u32, from: u32, to: u32) -> u64 {
    let below = |end: u32| match end.saturating_sub(number) {
        bits @ 0..BLOCK => (1 << bits) - 1,
        _ => u64::MAX,
    };
    below(to) & !below(from)
}

// spec: GROUP-114
fn check_previous(id: &[u8], count: u32) -> Result<()> {
    match (id, count) {
        ([], 0) => Ok(()),
        // a number without an id, or the id that no key has
        (id, _) if id.iter().all(|byte| *byte == 0) => {
            Err(Malformed::new("previous key id", Reason::Inconsistent))
        }
        _ => Ok(()),
    }
}
