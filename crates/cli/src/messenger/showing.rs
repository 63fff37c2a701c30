//! How entries are shown, to a person and to a script.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::{group_notice, names::Known};
use crate::{
    history::{Delivery, Entry, Kind, OfGroup, Row},
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
        let Entry { kind, account, group, device, at, note, text } = entry;
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
        set("number", (*number).into());
        set("time", rfc3339(*at).into());
        if let Some(account) = account {
            set("account", account.to_string().into());
            set("name", names.name_of(account).into());
        }
        if let Some(OfGroup { id, member, readable_by_removed, from_removed }) = group {
            set("group", id.to_string().into());
            set("title", names.title_of(id).into());
            if let Some(member) = member {
                set("member", member.to_string().into());
                set("member_name", names.name_of(member).into());
            }
            if *kind == Kind::Received {
                set("readable_by_removed", (*readable_by_removed).into());
                set("from_removed", (*from_removed).into());
            }
        }
        if let Some(device) = device {
            set("device", device.to_string().into());
        }
        match kind {
            Kind::Notice => {
                set("notice", note.as_str().into());
                let text = String::from_utf8_lossy(text);
                let text = match group {
                    Some(group) => group_notice::with_names(&text, group, names),
                    None => text.into_owned(),
                };
                set("text", text.into());
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
        let who = entry.account.as_ref().map(|account| match (&entry.group, entry.note.as_str()) {
            // who invites is no member of anything that the user is in
            (Some(_), "group-invited") | (None, _) => names.known_as(account),
            (Some(_), _) => names.member(account),
        });
        let name = palette.paint(Tone::Strong, who.as_deref().unwrap_or("?"));
        let text = String::from_utf8_lossy(&entry.text);
        let again = if *delivery == Delivery::Showing { " (perhaps shown before)" } else { "" };
        if entry.kind == Kind::Notice {
            let tone = tone_of(&entry.note);
            let text = match entry.account.as_ref().and_then(|account| names.name_of(account)) {
                Some(name) if entry.group.is_none() => text.replace("verify NAME", &format!("verify {name}")),
                _ => text.into_owned(),
            };
            let text = match &entry.group {
                Some(group) => group_notice::with_names(&text, group, names),
                None => text,
            };
            let words = match who {
                Some(who) => format!("* {who} {}", visible(&text)),
                None => format!("* {}", visible(&text)),
            };
            return writeln!(out, "{time} {}{again}", palette.paint(tone, &words));
        }
        let arrow = match (entry.kind, &entry.group) {
            (Kind::Received, Some(group)) => format!("{name} in {}", names.group(&group.id)),
            (Kind::Received, None) => name,
            (_, Some(group)) => format!("you in {}", names.group(&group.id)),
            (_, None) => format!("you to {name}"),
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
        let access = match entry.group {
            Some(OfGroup { from_removed: true, .. }) => " (from somebody who has lost access since)",
            Some(OfGroup { readable_by_removed: true, .. }) => " (somebody who has lost access can read it)",
            _ => "",
        };
        let access = palette.paint(Tone::Warning, access);
        writeln!(out, "{time} {arrow}{mark}{access}{again}: {}", visible_lines(&text, INDENT))
    }
}

fn tone_of(note: &str) -> Tone {
    match note {
        note if note.starts_with("group-") && note != "group-equivocation" => Tone::Faint,
        "session-started" | "device-removed" | "own-device-removed" => Tone::Faint,
        "device-list-forked"
        | "clone-suspected"
        | "identity-changed"
        | "group-equivocation"
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
