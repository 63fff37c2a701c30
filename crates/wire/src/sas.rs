//! Comparing a short string with somebody: the messages that two devices exchange for it, and the record of one
//! side. The messages travel in frames of kind control.
//!
//! ```text
//! version 1 | step 1 | view 32 | run 16 | value 32                                    82 bytes
//! ```

use alloc::vec::Vec;

use crate::{
    Malformed, Reason, Result, Strict,
    bytes::Reader,
    proto::SasRecord,
    records::RECORD_VERSION,
    scan::{Field, Kind, Schema},
};

/// Version of the messages.
pub const SAS_VERSION: u8 = 1;
/// Length of a run's name, in bytes.
pub const RUN_LEN: usize = 16;
/// Length of a message, in bytes.
pub const MESSAGE_LEN: usize = 2 + 32 + RUN_LEN + 32;

/// Which of the four messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SasStep {
    /// Who may not commit asks the other to: run and value are zero.
    Ask,
    /// The commitment to a nonce.
    Commit,
    /// The other's nonce.
    Answer,
    /// The nonce that was committed to.
    Reveal,
}

impl SasStep {
    /// The number on the wire: 1 to 4.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Ask => 1,
            Self::Commit => 2,
            Self::Answer => 3,
            Self::Reveal => 4,
        }
    }

    fn of(number: u8) -> Result<Self> {
        match number {
            1 => Ok(Self::Ask),
            2 => Ok(Self::Commit),
            3 => Ok(Self::Answer),
            4 => Ok(Self::Reveal),
            _ => Err(Malformed::new("sas step", Reason::Type)),
        }
    }
}

/// One message of a comparison. Raw bytes; nothing is judged here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SasMessage {
    /// Which it is.
    pub step: SasStep,
    /// Hash of what the sender believes.
    pub view: [u8; 32],
    /// Names the run.
    pub run: [u8; RUN_LEN],
    /// Commitment or nonce.
    pub value: [u8; 32],
}

impl SasMessage {
    /// Reads a message. Accepts exactly what [`encode`](Self::encode) gives.
    ///
    /// # Errors
    /// [`Reason::Length`], [`Reason::Version`], [`Reason::Type`], and [`Reason::Padding`] when
    /// [`SasStep::Ask`] has a run or a value.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        // spec: WIRE-126
        if bytes.len() != MESSAGE_LEN {
            return Err(Malformed::new("sas message", Reason::Length));
        }
        let mut reader = Reader::new(bytes);
        if reader.u8("sas version")? != SAS_VERSION {
            return Err(Malformed::new("sas version", Reason::Version));
        }
        let message = Self {
            step: SasStep::of(reader.u8("sas step")?)?,
            view: *reader.array("sas view")?,
            run: *reader.array("sas run")?,
            value: *reader.array("sas value")?,
        };
        // spec: WIRE-127
        let empty = message.run == [0; RUN_LEN] && message.value == [0; 32];
        match message.step == SasStep::Ask && !empty {
            true => Err(Malformed::new("sas run", Reason::Padding)),
            false => Ok(message),
        }
    }

    /// Its 82 bytes.
    // spec: WIRE-125
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&[SAS_VERSION, self.step.number()][..], &self.view, &self.run, &self.value].concat()
    }
}

// spec: WIRE-128
impl Strict for SasRecord {
    const SCHEMA: &'static Schema = &Schema {
        name: "sas record",
        fields: &[
            Field::required(1, "sas record version", Kind::up_to(RECORD_VERSION as u64)),
            Field::required(2, "sas record state", Kind::up_to(4)),
            Field::required(3, "sas record view", Kind::exactly(32)),
            Field::required(4, "sas record side", Kind::up_to(2)),
            Field::optional(5, "sas record run", Kind::exactly(RUN_LEN)),
            Field::optional(6, "sas record secret", Kind::exactly(32)),
            Field::optional(7, "sas record commitment", Kind::exactly(32)),
        ],
    };

    fn check(&self) -> Result<()> {
        // spec: WIRE-129
        let has = [!self.run.is_empty(), !self.secret.is_empty(), !self.commitment.is_empty()];
        let right = match (self.state, self.side) {
            (1, 2) => [false, false, false],
            (2, 1) => [true, true, false],
            (3, 2) => [true, true, true],
            (4, _) => [false, true, false],
            _ => return Err(Malformed::new("sas record side", Reason::Inconsistent)),
        };
        match has == right {
            true => Ok(()),
            false => Err(Malformed::new("sas record state", Reason::Inconsistent)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(step: SasStep) -> SasMessage {
        let ask = step == SasStep::Ask;
        SasMessage {
            step,
            view: [1; 32],
            run: if ask { [0; 16] } else { [2; 16] },
            value: if ask { [0; 32] } else { [3; 32] },
        }
    }

    // spec: WIRE-125, WIRE-126
    #[test]
    fn a_message_has_one_encoding() {
        for step in [SasStep::Ask, SasStep::Commit, SasStep::Answer, SasStep::Reveal] {
            let message = message(step);
            let bytes = message.encode();
            assert_eq!(bytes.len(), MESSAGE_LEN);
            assert_eq!(SasMessage::parse(&bytes), Ok(message));

            let reason = |bytes: &[u8]| SasMessage::parse(bytes).expect_err("malformed").reason;
            assert_eq!(reason(&bytes[..81]), Reason::Length);
            assert_eq!(reason(&[&bytes[..], &[0]].concat()), Reason::Length);
            assert_eq!(reason(&[&[2], &bytes[1..]].concat()), Reason::Version);
            assert_eq!(reason(&[&[1, 0], &bytes[2..]].concat()), Reason::Type);
            assert_eq!(reason(&[&[1, 5], &bytes[2..]].concat()), Reason::Type);
        }
    }

    // spec: WIRE-127
    #[test]
    fn an_ask_carries_nothing() {
        let ask = message(SasStep::Ask);
        for bad in [SasMessage { run: [1; 16], ..ask }, SasMessage { value: [1; 32], ..ask }] {
            assert_eq!(SasMessage::parse(&bad.encode()).map_err(|error| error.reason), Err(Reason::Padding));
        }
    }

    // spec: WIRE-129
    #[test]
    fn a_record_has_what_its_state_has() {
        for state in 1..=4_u32 {
            for side in 1..=2_u32 {
                for bits in 0..8_u8 {
                    let field = |bit: u8, len: usize| alloc::vec![7; if bits & bit == 0 { 0 } else { len }];
                    let mut record = SasRecord::default();
                    (record.version, record.state, record.side) = (1, state, side);
                    record.view = alloc::vec![7; 32];
                    (record.run, record.secret, record.commitment) =
                        (field(1, 16), field(2, 32), field(4, 32));
                    let right = match state {
                        1 => side == 2 && bits == 0,
                        2 => side == 1 && bits == 3,
                        3 => side == 2 && bits == 7,
                        _ => bits == 2,
                    };
                    assert_eq!(SasRecord::decode_strict(&record.encode_canonical()).is_ok(), right);
                }
            }
        }
    }
}
