//! Stepping along a chain of the peer.

use entrenous_primitives::secret::Key;

use crate::{
    kdf::{Chain, Message, chain_step},
    skipped::{NewKeys, WorkingSet},
};

/// Steps `chain` over the numbers of `new`, keeping the keys to be kept; gives the chain beyond the last, if
/// there was a step.
pub(crate) fn skip(
    chain: &Key<Chain>,
    new: Option<&NewKeys>,
    working: &mut WorkingSet,
) -> Option<Key<Chain>> {
    let new = new?;
    let mut at = None;
    for n in new.steps.clone() {
        let (next, mk) = chain_step(at.as_ref().unwrap_or(chain));
        if new.kept.contains(&n) {
            working.push(new.chain, n, mk);
        }
        at = Some(next);
    }
    at
}

/// Skips as [`skip`] does and steps once more, for the message itself.
pub(crate) fn walk(
    chain: &Key<Chain>,
    new: Option<&NewKeys>,
    working: &mut WorkingSet,
) -> (Key<Chain>, Key<Message>) {
    let at = skip(chain, new, working);
    chain_step(at.as_ref().unwrap_or(chain))
}
