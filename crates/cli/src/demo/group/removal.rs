//! Alice removes Carol, who is the last to learn of it.

use std::io::Write;

use entrenous::{Error, Event, GroupAct, GroupId};

use super::{Circle, TWO, Who, circle::Letter, ensure, see_alike, taken_in};
use crate::{
    demo::{Page, attacks::refused},
    failure::Failure,
};

/// The server keeps it from Carol; what it has kept is given back.
pub(super) fn of_carol(
    page: &mut Page<impl Write>,
    circle: &mut Circle<'_>,
    group: &GroupId,
) -> Result<Vec<Letter>, Failure> {
    let carol = circle.account(Who::Carol);
    circle.does(Who::Alice, |alice| alice.change_group(group, GroupAct::Remove { account: carol }))?;
    let (fates, withheld) = circle.deliver_all_but(|letter| letter.to == Who::Carol)?;
    taken_in(&fates)?;
    see_alike(circle, group, &TWO)?;
    ensure(!withheld.is_empty(), || "nothing was to be kept from Carol".to_owned())?;

    let sent = circle.does(Who::Carol, |carol| carol.send_to_group(group, b"And the key to the boat?"))?;
    let mut fates = circle.deliver_all()?;
    let is_hers =
        |bytes: &[u8]| sent.outgoing.iter().any(|out| out.id == Some(sent.id) && out.bytes == bytes);
    fates.retain(|fate| is_hers(&fate.letter.bytes));
    page.text(
        "Alice removes Carol. The server delivers that to Bob, and keeps it from Carol, who writes on:",
    )?;
    for who in TWO {
        let fate = fates.iter().find(|fate| fate.letter.to == who);
        match fate.map(|fate| &fate.events) {
            Some(Err(error @ Error::Rejected)) => {
                page.text(&format!("  {:<5} refuses it: {error}", who.name()))?;
            }
            other => return Err(Failure::Broken(format!("Carol's message to {}: {other:?}", who.name()))),
        }
    }
    Ok(withheld)
}

/// The server delivers what it has kept.
pub(super) fn reaches_carol(
    page: &mut Page<impl Write>,
    circle: &mut Circle<'_>,
    group: &GroupId,
    withheld: Vec<Letter>,
) -> Result<(), Failure> {
    for letter in withheld {
        circle.deliver(letter)?;
    }
    let is_out = circle.was_told(Who::Carol, &Event::GroupLeft { group: *group });
    ensure(is_out, || "Carol doesn't know that she is out".to_owned())?;
    let again = circle.tries(Who::Carol, |carol| carol.send_to_group(group, b"Hello?"));
    refused("Carol's next message", again, &[Error::NotInGroup])?;
    page.text(&format!(
        "Now Carol gets the removal, and her own client writes no more: {}.",
        Error::NotInGroup
    ))?;
    Ok(())
}
