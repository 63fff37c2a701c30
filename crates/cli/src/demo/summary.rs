//! Act 7: the figures.

use std::{io::Write, time::Duration};

use super::{Page, Stage, speed::Speed};
use crate::{
    failure::Failure,
    text::{counted, grouped, len_of},
    wire::FIXED,
};

pub(super) fn write(
    page: &mut Page<impl Write>,
    stage: &Stage,
    speed: &Speed,
    elapsed: Duration,
) -> Result<(), Failure> {
    let Stage { exchange, tally, text_bytes, handshakes, padding, attempts_refused, .. } = stage;
    if !tally.is_sound() || !exchange.missing().is_empty() {
        return Err(Failure::Broken(format!("not everything arrived intact: {:?}", tally.faults.list())));
    }
    page.act("What it comes to")?;
    let mut row = |name: &str, text: &str| page.text(&format!("  {name:<11} {text}"));
    row(
        "sent",
        &format!("{} in {}", counted(tally.sent, "message"), counted(tally.transmissions, "transmission")),
    )?;
    row("delivered", &format!("{}, each compared byte for byte with what was sent", grouped(tally.intact)))?;
    row(
        "refused",
        &format!("{} with a changed bit, {attempts_refused} by others", counted(tally.refused, "packet")),
    )?;
    row("duplicates", &format!("{}, all recognized", grouped(tally.duplicates)))?;
    let fixed = tally.sent * len_of(FIXED);
    row(
        "bytes",
        &format!(
            "{} of text; added: handshake {}, padding and new keys {}, headers and tags {}",
            grouped(*text_bytes),
            grouped(*handshakes),
            grouped(*padding),
            grouped(fixed)
        ),
    )?;
    row("keys", "X25519 and ML-KEM (agreement, renewal), Ed25519 (signatures), AES-256-GCM (messages),")?;
    row("", "HKDF-SHA-256 (derivation)")?;
    let micros = |time: Duration| format!("{:.1} µs", time.as_secs_f64() * 1e6);
    row(
        "time",
        &format!(
            "{} to seal a message, {} to open it; {} for both when it",
            micros(speed.seal),
            micros(speed.open),
            micros(speed.turn)
        ),
    )?;
    row(
        "",
        &format!(
            "answers and so renews the keys (medians of {}, on this machine)",
            counted(speed.messages, "message")
        ),
    )?;
    page.gap()?;
    page.text(&format!("Done in {} ms. Now with a text of yours:", elapsed.as_millis()))?;
    page.text("  cargo run --release -- demo --conversation FILE")?;
    Ok(())
}
