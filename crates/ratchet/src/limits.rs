//! Everything a peer can make us do or keep is bounded here, with the reason.

use entrenous_wire::header::MAX_CHAIN;

/// The bounds of one session. Both sides choose their own; the schedules of the tests need small ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Chain steps that one message may cost: bounds the work for a genuine header with a false body.
    pub steps_per_message: u32,
    /// Skipped message keys that a session keeps: bounds what a peer makes us store.
    pub skipped_keys: u32,
    /// Header keys of former chains that are kept, 1 to 32: bounds the openings tried for one forgery.
    pub old_chains: u8,
    /// Days that the header key of a former chain is kept, so that late messages open and duplicates are
    /// recognized; after that the peer's late messages are lost, and their keys with them.
    pub old_chain_days: u32,
    /// Messages sealed in one chain, at most 2^20: bounds the nonces under one header key, 2^20 random ones
    /// of 96 bits collide with a chance of 2^-57 (SP 800-38D, 8.3).
    pub chain_messages: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps_per_message: 25_000,
            skipped_keys: 2_000,
            old_chains: 32,
            old_chain_days: 30,
            chain_messages: MAX_CHAIN,
        }
    }
}
