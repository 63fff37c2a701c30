//! A party of the demonstration: a client that keeps everything in memory, and forgets it at the end.

use entrenous::{
    AccountId, Address, Client, Error, Event, Item, MemoryStore, Outgoing, Sent, StoreKey, System, Upload,
};

/// A client in memory.
pub(crate) type Party = Client<MemoryStore, System>;

/// A new account.
pub(crate) fn create() -> Result<Party, Error> {
    let mut system = System::new();
    let key = StoreKey::generate(&mut system)?;
    Ok(Client::create(MemoryStore::new(), &key, system)?.client)
}

/// What the directory gets. It is never told that it has it, so that it can be asked for again.
pub(crate) fn upload(party: &mut Party) -> Result<Upload, Error> {
    party.publish_prekeys()?.ok_or(Error::KeyUnavailable)
}

/// Seals a message for the one device of `to`, and hands it to the transport; the message is the last, after what
/// the library sends along by itself.
pub(crate) fn send(party: &mut Party, to: &AccountId, content: &[u8]) -> Result<Vec<Outgoing>, Error> {
    let Sent { outgoing, unreached, .. } = party.send(to, content)?;
    if !unreached.is_empty() {
        return Err(Error::NoSession);
    }
    let numbers: Vec<u64> = outgoing.iter().filter_map(|envelope| envelope.number).collect();
    party.handed_over(&numbers)?;
    Ok(outgoing)
}

/// Opens an envelope, and acknowledges what it brings.
pub(crate) fn receive(party: &mut Party, from: &Address, bytes: &[u8]) -> Result<Vec<Event>, Error> {
    let items = party.receive(from, bytes)?;
    let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
    party.acknowledge(&numbers)?;
    Ok(items.into_iter().map(|Item { event, .. }| event).collect())
}
