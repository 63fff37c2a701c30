//! Rules that are carried out, and that no test holds yet: what is missing for each.

pub(super) const UNTESTED: &[(&str, &str)] = &[
    ("CLIENT-27", "a control frame whose content is none"),
    ("CLIENT-65", "no list epoch and no list goes out again after a handshake that has named it"),
    ("CLIENT-86", "the inbox, outbox and prekeys records removed one at a time"),
    ("GROUP-156", "a 33rd key of one device; a followed key after 30 days"),
    ("GROUP-208", "the most senior admin, and nobody else, takes out who has left"),
    ("GROUP-212", "the id of a group message; a time to live in a group"),
    ("RATCHET-13", "nothing shows from outside which header keys are tried"),
    ("RATCHET-41", "a fourth session that only receives"),
    ("RATCHET-44", "a real fork"),
    ("WIRE-38", "frames of kinds that may not come this way, in the client"),
];
