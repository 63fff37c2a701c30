//! The handshake part of a prekey message.

use crate::{
    Malformed, Reason, Result, Strict,
    proto::{Handshake, SignedDeviceList},
    scan::{Field, Kind, Schema},
};

/// Length of an ML-KEM-1024 ciphertext, in bytes.
pub const KEM_CIPHERTEXT_LEN: usize = 1568;

/// Length of the name of a resumption secret, in bytes.
pub const SECRET_ID_LEN: usize = 8;

// spec: WIRE-74
impl Strict for Handshake {
    const SCHEMA: &'static Schema = &Schema {
        name: "handshake",
        fields: &[
            Field::required(1, "handshake device list", Kind::Message(SignedDeviceList::SCHEMA)),
            Field::required(2, "handshake device id", Kind::NONZERO_FIXED32),
            Field::required(3, "handshake signing key", Kind::exactly(32)),
            Field::required(4, "handshake agreement key", Kind::exactly(32)),
            Field::required(5, "handshake recipient device id", Kind::NONZERO_FIXED32),
            Field::required(6, "handshake recipient list epoch", Kind::up_to(u32::MAX as u64)),
            Field::required(7, "handshake counter", Kind::up_to(u64::MAX)),
            Field::required(8, "handshake mode", Kind::up_to(3)),
            Field::optional(9, "handshake continued secret id", Kind::exactly(SECRET_ID_LEN)),
            Field::required(10, "handshake ephemeral key", Kind::exactly(32)),
            Field::required(11, "handshake signed prekey id", Kind::NONZERO_FIXED32),
            Field::optional(12, "handshake one-time prekey id", Kind::NONZERO_FIXED32),
            Field::required(13, "handshake kem ciphertext", Kind::exactly(KEM_CIPHERTEXT_LEN)),
        ],
    };

    fn check(&self) -> Result<()> {
        // spec: WIRE-75
        let continued = Mode::of(self)? == Mode::Continued;
        match continued != self.continued_secret_id.is_empty() {
            true => Ok(()),
            false => Err(Malformed::new("handshake continued secret id", Reason::Inconsistent)),
        }
    }
}

/// How a session relates to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// There was none.
    Fresh,
    /// Mixes in a secret of the session before.
    Continued,
    /// There was one, and nothing of it is used.
    Reset,
}

impl Mode {
    /// The number on the wire: 1, 2 or 3.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Fresh => 1,
            Self::Continued => 2,
            Self::Reset => 3,
        }
    }

    /// The mode of a handshake.
    ///
    /// # Errors
    /// [`Reason::Range`] for another number, which a strictly decoded handshake never has.
    pub const fn of(handshake: &Handshake) -> Result<Self> {
        match handshake.mode {
            1 => Ok(Self::Fresh),
            2 => Ok(Self::Continued),
            3 => Ok(Self::Reset),
            _ => Err(Malformed::new("handshake mode", Reason::Range)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::MAX_HANDSHAKE;

    #[test]
    fn numbers_and_modes_agree() {
        for mode in [Mode::Fresh, Mode::Continued, Mode::Reset] {
            let handshake = Handshake { mode: mode.number().into(), ..Handshake::default() };
            assert_eq!(Mode::of(&handshake), Ok(mode));
        }
        for mode in [0, 4, u32::MAX] {
            assert!(Mode::of(&Handshake { mode, ..Handshake::default() }).is_err());
        }
    }

    // spec: WIRE-13
    #[test]
    fn every_handshake_fits_into_an_envelope() {
        assert_eq!(Handshake::MAX_LEN, 4033);
        const { assert!(Handshake::MAX_LEN <= MAX_HANDSHAKE) };
    }
}
