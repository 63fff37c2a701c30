//! Linking, as two devices and their user do it.

use entrenous::{Client, Destination, Error, Joining, LinkRequest, Outgoing, Store};

use crate::person::{Clock, Person, ScriptedEnv, store_key};

/// The box among `outgoing` that is for the mailbox of a linking.
pub fn boxed(outgoing: &[Outgoing]) -> Vec<u8> {
    let boxes = outgoing.iter().filter(|out| matches!(out.to, Destination::Rendezvous(_)));
    let [out] = boxes.collect::<Vec<_>>()[..] else { panic!("one box: {outgoing:?}") };
    out.bytes.clone()
}

/// A new device that has scanned a code, on an empty store.
///
/// # Errors
/// Those of the client.
pub fn scan<S: Store>(
    code: &str,
    store: S,
    seed: u64,
    clock: &Clock,
) -> Result<Joining<S, ScriptedEnv>, Error> {
    Client::join(store, &store_key(), ScriptedEnv::new(seed, clock), code)
}

/// A linking up to where the user compares: the new device, and what the primary shows.
pub fn requested<S: Store, T: Store>(
    primary: &mut Person<T>,
    store: S,
    seed: u64,
    clock: &Clock,
) -> (Joining<S, ScriptedEnv>, LinkRequest) {
    let offer = primary.client.begin_linking().expect("the primary");
    let mut joining = scan(&offer.code.text(), store, seed, clock).expect("an empty store");
    let request = joining.request().expect("not answered yet");
    let shown = primary.client.receive_link(request).expect("genuine");
    let string = joining.receive_reveal(&boxed(&shown.outgoing)).expect("genuine");
    assert_eq!(string, shown.short_string, "both screens show the same");
    (joining, shown)
}

/// Links a new device. What the primary tells it waits in the primary's outbox.
pub fn link<S: Store, T: Store>(primary: &mut Person<T>, store: S, seed: u64, clock: &Clock) -> Person<S> {
    let (joining, shown) = requested(primary, store, seed, clock);
    let outgoing = primary.client.approve_link(shown.device).expect("compared");
    let approval = joining.receive_approval(&boxed(&outgoing)).expect("genuine");
    Person::of(joining.finish(approval).expect("an empty store")).expect("a new device has prekeys")
}
