//! Base32 in Crockford's alphabet: no I, L, O, U. Values are computed, not looked up, so that no table access
//! depends on a recovery code; and written without a branch (`docs/assurance/constant-time.md`).

use core::hint::black_box;

/// Symbols for `bytes` bytes.
pub(super) const fn len(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// The symbols of `bytes`, most significant bits first; the last one is filled up with zero bits.
pub(super) fn symbols(bytes: impl Iterator<Item = u8>) -> impl Iterator<Item = char> {
    Symbols { bytes, bits: 0, held: 0 }
}

struct Symbols<I> {
    bytes: I,
    /// Of these the low `held` bits are still to be written: at most 12.
    bits: u16,
    held: u8,
}

impl<I: Iterator<Item = u8>> Iterator for Symbols<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if self.held < 5 {
            match self.bytes.next() {
                Some(byte) => {
                    self.bits = self.bits << 8 | u16::from(byte);
                    self.held += 8;
                }
                None if self.held == 0 => return None,
                None => {
                    self.bits <<= 5 - self.held;
                    self.held = 5;
                }
            }
        }
        self.held -= 5;
        let [_, low] = (self.bits >> self.held).to_be_bytes();
        Some(symbol(low & 31))
    }
}

/// The symbol of `value`, below 32.
fn symbol(value: u8) -> char {
    // 1 from the bound on, by the sign of a difference that the compiler can't see through: it made a branch of the comparison
    let over = |bound: u8| black_box((bound - 1).wrapping_sub(value)) >> 7;
    // from '9' to 'A' are 7 places; then I, L, O and U are left out
    char::from(b'0' + value + 7 * over(10) + over(18) + over(20) + over(22) + over(27))
}

/// Upper case, and the digits that O, I and L are taken for.
pub(super) fn normalized(c: char) -> char {
    match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    }
}

/// The value of a normalized symbol.
pub(super) fn value(symbol: char) -> Option<u8> {
    let byte = u8::try_from(symbol).ok()?;
    let over = |letter: u8| u8::from(byte > letter);
    match symbol {
        '0'..='9' => Some(byte - b'0'),
        'A'..='T' | 'V'..='Z' => Some(byte - b'A' + 10 - over(b'I') - over(b'L') - over(b'O') - over(b'U')),
        _ => None,
    }
}

/// Collects values of 5 bits to bytes.
#[derive(Default)]
pub(super) struct Bits {
    /// Of these the low `held` bits make no byte yet: at most 7.
    bits: u16,
    held: u8,
}

impl Bits {
    /// Adds the 5 bits of `value`; a byte when there is one.
    pub(super) fn take(&mut self, value: u8) -> Option<u8> {
        self.bits = self.bits << 5 | u16::from(value);
        self.held += 5;
        let held = self.held.checked_sub(8)?;
        let [_, byte] = (self.bits >> held).to_be_bytes();
        self.bits &= (1 << held) - 1;
        self.held = held;
        Some(byte)
    }

    /// Whether what is left over is zero, as it is written.
    pub(super) fn rest_is_zero(&self) -> bool {
        self.bits == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_is_crockfords() {
        let alphabet: alloc::string::String = (0..32).map(symbol).collect();
        assert_eq!(alphabet, "0123456789ABCDEFGHJKMNPQRSTVWXYZ");
        for (i, c) in (0..).zip(alphabet.chars()) {
            assert_eq!(value(c), Some(i));
        }
        for c in ['I', 'L', 'O', 'a', 'U', '/', ':', '@', '[', 'ä', '０', '\0'] {
            // what is normalized away can't come here; 'I', 'L' and 'O' would be other symbols' values
            assert!(matches!(c, 'I' | 'L' | 'O') || value(c).is_none(), "{c}");
        }
    }
}
