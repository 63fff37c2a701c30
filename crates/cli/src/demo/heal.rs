//! Act 5: they go on writing until they have renewed their keys against quantum computers as well.

use std::io::Write;

use entrenous::Event;

use super::{Page, Stage};
use crate::{
    failure::Failure,
    party,
    side::Side,
    text::{counted, grouped, len_of},
};

/// More than an epoch takes when the two write in turn: 73 messages with two pieces each, and what is on its way.
const MOST: u64 = 200;

/// What they write meanwhile.
const TEXTS: [&str; 2] = ["Still there?", "Still here."];

pub(super) fn against_quantum_computers(
    page: &mut Page<impl Write>,
    stage: &mut Stage,
) -> Result<(), Failure> {
    page.act("They heal, against quantum computers too")?;
    page.text(
        "Say somebody had copied Bob's phone before he answered, and gets a quantum computer in twenty",
    )?;
    page.text(
        "years. He can work out every X25519 key. So the two also exchange an ML-KEM key, in pieces of 32",
    )?;
    page.text("bytes that go along with what they write; any 37 pieces are enough, whichever are lost.")?;
    page.gap()?;

    let (mut messages, mut bytes, mut from, mut healed) = (0, 0, Side::Bob, [false, false]);
    while healed != [true, true] {
        if messages == MOST {
            return Err(Failure::Broken(format!("no renewal within {MOST} messages")));
        }
        let clients = stage.exchange.clients();
        let (hint, to) = (clients.of(from).address(), clients.of(from.other()).account_id());
        let library = |error| Failure::Library("the renewal has failed", error);
        for envelope in party::send(clients.of(from), &to, TEXTS[usize::from(from == Side::Bob)].as_bytes())
            .map_err(library)?
        {
            messages += 1;
            bytes += len_of(envelope.bytes.len());
            let events = party::receive(clients.of(from.other()), &hint, &envelope.bytes).map_err(library)?;
            if events.iter().any(|event| matches!(event, Event::PostQuantumEpoch { .. })) {
                healed[usize::from(from == Side::Bob)] = true;
            }
        }
        from = from.other();
    }
    page.text(&format!(
        "  {} more, {} bytes each on average; then both report the renewal",
        counted(messages, "message"),
        grouped(bytes / messages)
    ))?;
    page.gap()?;
    page.text(
        "That copy opens nothing that they write from now on, and one made since nothing after the next",
    )?;
    page.text("renewal: in 100 messages or on another day. Until then messages are short again.")?;
    Ok(())
}
