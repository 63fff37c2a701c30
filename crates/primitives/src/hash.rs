//! SHA-256 (FIPS 180-4).

use sha2::{Digest, Sha256};

/// The SHA-256 hash, 32 bytes, of the parts one after another. The caller sees to it that the parts can
/// be told apart: fixed widths, or labels that are no prefix of one another.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    // spec: PRIM-1
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: PRIM-1
    #[test]
    fn known_answer() {
        // FIPS 180-4 example, "abc"
        let want = [
            0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
            0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
        ];
        assert_eq!(sha256(&[b"abc"]), want);
        assert_eq!(sha256(&[b"a", b"", b"bc"]), want);
    }
}
