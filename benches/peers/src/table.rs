//! What a person reads.

use crate::{
    backend::Backend,
    bars::Bar,
    curve::Curve,
    part::Part,
    party::OURS,
    results::{Cells, Results, parties},
    unit::Unit,
    verdict::{Judged, Verdict},
};

fn head(columns: &[&str]) {
    println!("\n| {} |", columns.join(" | "));
    println!("{}|", "|---".repeat(columns.len()));
}

fn shown(unit: Unit, figure: Option<f64>) -> String {
    figure.map_or("-".into(), |figure| unit.show(figure))
}

/// A ratio with as many digits as it needs.
fn ratio(ratio: f64) -> String {
    if ratio < 0.1 { format!("{ratio:.4}") } else { format!("{ratio:.2}") }
}

/// The figures of `part` beside one build.
pub fn part(part: Part, backend: Backend, results: &Results) {
    let parties = parties(results.of_part(part).map(|row| &row.cells));
    if results.of_part(part).next().is_none() {
        return;
    }
    println!("\n### {}, {}", part.name(), backend.name());
    head(&[&["what"], &parties[..], &["best / ours"]].concat());
    for row in results.of_part(part) {
        let figures: Vec<_> =
            parties.iter().map(|party| shown(row.unit, row.cells.beside(backend, party))).collect();
        let best = row.cells.best_peer(backend, |_| true).zip(row.cells.beside(backend, OURS));
        let best = best.filter(|(_, ours)| *ours > 0.0);
        let best = best.map_or("-".into(), |((_, best), ours)| ratio(best / ours));
        println!("| {} | {} | {best} |", row.name, figures.join(" | "));
    }
}

/// The figures of a curve: both builds of ours, and each peer beside both.
pub fn curve(curve: Curve, results: &Results) {
    if results.of_curve(curve).next().is_none() {
        return;
    }
    let lines = lines(curve, results);
    println!("\n### {}", curve.title());
    let names = lines.iter().map(|(name, _)| name.as_str());
    head(&[curve.axis()].into_iter().chain(names).collect::<Vec<_>>());
    for point in results.of_curve(curve) {
        let figure =
            |line: &[(f64, f64)]| line.iter().find(|(x, _)| *x == point.x).map(|(_, figure)| *figure);
        let figures: Vec<_> = lines.iter().map(|(_, line)| shown(curve.unit(), figure(line))).collect();
        println!("| {} | {} |", curve.at(point.x), figures.join(" | "));
    }
}

/// The lines of a curve by name.
pub fn lines(curve: Curve, results: &Results) -> Vec<(String, Vec<(f64, f64)>)> {
    let line = |figure: &dyn Fn(&Cells) -> Option<f64>| {
        let points = results.of_curve(curve);
        points.filter_map(|point| Some((point.x, figure(&point.cells)?))).collect()
    };
    let ours = Backend::ALL
        .map(|backend| (format!("{OURS}, {}", backend.name()), line(&|cells| cells.beside(backend, OURS))));
    let parties = parties(results.of_curve(curve).map(|point| &point.cells));
    let peers = parties.into_iter().filter(|party| *party != OURS);
    let peers = peers.map(|party| (party.to_owned(), line(&|cells| cells.pooled(party))));
    ours.into_iter().chain(peers).collect()
}

/// All bars; whether none of those that were judged falls short.
pub fn bars(judged: &[(Bar, Vec<Judged>)]) -> bool {
    println!("\n## The bars");
    head(&["what", "build", "ours", "best peer", "ratio or count", "bar", "verdict"]);
    let mut held = true;
    for (bar, judged) in judged {
        for Judged { backend, ours, best, value, unit, bound, verdict } in judged {
            held &= *verdict != Verdict::NotHeld;
            let show = |value, of_ratio: fn(f64) -> String| {
                unit.map_or_else(|| of_ratio(value), |unit| unit.show(value))
            };
            let value = value.map_or("-".into(), |value| show(value, |value| format!("{value:.3}")));
            let bound =
                bound.map_or("-".into(), |bound| bound.show(|limit| show(limit, |limit| limit.to_string())));
            let (ours, best) = (or_dash(ours), or_dash(best));
            println!(
                "| {} | {} | {ours} | {best} | {value} | {bound} | {verdict} |",
                bar.what,
                backend.name()
            );
        }
    }
    println!();
    for (bar, judged) in judged {
        let Some((stretch, value)) = bar.stretch.zip(judged[0].value) else { continue };
        let reached = if value >= stretch { "reached" } else { "not reached" };
        println!(
            "Stretch goal, {}: {stretch} times the fastest peer, {reached} ({}).",
            bar.what,
            ratio(value)
        );
    }
    let count = |of: fn(Verdict) -> bool| {
        judged.iter().flat_map(|(_, judged)| judged).filter(|judged| of(judged.verdict)).count()
    };
    println!(
        "\n{} held, {} NOT HELD, {} not judged.",
        count(|verdict| verdict == Verdict::Held),
        count(|verdict| verdict == Verdict::NotHeld),
        count(|verdict| matches!(verdict, Verdict::NotJudged(_))),
    );
    held
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
