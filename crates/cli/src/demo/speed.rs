//! How long a message takes: the median of some thousand, so that the figure is not noise.

use std::time::{Duration, Instant};

use entrenous::Error;

use crate::{
    failure::Failure,
    party::{self, Party},
    side::{Pair, Side},
};

/// A median of turns; in each, the first message brings a new ratchet key.
const TURNS: u32 = 1_000;
const MESSAGES_A_TURN: u32 = 4;
const TEXT: &[u8] = b"A line as long as people write.";

#[derive(Debug, Default)]
pub(super) struct Speed {
    pub(super) messages: u64,
    pub(super) seal: Duration,
    pub(super) open: Duration,
    /// Sealing and opening of the first message of a turn.
    pub(super) turn: Duration,
}

/// Has the two write to each other, without a network, by the clock.
pub(super) fn measure(clients: &mut Pair<Party>) -> Result<Speed, Failure> {
    timed(clients).map_err(|error| Failure::Library("can't measure", error))
}

fn timed(clients: &mut Pair<Party>) -> Result<Speed, Error> {
    let (mut seals, mut opens, mut turns) = (Vec::new(), Vec::new(), Vec::new());
    let mut from = Side::Alice;
    for _ in 0..TURNS {
        let (hint, to) = (clients.of(from).address(), clients.of(from.other()).account_id());
        for message in 0..MESSAGES_A_TURN {
            let start = Instant::now();
            let sealed = party::send(clients.of(from), &to, TEXT)?;
            let seal = start.elapsed();
            let start = Instant::now();
            for envelope in &sealed {
                party::receive(clients.of(from.other()), &hint, &envelope.bytes)?;
            }
            let open = start.elapsed();
            if message == 0 {
                turns.push(seal + open);
            } else {
                seals.push(seal);
                opens.push(open);
            }
        }
        from = from.other();
    }
    let messages = u64::from(TURNS * MESSAGES_A_TURN);
    Ok(Speed { messages, seal: median(seals), open: median(opens), turn: median(turns) })
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort_unstable();
    durations.get(durations.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        assert_eq!(median(vec![]), Duration::ZERO);
        assert_eq!(median([5, 1, 900].map(Duration::from_millis).to_vec()), Duration::from_millis(5));
    }
}
