//! The one error of this crate.

/// Bytes (or a structure to be encoded) that the protocol doesn't allow: where, and why.
///
/// Holds no byte of the input and allocates nothing, so it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed {field}: {reason}")]
pub struct Malformed {
    /// The field, by its name in the specification.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: Reason,
}

impl Malformed {
    /// The error for `field`, for `reason`. Crates above use it for what only they can judge.
    #[must_use]
    pub const fn new(field: &'static str, reason: Reason) -> Self {
        Self { field, reason }
    }
}

/// Why something is [`Malformed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The input ends inside of the field.
    #[error("truncated")]
    Truncated,
    /// Too short, too long, or not a length that is allowed.
    #[error("length not allowed")]
    Length,
    /// Bytes follow where nothing may follow.
    #[error("trailing bytes")]
    Trailing,
    /// A protocol or format version that this crate doesn't know.
    #[error("unknown version")]
    Version,
    /// A message type that this crate doesn't know.
    #[error("unknown type")]
    Type,
    /// A number outside of its range.
    #[error("out of range")]
    Range,
    /// A reserved or padding bit or byte that isn't zero, or a padding without its mark.
    #[error("wrong padding or reserved bits")]
    Padding,
    /// Entries that are not strictly ascending.
    #[error("not strictly ascending")]
    Order,
    /// More entries than allowed.
    #[error("too many")]
    Count,
    /// A required field is absent.
    #[error("missing")]
    Missing,
    /// A field that is unknown, repeated, out of order or of another wire type.
    #[error("unexpected field")]
    Unexpected,
    /// A varint with more bytes than it needs, or above 2^64 - 1.
    #[error("varint not minimal")]
    Varint,
    /// Fields that contradict each other.
    #[error("inconsistent fields")]
    Inconsistent,
    /// Not a valid key or the like: for the crates above, which know what the bytes mean.
    #[error("invalid")]
    Invalid,
}

/// The result of everything in this crate.
pub type Result<T> = core::result::Result<T, Malformed>;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn says_where_and_why() {
        assert_eq!(Malformed::new("header n", Reason::Range).to_string(), "malformed header n: out of range");
    }
}
