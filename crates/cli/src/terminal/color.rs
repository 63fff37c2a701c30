//! Colour, where somebody looks who wants it.

use std::io::IsTerminal;

use clap::ValueEnum;

/// When to colour the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What a piece of text is. Colour only repeats what the words say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A name or heading.
    Strong,
    /// Less important than the rest.
    Faint,
    /// Verified, as it should be.
    Good,
    /// Something that the user should look at.
    Warning,
    /// A danger to security.
    Alarm,
}

/// Writes tones, or leaves them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    colored: bool,
}

impl Palette {
    /// What suits `stream`. NO_COLOR counts when it is set and not empty (no-color.org).
    pub fn of(color: Color, stream: &impl IsTerminal) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self::choose(color, stream.is_terminal(), set("NO_COLOR") || dumb)
    }

    fn choose(color: Color, terminal: bool, unwanted: bool) -> Self {
        let colored = match color {
            Color::Auto => terminal && !unwanted,
            Color::Always => true,
            Color::Never => false,
        };
        Self { colored }
    }

    /// No colour at all.
    pub fn plain() -> Self {
        Self { colored: false }
    }

    /// Whether there is colour.
    pub fn is_colored(self) -> bool {
        self.colored
    }

    /// `text` in its tone. The text of others has to be [`visible`](super::visible) before.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colored {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Alarm => "1;31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_whose_user_wants_it() {
        for (color, terminal, unwanted, colored) in [
            (Color::Auto, true, false, true),
            (Color::Auto, true, true, false),
            (Color::Auto, false, false, false),
            (Color::Always, false, true, true),
            (Color::Never, true, false, false),
        ] {
            assert_eq!(Palette::choose(color, terminal, unwanted).is_colored(), colored);
        }
    }

    #[test]
    fn without_colour_the_words_stay_as_they_are() {
        assert_eq!(Palette::plain().paint(Tone::Alarm, "careful"), "careful");
        let painted = Palette { colored: true }.paint(Tone::Alarm, "careful");
        assert_eq!(painted, "\x1b[1;31mcareful\x1b[0m");
    }
}
