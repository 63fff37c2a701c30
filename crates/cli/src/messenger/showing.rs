//! How entries are shown, to a person and to a script.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::names::Known;
use crate::{
    history::{Delivery, Entry, Kind, Row},
    terminal::{Palette, Record, Tone, clock, content, rfc3339, visible, visible_lines},
};

/// What stands before the further lines of a message, so that none looks like one of ours.
const INDENT: &str = "    ";

/// An entry with the names that the user knows.
#[derive(Debug)]
pub(crate) struct Saying<'a> {
    pub(crate) row: &'a Row,
    pub(crate) names: &'a Known,
}

impl Record for Saying<'_> {
    /// What a peer has written is shown as it is.
    fn is_ours(&self) -> bool {
        self.row.entry.kind == Kind::Notice
    }

    fn kind(&self) -> &'static str {
        match self.row.entry.kind {
            Kind::Notice => "notice",
            _ => "message",
        }
    }

    fn fields(&self) -> Map<String, Value> {
        let Self { row: Row { number, key: _, message, delivery, entry }, names } = self;
        let Entry { kind, account, device, at, note, text } = entry;
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
        set("number", (*number).into());
        set("time", rfc3339(*at).into());
        if let Some(account) = account {
            set("account", account.to_string().into());
            set("name", names.name_of(account).into());
        }
        if let Some(device) = device {
            set("device", device.to_string().into());
        }
        match kind {
            Kind::Notice => {
                set("notice", note.as_str().into());
                set("text", String::from_utf8_lossy(text).into_owned().into());
            }
            _ => {
                set("direction", kind.word().into());
                set("id", message.as_ref().map(ToString::to_string).into());
                let (name, value) = content(text);
                set(name, value);
            }
        }
        match kind {
            Kind::Sent => set("state", delivery.word().into()),
            Kind::Received => set("trust", note.as_str().into()),
            Kind::SentElsewhere | Kind::Notice => {}
        }
        if *delivery == Delivery::Showing {
            set("repeated", true.into());
        }
        fields
    }

    fn write(&self, out: &mut dyn Write, palette: Palette) -> io::Result<()> {
        let Self { row: Row { delivery, entry, .. }, names } = self;
        // all is well, and so often: it is for scripts
        if entry.kind == Kind::Notice && entry.note == "post-quantum-epoch" {
            return Ok(());
        }
        let time = palette.paint(Tone::Faint, &clock(entry.at));
        let who = entry.account.as_ref().map(|account| names.known_as(account));
        let name = palette.paint(Tone::Strong, who.as_deref().unwrap_or("?"));
        let text = String::from_utf8_lossy(&entry.text);
        let again = if *delivery == Delivery::Showing { " (perhaps shown before)" } else { "" };
        if entry.kind == Kind::Notice {
            let tone = tone_of(&entry.note);
            let text = match entry.account.as_ref().and_then(|account| names.name_of(account)) {
                Some(name) => text.replace("verify NAME", &format!("verify {name}")),
                None => text.into_owned(),
            };
            let words = match who {
                Some(who) => format!("* {who} {}", visible(&text)),
                None => format!("* {}", visible(&text)),
            };
            return writeln!(out, "{time} {}{again}", palette.paint(tone, &words));
        }
        let arrow = match entry.kind {
            Kind::Received => name,
            _ => format!("you to {name}"),
        };
        let mark = match (entry.kind, delivery, entry.note.as_str()) {
            (Kind::Received, _, "not-verified") => palette.paint(Tone::Faint, " (not verified)"),
            (Kind::Received, _, "changed") => palette.paint(Tone::Alarm, " (another account than before)"),
            (Kind::Received, _, "lost") => {
                palette.paint(Tone::Alarm, " (the disk has lost what you decided)")
            }
            (Kind::Sent, Delivery::Queued | Delivery::Sending | Delivery::Waiting, _) => {
                palette.paint(Tone::Warning, " (waits to be sent)")
            }
            (Kind::Sent, Delivery::Failed, _) => palette.paint(Tone::Alarm, " (not sent)"),
            _ => String::new(),
        };
        writeln!(out, "{time} {arrow}{mark}{again}: {}", visible_lines(&text, INDENT))
    }
}

fn tone_of(note: &str) -> Tone {
    match note {
        "session-started" | "device-removed" | "own-device-removed" => Tone::Faint,
        "device-list-forked"
        | "clone-suspected"
        | "identity-changed"
        | "own-device-added"
        | "removed-from-account" => Tone::Alarm,
        _ => Tone::Warning,
    }
}

/// A result in one sentence, with fields for scripts.
#[derive(Debug)]
pub(crate) struct Said {
    /// The JSON object's `type`.
    pub(crate) kind: &'static str,
    /// The sentence.
    pub(crate) words: String,
    /// What it is to a person.
    pub(crate) tone: Option<Tone>,
    /// The same for scripts.
    pub(crate) fields: Vec<(&'static str, Value)>,
}

impl Said {
    pub(crate) fn new(kind: &'static str, words: impl Into<String>) -> Self {
        Self { kind, words: words.into(), tone: None, fields: Vec::new() }
    }

    pub(crate) fn toned(mut self, tone: Tone) -> Self {
        self.tone = Some(tone);
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}

impl Record for Said {
    fn is_ours(&self) -> bool {
        true
    }

    fn kind(&self) -> &'static str {
        self.kind
    }

    fn fields(&self) -> Map<String, Value> {
        self.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn write(&self, out: &mut dyn Write, palette: Palette) -> io::Result<()> {
        match self.tone {
            Some(tone) => writeln!(out, "{}", palette.paint(tone, &self.words)),
            None => writeln!(out, "{}", self.words),
        }
    }
}
