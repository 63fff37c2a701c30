//! Holds the results against the bars.

use std::fmt;

use crate::{
    backend::Backend,
    bars::{Bar, Bound, Measure},
    party::{OURS, VODOZEMAC},
    results::Results,
    unit::Unit,
};

/// One bar, judged for one build.
pub struct Judged {
    pub backend: Backend,
    pub ours: String,
    /// The best peer, or what else ours is held against.
    pub best: String,
    /// What the bound is about.
    pub value: Option<f64>,
    /// What that counts; none for a ratio.
    pub unit: Option<Unit>,
    pub bound: Option<Bound>,
    pub verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Held,
    NotHeld,
    /// Why.
    NotJudged(&'static str),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held => f.write_str("held"),
            Self::NotHeld => f.write_str("NOT HELD"),
            Self::NotJudged(why) => write!(f, "not judged: {why}"),
        }
    }
}

/// The two figures, as they are read, and the value.
struct Found {
    ours: String,
    best: String,
    value: f64,
    unit: Option<Unit>,
}

/// Judges `bar` for `backend`.
pub fn judge(bar: &Bar, backend: Backend, results: &Results) -> Judged {
    let bound = bar.bound(backend);
    let Some(Found { ours, best, value, unit }) = find(bar, backend, results) else {
        let (ours, best) = (String::new(), String::new());
        let verdict = Verdict::NotJudged("not measured");
        return Judged { backend, ours, best, value: None, unit: None, bound, verdict };
    };
    let verdict = match bound {
        None => Verdict::NotJudged("no bar for this build"),
        Some(bound) if bound.holds(value) => Verdict::Held,
        Some(_) => Verdict::NotHeld,
    };
    Judged { backend, ours, best, value: Some(value), unit, bound, verdict }
}

fn find(bar: &Bar, backend: Backend, results: &Results) -> Option<Found> {
    let row = |name: &str| results.row(bar.part, name);
    match &bar.measure {
        Measure::Faster { row: name, peers } => {
            let row = row(name)?;
            let ours = row.cells.beside(backend, OURS)?;
            let (peer, best) = row.cells.best_peer(backend, |party| peers.contain(party))?;
            let shown = format!("{} ({peer})", row.unit.show(best));
            Some(Found { ours: row.unit.show(ours), best: shown, value: best / ours, unit: None })
        }
        Measure::Ours { row: name } => {
            let row = row(name)?;
            let ours = row.cells.beside(backend, OURS)?;
            let best = row.cells.best_peer(backend, |_| true);
            let best = best.map(|(peer, best)| format!("{} ({peer})", row.unit.show(best)));
            Some(Found {
                ours: row.unit.show(ours),
                best: best.unwrap_or_default(),
                value: ours,
                unit: Some(row.unit),
            })
        }
        Measure::OverOurs { row: name, base } => {
            let (row, base) = (row(name)?, row(base)?);
            let (ours, parts) = (row.cells.beside(backend, OURS)?, base.cells.beside(backend, OURS)?);
            let shown = format!("{} (its parts)", base.unit.show(parts));
            Some(Found { ours: row.unit.show(ours), best: shown, value: ours / parts, unit: None })
        }
        Measure::OverParty { row: name, party } => {
            let row = row(name)?;
            let (ours, theirs) = (row.cells.beside(backend, OURS)?, row.cells.beside(backend, party)?);
            let shown = format!("{} ({party})", row.unit.show(theirs));
            Some(Found { ours: row.unit.show(ours), best: shown, value: ours / theirs, unit: None })
        }
        Measure::OverLibsignal => {
            let (initiator, responder) = (
                row("set-up: initiator, bundle to first ciphertext")?,
                row("set-up: responder, to first plaintext")?,
            );
            let both = |party| {
                Some([initiator.cells.beside(backend, party)?, responder.cells.beside(backend, party)?])
            };
            let (ours, [initiating, responding]) = (both(OURS)?.iter().sum::<f64>(), both(VODOZEMAC)?);
            let libsignal = initiating * INITIATOR + responding * RESPONDER;
            let show = |time| initiator.unit.show(time);
            let shown = format!("{} (libsignal, estimated)", show(libsignal));
            Some(Found { ours: show(ours), best: shown, value: ours / libsignal, unit: None })
        }
    }
}

/// libsignal's time over vodozemac's where both were measured: it is on no registry, so it can't be measured here.
const INITIATOR: f64 = 412.0 / 161.0;
const RESPONDER: f64 = 385.0 / 141.0;
