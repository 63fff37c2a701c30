//! Text of others, with everything in it made visible that a terminal would obey, or that would show text other than it
//! is: control characters, changes of direction, characters without a shape.

use std::{fmt::Write as _, path::Path};

/// `text` on one line: hidden characters, line ends and tabs as `\u{..}`, `\n`, `\t`.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|c| show(&mut shown, c));
    shown
}

/// `text` with its lines kept, each but the first begun by `indent`: so no line of a peer's looks like one of ours.
pub fn visible_lines(text: &str, indent: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // a line end of another system is one as well
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            shown.push('\n');
            shown.push_str(indent);
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        for c in line.chars() {
            // a tab moves no further than a space could
            if c == '\t' { shown.push_str("    ") } else { show(&mut shown, c) }
        }
    }
    shown
}

/// The name of a file or directory, which others may have given.
pub fn visible_path(path: &Path) -> String {
    visible(&path.display().to_string())
}

fn show(shown: &mut String, c: char) {
    match c {
        '\n' => shown.push_str("\\n"),
        '\t' => shown.push_str("\\t"),
        '\r' => shown.push_str("\\r"),
        // writing to a string can't fail
        hidden if is_hidden(hidden) => drop(write!(shown, "\\u{{{:x}}}", u32::from(hidden))),
        plain => shown.push(plain),
    }
}

/// Whether a terminal would obey the character, or show nothing for it. The joiners U+200C and U+200D and the
/// variation selectors up to U+FE0F are left: scripts and emoji need them.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' // soft hyphen
            | '\u{34f}' // combining grapheme joiner
            | '\u{61c}' | '\u{200e}' | '\u{200f}' // marks of direction
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers
            | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}' // no width
            | '\u{2028}' | '\u{2029}' // further line ends
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' // changes of direction
            | '\u{fff9}'..='\u{fffb}' // annotations
            | '\u{e0000}'..='\u{e0fff}' // tags and further selectors, in which text can hide
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(visible("\u{1b}[2J\u{7}\u{9b}2J"), "\\u{1b}[2J\\u{7}\\u{9b}2J");
        assert_eq!(visible("gnp\u{202e}exe.\u{2066}x\u{2069}"), "gnp\\u{202e}exe.\\u{2066}x\\u{2069}");
        assert_eq!(visible("a\r\nb\tc\u{2028}"), "a\\r\\nb\\tc\\u{2028}");
        assert_eq!(visible("\u{e0041}\u{200b}"), "\\u{e0041}\\u{200b}");
    }

    #[test]
    fn what_people_write_is_left() {
        for text in ["été à Łódź", "שלום", "می\u{200c}خواهم", "👩\u{200d}🚀 ❤\u{fe0f}", "日本語", "a\\b"]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn no_line_of_a_peer_begins_where_ours_do() {
        let shown = visible_lines("hello\nalice: \u{1b}[1m owe you\r\n\tx", "    ");
        assert_eq!(shown, "hello\n    alice: \\u{1b}[1m owe you\n        x");
        // a bare return would go back to the line's start
        assert_eq!(visible_lines("a\rb", " "), "a\\rb");
    }

    #[test]
    fn no_control_character_passes() {
        let all: String = (0..=0x0010_ffff).filter_map(char::from_u32).collect();
        for shown in [visible(&all), visible_lines(&all, "")] {
            assert!(!shown.chars().any(|c| c != '\n' && is_hidden(c)));
        }
        assert!(!visible(&all).contains('\n'));
    }
}
