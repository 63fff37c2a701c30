//! Where the story is written: headings, paragraphs and nothing else.

use std::io::{self, Write};

#[derive(Debug)]
pub(super) struct Page<W> {
    out: W,
    bold: bool,
    acts: u32,
}

impl<W: Write> Page<W> {
    /// `bold` for terminals.
    pub(super) fn new(out: W, bold: bool) -> Self {
        Self { out, bold, acts: 0 }
    }

    pub(super) fn title(&mut self, title: &str) -> io::Result<()> {
        let (on, off) = if self.bold { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        writeln!(self.out, "{on}{title}{off}\n")
    }

    pub(super) fn act(&mut self, title: &str) -> io::Result<()> {
        self.acts += 1;
        self.gap()?;
        self.title(&format!("{}. {title}", self.acts))
    }

    pub(super) fn text(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    pub(super) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }
}
