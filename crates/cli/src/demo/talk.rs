//! Act 3: the conversation. Each line is told as the network sees it, with what became of it.

use std::{collections::BTreeMap, io::Write, rc::Rc};

use super::{Page, Stage, deal::deal, script::CONVERSATION};
use crate::{
    exchange::{Order, What},
    failure::Failure,
    network::{Packet, Treatment},
    side::Side,
    text::{grouped_len, hex_start, len_of},
    wire::Shape,
};

pub(super) fn over_a_hostile_network(
    page: &mut Page<impl Write>,
    stage: &mut Stage,
    seed: u64,
) -> Result<(), Failure> {
    page.act("They talk over a hostile network")?;
    page.text(
        "It loses, copies, holds back and changes what it carries; what doesn't arrive the sender repeats,",
    )?;
    page.text(
        "byte for byte; for what was overtaken, the receiver keeps a key. The network sees who writes to",
    )?;
    page.text("whom and when, and bytes. Under each line: how many, the first of them, and what happened.")?;
    page.gap()?;

    let turns: Vec<usize> = CONVERSATION.iter().map(|(_, lines)| lines.len()).collect();
    let mut line = 0;
    for ((who, lines), treatments) in CONVERSATION.iter().zip(deal(&turns, seed)) {
        let mut told = Vec::new();
        for (text, treatment) in lines.iter().zip(treatments) {
            let packet = stage.say(*who, text, treatment)?;
            line += 1;
            told.push((line, text, packet));
            stage.exchange.tick();
        }
        stage.exchange.settle();
        let mut fates = stage.note();
        for (line, text, packet) in told {
            let fate = fates.remove(&packet.number).unwrap_or_default().join("; ");
            page.text(&format!("{line:>3}  {who:<5}  {text}"))?;
            page.text(&format!(
                "     {:>5} bytes  {}  {fate}",
                grouped_len(packet.bytes.len()),
                hex_start(&packet.bytes, 4)
            ))?;
        }
    }
    page.gap()?;
    page.text(
        "Alice's messages carry the handshake until she has read an answer. After that a message says no",
    )?;
    page.text(
        "more than its length, and that in steps: a short text is 147 bytes whatever it says, and 24 or",
    )?;
    page.text("40 more while pieces of a new key go along, as they do with Bob's.")?;
    Ok(())
}

impl Stage {
    /// Sends a line, and remembers what the network sees of it.
    pub(super) fn say(&mut self, who: Side, text: &str, treatment: Treatment) -> Result<Rc<Packet>, Failure> {
        let sent = self.exchange.send(who, text.as_bytes().to_vec(), Some(treatment));
        let packet = sent.map_err(|error| Failure::Send(who, self.tally.sent + 1, error))?;
        let shape = Shape::of(&packet.bytes);
        self.text_bytes += len_of(text.len());
        self.handshakes += shape.handshake();
        self.padding += shape.padding(text.len());
        self.seen.push(Rc::clone(&packet));
        Ok(packet)
    }

    /// Counts what has happened, and tells it by message.
    pub(super) fn note(&mut self) -> BTreeMap<u64, Vec<&'static str>> {
        let mut fates: BTreeMap<u64, Vec<&'static str>> = BTreeMap::new();
        for happening in self.exchange.happened() {
            self.tally.note(&happening);
            fates.entry(happening.number).or_default().extend(words(&happening.what));
        }
        fates
    }
}

fn words(what: &What) -> Option<&'static str> {
    Some(match what {
        What::Transmitted { again: true, .. } => "sent again",
        What::Transmitted { treatment: Treatment::Pass, .. } => return None,
        What::Transmitted { treatment: Treatment::Lose, .. } => "lost",
        What::Transmitted { treatment: Treatment::Copy, .. } => "copied",
        What::Transmitted { treatment: Treatment::Hold, .. } => "held back",
        What::Transmitted { treatment: Treatment::Tamper, .. } => "a bit changed",
        What::Taken { .. } => "taken",
        What::Opened { order: Order::InTurn, .. } => "opened",
        What::Opened { order: Order::Ahead, .. } => "opened, overtaking another",
        What::Opened { order: Order::Late, .. } => "opened late with its kept key",
        What::Duplicate => "the copy is a known duplicate",
        What::Refused { .. } => "refused",
        What::Renewed => "keys renewed",
        What::Alarm => "ALARM",
    })
}
