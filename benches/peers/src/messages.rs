//! Messages: sealed, opened one at a time, and opened after they have piled up.

use crate::{
    bars::{BACKLOG, Bar, DECRYPT, ENCRYPT},
    clock::{median, timed},
    party::Messages,
    table::{PARTIES, Table, Unit},
};

const ROUNDS: usize = 31;

/// Messages that are timed at once.
const BATCH: usize = 64;

const SIZES: [(usize, &str); 2] = [(32, "32 B"), (1 << 10, "1 KiB")];

type Parties = [Option<Box<dyn Messages>>; PARTIES.len()];

/// What is done with messages: nanoseconds for one.
#[derive(Clone, Copy)]
enum Task {
    Seal,
    Open,
    OpenAll(usize),
}

impl Task {
    const ALL: [Self; 4] = [Self::Seal, Self::Open, Self::OpenAll(64), Self::OpenAll(1000)];

    fn row(self) -> (String, Option<Bar>) {
        match self {
            Self::Seal => ("encrypt".into(), ENCRYPT),
            Self::Open => ("decrypt".into(), DECRYPT),
            Self::OpenAll(count) => (format!("decrypt, each of a backlog of {count}"), BACKLOG),
        }
    }

    fn run(self, party: &mut dyn Messages, content: &[u8]) -> f64 {
        party.begin();
        let count = if let Self::OpenAll(count) = self { count } else { BATCH };
        let (sealing, sealed) = timed(|| (0..count).map(|_| party.seal(content)).collect::<Vec<_>>());
        let (opening, opened) = timed(|| match self {
            Self::OpenAll(_) => party.open_all(&sealed),
            Self::Seal | Self::Open => sealed.iter().map(|message| party.open(message)).collect(),
        });
        assert_eq!(opened.len(), count);
        assert!(opened.iter().all(|opened| opened == content));
        let time = if let Self::Seal = self { sealing } else { opening };
        time / count as f64
    }
}

/// The rows of groups of `members`.
pub fn measure(mut parties: Parties, members: usize, table: &mut Table) {
    for (size, name) in SIZES {
        for task in Task::ALL {
            let mut samples: [Vec<f64>; PARTIES.len()] = Default::default();
            for _ in 0..ROUNDS {
                for (party, samples) in parties.iter_mut().zip(&mut samples) {
                    let content: Vec<u8> = (0..size).map(|_| rand::random()).collect();
                    samples.extend(party.as_mut().map(|party| task.run(party.as_mut(), &content)));
                }
            }
            let (what, bar) = task.row();
            table.row(
                &format!("{members} members: {what}, {name}"),
                Unit::Nanoseconds,
                samples.map(median),
                bar,
            );
        }
    }
}
