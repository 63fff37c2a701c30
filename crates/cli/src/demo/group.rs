//! Act 6: a group of three, of whom one is removed, while the server tries to add a ghost. What the server does, it does
//! with bytes that real clients have made, and what is said of it is what real clients made of them.

use std::io::Write;

use entrenous::{GroupAct, GroupId, GroupRole};

use super::{Page, Stage};
use crate::{
    failure::Failure,
    party,
    side::Pair,
    text::{counted, hex_start, len_of},
};

mod circle;
mod closed;
mod ghost;
mod lines;
mod removal;

use circle::{Circle, Who, taken_in};

const TITLE: &str = "The bench by the river";

/// Those who are in at first.
const THREE: [Who; 3] = [Who::Alice, Who::Bob, Who::Carol];
/// Those who stay.
const TWO: [Who; 2] = [Who::Alice, Who::Bob];

pub(super) fn with_a_ghost(page: &mut Page<impl Write>, stage: &mut Stage) -> Result<(), Failure> {
    let create = || party::create().map_err(|error| Failure::Library("can't create an account", error));
    let (mut carol, mut ghost) = (create()?, create()?);
    let Pair { alice, bob } = stage.exchange.clients();
    let mut circle = Circle::of([alice, bob, &mut carol, &mut ghost]);
    page.act("A group: one member is removed, and the server tries to add a ghost")?;
    let group = begin(page, &mut circle)?;
    page.gap()?;
    lines::among_three(page, &mut circle, &group)?;
    page.gap()?;
    let withheld = removal::of_carol(page, &mut circle, &group)?;
    page.gap()?;
    ghost::enters(page, &mut circle, &group)?;
    page.gap()?;
    closed::to_both(page, &mut circle, &group)?;
    removal::reaches_carol(page, &mut circle, &group, withheld)?;
    // Carol's message, the false list, and the ghost that she let in
    stage.attempts_refused += 3;
    Ok(())
}

fn begin(page: &mut Page<impl Write>, circle: &mut Circle<'_>) -> Result<GroupId, Failure> {
    let (group, _) = circle.does(Who::Alice, |alice| alice.create_group(TITLE))?;
    // Alice and Bob know each other
    circle.meet(Who::Alice, Who::Carol)?;
    let (bob, carol) = (circle.account(Who::Bob), circle.account(Who::Carol));
    circle.does(Who::Alice, |alice| alice.invite(&group, &bob))?;
    let as_admin = GroupAct::Set { account: carol, role: GroupRole::Admin };
    circle.does(Who::Alice, |alice| alice.change_group(&group, as_admin))?;
    taken_in(&circle.deliver_all()?)?;
    for who in [Who::Bob, Who::Carol] {
        circle.does(who, |client| client.join_group(&group))?;
    }
    circle.meet(Who::Bob, Who::Carol)?;
    taken_in(&circle.deliver_all()?)?;

    let seen = see_alike(circle, &group, &THREE)?;
    page.text(
        "Alice makes a group and lets Bob and Carol in, Carol as an admin. Who is in, the members sign, and",
    )?;
    page.text("no server keeps or orders it. It has a name that they can compare:")?;
    page.gap()?;
    for line in seen {
        page.text(&line)?;
    }
    Ok(group)
}

/// What these see of the group, in a line each: nobody but them is in.
fn see_alike(circle: &mut Circle<'_>, group: &GroupId, all: &[Who]) -> Result<Vec<String>, Failure> {
    let mut accounts: Vec<_> = all.iter().map(|who| circle.account(*who)).collect();
    accounts.sort_unstable();
    let (mut seen, mut lines) = (Vec::new(), Vec::new());
    for who in all {
        let status = circle.group(*who, group)?;
        let members: Vec<_> = status.members.iter().map(|member| member.account).collect();
        ensure(members == accounts, || format!("{} sees others in the group", who.name()))?;
        let count = counted(len_of(members.len()), "member");
        lines.push(format!("  {:<5} sees  {}  {count}", who.name(), hex_start(&status.roster, 8)));
        seen.push(status.roster);
    }
    ensure(seen.windows(2).all(|two| matches!(two, [one, other] if one == other)), || {
        "they see different groups".to_owned()
    })?;
    Ok(lines)
}

/// Goes on only if it is so.
fn ensure(is_so: bool, otherwise: impl FnOnce() -> String) -> Result<(), Failure> {
    if is_so { Ok(()) } else { Err(Failure::Broken(otherwise())) }
}
