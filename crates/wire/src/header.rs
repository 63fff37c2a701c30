//! The ratchet header, before it is sealed: 49 bytes (spec: WIRE-20).
//!
//! ```text
//! ratchet key 32 | n 4 | pn 4 | flags 1 | nonce salt 8
//! ```

use crate::{Malformed, Reason, Result, bytes::Reader};

/// Length of a header, in bytes.
pub const HEADER_LEN: usize = 49;

/// Most messages of one chain: header and body nonces stay far from their bounds, and a chain's gap is bounded.
pub const MAX_CHAIN: u32 = 1 << 20;

/// The header of a ratchet message.
///
/// Key, `pn` and flags are the same in every header of a chain but for [`Flags::have`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The sender's X25519 ratchet key, as raw bytes: whether it is canonical is the caller's to check.
    pub ratchet_key: [u8; 32],
    /// Number of the message in its chain: below [`MAX_CHAIN`].
    pub n: u32,
    /// Length of the sender's previous chain: at most [`MAX_CHAIN`].
    pub pn: u32,
    /// State of the post-quantum ratchet.
    pub flags: Flags,
    /// The sender's part of the body's nonce.
    pub nonce_salt: [u8; 8],
}

impl Header {
    /// The header's 49 bytes. The ranges of `n` and `pn` are the ratchet's to hold; the receiver refuses others.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let Self { ratchet_key, n, pn, flags, nonce_salt } = self;
        let mut out = [0; HEADER_LEN];
        // spec: WIRE-20
        let fields: [&[u8]; 5] =
            [ratchet_key, &n.to_be_bytes(), &pn.to_be_bytes(), &[flags.to_byte()], nonce_salt];
        // The fields are exactly as long as the header, so zip drops nothing.
        for (byte, value) in out.iter_mut().zip(fields.iter().copied().flatten()) {
            *byte = *value;
        }
        out
    }

    /// Reads a header. Every flag byte and every key and salt is accepted.
    ///
    /// # Errors
    /// [`Reason::Range`] if `n` is 2^20 or above, or `pn` above 2^20.
    // spec: WIRE-20
    pub fn decode(bytes: &[u8; HEADER_LEN]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let header = Self {
            ratchet_key: *reader.array("header ratchet key")?,
            n: reader.u32("header n")?,
            pn: reader.u32("header pn")?,
            flags: Flags::from_byte(reader.u8("header flags")?),
            nonce_salt: *reader.array("header nonce salt")?,
        };
        // spec: WIRE-21
        if header.n >= MAX_CHAIN {
            return Err(Malformed::new("header n", Reason::Range));
        }
        // spec: WIRE-22
        if header.pn > MAX_CHAIN {
            return Err(Malformed::new("header pn", Reason::Range));
        }
        Ok(header)
    }
}

/// The flag byte: `epoch` in bits 7 to 2, `have` in bit 1, `mix` in bit 0.
// spec: WIRE-23
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags {
    /// Post-quantum epoch modulo 64. The two higher bits are not sent.
    pub epoch: u8,
    /// The sender holds the whole blob of this epoch: its peer may stop sending shards.
    pub have: bool,
    /// The root step of this chain mixes the epoch's secret.
    pub mix: bool,
}

impl Flags {
    /// The flag byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        (self.epoch << 2) | ((self.have as u8) << 1) | self.mix as u8
    }

    /// Reads a flag byte: every byte is one.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self { epoch: byte >> 2, have: byte & 0b10 != 0, mix: byte & 0b01 != 0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> Header {
        Header {
            ratchet_key: [0xaa; 32],
            n: 0x0001_0203,
            pn: MAX_CHAIN,
            flags: Flags { epoch: 0b10_0001, have: true, mix: false },
            nonce_salt: [1, 2, 3, 4, 5, 6, 7, 8],
        }
    }

    // spec: WIRE-20
    #[test]
    fn layout_is_the_specified_one() {
        let bytes = header().encode();
        assert_eq!(bytes[..32], [0xaa; 32]);
        assert_eq!(bytes[32..], [0, 1, 2, 3, 0, 0x10, 0, 0, 0b1000_0110, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(Header::decode(&bytes), Ok(header()));
    }

    // spec: WIRE-21
    #[test]
    fn n_is_below_two_to_the_twenty() {
        let last = Header { n: MAX_CHAIN - 1, ..header() };
        assert_eq!(Header::decode(&last.encode()), Ok(last));
        let beyond = Header { n: MAX_CHAIN, ..header() }.encode();
        assert_eq!(Header::decode(&beyond), Err(Malformed::new("header n", Reason::Range)));
    }

    // spec: WIRE-22
    #[test]
    fn pn_is_at_most_two_to_the_twenty() {
        let beyond = Header { pn: MAX_CHAIN + 1, ..header() }.encode();
        assert_eq!(Header::decode(&beyond), Err(Malformed::new("header pn", Reason::Range)));
    }

    // spec: WIRE-23
    #[test]
    fn every_flag_byte_has_one_meaning() {
        for byte in 0..=u8::MAX {
            assert_eq!(Flags::from_byte(byte).to_byte(), byte);
        }
        assert_eq!(Flags { epoch: 65, have: false, mix: true }.to_byte(), 0b0000_0101);
    }

    proptest! {
        #[test]
        fn one_encoding(key in any::<[u8; 32]>(), tail in any::<[u8; 17]>(), small in any::<bool>()) {
            let mut bytes = [0; HEADER_LEN];
            bytes[..32].copy_from_slice(&key);
            bytes[32..].copy_from_slice(&tail);
            if small {
                (bytes[32], bytes[33], bytes[36], bytes[37]) = (0, tail[1] & 0x0f, 0, tail[5] & 0x0f);
                prop_assert!(Header::decode(&bytes).is_ok());
            }
            if let Ok(header) = Header::decode(&bytes) {
                prop_assert_eq!(header.encode(), bytes);
            }
        }
    }
}
