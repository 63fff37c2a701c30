//! The figures at the end.

use std::io::{self, Write};

use super::Outcome;
use crate::{
    args::Input,
    text::{counted, grouped},
};

/// Missing lines that are named; of more, their number has to do.
const NAMED: usize = 10;

pub(super) fn write(out: &mut impl Write, input: &Input, seed: u64, outcome: &Outcome) -> io::Result<()> {
    let Outcome { tally, text_bytes, padding, elapsed } = outcome;
    writeln!(
        out,
        "Conversation: {input}, over a network that loses, copies, reorders and tampers (seed {seed})\n"
    )?;
    let mut row =
        |name: &str, number: u64, what: &str| writeln!(out, "  {name:<13}{:>13}  {what}", grouped(number));
    row("sent", tally.sent, &format!("messages, one a line; {} of text", counted(*text_bytes, "byte")))?;
    row("delivered", tally.intact, "intact, each compared byte for byte with its line")?;
    row(
        "refused",
        tally.refused,
        &format!("of {} with one bit changed on the way", grouped(tally.tampered)),
    )?;
    row("duplicates", tally.duplicates, "recognized, and not delivered again")?;
    row("proofs", tally.proofs, "packets beside the messages, in which the two prove what was delivered")?;
    row("lost", tally.lost, "on the way")?;
    row("sent again", tally.sent_again, "byte for byte, since lost or refused")?;
    row("out of order", tally.out_of_order, "opened late, each with the key kept for it")?;
    row("renewals", tally.renewals, "of keys against quantum computers, as the two have seen them")?;
    let mut wire = format!("bytes in {}", counted(tally.transmissions, "transmission"));
    if let Some(each) = tally.wire_bytes.checked_div(tally.transmissions) {
        wire += &format!(", {} each", grouped(each));
    }
    row("on the wire", tally.wire_bytes, &wire)?;
    row("padding", *padding, "bytes, so that lengths tell little")?;
    let mut time = String::from("ms");
    // of a short text the keys' creation is most of it
    if tally.sent >= 1000 && !elapsed.is_zero() {
        let each = elapsed.as_secs_f64() * 1e6 / tally.sent as f64;
        time += &format!(", {each:.1} µs a line, on this machine");
    }
    row("time", u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX), &time)?;

    for (what, count) in tally.faults.list() {
        row(what, count, "THIS MUST NOT HAPPEN")?;
    }
    let missing = &tally.faults.missing;
    if !missing.is_empty() {
        let named: Vec<String> = missing.iter().take(NAMED).map(u64::to_string).collect();
        let more = if missing.len() > NAMED { ", …" } else { "" };
        writeln!(out, "\n  Missing lines: {}{more}", named.join(", "))?;
    }
    writeln!(
        out,
        "\n{}",
        match (tally.is_sound(), tally.sent) {
            (true, 0) => "There was nothing to send.",
            (true, _) => "Every line arrived intact.",
            (false, _) => "NOT every line arrived intact.",
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::{Faults, Tally};

    fn report(tally: Tally) -> String {
        let mut out = Vec::new();
        let outcome = Outcome { tally, ..Outcome::default() };
        write(&mut out, &Input::Standard, 7, &outcome).expect("memory writes");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_fault_can_not_be_overlooked() {
        let sound = report(Tally { sent: 2, intact: 2, ..Tally::default() });
        assert!(sound.ends_with("\nEvery line arrived intact.\n") && !sound.contains("MUST NOT"), "{sound}");

        let faults = Faults { altered: 1, missing: (1..=12).collect(), ..Faults::default() };
        let broken = report(Tally { sent: 12, faults, ..Tally::default() });
        for words in ["altered", "MUST NOT", "lines: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …", "\nNOT every line"]
        {
            assert!(broken.contains(words), "{words} in {broken}");
        }
    }
}
