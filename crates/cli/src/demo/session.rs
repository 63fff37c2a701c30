//! Act 2: Alice begins a session, and the two make sure that nobody stands between them.

use std::io::Write;

use super::{Page, Stage, keys::Published};
use crate::{
    exchange::Exchange,
    failure::Failure,
    network::Treatment,
    side::Side,
    tally::Tally,
    text::{grouped, grouped_len, hex_start},
    wire::Shape,
};

const FIRST: &str = "Bob, it's me, Alice.";

pub(super) fn start(page: &mut Page<impl Write>, published: Published, seed: u64) -> Result<Stage, Failure> {
    let Published { alice, bob, bundle } = published;
    let mut stage = Stage::new(Exchange::between(alice, bob, seed));
    let begun = stage.exchange.start(&bundle);
    begun.map_err(|error| Failure::Library("Alice can't begin a session", error))?;

    page.act("Alice begins a session")?;
    page.text(
        "Alice fetches one bundle, checks every signature in it against Bob's id and agrees on keys. Bob",
    )?;
    page.text("need not be there: her first message brings him the handshake.")?;
    page.gap()?;
    let packet = stage.say(Side::Alice, FIRST, Treatment::Pass)?;
    stage.exchange.settle();
    stage.note();
    let handshake = Shape::of(&packet.bytes).handshake();
    page.text(&format!("  Alice  {FIRST}"))?;
    page.text(&format!(
        "         {} bytes, {} of them the handshake: {}",
        grouped_len(packet.bytes.len()),
        grouped(handshake),
        hex_start(&packet.bytes, 12)
    ))?;
    page.gap()?;
    safety_number(page, &mut stage)?;
    Ok(stage)
}

fn safety_number(page: &mut Page<impl Write>, stage: &mut Stage) -> Result<(), Failure> {
    let clients = stage.exchange.clients();
    let of = |result: Result<_, _>| result.map_err(|error| Failure::Library("no safety number", error));
    let alices = of(clients.alice.safety_number(&clients.bob.account_id()))?;
    let bobs = of(clients.bob.safety_number(&clients.alice.account_id()))?;
    page.text("Over another channel, best face to face, they compare one number:")?;
    page.gap()?;
    page.text(&format!("  Alice sees  {alices}"))?;
    page.text(&format!("  Bob sees    {bobs}"))?;
    page.gap()?;
    if alices.number() != bobs.number() {
        return Err(Failure::Broken("the safety numbers differ".to_owned()));
    }
    page.text("The same sixty digits: nobody stands between them.")?;
    Ok(())
}

impl Stage {
    fn new(exchange: Exchange) -> Self {
        Self {
            exchange,
            tally: Tally::default(),
            seen: Vec::new(),
            text_bytes: 0,
            handshakes: 0,
            padding: 0,
            attempts_refused: 0,
        }
    }
}
