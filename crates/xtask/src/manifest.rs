//! Reads `Cargo.toml` as text, because comments are part of what is checked and parsers drop them.
//!
//! It knows as much TOML as our manifests use: headers, `key = value`, and values over several lines. What
//! it cannot read it leaves out, so that checks must ask whether an entry was seen, not whether it was bad.

/// One `key = value` under its `[section]`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The header's text without brackets, as written.
    pub(crate) section: String,
    /// The key as written, dots included.
    pub(crate) key: String,
    /// The value without white space between its parts and without comments.
    pub(crate) value: String,
    /// The words of the comments on the entry's own lines.
    pub(crate) comment: String,
}

/// Every entry of a manifest, from the top down.
pub(crate) fn entries(manifest: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut depth = 0usize;
    for line in manifest.lines() {
        let line = Line::read(line);
        if depth > 0 {
            if let Some(open) = entries.last_mut() {
                open.value.push_str(&line.code);
                open.comment.push_str(line.comment);
            }
            depth = line.depth_after(depth);
        } else if line.code.starts_with('[') {
            section = line.code.trim_matches(['[', ']']).to_owned();
        } else if let Some((key, value)) = line.code.split_once('=') {
            entries.push(Entry {
                section: section.clone(),
                key: key.to_owned(),
                value: value.to_owned(),
                comment: line.comment.to_owned(),
            });
            depth = line.depth_after(0);
        }
    }
    entries
}

/// One line, told apart with an eye to strings: a `#`, a bracket or a space within quotes is only a character.
struct Line<'text> {
    code: String,
    comment: &'text str,
    opened: usize,
    closed: usize,
}

impl<'text> Line<'text> {
    fn read(text: &'text str) -> Self {
        let mut line = Line { code: String::new(), comment: "", opened: 0, closed: 0 };
        let mut quote = None;
        let mut escaped = false;
        for (at, character) in text.char_indices() {
            match quote {
                Some(open) => {
                    if character == open && !escaped {
                        quote = None;
                    }
                    escaped = open == '"' && character == '\\' && !escaped;
                }
                None => match character {
                    '#' => {
                        line.comment = text[at..].trim_start_matches('#').trim();
                        break;
                    }
                    '"' | '\'' => quote = Some(character),
                    '[' | '{' => line.opened += 1,
                    ']' | '}' => line.closed += 1,
                    _ => {}
                },
            }
            if quote.is_some() || !character.is_whitespace() {
                line.code.push(character);
            }
        }
        line
    }

    fn depth_after(&self, depth: usize) -> usize {
        (depth + self.opened).saturating_sub(self.closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_carry_section_value_and_comment() {
        let read = entries("# heading\n[a.b]\nx = { path = \"p # q\", y = 1 } # why\nz.workspace = true\n");
        let expected = [("a.b", "x", "{path=\"p # q\",y=1}", "why"), ("a.b", "z.workspace", "true", "")];
        let read: Vec<_> = read.iter().map(|e| (&*e.section, &*e.key, &*e.value, &*e.comment)).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn a_value_may_take_several_lines() {
        let read = entries("[d]\nx = { features = [ # why\n  \"a\",\n] }\ny = 1\n");
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].value, "{features=[\"a\",]}");
        assert_eq!(read[0].comment, "why");
        assert_eq!(read[1].key, "y");
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        let read = entries("x = \"a \\\" # b\" # why");
        assert_eq!(read[0].comment, "why");
    }
}
