//! Act 1: Bob publishes keys, so that he can be written to while he is offline.

use std::io::Write;

use super::Page;
use crate::{
    failure::Failure,
    party::{self, Party},
    text::grouped_len,
};

/// Two accounts, and what a directory has of Bob's.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) alice: Party,
    pub(super) bob: Party,
    pub(super) bundle: Vec<u8>,
}

pub(super) fn publish(page: &mut Page<impl Write>) -> Result<Published, Failure> {
    let create = || party::create().map_err(|error| Failure::Library("can't create an account", error));
    let (alice, mut bob) = (create()?, create()?);
    let upload = party::upload(&mut bob).map_err(|error| Failure::Library("Bob can't publish", error))?;
    let bundles = upload.bundles.len();
    let bundle = upload.bundles.into_iter().next();
    let bundle = bundle.ok_or_else(|| Failure::Broken("Bob published no bundle".to_owned()))?;

    page.act("Keys are published")?;
    page.text("Alice and Bob each make an account. An account's id is the hash of its key, so nobody can")?;
    page.text("give it to somebody else:")?;
    page.gap()?;
    page.text(&format!("  Alice  {}", alice.account_id()))?;
    page.text(&format!("  Bob    {}", bob.account_id()))?;
    page.gap()?;
    page.text(&format!(
        "Bob uploads {bundles} bundles to a directory, each to be handed out once, and one for when they have run"
    ))?;
    page.text(&format!(
        "out. A bundle has {} bytes; Bob's keys sign all that is in it:",
        grouped_len(bundle.len())
    ))?;
    page.gap()?;
    page.text("  device list     which devices are Bob's: Ed25519 and X25519 keys")?;
    page.text("  signed prekey   X25519 and ML-KEM-1024, for some weeks")?;
    page.text("  one-time prekey X25519 and ML-KEM-1024, for one session; deleted once used")?;
    Ok(Published { alice, bob, bundle })
}
