//! Tables that say which bytes a message may have.

use super::varint::varint_len;

/// A message: its fields by strictly ascending number.
#[derive(Debug)]
pub struct Schema {
    /// Name in errors.
    pub name: &'static str,
    /// The fields, by strictly ascending number.
    pub fields: &'static [Field],
}

impl Schema {
    /// Length of the longest message that the schema allows, in bytes.
    #[must_use]
    pub const fn max_len(&self) -> usize {
        let mut len = 0;
        let mut rest = self.fields;
        while let [field, after @ ..] = rest {
            len += field.max_len();
            rest = after;
        }
        len
    }
}

/// One field of a message.
#[derive(Debug)]
pub struct Field {
    /// Number in the .proto file.
    pub number: u32,
    /// Name in errors: message and field.
    pub name: &'static str,
    /// Type, and the bounds of the value.
    pub kind: Kind,
    /// Whether it must, may, or may repeatedly be there.
    pub presence: Presence,
}

impl Field {
    /// The key that stands before the value: number and wire type.
    #[must_use]
    pub const fn key(&self) -> u64 {
        let wire_type = match self.kind {
            Kind::Varint { .. } => 0,
            Kind::Fixed64 { .. } => 1,
            Kind::Bytes { .. } | Kind::Message(_) => 2,
            Kind::Fixed32 { .. } => 5,
        };
        ((self.number as u64) << 3) | wire_type
    }

    /// How often it may be there.
    pub(super) const fn max_count(&self) -> u32 {
        match self.presence {
            Presence::Required | Presence::Optional => 1,
            Presence::Repeated { max } => max,
        }
    }

    const fn max_len(&self) -> usize {
        let value = match self.kind {
            Kind::Varint { max, .. } => varint_len(max),
            Kind::Fixed32 { .. } => 4,
            Kind::Fixed64 { .. } => 8,
            Kind::Bytes { max, .. } => varint_len(max as u64) + max,
            Kind::Message(schema) => {
                let max = schema.max_len();
                varint_len(max as u64) + max
            }
        };
        (varint_len(self.key()) + value) * self.max_count() as usize
    }
}

/// Type of a field, and the bounds of its value, both included.
///
/// `min` is at least 1 everywhere: zero and empty are proto3's defaults, which have the absent field as their one
/// encoding. So a field whose default is allowed is [`Presence::Optional`].
#[derive(Debug)]
pub enum Kind {
    /// `uint32` (with a `max` that fits) or `uint64`.
    Varint {
        /// Lowest value: at least 1.
        min: u64,
        /// Highest value.
        max: u64,
    },
    /// `fixed32`.
    Fixed32 {
        /// Lowest value: at least 1.
        min: u32,
        /// Highest value.
        max: u32,
    },
    /// `fixed64`.
    Fixed64 {
        /// Lowest value: at least 1.
        min: u64,
        /// Highest value.
        max: u64,
    },
    /// `bytes`.
    Bytes {
        /// Shortest length, in bytes: at least 1.
        min: usize,
        /// Longest length, in bytes.
        max: usize,
    },
    /// A message inside of the message.
    Message(&'static Schema),
}

impl Kind {
    /// `fixed32`, nonzero.
    pub const NONZERO_FIXED32: Self = Self::Fixed32 { min: 1, max: u32::MAX };

    /// `fixed64`, nonzero.
    pub const NONZERO_FIXED64: Self = Self::Fixed64 { min: 1, max: u64::MAX };

    /// Milliseconds since 1970 as `uint64`, of which 48 bits are used, as in frames.
    // spec: WIRE-30
    pub const TIME_MS: Self = Self::up_to((1 << 48) - 1);

    /// `bytes` of exactly this length.
    #[must_use]
    pub const fn exactly(len: usize) -> Self {
        Self::Bytes { min: len, max: len }
    }

    /// `uint32` or `uint64` from 1 to `max`.
    #[must_use]
    pub const fn up_to(max: u64) -> Self {
        Self::Varint { min: 1, max }
    }
}

/// Whether a field must, may, or may repeatedly be there.
#[derive(Debug)]
pub enum Presence {
    /// Exactly once.
    Required,
    /// At most once.
    Optional,
    /// Any number of times up to `max`, one after the other.
    Repeated {
        /// Most occurrences.
        max: u32,
    },
}

/// Shorthands for the tables.
impl Field {
    /// A field that must be there.
    #[must_use]
    pub const fn required(number: u32, name: &'static str, kind: Kind) -> Self {
        Self { number, name, kind, presence: Presence::Required }
    }

    /// A field that may be absent.
    #[must_use]
    pub const fn optional(number: u32, name: &'static str, kind: Kind) -> Self {
        Self { number, name, kind, presence: Presence::Optional }
    }

    /// A repeated message.
    #[must_use]
    pub const fn repeated(number: u32, name: &'static str, schema: &'static Schema, max: u32) -> Self {
        Self { number, name, kind: Kind::Message(schema), presence: Presence::Repeated { max } }
    }
}
