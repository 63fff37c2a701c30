//! `demo`: a story in seven acts, for somebody who sees this for the first time. What it says is what has just
//! happened; where that is not what was expected, it stops and says so.

use std::{
    io::{self, IsTerminal, Write},
    time::Instant,
};

use crate::{failure::Failure, tally::Tally};

mod attacks;
mod deal;
mod group;
mod heal;
mod keys;
mod page;
mod script;
mod session;
mod speed;
mod summary;
mod talk;

use page::Page;

pub(crate) fn run(seed: u64) -> Result<(), Failure> {
    let stdout = io::stdout();
    let bold = stdout.is_terminal();
    let mut out = stdout.lock();
    tell(&mut Page::new(&mut out, bold), seed)?;
    out.flush()?;
    Ok(())
}

fn tell(page: &mut Page<impl Write>, seed: u64) -> Result<(), Failure> {
    let started = Instant::now();
    page.title("Entrenous: what Alice and Bob write stays between them")?;
    page.text(
        "Everything below happens now, in this process: real keys, real messages, and a network that is",
    )?;
    page.text(&format!(
        "against them (its seed is {seed}; `--seed {seed}` repeats what it does, with new keys)."
    ))?;

    let published = keys::publish(page)?;
    let mut stage = session::start(page, published, seed)?;
    talk::over_a_hostile_network(page, &mut stage, seed)?;
    attacks::mount(page, &mut stage)?;
    heal::against_quantum_computers(page, &mut stage)?;
    group::with_a_ghost(page, &mut stage)?;
    let speed = speed::measure(stage.exchange.clients())?;
    summary::write(page, &stage, &speed, started.elapsed())
}

/// What the acts after the first have in common.
#[derive(Debug)]
struct Stage {
    exchange: crate::exchange::Exchange,
    tally: Tally,
    /// What a network with a good memory has seen.
    seen: Vec<std::rc::Rc<crate::network::Packet>>,
    text_bytes: u64,
    handshakes: u64,
    padding: u64,
    attempts_refused: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_holds_for_any_seed_and_fits_the_page() {
        for seed in 0..8 {
            let mut out = Vec::new();
            tell(&mut Page::new(&mut out, false), seed).expect("as told");
            let story = String::from_utf8(out).expect("text");
            for line in story.lines() {
                assert!(line.chars().count() <= 100, "{line}");
            }
            for event in ["lost", "known duplicate", "a bit changed", "overtaking", "opened late"] {
                assert!(story.contains(event), "{event} in the story of seed {seed}");
            }
        }
    }
}
