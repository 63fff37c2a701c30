//! The strict scanner: one encoding of a protobuf message, decided over its bytes before prost sees them.
//!
//! prost, like every protobuf decoder, accepts a message in many encodings: fields repeated or in another order,
//! unknown fields, varints longer than needed, a default value written out. Here a [`Schema`] spells out the one
//! byte sequence that a message can have, and the scanner follows it: field after field in ascending order, each
//! key as it must be written. What doesn't match what comes next is left over, and left over means malformed, so
//! nothing has to be listed as forbidden. Schemas nest as constants, so nesting is as deep as the tables and no
//! deeper. The scanner allocates nothing.
//!
//! Not known here: what the fields mean, and rules between fields (see [`strict`](crate::strict)).

mod schema;
mod varint;

pub use schema::{Field, Kind, Presence, Schema};
use varint::varint;

use crate::{Malformed, Reason, Result};

/// Checks that `bytes` are the one encoding of a message of `schema`.
///
/// # Errors
/// [`Malformed`] with the name of the message or field, and [`Reason::Varint`], [`Reason::Truncated`],
/// [`Reason::Range`], [`Reason::Length`], [`Reason::Count`], [`Reason::Missing`] or [`Reason::Unexpected`].
pub fn scan(schema: &Schema, bytes: &[u8]) -> Result<()> {
    let mut rest = bytes;
    // spec: WIRE-61
    for field in schema.fields {
        let mut count = 0_u32;
        while let Some(value) = after_key(field, rest)? {
            rest = after_value(field, value)?;
            count = count.saturating_add(1);
            // spec: WIRE-62
            if count > field.max_count() {
                return Err(Malformed::new(field.name, Reason::Count));
            }
        }
        // spec: WIRE-63
        if count == 0 && matches!(field.presence, Presence::Required) {
            return Err(Malformed::new(field.name, Reason::Missing));
        }
    }
    // spec: WIRE-64
    if !rest.is_empty() {
        return Err(Malformed::new(schema.name, Reason::Unexpected));
    }
    Ok(())
}

/// The bytes after the key of `field`, if that is what `bytes` begin with.
fn after_key<'a>(field: &Field, bytes: &'a [u8]) -> Result<Option<&'a [u8]>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    // spec: WIRE-65
    let (key, rest) = varint("field key", bytes)?;
    Ok((key == field.key()).then_some(rest))
}

/// The bytes after the value of `field`.
fn after_value<'a>(field: &Field, bytes: &'a [u8]) -> Result<&'a [u8]> {
    match field.kind {
        Kind::Varint { min, max } => {
            let (value, rest) = varint(field.name, bytes)?;
            check_range(field.name, value, min, max)?;
            Ok(rest)
        }
        Kind::Fixed32 { min, max } => {
            let (value, rest) = bytes.split_first_chunk().ok_or(truncated(field))?;
            check_range(field.name, u64::from(u32::from_le_bytes(*value)), min.into(), max.into())?;
            Ok(rest)
        }
        Kind::Fixed64 { min, max } => {
            let (value, rest) = bytes.split_first_chunk().ok_or(truncated(field))?;
            check_range(field.name, u64::from_le_bytes(*value), min, max)?;
            Ok(rest)
        }
        Kind::Bytes { min, max } => {
            let (value, rest) = length_delimited(field, bytes)?;
            // spec: WIRE-67
            if !(min..=max).contains(&value.len()) {
                return Err(Malformed::new(field.name, Reason::Length));
            }
            Ok(rest)
        }
        Kind::Message(schema) => {
            let (value, rest) = length_delimited(field, bytes)?;
            scan(schema, value)?;
            Ok(rest)
        }
    }
}

fn length_delimited<'a>(field: &Field, bytes: &'a [u8]) -> Result<(&'a [u8], &'a [u8])> {
    let (len, rest) = varint(field.name, bytes)?;
    let len = usize::try_from(len).map_err(|_| truncated(field))?;
    rest.split_at_checked(len).ok_or(truncated(field))
}

// spec: WIRE-66
fn check_range(field: &'static str, value: u64, min: u64, max: u64) -> Result<()> {
    match (min..=max).contains(&value) {
        true => Ok(()),
        false => Err(Malformed::new(field, Reason::Range)),
    }
}

const fn truncated(field: &Field) -> Malformed {
    Malformed::new(field.name, Reason::Truncated)
}

#[cfg(test)]
mod tests;
