//! Act 4: what those try who can do more than play with the line.

use std::io::Write;

use entrenous::Error;

use super::{Page, Stage};
use crate::{
    failure::Failure,
    party::{self, Party},
    side::Side,
    text::{counted, len_of},
    wire::Shape,
};

pub(super) fn mount(page: &mut Page<impl Write>, stage: &mut Stage) -> Result<(), Failure> {
    page.act("Others try")?;
    replay(page, stage)?;
    page.gap()?;
    let mallory = account()?;
    impostor(page, stage, mallory)?;
    page.gap()?;
    false_directory(page, stage)
}

fn account() -> Result<Party, Failure> {
    party::create().map_err(|error| Failure::Library("can't create an account", error))
}

fn last_resort(of: &mut Party) -> Result<Vec<u8>, Failure> {
    let upload = party::upload(of).map_err(|error| Failure::Library("no upload", error))?;
    Ok(upload.last_resort)
}

fn replay(page: &mut Page<impl Write>, stage: &mut Stage) -> Result<(), Failure> {
    page.text("The network has kept every message, and delivers them all again.")?;
    let mut duplicates = 0;
    for packet in &stage.seen {
        let again = stage.exchange.hand_over(packet.from.other(), &packet.bytes);
        refused("a replayed message", again, &[Error::Duplicate])?;
        duplicates += 1;
    }
    let replayed = counted(len_of(stage.seen.len()), "message");
    stage.tally.duplicates += duplicates;
    page.text(&format!(
        "  {replayed} replayed, {} recognized, nothing opened twice",
        counted(duplicates, "duplicate")
    ))?;
    Ok(())
}

fn impostor(page: &mut Page<impl Write>, stage: &mut Stage, mut mallory: Party) -> Result<(), Failure> {
    let bundle = last_resort(&mut stage.exchange.clients().bob)?;
    let bob = stage.exchange.clients().bob.account_id();
    let began = mallory.start_session(&bob, &bundle);
    began.map_err(|error| Failure::Library("Mallory can't begin a session", error))?;
    let sealed = party::send(&mut mallory, &bob, b"Bob, it's Alice. Bring the money.");
    let sealed = sealed.map_err(|error| Failure::Library("Mallory can't send", error))?;
    let forged = sealed.into_iter().next_back().map(|envelope| envelope.bytes).unwrap_or_default();

    page.text("Mallory has an account too. She writes to Bob and says that she is Alice.")?;
    let result = stage.exchange.hand_over(Side::Bob, &forged);
    refused("Mallory as Alice", result, &[Error::NoSession, Error::IdentityMismatch])?;
    page.text("  Bob refuses it: its handshake is of another account than Alice's")?;
    stage.attempts_refused += 1;

    page.text("She puts her text behind the handshake of Alice's own first message.")?;
    let first = stage.seen.first().map(|packet| packet.bytes.as_slice()).unwrap_or_default();
    let genuine = first.get(..Shape::of(first).open_part()).unwrap_or_default();
    let own = forged.get(Shape::of(&forged).open_part()..).unwrap_or_default();
    let result = stage.exchange.hand_over(Side::Bob, &[genuine, own].concat());
    refused("a borrowed handshake", result, &[Error::Rejected])?;
    page.text("  Bob refuses it: nothing in it was sealed with the keys of that handshake")?;
    stage.attempts_refused += 1;
    Ok(())
}

fn false_directory(page: &mut Page<impl Write>, stage: &mut Stage) -> Result<(), Failure> {
    page.text("Carol asks the directory for Bob's keys. It hands her Mallory's.")?;
    let (mut carol, mut mallory) = (account()?, account()?);
    let bob = stage.exchange.clients().bob.account_id();
    let begun = carol.start_session(&bob, &last_resort(&mut mallory)?);
    refused("Mallory's bundle as Bob's", begun, &[Error::IdentityMismatch])?;
    page.text("  Carol refuses them: they are of another account than Bob's (IdentityMismatch)")?;
    stage.attempts_refused += 1;
    Ok(())
}

/// Goes on only if it was refused, and with one of these errors; anything else breaks the story.
pub(super) fn refused<T>(what: &str, result: Result<T, Error>, expected: &[Error]) -> Result<(), Failure> {
    match result {
        Err(error) if expected.contains(&error) => Ok(()),
        Err(error) => Err(Failure::Broken(format!("{what}: {error}"))),
        Ok(_) => Err(Failure::Broken(format!("{what} was accepted"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attack_that_succeeds_ends_the_story() {
        let expected = [Error::Rejected];
        assert!(refused::<()>("it", Err(Error::Rejected), &expected).is_ok());
        assert!(refused::<()>("it", Err(Error::NoSession), &expected).is_err());
        assert!(refused("it", Ok(()), &expected).is_err());
    }
}
