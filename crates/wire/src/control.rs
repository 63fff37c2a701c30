//! The content of control frames: what devices tell one another by themselves.

use crate::{
    Malformed, Reason, Result, Strict,
    linked_contacts::LINKED_CONTACTS,
    proto::{Control, Delivered, DeviceListPush, KnownList, ListProof, SignedDeviceList},
    scan::{Field, Kind, Schema},
};

/// Length of a message id, in bytes.
pub const MESSAGE_ID_LEN: usize = 16;

/// Most messages that are named at once.
pub const MAX_DELIVERED: usize = 256;

// spec: WIRE-110
impl Strict for Control {
    const SCHEMA: &'static Schema = &Schema {
        name: "control",
        fields: &[
            Field::optional(1, "control device list", Kind::Message(DEVICE_LIST_PUSH)),
            Field::optional(2, "control want device list", Kind::Message(KNOWN_LIST)),
            Field::optional(3, "control delivered", Kind::Message(DELIVERED)),
            Field::optional(5, "control linked contacts", Kind::Message(LINKED_CONTACTS)),
        ],
    };

    fn check(&self) -> Result<()> {
        let Self { device_list, want_device_list, delivered, linked_contacts } = self;
        let there = [
            device_list.is_some(),
            want_device_list.is_some(),
            delivered.is_some(),
            linked_contacts.is_some(),
        ];
        // spec: WIRE-111
        if there.into_iter().filter(|there| *there).count() != 1 {
            return Err(Malformed::new("control", Reason::Inconsistent));
        }
        device_list.iter().try_for_each(Strict::check)?;
        delivered.iter().try_for_each(Strict::check)?;
        linked_contacts.iter().try_for_each(Strict::check)
    }
}

const DEVICE_LIST_PUSH: &Schema = &Schema {
    name: "device list push",
    fields: &[
        Field::required(1, "device list push list", Kind::Message(SignedDeviceList::SCHEMA)),
        Field::optional(2, "device list push proof", Kind::Message(ListProof::SCHEMA)),
    ],
};

// spec: WIRE-112
impl Strict for DeviceListPush {
    const SCHEMA: &'static Schema = DEVICE_LIST_PUSH;

    fn check(&self) -> Result<()> {
        self.proof.iter().try_for_each(Strict::check)
    }
}

// spec: WIRE-113
const KNOWN_LIST: &Schema = &Schema {
    name: "known list",
    fields: &[
        Field::required(1, "known list epoch", Kind::up_to(u32::MAX as u64)),
        Field::required(2, "known list hash", Kind::exactly(32)),
    ],
};

impl Strict for KnownList {
    const SCHEMA: &'static Schema = KNOWN_LIST;
}

const DELIVERED: &Schema = &Schema {
    name: "delivered",
    fields: &[Field::required(
        1,
        "delivered ids",
        Kind::Bytes { min: MESSAGE_ID_LEN, max: MAX_DELIVERED * MESSAGE_ID_LEN },
    )],
};

// spec: WIRE-114
impl Strict for Delivered {
    const SCHEMA: &'static Schema = DELIVERED;

    fn check(&self) -> Result<()> {
        match self.ids.len() % MESSAGE_ID_LEN {
            0 => Ok(()),
            _ => Err(Malformed::new("delivered ids", Reason::Length)),
        }
    }
}
