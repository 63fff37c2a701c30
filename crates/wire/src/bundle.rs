//! Signed device lists, prekeys and bundles: what a directory hands out.

use crate::{
    Malformed, Reason, Result, Strict,
    device_list::{MAX_BODY_LEN, MIN_BODY_LEN},
    proto::{Bundle, Prekey, SignedDeviceList},
    scan::{Field, Kind, Schema},
};

/// Length of an ML-KEM-1024 encapsulation key, in bytes.
pub const KEM_KEY_LEN: usize = 1568;

// spec: WIRE-70
impl Strict for SignedDeviceList {
    const SCHEMA: &'static Schema = &Schema {
        name: "signed device list",
        fields: &[
            Field::required(
                1,
                "signed device list body",
                Kind::Bytes { min: MIN_BODY_LEN, max: MAX_BODY_LEN },
            ),
            Field::required(2, "signed device list signature", Kind::exactly(64)),
        ],
    };
}

// spec: WIRE-71
impl Strict for Prekey {
    const SCHEMA: &'static Schema = &Schema {
        name: "prekey",
        fields: &[
            Field::required(1, "prekey id", Kind::NONZERO_FIXED32),
            Field::required(2, "prekey curve key", Kind::exactly(32)),
            Field::required(3, "prekey kem key", Kind::exactly(KEM_KEY_LEN)),
            // Day 0 is 1970-01-01, and absent.
            Field::optional(4, "prekey issued day", Kind::NONZERO_FIXED32),
            Field::required(5, "prekey expires day", Kind::NONZERO_FIXED32),
            Field::required(6, "prekey signature", Kind::exactly(64)),
        ],
    };

    fn check(&self) -> Result<()> {
        // spec: WIRE-72
        match self.expires_day > self.issued_day {
            true => Ok(()),
            false => Err(Malformed::new("prekey expires day", Reason::Inconsistent)),
        }
    }
}

// spec: WIRE-73
impl Strict for Bundle {
    const SCHEMA: &'static Schema = &Schema {
        name: "bundle",
        fields: &[
            Field::required(1, "bundle device list", Kind::Message(SignedDeviceList::SCHEMA)),
            Field::required(2, "bundle device id", Kind::NONZERO_FIXED32),
            Field::required(3, "bundle signed prekey", Kind::Message(Prekey::SCHEMA)),
            Field::optional(4, "bundle one-time prekey", Kind::Message(Prekey::SCHEMA)),
        ],
    };

    fn check(&self) -> Result<()> {
        self.signed_prekey.iter().chain(&self.one_time_prekey).try_for_each(Prekey::check)
    }
}
