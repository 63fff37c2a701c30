//! Act 6: a group of three, of whom one is removed, while the server tries to add a ghost. What the server does, it does
//! with bytes that real clients have made, and what is said of it is what real clients made of them.

use std::io::Write;

use entrenous::{Error, Event, GroupAct, GroupId, GroupRole};

use super::{Page, Stage, attacks::refused};
use crate::{
    failure::Failure,
    party,
    side::Pair,
    text::{counted, grouped_len, hex_start, len_of},
};

mod circle;

use circle::{Circle, Fate, Letter, Who};

const TITLE: &str = "The bench by the river";

/// What each of the three writes first.
const TALK: [(Who, &str, &str); 3] = [
    (Who::Alice, "Alice", "Thursday at nine. Who brings what?"),
    (Who::Bob, "Bob", "The lamp."),
    (Who::Carol, "Carol", "The map, if I find it."),
];
/// What the two write who stay.
const LATER: [(Who, &str, &str); 2] =
    [(Who::Alice, "Alice", "Not the bench: the mill, at ten."), (Who::Bob, "Bob", "The mill, then.")];

pub(super) fn with_a_ghost(page: &mut Page<impl Write>, stage: &mut Stage) -> Result<(), Failure> {
    let create = || party::create().map_err(|error| Failure::Library("can't create an account", error));
    let (mut carol, mut ghost) = (create()?, create()?);
    let Pair { alice, bob } = stage.exchange.clients();
    let mut circle = Circle::of([alice, bob, &mut carol, &mut ghost]);
    page.act("A group: one member is removed, and the server tries to add a ghost")?;
    let group = begin(page, &mut circle).map_err(library)??;
    talk(page, &mut circle, &group)?;
    page.gap()?;
    let withheld = remove(page, &mut circle, &group)?;
    page.gap()?;
    let attempts = ghost_enters(page, &mut circle, &group)?;
    page.gap()?;
    let refused = read_nothing(page, &mut circle, &group, withheld)?;
    stage.attempts_refused += attempts + refused;
    Ok(())
}

fn library(error: Error) -> Failure {
    Failure::Library("the group has failed", error)
}

/// Goes on only if it is so.
fn ensure(is_so: bool, otherwise: impl FnOnce() -> String) -> Result<(), Failure> {
    if is_so { Ok(()) } else { Err(Failure::Broken(otherwise())) }
}

/// Makes the group; the inner error is one of the page.
fn begin(page: &mut Page<impl Write>, circle: &mut Circle<'_>) -> Result<Result<GroupId, Failure>, Error> {
    let (group, _) = circle.client(Who::Alice).create_group(TITLE)?;
    // Alice and Bob know each other
    circle.meet(Who::Alice, Who::Carol)?;
    for who in [Who::Bob, Who::Carol] {
        let account = circle.client(who).account_id();
        circle.client(Who::Alice).invite(&group, &account)?;
    }
    let carol = circle.client(Who::Carol).account_id();
    let admin = GroupAct::Set { account: carol, role: GroupRole::Admin };
    circle.client(Who::Alice).change_group(&group, admin)?;
    circle.post(Who::Alice)?;
    circle.deliver_all_but(|_| false)?;
    for who in [Who::Bob, Who::Carol] {
        circle.client(who).join_group(&group)?;
        circle.post(who)?;
    }
    circle.meet(Who::Bob, Who::Carol)?;
    circle.deliver_all_but(|_| false)?;
    Ok(tell_beginning(page, circle, &group).map(|()| group))
}

fn tell_beginning(
    page: &mut Page<impl Write>,
    circle: &mut Circle<'_>,
    group: &GroupId,
) -> Result<(), Failure> {
    page.text(
        "Alice makes a group and lets Bob and Carol in, Carol as an admin. Who is in, the members sign, and",
    )?;
    page.text("no server keeps or orders it. It has a name that they can compare:")?;
    page.gap()?;
    let mut rosters = Vec::new();
    for (who, name, _) in TALK {
        let status = circle.client(who).group(group).map_err(library)?;
        let members = counted(len_of(status.members.len()), "member");
        page.text(&format!("  {name:<5} sees  {}  {members}", hex_start(&status.roster, 8)))?;
        rosters.push((status.roster, status.members.len()));
    }
    page.gap()?;
    let first = rosters.first().map(|(roster, _)| *roster);
    ensure(rosters.iter().all(|(roster, members)| Some(*roster) == first && *members == 3), || {
        "the three see different groups".to_owned()
    })
}

/// Somebody writes, and the envelopes of that are given back: the message's own, and those beside it.
fn say(
    circle: &mut Circle<'_>,
    group: &GroupId,
    (who, name, text): (Who, &str, &str),
    page: &mut Page<impl Write>,
) -> Result<(), Failure> {
    let sent = circle.client(who).send_to_group(group, text.as_bytes()).map_err(library)?;
    let (own, beside): (Vec<_>, Vec<_>) = sent.outgoing.iter().partition(|out| out.id == Some(sent.id));
    let bytes = own.first().map(|out| out.bytes.as_slice()).unwrap_or_default();
    ensure(own.iter().all(|out| out.bytes == bytes), || "one message, several sealings".to_owned())?;
    let besides: usize = beside.iter().map(|out| out.bytes.len()).sum();
    page.text(&format!("  {name:<5}  {text}"))?;
    page.text(&format!(
        "         {} bytes, the same for {}  {}; beside it {} bytes of keys and receipts",
        grouped_len(bytes.len()),
        counted(len_of(own.len()), "reader"),
        hex_start(bytes, 4),
        grouped_len(besides)
    ))?;
    circle.post(who).map_err(library)
}

fn talk(page: &mut Page<impl Write>, circle: &mut Circle<'_>, group: &GroupId) -> Result<(), Failure> {
    for line in TALK {
        say(circle, group, line, page)?;
        circle.deliver_all_but(|_| false).map_err(library)?;
    }
    for (reader, name, _) in TALK {
        let others = TALK.iter().filter(|(who, ..)| *who != reader);
        let expected: Vec<Vec<u8>> = others.map(|(_, _, text)| text.as_bytes().to_vec()).collect();
        ensure(circle.texts(reader, group) == expected, || format!("{name} has not read what was written"))?;
    }
    page.text("  Each has read what the two others wrote, byte for byte.")?;
    Ok(())
}

/// Alice removes Carol. What Carol doesn't get of that comes back.
fn remove(
    page: &mut Page<impl Write>,
    circle: &mut Circle<'_>,
    group: &GroupId,
) -> Result<Vec<Letter>, Failure> {
    let carol = circle.client(Who::Carol).account_id();
    circle.client(Who::Alice).change_group(group, GroupAct::Remove { account: carol }).map_err(library)?;
    circle.post(Who::Alice).map_err(library)?;
    let (_, withheld) = circle.deliver_all_but(|letter| letter.to == Who::Carol).map_err(library)?;
    ensure(!withheld.is_empty(), || "nothing was to be withheld from Carol".to_owned())?;
    page.text(
        "Alice removes Carol. The server delivers that to Bob, and keeps it from Carol, who writes on:",
    )?;
    let sent =
        circle.client(Who::Carol).send_to_group(group, b"And the key to the boat?").map_err(library)?;
    circle.post(Who::Carol).map_err(library)?;
    let own = |letter: &Letter| {
        sent.outgoing.iter().any(|out| out.id == Some(sent.id) && out.bytes == letter.bytes)
    };
    let (fates, _) = circle.deliver_all_but(|_| false).map_err(library)?;
    let fates: Vec<Fate> = fates.into_iter().filter(|fate| own(&fate.letter)).collect();
    ensure(fates.len() == 2, || "Carol's message has not come to two".to_owned())?;
    for (who, name) in [(Who::Alice, "Alice"), (Who::Bob, "Bob")] {
        let Some(fate) = fates.iter().find(|fate| fate.letter.to == who) else {
            return Err(Failure::Broken(format!("{name} has not got Carol's message")));
        };
        let error = match &fate.events {
            Err(error @ Error::Rejected) => error,
            other => return Err(Failure::Broken(format!("Carol's message to {name}: {other:?}"))),
        };
        page.text(&format!("  {name:<5} refuses it: {error}"))?;
    }
    Ok(withheld)
}

/// The server tries to bring an account of its own in; says how many ways were refused.
fn ghost_enters(
    page: &mut Page<impl Write>,
    circle: &mut Circle<'_>,
    group: &GroupId,
) -> Result<u64, Failure> {
    let before = circle.client(Who::Alice).group(group).map_err(library)?;
    page.text(
        "The server has an account of its own, a ghost. It hands Alice the ghost's device list as Bob's.",
    )?;
    let bundle = party::upload(circle.client(Who::Ghost)).map_err(library)?.last_resort;
    let bob = circle.client(Who::Bob).account_id();
    let learned = circle.client(Who::Alice).learn_list(&bob, &bundle);
    refused("the ghost's list as Bob's", learned, &[Error::IdentityMismatch])?;
    page.text(&format!("  Alice refuses it: {}", Error::IdentityMismatch))?;

    page.text(
        "So it needs Carol, who takes herself for an admin still. She signs the ghost in, and shows it the",
    )?;
    page.text(
        "roster, as she would any member. It joins, and gives Alice and Bob the entry, a key, and a message:",
    )?;
    circle.meet(Who::Carol, Who::Ghost).map_err(library)?;
    let ghost = circle.client(Who::Ghost).account_id();
    circle.client(Who::Carol).invite(group, &ghost).map_err(library)?;
    circle.post(Who::Carol).map_err(library)?;
    let (mut fates, _) = circle.deliver_all_but(|_| false).map_err(library)?;
    circle.client(Who::Ghost).join_group(group).map_err(library)?;
    for who in [Who::Alice, Who::Bob] {
        circle.meet(Who::Ghost, who).map_err(library)?;
    }
    let seen = circle.client(Who::Ghost).group(group).map_err(library)?.members.len();
    ensure(seen == 4, || format!("the ghost sees {seen} members"))?;
    circle.client(Who::Ghost).send_to_group(group, b"It's me, a friend of Carol's.").map_err(library)?;
    circle.post(Who::Ghost).map_err(library)?;
    // with all that comes of it: questions, and the ghost's answers
    fates.extend(circle.deliver_all_but(|_| false).map_err(library)?.0);

    let theirs = |who| matches!(who, Who::Alice | Who::Bob);
    let to_them = fates.iter().filter(|fate| theirs(fate.letter.to) && !theirs(fate.letter.from));
    let (mut envelopes, mut bytes, mut rejected, mut unshown) = (0, 0, 0, 0);
    for fate in to_them {
        envelopes += 1;
        bytes += fate.letter.bytes.len();
        match &fate.events {
            Err(Error::Rejected) => rejected += 1,
            Err(error) => return Err(Failure::Broken(format!("of the ghost: {error}"))),
            Ok(events) => {
                let of_group = events.iter().find(|event| {
                    matches!(
                        event,
                        Event::GroupMessage(_) | Event::GroupChanged { .. } | Event::GroupInvited { .. }
                    )
                });
                ensure(of_group.is_none(), || format!("the ghost was heard: {of_group:?}"))?;
                unshown += 1;
            }
        }
    }
    page.text(&format!(
        "  {} to the two, {} bytes: {rejected} refused, {unshown} opened without any effect on the group",
        counted(envelopes, "envelope"),
        grouped_len(bytes)
    ))?;
    for (who, name) in [(Who::Alice, "Alice"), (Who::Bob, "Bob")] {
        let status = circle.client(who).group(group).map_err(library)?;
        ensure(status.members == before.members, || format!("{name}'s members have changed"))?;
        let members = counted(len_of(status.members.len()), "member");
        page.text(&format!("  {name:<5} sees  {}  {members}, no ghost", hex_start(&status.roster, 8)))?;
    }
    page.text(
        "Alice's removal was not in the past of what Carol signed, so for everybody who has it she signed",
    )?;
    page.text("as nobody; and whoever is no member has no key that a member takes.")?;
    Ok(2)
}

/// The two who stay write, and the removed one and the ghost get all of it.
fn read_nothing(
    page: &mut Page<impl Write>,
    circle: &mut Circle<'_>,
    group: &GroupId,
    removal: Vec<Letter>,
) -> Result<u64, Failure> {
    page.text(
        "Alice and Bob write on, with new keys. The server gives every envelope to Carol and the ghost too:",
    )?;
    let mut traffic = Vec::new();
    for line in LATER {
        say(circle, group, line, page)?;
        while let Some(letter) = circle.under_way.pop_front() {
            traffic.push(letter.clone());
            circle.deliver(letter).map_err(library)?;
        }
    }
    for ((reader, name, _), (_, _, text)) in LATER.iter().zip(LATER.iter().rev()) {
        let last = circle.texts(*reader, group).pop();
        ensure(last.as_deref() == Some(text.as_bytes()), || format!("{name} has not read {text}"))?;
    }
    let before = [Who::Carol, Who::Ghost].map(|who| circle.texts(who, group).len());
    let (mut copies, mut bytes, mut opened) = (0, 0, 0);
    for letter in &traffic {
        for to in [Who::Carol, Who::Ghost] {
            copies += 1;
            bytes += letter.bytes.len();
            let fate = circle.deliver(Letter { to, ..letter.clone() }).map_err(library)?;
            opened += usize::from(fate.events.is_ok_and(|events| !events.is_empty()));
        }
    }
    let after = [Who::Carol, Who::Ghost].map(|who| circle.texts(who, group).len());
    ensure(before == after && opened == 0, || "Carol or the ghost has read on".to_owned())?;
    page.text(&format!(
        "  {} with {} bytes, {opened} read",
        counted(copies, "copy").replace("copys", "copies"),
        grouped_len(bytes)
    ))?;
    for letter in removal {
        circle.deliver(letter).map_err(library)?;
    }
    ensure(circle.knows_of_leaving(Who::Carol, group), || "Carol doesn't know that she is out".to_owned())?;
    let again = circle.client(Who::Carol).send_to_group(group, b"Hello?");
    refused("Carol's next message", again.map(drop), &[Error::NotInGroup])?;
    page.text(&format!(
        "Now Carol gets the removal, and her own client writes no more: {}.",
        Error::NotInGroup
    ))?;
    Ok(1)
}
