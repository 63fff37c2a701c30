//! `demo --conversation`: every line of a text as a message over the hostile network, compared on arrival.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    process::ExitCode,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

use crate::{
    args::Input,
    exchange::Exchange,
    failure::Failure,
    lines::{LineError, Lines},
    side::Side,
    tally::Tally,
    text::len_of,
    wire::Shape,
};

mod progress;
mod report;

/// Lines that one side writes before the other has its turn, at most.
const LONGEST_RUN: u32 = 8;

/// What became of a text.
#[derive(Debug, Default)]
struct Outcome {
    tally: Tally,
    text_bytes: u64,
    padding: u64,
    elapsed: Duration,
}

/// Sends `input` and prints what became of it.
pub(crate) fn run(input: &Input, seed: u64) -> Result<ExitCode, Failure> {
    let lines: Box<dyn BufRead> = match input {
        Input::Standard => Box::new(io::stdin().lock()),
        Input::File(path) => {
            let file = File::open(path).map_err(|error| Failure::Input(input.clone(), error))?;
            Box::new(BufReader::with_capacity(1 << 16, file))
        }
    };
    let progress = progress::of(input);
    let outcome = converse(lines, seed, &progress);
    progress.finish_and_clear();
    let outcome = outcome.map_err(|stop| stop.at(input))?;

    let mut out = io::stdout().lock();
    match report::write(&mut out, input, seed, &outcome).and_then(|()| out.flush()) {
        // nobody reads on, but the verdict stands
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ if outcome.tally.is_sound() => Ok(ExitCode::SUCCESS),
        _ => Ok(ExitCode::from(1)),
    }
}

/// What ends a conversation early.
#[derive(Debug)]
enum Stop {
    Line(LineError),
    Begin(entrenous::Error),
    Send(Side, u64, entrenous::Error),
}

impl Stop {
    fn at(self, input: &Input) -> Failure {
        match self {
            Self::Line(LineError::Io(error)) => Failure::Input(input.clone(), error),
            Self::Line(LineError::TooLong(line)) => Failure::LineTooLong(input.clone(), line),
            Self::Begin(error) => Failure::Library("can't begin a session", error),
            Self::Send(who, line, error) => Failure::Send(who, line, error),
        }
    }
}

fn converse(input: impl BufRead, seed: u64, progress: &indicatif::ProgressBar) -> Result<Outcome, Stop> {
    let started = Instant::now();
    let mut outcome = Outcome::default();
    let mut exchange = Exchange::begin(seed).map_err(Stop::Begin)?;
    let mut turns = Turns::new(seed);
    let mut lines = Lines::new(input);
    while let Some(line) = lines.next_line().map_err(Stop::Line)? {
        let (from, len) = (turns.next(), line.len());
        while !exchange.has_room(len) || !exchange.can_send(from) && !exchange.is_quiet() {
            exchange.tick();
        }
        let sent = exchange.send(from, line, None).map_err(|error| Stop::Send(from, lines.count, error))?;
        exchange.tick();

        outcome.text_bytes += len_of(len);
        outcome.padding += Shape::of(&sent.bytes).padding(len);
        exchange.happened().iter().for_each(|happening| outcome.tally.note(happening));
        progress.inc(len_of(len) + 1);
    }
    exchange.settle();
    exchange.happened().iter().for_each(|happening| outcome.tally.note(happening));
    outcome.tally.faults.missing = exchange.missing();
    outcome.elapsed = started.elapsed();
    Ok(outcome)
}

/// Whose line it is: runs of random length, Alice first. Its draws are not the network's, so that neither
/// changes the other.
#[derive(Debug)]
struct Turns {
    rng: Xoshiro256PlusPlus,
    side: Side,
    left: u32,
}

impl Turns {
    fn new(seed: u64) -> Self {
        Self { rng: Xoshiro256PlusPlus::seed_from_u64(!seed), side: Side::Bob, left: 0 }
    }

    fn next(&mut self) -> Side {
        if self.left == 0 {
            self.side = self.side.other();
            self.left = self.rng.random_range(1..=LONGEST_RUN);
        }
        self.left -= 1;
        self.side
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(text: &[u8], seed: u64) -> Outcome {
        converse(text, seed, &indicatif::ProgressBar::hidden()).expect("nothing stops it")
    }

    fn text(lines: u32) -> Vec<u8> {
        (0..lines).flat_map(|n| format!("{}line {n}\n", "é".repeat(n as usize % 90)).into_bytes()).collect()
    }

    #[test]
    fn every_line_arrives_whatever_the_seed() {
        let text = text(300);
        for seed in 0..20 {
            let Outcome { tally, .. } = outcome(&text, seed);
            assert!(tally.is_sound(), "seed {seed}: {tally:?}");
            assert_eq!(tally.intact, 300);
            for (what, count) in [
                ("lost", tally.lost),
                ("refused", tally.refused),
                ("duplicates", tally.duplicates),
                ("out of order", tally.out_of_order),
            ] {
                assert!(count > 5, "seed {seed}: {count} {what}");
            }
        }
    }

    #[test]
    fn a_seed_repeats_what_the_network_does() {
        let text = text(300);
        // lengths in handshakes vary a little with the keys
        let counts = |seed| Tally { wire_bytes: 0, ..outcome(&text, seed).tally };
        assert_eq!(counts(7), counts(7));
        assert_ne!(counts(7), counts(8));
    }

    #[test]
    fn an_empty_text_is_sound() {
        assert_eq!(outcome(b"", 1).tally, Tally::default());
    }

    #[test]
    fn the_two_take_turns_in_runs() {
        let mut turns = Turns::new(5);
        let sides: Vec<Side> = (0..1000).map(|_| turns.next()).collect();
        assert_eq!(sides[0], Side::Alice);
        let runs: Vec<usize> = sides.chunk_by(|a, b| a == b).map(<[Side]>::len).collect();
        assert!(runs.iter().all(|run| (1..=8).contains(run)), "{runs:?}");
        assert!(runs.contains(&1) && runs.contains(&8), "{runs:?}");
    }
}
