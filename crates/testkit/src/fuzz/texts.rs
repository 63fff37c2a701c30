//! What people scan, type and keep.

use entrenous_identity::{Card, RecoveryCode, RecoveryFile, SafetyNumber, linking::LinkCode};
use entrenous_primitives::hash::sha256;
use entrenous_wire::label;

/// Cards, codes, safety numbers and files: what is read is written as the same symbols. An input that begins with a byte that no
/// text begins with is a payload, and gets the check that a fuzzer wouldn't find.
pub(super) fn texts(input: &[u8]) {
    if let Ok(file) = RecoveryFile::parse(input) {
        assert_eq!(file.as_bytes().as_slice(), input, "another file was read");
    }
    if let [first @ 0xfd..=0xff, payload @ ..] = input {
        return read(&text(b"CDR"[usize::from(first - 0xfd)], payload));
    }
    if let Ok(text) = str::from_utf8(input) {
        read(text);
    }
}

fn read(text: &str) {
    if let Ok(card) = Card::parse(text) {
        same(text, &card.to_string());
    }
    if let Ok(code) = LinkCode::parse(text) {
        same(text, &code.text());
    }
    if let Ok(code) = RecoveryCode::parse(text) {
        same(text, &code.text());
    }
    if let Ok(number) = SafetyNumber::parse(text) {
        same(text, &number.to_string());
    }
}

/// But for case, for what separates symbols, and for the letters that are taken for digits.
fn same(read: &str, written: &str) {
    let symbols = |text: &str| {
        let kept = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}');
        let digit = |c: char| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        text.chars().filter(kept).map(digit).collect::<String>()
    };
    assert_eq!(symbols(written), symbols(read), "another text was read");
}

/// A payload as a text of the kind with `letter`, as the specification says.
fn text(letter: u8, payload: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let check = &sha256(&[label::TEXT_CHECK, &[letter], payload])[..4];
    let mut text = format!("EN1{}", char::from(letter));
    let (mut bits, mut held) = (0_u32, 0);
    for byte in payload.iter().chain(check).chain(&[0]) {
        (bits, held) = (bits << 8 | u32::from(*byte), held + 8);
        while held >= 5 {
            held -= 5;
            text.push(char::from(ALPHABET[(bits >> held) as usize & 31]));
        }
        bits &= 31;
    }
    let symbols = ((payload.len() + 4) * 8).div_ceil(5);
    text.truncate(4 + symbols);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without that, no payload would be tried.
    #[test]
    fn a_payload_is_read_as_a_text() {
        assert!(RecoveryCode::parse(&text(b'R', &[7; 32])).is_ok());
    }
}
