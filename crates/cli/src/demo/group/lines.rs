//! What they write to one another in the group.

use std::io::Write;

use entrenous::GroupId;

use super::{Circle, THREE, Who, ensure, taken_in};
use crate::{
    demo::Page,
    failure::Failure,
    text::{counted, grouped_len, hex_start, len_of},
};

const TALK: [(Who, &str); 3] = [
    (Who::Alice, "Thursday at nine. Who brings what?"),
    (Who::Bob, "The lamp."),
    (Who::Carol, "The map, if I find it."),
];

/// Somebody writes. Gives back how it is told: the message and, under it, what the server sees.
pub(super) fn say(
    circle: &mut Circle<'_>,
    group: &GroupId,
    who: Who,
    text: &str,
) -> Result<[String; 2], Failure> {
    let sent = circle.does(who, |client| client.send_to_group(group, text.as_bytes()))?;
    let (own, beside): (Vec<_>, Vec<_>) = sent.outgoing.iter().partition(|out| out.id == Some(sent.id));
    let bytes = own.first().map(|out| out.bytes.as_slice()).unwrap_or_default();
    ensure(own.iter().all(|out| out.bytes == bytes), || "one message, several sealings".to_owned())?;
    let besides: usize = beside.iter().map(|out| out.bytes.len()).sum();
    Ok([
        format!("  {:<5}  {text}", who.name()),
        format!(
            "         {} bytes, the same for {}  {}; {} more of keys and receipts",
            grouped_len(bytes.len()),
            counted(len_of(own.len()), "reader"),
            hex_start(bytes, 4),
            grouped_len(besides)
        ),
    ])
}

pub(super) fn among_three(
    page: &mut Page<impl Write>,
    circle: &mut Circle<'_>,
    group: &GroupId,
) -> Result<(), Failure> {
    let mut told = Vec::new();
    for (who, text) in TALK {
        told.extend(say(circle, group, who, text)?);
        taken_in(&circle.deliver_all()?)?;
    }
    for reader in THREE {
        let others = TALK.iter().filter(|(who, _)| *who != reader);
        let expected: Vec<_> = others.map(|(_, text)| text.as_bytes().to_vec()).collect();
        let read = circle.texts(reader, group);
        ensure(read == expected, || format!("{} has not read what was written", reader.name()))?;
    }
    for line in told {
        page.text(&line)?;
    }
    page.text("  Each has read what the two others wrote, byte for byte.")?;
    Ok(())
}
