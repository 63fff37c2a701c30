//! What is known of many envelopes before one is opened: whose sessions turn.

use std::collections::BTreeMap;

use entrenous_wire::envelope::Envelope;

use super::Receive;
use crate::{
    Address,
    engine::{Name, Step, Stop},
    record::Pair,
};

impl Step<'_> {
    /// Reads the sessions of several devices that have sent `envelopes`, and computes what those agree on that turn.
    pub(super) fn look_ahead(&mut self, envelopes: &[Receive<'_>]) -> Result<(), Stop> {
        let mut of_devices: BTreeMap<Address, Vec<Envelope<'_>>> = BTreeMap::new();
        for Receive { from, bytes } in envelopes {
            if let Ok(envelope) = Envelope::parse(bytes) {
                of_devices.entry(*from).or_default().push(envelope);
            }
        }
        if of_devices.len() < 2 {
            return Ok(());
        }
        let (today, mut sessions) = (self.today(), Vec::new());
        for (from, envelopes) in &of_devices {
            let pair: Pair = self.get_unless_damaged(Name::Pair(*from))?.unwrap_or_default();
            for entry in pair.sessions.iter().filter(|entry| !pair.is_over(entry, today)) {
                sessions.push((entry.hash, envelopes.as_slice()));
            }
        }
        // of the messages of a chain the first will do
        self.prepare_sessions(sessions, |session, envelopes| {
            envelopes.iter().any(|envelope| session.look_ahead(envelope));
        });
        Ok(())
    }
}
