//! What all children have written.

use crate::{backend::Backend, clock::median, curve::Curve, line::Line, part::Part, party::OURS, unit::Unit};

/// Every child's figure, by build and party.
#[derive(Default)]
pub struct Cells(Vec<(Backend, String, Vec<f64>)>);

impl Cells {
    fn add(&mut self, backend: Backend, party: String, value: f64) {
        let known = self.0.iter_mut().find(|(of, name, _)| *of == backend && *name == party);
        match known {
            Some((_, _, values)) => values.push(value),
            None => self.0.push((backend, party, vec![value])),
        }
    }

    /// A party's median beside one build of ours.
    pub fn beside(&self, backend: Backend, party: &str) -> Option<f64> {
        let cell = self.0.iter().find(|(of, name, _)| *of == backend && name == party);
        median(cell?.2.clone())
    }

    /// A party's median beside both builds.
    pub fn pooled(&self, party: &str) -> Option<f64> {
        let cells = self.0.iter().filter(|(_, name, _)| name == party);
        median(cells.flat_map(|(_, _, values)| values.iter().copied()).collect())
    }

    /// The fastest of the peers that `counts`.
    pub fn best_peer(&self, backend: Backend, counts: impl Fn(&str) -> bool) -> Option<(&str, f64)> {
        let peers = self.0.iter().filter(|(of, name, _)| *of == backend && name != OURS && counts(name));
        let figures = peers.filter_map(|(_, name, values)| Some((name.as_str(), median(values.clone())?)));
        figures.min_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    fn parties(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, name, _)| name.as_str())
    }
}

/// One row of a table.
pub struct Row {
    pub part: Part,
    pub name: String,
    pub unit: Unit,
    pub cells: Cells,
}

/// One place on a curve.
pub struct Point {
    pub curve: Curve,
    pub x: f64,
    pub cells: Cells,
}

/// All of it, in the order in which it came.
#[derive(Default)]
pub struct Results {
    pub rows: Vec<Row>,
    pub points: Vec<Point>,
    notes: Vec<(Part, String)>,
}

impl Results {
    pub fn add(&mut self, part: Part, backend: Backend, line: Line) {
        match line {
            Line::Figure { row: name, unit, party, value } => {
                let at = self.rows.iter().position(|row| row.part == part && row.name == name);
                let at = at.unwrap_or_else(|| {
                    self.rows.push(Row { part, name, unit, cells: Cells::default() });
                    self.rows.len() - 1
                });
                self.rows[at].cells.add(backend, party, value);
            }
            Line::Point { curve, x, party, value } => {
                let at = self.points.iter().position(|point| point.curve == curve && point.x == x);
                let at = at.unwrap_or_else(|| {
                    self.points.push(Point { curve, x, cells: Cells::default() });
                    self.points.len() - 1
                });
                self.points[at].cells.add(backend, party, value);
            }
            Line::Note(text) => {
                if !self.notes.contains(&(part, text.clone())) {
                    self.notes.push((part, text));
                }
            }
        }
    }

    pub fn row(&self, part: Part, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.part == part && row.name == name)
    }

    pub fn of_part(&self, part: Part) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.part == part)
    }

    pub fn of_curve(&self, curve: Curve) -> impl Iterator<Item = &Point> {
        self.points.iter().filter(move |point| point.curve == curve)
    }

    pub fn notes(&self, part: Part) -> impl Iterator<Item = &str> {
        self.notes.iter().filter(move |(of, _)| *of == part).map(|(_, text)| text.as_str())
    }
}

/// The parties in `cells`, ours first, each once.
pub fn parties<'c>(cells: impl Iterator<Item = &'c Cells>) -> Vec<&'c str> {
    let mut parties = vec![OURS];
    for party in cells.flat_map(Cells::parties) {
        if !parties.contains(&party) {
            parties.push(party);
        }
    }
    parties
}
