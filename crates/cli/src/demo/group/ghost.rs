//! The server tries to bring an account of its own in.

use std::io::Write;

use entrenous::{Error, Event, GroupId};

use super::{Circle, TWO, Who, circle::Fate, ensure, see_alike};
use crate::{
    demo::{Page, attacks::refused},
    failure::Failure,
    text::{counted, grouped_len},
};

pub(super) fn enters(
    page: &mut Page<impl Write>,
    circle: &mut Circle<'_>,
    group: &GroupId,
) -> Result<(), Failure> {
    let (bob, bundle) = (circle.account(Who::Bob), circle.bundle(Who::Ghost)?);
    let learned = circle.tries(Who::Alice, |alice| alice.learn_list(&bob, &bundle));
    refused("the ghost's list as Bob's", learned, &[Error::IdentityMismatch])?;
    page.text(
        "The server has an account of its own, a ghost. It hands Alice the ghost's device list as Bob's.",
    )?;
    page.text(&format!("  Alice refuses it: {}", Error::IdentityMismatch))?;

    let fates = by_carol(circle, group)?;
    let seen = see_alike(circle, group, &TWO)?;
    page.text(
        "So it needs Carol, who takes herself for an admin still. She signs the ghost in, and shows it the",
    )?;
    page.text(
        "roster, as she would any member. It joins, and gives Alice and Bob the entry, a key, and a message:",
    )?;
    page.text(&format!("  {}", count(&fates)?))?;
    for line in seen {
        page.text(&format!("{line}, no ghost"))?;
    }
    page.text(
        "Alice's removal was not in the past of what Carol signed, so for everybody who has it she signed",
    )?;
    page.text("as nobody; and whoever is no member has no key that a member takes.")?;
    Ok(())
}

/// Carol lets the ghost in, and both tell the others; with all that comes of it: questions, and the ghost's answers.
fn by_carol(circle: &mut Circle<'_>, group: &GroupId) -> Result<Vec<Fate>, Failure> {
    circle.meet(Who::Carol, Who::Ghost)?;
    let ghost = circle.account(Who::Ghost);
    circle.does(Who::Carol, |carol| carol.invite(group, &ghost))?;
    let mut fates = circle.deliver_all()?;
    circle.does(Who::Ghost, |ghost| ghost.join_group(group))?;
    for who in TWO {
        circle.meet(Who::Ghost, who)?;
    }
    let seen = circle.group(Who::Ghost, group)?.members.len();
    ensure(seen == 4, || format!("the ghost sees {seen} members"))?;
    circle.does(Who::Ghost, |ghost| ghost.send_to_group(group, b"It's me, a friend of Carol's."))?;
    fates.extend(circle.deliver_all()?);
    Ok(fates)
}

/// How much of it came to the two who are in; nothing of it may be shown.
fn count(fates: &[Fate]) -> Result<String, Failure> {
    let is_refusal = |event: &Event| matches!(event, Event::Unsupported { .. });
    let is_session = |event: &Event| matches!(event, Event::SessionStarted { .. });
    let (mut envelopes, mut bytes, mut rejected) = (0, 0, 0);
    let to_them = |fate: &&Fate| TWO.contains(&fate.letter.to) && !TWO.contains(&fate.letter.from);
    for Fate { letter, events } in fates.iter().filter(to_them) {
        envelopes += 1;
        bytes += letter.bytes.len();
        match events {
            Err(Error::Rejected) => rejected += 1,
            Err(error) => return Err(Failure::Broken(format!("of the ghost: {error}"))),
            Ok(events) => {
                // the envelope is authentic, and what is in it is refused
                rejected += usize::from(events.iter().any(is_refusal));
                let shown = events.iter().find(|event| !is_refusal(event) && !is_session(event));
                ensure(shown.is_none(), || format!("the ghost was heard: {shown:?}"))?;
            }
        }
    }
    Ok(format!(
        "{} to the two, {} bytes: {rejected} refused, and nothing of the others is shown",
        counted(envelopes, "envelope"),
        grouped_len(bytes)
    ))
}
