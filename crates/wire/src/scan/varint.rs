//! Protobuf's variable-length integers, in their shortest form only.

use crate::{Malformed, Reason, Result};

/// Most bytes of a varint: 64 bits, seven in a byte.
const MAX_LEN: usize = 10;

/// The varint at the front of `bytes`, and what follows it.
// spec: WIRE-65
pub(super) fn varint<'a>(field: &'static str, bytes: &'a [u8]) -> Result<(u64, &'a [u8])> {
    let not_minimal = Malformed::new(field, Reason::Varint);
    let mut value = 0_u64;
    let mut rest = bytes;
    for position in 0..MAX_LEN {
        let (byte, after) = rest.split_first().ok_or(Malformed::new(field, Reason::Truncated))?;
        rest = after;
        // The tenth byte holds the 64th bit alone.
        if position == MAX_LEN - 1 && *byte > 1 {
            return Err(not_minimal);
        }
        value |= u64::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            let pads = *byte == 0 && position > 0;
            return if pads { Err(not_minimal) } else { Ok((value, rest)) };
        }
    }
    Err(not_minimal)
}

/// Length in bytes of the shortest varint of `value`.
pub(super) const fn varint_len(value: u64) -> usize {
    let bits = u64::BITS - (value | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> core::result::Result<(u64, &[u8]), Reason> {
        varint("test", bytes).map_err(|error| error.reason)
    }

    fn write(mut value: u64) -> Vec<u8> {
        let mut out = Vec::new();
        while value > 0x7f {
            out.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        out.push(value.to_le_bytes()[0]);
        out
    }

    // spec: WIRE-65
    #[test]
    fn only_the_shortest_form_is_read() {
        assert_eq!(read(&[0, 9]), Ok((0, &[9][..])));
        assert_eq!(read(&[0x80, 1]), Ok((128, &[][..])));
        assert_eq!(read(&[0x80, 0]), Err(Reason::Varint));
        assert_eq!(read(&[0x85, 0x80, 0]), Err(Reason::Varint));
        assert_eq!(read(&[]), Err(Reason::Truncated));
        assert_eq!(read(&[0x80]), Err(Reason::Truncated));
    }

    // spec: WIRE-65
    #[test]
    fn nothing_above_64_bits_is_read() {
        let max = [&[0xff; 9][..], &[1]].concat();
        assert_eq!(read(&max), Ok((u64::MAX, &[][..])));
        assert_eq!(read(&[&[0xff; 9][..], &[2]].concat()), Err(Reason::Varint));
        assert_eq!(read(&[0xff; 11]), Err(Reason::Varint));
    }

    proptest! {
        #[test]
        fn every_number_has_one_form(bits in 0..64_u32, value in any::<u64>()) {
            let value = value >> bits;
            let bytes = write(value);
            prop_assert_eq!(varint_len(value), bytes.len());
            prop_assert_eq!(read(&bytes), Ok((value, &[][..])));
        }

        #[test]
        fn what_is_read_is_the_shortest_form(bytes in any::<[u8; 12]>()) {
            if let Ok((value, rest)) = read(&bytes) {
                prop_assert_eq!([&write(value)[..], rest].concat(), bytes);
            }
        }
    }
}
