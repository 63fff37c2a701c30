//! The two who stay write, and the server gives all of it to the two who are not in.

use std::io::Write;

use entrenous::GroupId;

use super::{Circle, TWO, Who, circle::Letter, ensure, lines::say, taken_in};
use crate::{
    demo::Page,
    failure::Failure,
    text::{counted, grouped_len, len_of},
};

const TALK: [(Who, &str); 2] =
    [(Who::Alice, "Not the bench: the mill, at ten."), (Who::Bob, "The mill, then.")];

const OUTSIDE: [Who; 2] = [Who::Carol, Who::Ghost];

pub(super) fn to_both(
    page: &mut Page<impl Write>,
    circle: &mut Circle<'_>,
    group: &GroupId,
) -> Result<(), Failure> {
    let (mut told, mut traffic) = (Vec::new(), Vec::new());
    for (who, text) in TALK {
        told.extend(say(circle, group, who, text)?);
        let fates = circle.deliver_all()?;
        taken_in(&fates)?;
        traffic.extend(fates.into_iter().map(|fate| fate.letter));
        // the one before has sealed a message already
        let sealed = circle.group(who, group)?.key.map(|key| key.sealed);
        ensure(sealed == Some(1), || format!("{} has no new key", who.name()))?;
    }
    for (reader, (_, text)) in TWO.into_iter().zip(TALK.into_iter().rev()) {
        let last = circle.texts(reader, group).pop();
        ensure(last.as_deref() == Some(text.as_bytes()), || format!("{} has not read it", reader.name()))?;
    }
    let (mut bytes, mut shown) = (0, 0);
    for letter in &traffic {
        bytes += letter.bytes.len();
        for to in OUTSIDE {
            let fate = circle.deliver(Letter { to, ..letter.clone() })?;
            shown += usize::from(fate.events.is_ok_and(|events| !events.is_empty()));
        }
    }
    ensure(shown == 0, || "Carol or the ghost has read on".to_owned())?;

    page.text(
        "Alice and Bob write on, with new keys. The server gives every envelope to Carol and the ghost too:",
    )?;
    for line in told {
        page.text(&line)?;
    }
    page.text(&format!(
        "  {} with {} bytes to each of the two who are not in, nothing read",
        counted(len_of(traffic.len()), "envelope"),
        grouped_len(bytes)
    ))?;
    Ok(())
}
