//! Where a child's figures go: to its standard output, each as soon as it is known.

use std::fmt::Display;

use crate::{curve::Curve, line::Line, unit::Unit};

/// One figure of each party that has one.
pub type Figures = Vec<(&'static str, f64)>;

pub fn figure(row: &str, unit: Unit, party: &str, value: f64) {
    println!("{}", Line::Figure { row: row.into(), unit, party: party.into(), value });
}

pub fn figures(row: &str, unit: Unit, figures: &[(&'static str, f64)]) {
    for (party, value) in figures {
        figure(row, unit, party, *value);
    }
}

pub fn points(curve: Curve, x: usize, figures: &[(&'static str, f64)]) {
    for (party, value) in figures {
        println!("{}", Line::Point { curve, x: x as f64, party: (*party).into(), value: *value });
    }
}

pub fn note(text: impl Display) {
    println!("{}", Line::Note(text.to_string()));
}
