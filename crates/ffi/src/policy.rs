//! What an application chooses once for all.

use entrenous::{
    BlockSize, Limits, Padding, Policy, PostQuantumPolicy, QueueLimits, RenewalPolicy, ShardsPerMessage,
    TrustPolicy,
};

use crate::{
    call::{Caller, flag},
    callback::{Grows, set_sized, size_of_caller, sized},
    client::{entrenous_client, with},
    result::{Code, entrenous_result},
};

/// How lengths are hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_padding {
    /// Padmé: at most 12 % larger above 64 bytes.
    Padme = 0,
    /// Up to the next multiple of a block.
    Blocks = 1,
    /// Not at all.
    None = 2,
}

/// For `post_quantum_shards`: 2 to 8, as there is room.
pub const ENTRENOUS_SHARDS_ADAPTIVE: u32 = 255;

/// The choices of an application. The defaults, which `entrenous_policy_default` gives, suit most.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_policy {
    /// `sizeof(entrenous_policy)`.
    pub size: usize,
    /// 1: messages go to verified accounts only. 0: to every account, trust on first use.
    pub verified_only: u32,
    /// An `entrenous_padding`.
    pub padding: u32,
    /// For `BLOCKS`: bytes of a block, 1 to 65,536.
    pub padding_block: u32,
    /// Shards of 32 bytes that go along with a message while a post-quantum exchange is under way, at most 37, or
    /// `ENTRENOUS_SHARDS_ADAPTIVE`.
    pub post_quantum_shards: u32,
    /// Messages after which the next exchange begins.
    pub post_quantum_pause_messages: u32,
    /// Days after which it begins though there were fewer messages.
    pub post_quantum_pause_days: u32,
    /// Chain steps that one message may cost.
    pub steps_per_message: u32,
    /// Skipped message keys that a session keeps.
    pub skipped_keys: u32,
    /// Header keys of former chains that a session keeps, 1 to 32.
    pub old_chains: u32,
    /// Days that they are kept.
    pub old_chain_days: u32,
    /// Messages sealed in one chain, at most 2^20.
    pub chain_messages: u32,
    /// Messages after which this device makes a new key to a group by itself.
    pub group_key_messages: u32,
    /// Milliseconds after which it does.
    pub group_key_age_ms: u64,
    /// Items that may wait in the inbox.
    pub inbox_items: u64,
    /// Bytes of them.
    pub inbox_bytes: u64,
    /// Envelopes that may wait in the outbox.
    pub outbox_items: u64,
    /// Bytes of them.
    pub outbox_bytes: u64,
}

// SAFETY: the size is first, and what follows are numbers
unsafe impl Grows for entrenous_policy {
    const FIRST_SIZE: usize = core::mem::offset_of!(Self, outbox_bytes) + size_of::<u64>();
    const DEFAULT: Self = Self {
        size: 0,
        verified_only: 0,
        padding: entrenous_padding::Padme as u32,
        padding_block: 256,
        post_quantum_shards: ENTRENOUS_SHARDS_ADAPTIVE,
        post_quantum_pause_messages: 100,
        post_quantum_pause_days: 1,
        steps_per_message: 25_000,
        skipped_keys: 2_000,
        old_chains: 32,
        old_chain_days: 30,
        chain_messages: MAX_CHAIN,
        group_key_messages: 1_000,
        group_key_age_ms: 7 * 86_400_000,
        inbox_items: 16_384,
        inbox_bytes: 256 << 20,
        outbox_items: 16_384,
        outbox_bytes: 256 << 20,
    };
}

/// Most messages in a chain.
const MAX_CHAIN: u32 = 1 << 20;
/// Most header keys of former chains.
const MAX_OLD_CHAINS: u8 = 32;
/// Most shards in a message.
const MAX_SHARDS: u8 = 37;

impl TryFrom<entrenous_policy> for Policy {
    type Error = Code;

    fn try_from(policy: entrenous_policy) -> Result<Self, Code> {
        let padding = match policy.padding {
            padding if padding == entrenous_padding::Padme as u32 => Padding::Padme,
            padding if padding == entrenous_padding::Blocks as u32 => {
                Padding::Blocks(BlockSize::new(policy.padding_block).ok_or(Code::BadArgument)?)
            }
            padding if padding == entrenous_padding::None as u32 => Padding::None,
            _ => return Err(Code::BadArgument),
        };
        let shards = match policy.post_quantum_shards {
            ENTRENOUS_SHARDS_ADAPTIVE => ShardsPerMessage::Adaptive,
            shards => ShardsPerMessage::Exactly(small(shards, MAX_SHARDS)?),
        };
        let old_chains = small(policy.old_chains, MAX_OLD_CHAINS)?;
        if old_chains == 0 || policy.chain_messages == 0 || policy.chain_messages > MAX_CHAIN {
            return Err(Code::BadArgument);
        }
        Ok(Self {
            trust: match flag(policy.verified_only)? {
                true => TrustPolicy::VerifiedOnly,
                false => TrustPolicy::FirstUse,
            },
            padding,
            post_quantum: PostQuantumPolicy {
                shards,
                pause_messages: policy.post_quantum_pause_messages,
                pause_days: policy.post_quantum_pause_days,
                offers: true,
            },
            limits: Limits {
                steps_per_message: policy.steps_per_message,
                skipped_keys: policy.skipped_keys,
                old_chains,
                old_chain_days: policy.old_chain_days,
                chain_messages: policy.chain_messages,
            },
            group_keys: RenewalPolicy {
                messages: policy.group_key_messages,
                age_ms: policy.group_key_age_ms,
            },
            queues: QueueLimits {
                inbox_items: policy.inbox_items,
                inbox_bytes: policy.inbox_bytes,
                outbox_items: policy.outbox_items,
                outbox_bytes: policy.outbox_bytes,
            },
        })
    }
}

fn small(number: u32, most: u8) -> Result<u8, Code> {
    u8::try_from(number).ok().filter(|number| *number <= most).ok_or(Code::BadArgument)
}

/// Gives the default policy, to be changed and set. Its `size` has to be set before: no more than that is written.
///
/// Errors: `BAD_ARGUMENT` for a `size` that is too small.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_policy_default(policy: *mut entrenous_policy) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let size = size_of_caller::<entrenous_policy>(&caller, policy)?;
        set_sized(&caller, policy, entrenous_policy { size, ..entrenous_policy::DEFAULT }, size)
    })
}

/// Replaces a client's policy: what it does from now on follows it. It is not kept in the store, so it is set after every
/// opening.
///
/// Errors: `BAD_ARGUMENT` for what is out of bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_set_policy(
    client: *const entrenous_client,
    policy: *const entrenous_policy,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let policy = Policy::try_from(sized(&caller, policy)?)?;
        with(client, |client| {
            client.set_policy(policy);
            Ok(())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_clients() {
        let [ours, theirs] =
            [Policy::try_from(entrenous_policy::DEFAULT).expect("in bounds"), Policy::default()];
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
    }
}
