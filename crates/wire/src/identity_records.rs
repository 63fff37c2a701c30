//! What a device stores of accounts: its own keys, and the device lists that it knows. Never sent.

use crate::{
    Malformed, Reason, Result, Strict,
    proto::{AccountKeyRecord, DeviceKeysRecord, KnownListsRecord, SignedDeviceList},
    records::{KEY, VERSION},
    scan::{Field, Kind, Schema},
};

/// Most branches of one account's lists that are kept: more say nothing new, and each costs 2 KB.
pub const MAX_BRANCHES: u32 = 4;

/// Lists that show a fork.
const EVIDENCE: u32 = 2;

// spec: WIRE-88
impl Strict for KnownListsRecord {
    const SCHEMA: &'static Schema = &Schema {
        name: "known lists record",
        fields: &[
            Field::required(1, "known lists record version", VERSION),
            Field::repeated(2, "known lists record branches", SignedDeviceList::SCHEMA, MAX_BRANCHES),
            Field::repeated(3, "known lists record evidence", SignedDeviceList::SCHEMA, EVIDENCE),
            Field::optional(4, "known lists record proven", Kind::Message(SignedDeviceList::SCHEMA)),
        ],
    };

    fn check(&self) -> Result<()> {
        // spec: WIRE-89
        let evidence = match self.branches.len() {
            0 => return Err(Malformed::new("known lists record branches", Reason::Missing)),
            1 => 0,
            _ => EVIDENCE as usize,
        };
        match self.evidence.len() == evidence {
            true => Ok(()),
            false => Err(Malformed::new("known lists record evidence", Reason::Inconsistent)),
        }
    }
}

// spec: WIRE-90
impl Strict for DeviceKeysRecord {
    const SCHEMA: &'static Schema = &Schema {
        name: "device keys record",
        fields: &[
            Field::required(1, "device keys record version", VERSION),
            Field::required(2, "device keys record device id", Kind::NONZERO_FIXED32),
            Field::required(3, "device keys record signing seed", KEY),
            Field::required(4, "device keys record signing key", KEY),
            Field::required(5, "device keys record agreement secret", KEY),
            Field::required(6, "device keys record agreement key", KEY),
        ],
    };
}

// spec: WIRE-91
impl Strict for AccountKeyRecord {
    const SCHEMA: &'static Schema = &Schema {
        name: "account key record",
        fields: &[
            Field::required(1, "account key record version", VERSION),
            Field::required(2, "account key record seed", KEY),
            Field::required(3, "account key record key", KEY),
        ],
    };
}
