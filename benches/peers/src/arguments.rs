//! The command line.

use std::path::PathBuf;

use crate::part::Part;

/// Child processes of each build for one part.
const ROUNDS: usize = 3;

/// What the process is to do.
pub enum Arguments {
    /// Measure one part and write lines.
    Child(Part),
    /// Start children, and judge what they write.
    Driver(Task),
}

/// What is to be measured.
pub struct Task {
    pub parts: Vec<Part>,
    pub rounds: usize,
    /// Where plots go, if any are wanted.
    pub plots: Option<PathBuf>,
}

impl Arguments {
    /// # Errors
    /// What is wrong, for a person.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut task = Task { parts: Vec::new(), rounds: ROUNDS, plots: None };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--child" => return value()?.parse().map(Self::Child),
                "--rounds" => task.rounds = value()?.parse().map_err(|_| "--rounds needs a number")?,
                "--plots" => task.plots = Some(value()?.into()),
                part => task.parts.push(part.parse()?),
            }
        }
        if task.parts.is_empty() {
            task.parts = Part::ALL.to_vec();
        }
        Ok(Self::Driver(task))
    }
}
