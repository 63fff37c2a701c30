//! What a command says: for a person, or one JSON object a line for a script.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use serde_json::{Map, Value};

use super::{Palette, visible::is_hidden};

/// Something that a command says, in both ways.
pub trait Record {
    /// What kind of record it is: the JSON object's field `type`. Stable.
    fn kind(&self) -> &'static str;

    /// Its fields for JSON. Their names are stable; later versions may add some.
    fn fields(&self) -> Map<String, Value>;

    /// Whether its words are the program's own, so that the commands in them can be put as this user has to type them.
    fn is_ours(&self) -> bool {
        false
    }

    /// Writes it for a person, whole lines.
    ///
    /// # Errors
    /// Those of `out`.
    fn write(&self, out: &mut dyn Write, palette: Palette) -> io::Result<()>;
}

/// Where a command's records go. Each is flushed, so that a script that follows sees it at once.
#[derive(Debug)]
pub struct Output<W> {
    out: W,
    json: bool,
    palette: Palette,
    /// How the user calls the program: its name, with options.
    typed: Option<String>,
}

impl<W: Write> Output<W> {
    /// Output as JSON, or for people with `palette`.
    pub fn new(out: W, json: bool, palette: Palette) -> Self {
        Self { out, json, palette, typed: None }
    }

    /// Shows the program's commands with the options that this user needs.
    #[must_use]
    pub fn typed(self, typed: String) -> Self {
        Self { typed: Some(typed), ..self }
    }

    /// Whether it is for a script.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Says `record`.
    ///
    /// # Errors
    /// Those of writing; [`io::ErrorKind::BrokenPipe`] when nobody reads on.
    pub fn say(&mut self, record: &impl Record) -> io::Result<()> {
        if self.json {
            let mut fields = record.fields();
            fields.insert("type".to_owned(), record.kind().into());
            writeln!(self.out, "{}", harmless(&Value::Object(fields).to_string()))?;
        } else if let Some(typed) = self.typed.as_deref().filter(|_| record.is_ours()) {
            let mut words = Vec::new();
            record.write(&mut words, self.palette)?;
            self.out.write_all(as_typed(&String::from_utf8_lossy(&words), typed).as_bytes())?;
        } else {
            record.write(&mut self.out, self.palette)?;
        }
        self.out.flush()
    }

    /// Ends the output and gives back what it wrote to.
    pub fn into_inner(self) -> W {
        self.out
    }
}

/// `words` with the commands in them, each between backquotes, as somebody types them who calls the program so.
pub fn as_typed(words: &str, typed: &str) -> String {
    words.replace("`entrenous ", &format!("`{typed} "))
}

/// A message's content as a JSON field: `text`, or `hex` when it is not UTF-8. Either way every byte is there.
pub fn content(bytes: &[u8]) -> (&'static str, Value) {
    match std::str::from_utf8(bytes) {
        Ok(text) => ("text", text.into()),
        Err(_) => {
            let hex = bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
                // writing to a string can't fail
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            ("hex", hex.into())
        }
    }
}

/// The same JSON with hidden characters, which only strings can have, escaped: somebody may look at it in a terminal.
fn harmless(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // writing to a string can't fail
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::{Tone, visible};

    struct Text(&'static [u8]);

    impl Record for Text {
        fn kind(&self) -> &'static str {
            "message"
        }

        fn fields(&self) -> Map<String, Value> {
            let (name, value) = content(self.0);
            Map::from_iter([("n".to_owned(), 1.into()), (name.to_owned(), value)])
        }

        fn write(&self, out: &mut dyn Write, palette: Palette) -> io::Result<()> {
            let text = visible(&String::from_utf8_lossy(self.0));
            writeln!(out, "{}: {text}", palette.paint(Tone::Strong, "message"))
        }
    }

    fn said(json: bool, contents: &[&'static [u8]]) -> String {
        let mut output = Output::new(Vec::new(), json, Palette::plain());
        for content in contents {
            output.say(&Text(content)).expect("memory writes");
        }
        String::from_utf8(output.into_inner()).expect("text")
    }

    #[test]
    fn a_record_is_a_json_object_on_one_line() {
        let said = said(true, &[b"one\ntwo \"x\"", b"\xff\x00"]);
        assert_eq!(
            said,
            "{\"n\":1,\"text\":\"one\\ntwo \\\"x\\\"\",\"type\":\"message\"}\n\
             {\"hex\":\"ff00\",\"n\":1,\"type\":\"message\"}\n"
        );
    }

    #[test]
    fn json_is_exact_and_harmless() {
        let text = "\u{1b}[2J\u{9b}\u{7f}\u{202e}\u{e0041}\u{2028}é👩\u{200d}🚀";
        let said = said(true, &[text.as_bytes()]);
        assert!(!said.trim_end().chars().any(is_hidden), "{said}");
        let value: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(value["text"], text);
    }

    #[test]
    fn commands_are_shown_as_they_are_typed() {
        let words = "Next: `entrenous publish`. The entrenous `x`.";
        let typed = as_typed(words, "entrenous --home /h");
        assert_eq!(typed, "Next: `entrenous --home /h publish`. The entrenous `x`.");
    }

    #[test]
    fn a_person_reads_words() {
        assert_eq!(said(false, &[b"hi \x1b[1m"]), "message: hi \\u{1b}[1m\n");
    }
}
