//! What people scan, type and keep.

use entrenous_identity::{Card, RecoveryCode, RecoveryFile, SafetyNumber, linking::LinkCode};

/// Cards, codes, safety numbers and files.
pub(super) fn texts(input: &[u8]) {
    let _ = RecoveryFile::parse(input);
    let Ok(text) = str::from_utf8(input) else { return };
    if let Ok(card) = Card::parse(text) {
        assert_eq!(Card::parse(&card.to_string()).as_ref(), Ok(&card), "a card that isn't read again");
    }
    if let Ok(code) = LinkCode::parse(text) {
        let again = code.text();
        assert_eq!(LinkCode::parse(&again).expect("own text").text().as_str(), again.as_str());
    }
    if let Ok(code) = RecoveryCode::parse(text) {
        let again = code.text();
        assert_eq!(RecoveryCode::parse(&again).expect("own text").text().as_str(), again.as_str());
    }
    if let Ok(number) = SafetyNumber::parse(text) {
        assert_eq!(SafetyNumber::parse(&number.to_string()), Ok(number));
    }
}
