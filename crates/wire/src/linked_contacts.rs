//! What a primary tells a device that it has linked, in control frames.

use crate::{
    Malformed, Reason, Result, Strict,
    identity_records::MAX_BRANCHES,
    proto::{LinkedContact, LinkedContacts, SignedDeviceList},
    scan::{Field, Kind, Schema},
};

/// Most accounts in one message: at most 150 KB, and 10 KB as a rule.
pub const MAX_CONTACTS: u32 = 16;

pub(crate) const LINKED_CONTACTS: &Schema = &Schema {
    name: "linked contacts",
    fields: &[Field::repeated(1, "linked contacts", LINKED_CONTACT, MAX_CONTACTS)],
};

const LINKED_CONTACT: &Schema = &Schema {
    name: "linked contact",
    fields: &[
        Field::repeated(1, "linked contact lists", SignedDeviceList::SCHEMA, MAX_BRANCHES),
        Field::required(2, "linked contact trust", Kind::up_to(3)),
        Field::optional(3, "linked contact proof", Kind::up_to(3)),
        Field::optional(4, "linked contact proved-ms", Kind::TIME_MS),
        Field::optional(5, "linked contact replaces", Kind::exactly(32)),
    ],
};

// spec: WIRE-160
impl Strict for LinkedContacts {
    const SCHEMA: &'static Schema = LINKED_CONTACTS;

    fn check(&self) -> Result<()> {
        self.contacts.iter().try_for_each(Strict::check)
    }
}

// spec: WIRE-161
impl Strict for LinkedContact {
    const SCHEMA: &'static Schema = LINKED_CONTACT;

    fn check(&self) -> Result<()> {
        if self.lists.is_empty() {
            return Err(Malformed::new("linked contact lists", Reason::Missing));
        }
        // spec: WIRE-162
        let fits = match self.trust {
            2 => self.proof != 0 && self.replaces.is_empty(),
            3 => self.proof == 0 && self.proved_ms == 0 && !self.replaces.is_empty(),
            _ => self.proof == 0 && self.proved_ms == 0 && self.replaces.is_empty(),
        };
        if fits { Ok(()) } else { Err(Malformed::new("linked contact trust", Reason::Inconsistent)) }
    }
}
