//! What a figure counts.

use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Nanoseconds,
    Bytes,
    /// Allocations, steps, messages.
    Count,
    PerSecond,
}

impl Unit {
    const ALL: [Self; 4] = [Self::Nanoseconds, Self::Bytes, Self::Count, Self::PerSecond];

    pub fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Bytes => "B",
            Self::Count => "count",
            Self::PerSecond => "1/s",
        }
    }

    /// A figure as it is read.
    pub fn show(self, figure: f64) -> String {
        match self {
            Self::Nanoseconds if figure < 1e3 => format!("{figure:.0} ns"),
            Self::Nanoseconds if figure < 1e5 => format!("{:.2} µs", figure / 1e3),
            Self::Nanoseconds if figure < 1e6 => format!("{:.0} µs", figure / 1e3),
            Self::Nanoseconds => format!("{:.2} ms", figure / 1e6),
            Self::Bytes if figure < 1e4 => format!("{figure:.0} B"),
            Self::Bytes if figure < 1e6 => format!("{:.1} kB", figure / 1e3),
            Self::Bytes => format!("{:.2} MB", figure / 1e6),
            Self::Count if figure.fract() == 0.0 => format!("{figure:.0}"),
            Self::Count => format!("{figure:.1}"),
            Self::PerSecond => format!("{figure:.0} a second"),
        }
    }
}

impl FromStr for Unit {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|unit| unit.name() == name).ok_or_else(|| format!("no unit: {name}"))
    }
}
