//! What a child writes: a line for each figure, its fields apart by tabs.

use std::{fmt, str::FromStr};

use crate::{curve::Curve, unit::Unit};

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A party's figure in a row of the table.
    Figure { row: String, unit: Unit, party: String, value: f64 },
    /// A party's point on a curve.
    Point { curve: Curve, x: f64, party: String, value: f64 },
    /// What a person should know of the measurement.
    Note(String),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Figure { row, unit, party, value } => {
                write!(f, "figure\t{row}\t{}\t{party}\t{value}", unit.name())
            }
            Self::Point { curve, x, party, value } => {
                write!(f, "point\t{}\t{x}\t{party}\t{value}", curve.name())
            }
            Self::Note(text) => write!(f, "note\t{text}"),
        }
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().map_err(|_| format!("no number: {text}"));
        match *line.split('\t').collect::<Vec<_>>() {
            ["figure", row, unit, party, value] => Ok(Self::Figure {
                row: row.into(),
                unit: unit.parse()?,
                party: party.into(),
                value: number(value)?,
            }),
            ["point", curve, x, party, value] => Ok(Self::Point {
                curve: curve.parse()?,
                x: number(x)?,
                party: party.into(),
                value: number(value)?,
            }),
            ["note", text] => Ok(Self::Note(text.into())),
            _ => Err(format!("no line of a child: {line}")),
        }
    }
}
