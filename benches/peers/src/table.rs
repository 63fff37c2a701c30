//! The table at the end.

use crate::bars::Bar;

/// The columns of figures; the first is ours.
pub const PARTIES: [&str; 4] = ["ours", "OpenMLS, RustCrypto", "mls-rs, RustCrypto", "mls-rs, aws-lc"];

/// The last of the columns whose cryptography is portable, as ours is.
const LAST_PORTABLE: usize = 2;

/// What a figure counts.
#[derive(Clone, Copy)]
pub enum Unit {
    Nanoseconds,
    Bytes,
}

impl Unit {
    /// A figure as it is read.
    pub fn show(self, figure: f64) -> String {
        match self {
            Self::Nanoseconds if figure < 1e3 => format!("{figure:.0} ns"),
            Self::Nanoseconds if figure < 1e5 => format!("{:.1} µs", figure / 1e3),
            Self::Nanoseconds if figure < 1e6 => format!("{:.0} µs", figure / 1e3),
            Self::Nanoseconds => format!("{:.2} ms", figure / 1e6),
            Self::Bytes if figure < 1e4 => format!("{figure:.0} B"),
            Self::Bytes if figure < 1e6 => format!("{:.1} kB", figure / 1e3),
            Self::Bytes => format!("{:.2} MB", figure / 1e6),
        }
    }
}

/// Rows of one figure for each party; less is better in all of them.
#[derive(Default)]
pub struct Table {
    lines: Vec<String>,
    /// Rows in which a peer is better.
    behind: Vec<String>,
}

impl Table {
    /// A row; a party that was not measured has no figure.
    pub fn row(&mut self, what: &str, unit: Unit, figures: [Option<f64>; PARTIES.len()], bar: Option<Bar>) {
        let best = |last: usize| figures[1..=last].iter().flatten().copied().min_by(f64::total_cmp);
        let ratio = |last| Some(best(last)? / figures[0]?);
        let of_all = ratio(PARTIES.len() - 1);
        if of_all.is_some_and(|ratio| ratio < 1.0) {
            self.behind.push(what.into());
        }
        let shown = |ratio: Option<f64>| match ratio {
            Some(ratio) if ratio < 0.1 => format!("{ratio:.4}"),
            Some(ratio) => format!("{ratio:.2}"),
            None => "-".into(),
        };
        let figures = figures.map(|figure| figure.map_or("-".into(), |figure| unit.show(figure)));
        let [text, verdict] = bar.map_or(["", ""], |bar| [bar.text, bar.verdict(of_all)]);
        let (portable, of_all) = (shown(ratio(LAST_PORTABLE)), shown(of_all));
        self.lines.push(format!(
            "| {what} | {} | {portable} | {of_all} | {text} | {verdict} |",
            figures.join(" | ")
        ));
    }

    /// All rows, if there are any.
    pub fn print(&self) {
        if self.lines.is_empty() {
            return;
        }
        let parties = PARTIES.join(" | ");
        println!("\n| what | {parties} | best portable / ours | best / ours | bar | held |");
        println!("|---{}|", "|---".repeat(PARTIES.len() + 4));
        for line in &self.lines {
            println!("{line}");
        }
        println!("\nA peer is better in {} of {} rows:", self.behind.len(), self.lines.len());
        for what in &self.behind {
            println!("  {what}");
        }
        println!("{NOTES}");
    }
}

const NOTES: &str = "
Figures are medians, times are CPU times of one thread. Less is better; a ratio above 1 says that ours is better.
What no figure says: one commit is one message, which the server copies, and from it on nobody who had copied the
committer's state can follow anybody in the group. A new sender key is one message for each member, and is out of such a
hand only where the sessions have turned; the keys of the other senders, which that hand has too, stay until each of them
makes a new one.";
