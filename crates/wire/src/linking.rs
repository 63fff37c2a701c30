//! Linking a device: the boxes that pass between a primary and a new device, what is in the first of them, and
//! the records of both sides. Nothing is sealed or verified here.
//!
//! ```text
//! version 1 | step 1 | nonce 12 | ciphertext, of one length for each step | tag 16
//! ```

use alloc::vec::Vec;

use crate::{
    Malformed, Reason, Result, Strict, TAG_LEN,
    bytes::Reader,
    device_list::ENTRY_LEN,
    proto::{LinkDeviceRecord, LinkPrimaryRecord, LinkRequest, Prekey, SignedDeviceList},
    records::RECORD_VERSION,
    scan::{Field, Kind, Schema},
};

/// Version of the boxes.
pub const BOX_VERSION: u8 = 1;
/// Length of a link code's payload, in bytes: rendezvous id 16, secret 32, account id 32, commitment 32.
pub const CODE_LEN: usize = 16 + 3 * 32;
/// Length of a box's nonce, in bytes.
pub const NONCE_LEN: usize = 12;
/// Length of what stands before the ciphertext, in bytes.
const HEAD_LEN: usize = 2 + NONCE_LEN;

/// Which of the three messages of a linking a box is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// New device to primary: who it is.
    Request,
    /// Primary to new device: the nonce to which the code commits.
    Reveal,
    /// Primary to new device: the list that has it.
    Approval,
}

impl Step {
    /// The number on the wire: 1, 2 or 3.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Request => 1,
            Self::Reveal => 2,
            Self::Approval => 3,
        }
    }

    /// Length of what is sealed, in bytes: of the longest content and one byte that marks its end, so that the
    /// length of a box says nothing but its step.
    #[must_use]
    pub const fn padded_len(self) -> usize {
        1 + match self {
            Self::Request => LinkRequest::MAX_LEN,
            Self::Reveal => 32,
            Self::Approval => SignedDeviceList::MAX_LEN,
        }
    }

    /// Length of the box, in bytes: 3645, 63 and 2339.
    #[must_use]
    pub const fn box_len(self) -> usize {
        HEAD_LEN + self.padded_len() + TAG_LEN
    }
}

/// A box, taken apart and not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkBox<'a> {
    /// Random, for one box.
    pub nonce: &'a [u8; NONCE_LEN],
    /// [`Step::padded_len`] bytes.
    pub ciphertext: &'a [u8],
    /// AES-256-GCM's.
    pub tag: &'a [u8; TAG_LEN],
}

impl<'a> LinkBox<'a> {
    /// Reads the box of `step`.
    ///
    /// # Errors
    /// [`Reason::Length`], [`Reason::Version`], [`Reason::Type`] for another step.
    pub fn parse(step: Step, bytes: &'a [u8]) -> Result<Self> {
        // spec: WIRE-121
        if bytes.len() != step.box_len() {
            return Err(Malformed::new("link box", Reason::Length));
        }
        let mut reader = Reader::new(bytes);
        if reader.u8("link box version")? != BOX_VERSION {
            return Err(Malformed::new("link box version", Reason::Version));
        }
        if reader.u8("link box step")? != step.number() {
            return Err(Malformed::new("link box step", Reason::Type));
        }
        Ok(Self {
            nonce: reader.array("link box nonce")?,
            ciphertext: reader.slice(step.padded_len(), "link box ciphertext")?,
            tag: reader.array("link box tag")?,
        })
    }

    /// Its bytes, as a box of `step`.
    // spec: WIRE-120
    #[must_use]
    pub fn encode(&self, step: Step) -> Vec<u8> {
        [&[BOX_VERSION, step.number()][..], self.nonce, self.ciphertext, self.tag].concat()
    }
}

// spec: WIRE-122
impl Strict for LinkRequest {
    const SCHEMA: &'static Schema = &Schema {
        name: "link request",
        fields: &[
            Field::required(1, "link request entry", Kind::exactly(ENTRY_LEN)),
            Field::required(2, "link request nonce", Kind::exactly(32)),
            Field::required(3, "link request signed prekey", Kind::Message(Prekey::SCHEMA)),
            Field::required(4, "link request one-time prekey", Kind::Message(Prekey::SCHEMA)),
            Field::required(5, "link request signature", Kind::exactly(64)),
        ],
    };

    fn check(&self) -> Result<()> {
        self.signed_prekey.iter().chain(&self.one_time_prekey).try_for_each(Prekey::check)
    }
}

const VERSION: Kind = Kind::up_to(RECORD_VERSION as u64);
const REQUEST: Kind = Kind::Bytes { min: 1, max: LinkRequest::MAX_LEN };

// spec: WIRE-123
impl Strict for LinkPrimaryRecord {
    const SCHEMA: &'static Schema = &Schema {
        name: "link primary record",
        fields: &[
            Field::required(1, "link primary record version", VERSION),
            Field::required(2, "link primary record code", Kind::exactly(CODE_LEN)),
            Field::required(3, "link primary record nonce", Kind::exactly(32)),
            Field::required(4, "link primary record expires", Kind::TIME_MS),
            Field::optional(5, "link primary record request", REQUEST),
        ],
    };
}

// spec: WIRE-124
impl Strict for LinkDeviceRecord {
    const SCHEMA: &'static Schema = &Schema {
        name: "link device record",
        fields: &[
            Field::required(1, "link device record version", VERSION),
            Field::required(2, "link device record code", Kind::exactly(CODE_LEN)),
            Field::required(3, "link device record request", REQUEST),
            Field::optional(4, "link device record expires", Kind::TIME_MS),
            Field::optional(5, "link device record nonce", Kind::exactly(32)),
        ],
    };

    fn check(&self) -> Result<()> {
        // spec: WIRE-130
        match (self.expires == 0) == self.nonce.is_empty() {
            true => Err(Malformed::new("link device record nonce", Reason::Inconsistent)),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    const STEPS: [Step; 3] = [Step::Request, Step::Reveal, Step::Approval];

    // spec: WIRE-120
    #[test]
    fn boxes_have_the_lengths_of_the_specification() {
        assert_eq!(STEPS.map(Step::number), [1, 2, 3]);
        assert_eq!(STEPS.map(Step::box_len), [3645, 63, 2339]);
    }

    // spec: WIRE-60
    #[test]
    fn messages_have_the_maximum_lengths_of_the_specification() {
        // spec: WIRE-122
        assert_eq!(LinkRequest::MAX_LEN, 3614);
        // spec: WIRE-123, WIRE-124
        assert_eq!([LinkPrimaryRecord::MAX_LEN, LinkDeviceRecord::MAX_LEN], [3775, 3775]);
        // spec: WIRE-128
        assert_eq!(crate::proto::SasRecord::MAX_LEN, 126);
    }

    // spec: WIRE-130
    #[test]
    fn a_new_device_waits_for_the_reveal_or_has_it() {
        for (expires, nonce, right) in [(0, 0, false), (1, 0, true), (0, 32, true), (1, 32, false)] {
            let mut record = LinkDeviceRecord::default();
            (record.version, record.expires) = (1, expires);
            (record.code, record.request) = (vec![7; CODE_LEN], vec![7; 9]);
            record.nonce = vec![7; nonce];
            assert_eq!(LinkDeviceRecord::decode_strict(&record.encode_canonical()).is_ok(), right);
        }
    }

    // spec: WIRE-124
    #[test]
    fn a_time_has_48_bits() {
        let mut record = LinkDeviceRecord::default();
        record.version = 1;
        (record.code, record.request) = (vec![7; CODE_LEN], vec![7; 9]);
        for (expires, right) in [((1 << 48) - 1, true), (1 << 48, false)] {
            record.expires = expires;
            assert_eq!(LinkDeviceRecord::decode_strict(&record.encode_canonical()).is_ok(), right);
        }
    }

    // spec: WIRE-121
    #[test]
    fn a_box_is_of_one_step_and_length() {
        for step in STEPS {
            let ciphertext = vec![7; step.padded_len()];
            let sealed = LinkBox { nonce: &[1; NONCE_LEN], ciphertext: &ciphertext, tag: &[2; TAG_LEN] };
            let bytes = sealed.encode(step);
            assert_eq!(LinkBox::parse(step, &bytes), Ok(sealed));

            for other in STEPS.into_iter().filter(|other| *other != step) {
                assert!(LinkBox::parse(other, &bytes).is_err());
            }
            let reason = |bytes: &[u8]| LinkBox::parse(step, bytes).expect_err("malformed").reason;
            assert_eq!(reason(&bytes[1..]), Reason::Length);
            assert_eq!(reason(&[&bytes[..], &[0]].concat()), Reason::Length);
            assert_eq!(reason(&[&[2], &bytes[1..]].concat()), Reason::Version);
            assert_eq!(reason(&[&[1, 4], &bytes[2..]].concat()), Reason::Type);
        }
    }
}
