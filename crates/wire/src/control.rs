//! The content of control frames: what devices tell one another by themselves.

use crate::{
    Malformed, Reason, Result, Strict,
    group_control::GROUP_CONTROL,
    linked_contacts::LINKED_CONTACTS,
    proto::{Control, Delivered, DeviceListPush, KnownList, ListProof, SignedDeviceList, TrustDecision},
    sas,
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
            // spec: WIRE-117
            Field::optional(4, "control short string", Kind::exactly(sas::MESSAGE_LEN)),
            Field::optional(5, "control linked contacts", Kind::Message(LINKED_CONTACTS)),
            Field::optional(8, "control trust", Kind::Message(TRUST_DECISION)),
            Field::optional(9, "control group", Kind::Message(GROUP_CONTROL)),
        ],
    };

    fn check(&self) -> Result<()> {
        let Self { device_list, want_device_list, delivered, short_string, linked_contacts, trust, group } =
            self;
        let there = [
            device_list.is_some(),
            want_device_list.is_some(),
            delivered.is_some(),
            linked_contacts.is_some(),
            !short_string.is_empty(),
            trust.is_some(),
            group.is_some(),
        ];
        // spec: WIRE-111
        if there.into_iter().filter(|there| *there).count() != 1 {
            return Err(Malformed::new("control", Reason::Inconsistent));
        }
        device_list.iter().try_for_each(Strict::check)?;
        delivered.iter().try_for_each(Strict::check)?;
        linked_contacts.iter().try_for_each(Strict::check)?;
        trust.iter().try_for_each(Strict::check)?;
        group.iter().try_for_each(Strict::check)
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

const TRUST_DECISION: &Schema = &Schema {
    name: "trust decision",
    fields: &[
        Field::required(1, "trust decision account", Kind::exactly(32)),
        Field::required(2, "trust decision trust", Kind::up_to(3)),
        Field::optional(3, "trust decision proof", Kind::up_to(3)),
        Field::required(4, "trust decision time", Kind::TIME_MS),
        Field::optional(5, "trust decision replaces", Kind::exactly(32)),
    ],
};

// spec: WIRE-118
impl Strict for TrustDecision {
    const SCHEMA: &'static Schema = TRUST_DECISION;

    fn check(&self) -> Result<()> {
        let has = (self.proof != 0, !self.replaces.is_empty());
        match (self.trust, has) {
            (1, (false, false)) | (2, (true, false)) | (3, (false, true)) => Ok(()),
            _ => Err(Malformed::new("trust decision", Reason::Inconsistent)),
        }
    }
}
