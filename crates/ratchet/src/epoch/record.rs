//! The stored form of an epoch.

use alloc::{boxed::Box, vec::Vec};

use entrenous_identity::{Day, Timestamp};
use entrenous_primitives::secret::Key;
use entrenous_wire::{Malformed, Reason, fixed, proto, records::STORED_SHARD_LEN};
use zeroize::Zeroizing;

use super::{
    ANSWER_LEN, Epoch, EpochSecret, MixedEpoch, OFFER_LEN, Rest, Stage,
    blob::{Incoming, IndexedShard, Outgoing},
    kem::Seed,
};
use crate::Party;

/// Above any epoch that a session can come to, and far from overflow.
const MAX_EPOCH: u64 = 1 << 62;

impl Epoch {
    pub(crate) fn to_record(&self) -> proto::PostQuantum {
        let Self { number: _, stage, sent_shards, mixed } = self;
        let mut record = proto::PostQuantum::default();
        stage.write_to(&mut record);
        record.sent_shards = u32::from(*sent_shards);
        if let Some(MixedEpoch { epoch, made }) = mixed {
            (record.mixed_epoch, record.mixed_made_ms) = (*epoch, made.as_ms());
        }
        record
    }

    /// What a session of `party` has stored of epoch `number`.
    pub(crate) fn from_record(
        record: &proto::PostQuantum,
        number: u64,
        party: Party,
    ) -> Result<Self, Malformed> {
        // spec: RATCHET-81
        if has_fields_of_another_stage(record) {
            return Err(inconsistent("post-quantum fields"));
        }
        let stage = Stage::from_record(record)?;
        if stage.offers() != Stage::first_of(party, number).offers() {
            return Err(inconsistent("post-quantum stage"));
        }
        let mixed = (record.mixed_epoch != 0).then(|| MixedEpoch {
            epoch: record.mixed_epoch,
            made: Timestamp::from_ms(record.mixed_made_ms),
        });
        let is_former = mixed.is_none_or(|mixed| mixed.epoch < number);
        if !is_former || number > MAX_EPOCH || (mixed.is_none() && record.mixed_made_ms != 0) {
            return Err(inconsistent("post-quantum mixed"));
        }
        let sent_shards = u8::try_from(record.sent_shards)
            .map_err(|_| Malformed::new("post-quantum sent shards", Reason::Range))?;
        Ok(Self { number, stage, sent_shards, mixed })
    }
}

impl Stage {
    fn offers(&self) -> bool {
        match self {
            Self::Resting(_) | Self::Offered { .. } | Self::Settled { .. } => true,
            Self::Collecting(_) | Self::Collected { .. } | Self::Answered { .. } => false,
        }
    }

    fn write_to(&self, record: &mut proto::PostQuantum) {
        match self {
            Self::Resting(Rest { messages, ended }) => {
                record.stage = 1;
                record.messages = *messages;
                record.ended_day = ended.map_or(0, |day| day.0);
            }
            Self::Offered { seed, key, answer, made } => {
                record.stage = 2;
                record.seed = seed.seed().to_vec();
                record.shards = shards_record(answer);
                record.made_ms = made.as_ms();
                write_outgoing(key, record);
            }
            Self::Settled { secret, made } => {
                record.stage = 3;
                record.secret = secret_record(secret.as_ref());
                record.made_ms = made.as_ms();
            }
            Self::Collecting(key) => {
                record.stage = 4;
                record.shards = shards_record(key);
            }
            Self::Collected { key } => {
                record.stage = 5;
                record.blob = key.to_vec();
            }
            Self::Answered { secret, answer, made } => {
                record.stage = 6;
                record.secret = secret_record(secret.as_ref());
                record.made_ms = made.as_ms();
                write_outgoing(answer, record);
            }
        }
    }

    fn from_record(record: &proto::PostQuantum) -> Result<Self, Malformed> {
        let made = Timestamp::from_ms(record.made_ms);
        Ok(match record.stage {
            1 => Self::Resting(Rest {
                messages: record.messages,
                ended: (record.ended_day != 0).then_some(Day(record.ended_day)),
            }),
            2 => Self::Offered {
                seed: Seed::from_seed(&Zeroizing::new(fixed("post-quantum seed", &record.seed)?)),
                key: read_outgoing(record, OFFER_LEN)?,
                answer: read_shards(record, ANSWER_LEN)?,
                made,
            },
            3 => Self::Settled { secret: read_secret(record)?, made },
            4 => Self::Collecting(read_shards(record, OFFER_LEN)?),
            5 => Self::Collected { key: Box::new(fixed("post-quantum blob", &record.blob)?) },
            6 => Self::Answered {
                secret: read_secret(record)?,
                answer: read_outgoing(record, ANSWER_LEN)?,
                made,
            },
            _ => return Err(Malformed::new("post-quantum stage", Reason::Range)),
        })
    }
}

/// The stages that have each field; whether a field may be absent there is not looked at.
fn has_fields_of_another_stage(record: &proto::PostQuantum) -> bool {
    let stage = record.stage;
    let only_in = |present: bool, stages: &[u32]| present && !stages.contains(&stage);
    only_in(record.messages != 0 || record.ended_day != 0, &[1])
        || only_in(!record.seed.is_empty(), &[2])
        || only_in(!record.blob.is_empty(), &[2, 5, 6])
        || only_in(record.next_shard != 0 || record.peer_has != 0, &[2, 6])
        || only_in(!record.shards.is_empty(), &[2, 4])
        || only_in(!record.secret.is_empty(), &[3, 6])
        || only_in(record.made_ms != 0, &[2, 3, 6])
}

fn write_outgoing(blob: &Outgoing, record: &mut proto::PostQuantum) {
    record.blob.clone_from(&blob.blob);
    record.next_shard = u32::from(blob.next);
    record.peer_has = u32::from(blob.peer_has);
}

fn read_outgoing(record: &proto::PostQuantum, len: usize) -> Result<Outgoing, Malformed> {
    if record.blob.len() != len {
        return Err(Malformed::new("post-quantum blob", Reason::Length));
    }
    let next = u8::try_from(record.next_shard)
        .map_err(|_| Malformed::new("post-quantum next shard", Reason::Range))?;
    Ok(Outgoing { blob: record.blob.clone(), next, peer_has: record.peer_has != 0 })
}

fn shards_record(incoming: &Incoming) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(incoming.shards().len() * STORED_SHARD_LEN);
    for (index, shard) in incoming.shards() {
        bytes.push(*index);
        bytes.extend_from_slice(shard);
    }
    bytes
}

fn read_shards(record: &proto::PostQuantum, len: usize) -> Result<Incoming, Malformed> {
    let (stored, _) = record.shards.as_chunks::<STORED_SHARD_LEN>();
    let shards: Vec<IndexedShard> = stored.iter().map(|[index, shard @ ..]| (*index, *shard)).collect();
    Incoming::from_shards(len, shards).ok_or(inconsistent("post-quantum shards"))
}

fn secret_record(secret: Option<&Key<EpochSecret>>) -> Vec<u8> {
    secret.map(|secret| secret.as_bytes().to_vec()).unwrap_or_default()
}

fn read_secret(record: &proto::PostQuantum) -> Result<Option<Key<EpochSecret>>, Malformed> {
    if record.secret.is_empty() {
        return Ok(None);
    }
    Ok(Some(Key::from_bytes(&Zeroizing::new(fixed("post-quantum secret", &record.secret)?))))
}

fn inconsistent(field: &'static str) -> Malformed {
    Malformed::new(field, Reason::Inconsistent)
}
