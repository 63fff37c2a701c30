//! What several functions give or take: addresses, bytes, trust.

use entrenous::{Address, Compared, Handshake, Proof, Timestamp, Trust};

/// Bytes of an account's id, which is a hash of its key.
pub const ENTRENOUS_ACCOUNT_LEN: usize = 32;
/// Bytes of a group's id.
pub const ENTRENOUS_GROUP_LEN: usize = 32;
/// Bytes of a message's id.
pub const ENTRENOUS_MESSAGE_ID_LEN: usize = 16;
/// Bytes of a token that names a message before it is sent.
pub const ENTRENOUS_TOKEN_LEN: usize = 8;

/// Where a message goes, or comes from: a device of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct entrenous_address {
    /// The account's id.
    pub account: [u8; ENTRENOUS_ACCOUNT_LEN],
    /// The device's id, never 0; 0 where it is an account that is meant and no device.
    pub device: u32,
}

impl entrenous_address {
    /// No address.
    pub(crate) const NONE: Self = Self { account: [0; 32], device: 0 };

    pub(crate) fn account(account: entrenous::AccountId) -> Self {
        Self { account: *account.as_bytes(), device: 0 }
    }
}

impl From<Address> for entrenous_address {
    fn from(address: Address) -> Self {
        Self { account: *address.account.as_bytes(), device: address.device.get() }
    }
}

/// Bytes of the caller's, or of a handle's for as long as that is not freed. Where there are none `data` may be NULL.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_bytes {
    /// The first one.
    pub data: *const u8,
    /// How many.
    pub len: usize,
}

impl entrenous_bytes {
    /// Those of an object that outlives what is made here.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), len: bytes.len() }
    }

    pub(crate) const NONE: Self = Self { data: core::ptr::null(), len: 0 };
}

/// How an account is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_trust_state {
    /// Nothing is said of any account here.
    None = 0,
    /// Taken as it came, and nothing compared.
    FirstUse = 1,
    /// The two people have compared.
    Verified = 2,
    /// It has come in the place of another one, or what was decided about it is lost: nothing is sent to it until the user
    /// has accepted it or compared.
    Changed = 3,
    /// It is the own account.
    Own = 4,
}

/// What two people have compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_proof {
    /// Nothing.
    None = 0,
    /// The 60 digits of the safety number.
    SafetyNumber = 1,
    /// A card that one scanned from the other's screen.
    Card = 2,
    /// A short string, over a voice or video call.
    ShortString = 3,
}

/// Whether an account is who the user takes it for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct entrenous_trust {
    /// How it is known.
    pub state: entrenous_trust_state,
    /// For `VERIFIED`: what was compared.
    pub proof: entrenous_proof,
    /// For `VERIFIED`: when, in milliseconds since 1970, by the clock of the device on which it was compared.
    pub verified_ms: u64,
    /// For `CHANGED`: the account that was there before; the same one if what was decided is lost.
    pub replaces: [u8; ENTRENOUS_ACCOUNT_LEN],
}

impl entrenous_trust {
    pub(crate) const NONE: Self = Self {
        state: entrenous_trust_state::None,
        proof: entrenous_proof::None,
        verified_ms: 0,
        replaces: [0; 32],
    };
}

impl From<Trust> for entrenous_trust {
    fn from(trust: Trust) -> Self {
        use entrenous_trust_state as State;
        match trust {
            Trust::FirstUse => Self { state: State::FirstUse, ..Self::NONE },
            Trust::Verified { by, at } => {
                Self { state: State::Verified, proof: by.into(), verified_ms: at.as_ms(), ..Self::NONE }
            }
            Trust::Own => Self { state: State::Own, ..Self::NONE },
            Trust::Changed { replaces } => {
                Self { state: State::Changed, replaces: *replaces.as_bytes(), ..Self::NONE }
            }
        }
    }
}

impl From<Proof> for entrenous_proof {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::SafetyNumber => Self::SafetyNumber,
            Proof::Card => Self::Card,
            Proof::ShortString => Self::ShortString,
        }
    }
}

/// What came of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_compared {
    /// It was the same: the account is verified. Only this has verified it.
    Same = 1,
    /// It was not: nothing has changed, and `COMPARISON_FAILED` is in the inbox.
    Different = 2,
    /// What was compared is not what is known any more: device lists or the session have changed meanwhile.
    Outdated = 3,
}

impl From<Compared> for entrenous_compared {
    fn from(compared: Compared) -> Self {
        match compared {
            Compared::Same => Self::Same,
            Compared::Different => Self::Different,
            Compared::Outdated => Self::Outdated,
        }
    }
}

/// How a session relates to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_handshake {
    /// There is no session.
    None = 0,
    /// There was none before.
    Fresh = 1,
    /// It goes on from a secret of the session before: stolen device keys alone could not have begun it.
    Continued = 2,
    /// There was one, and nothing of it was used: weaker.
    Reset = 3,
}

impl From<Handshake> for entrenous_handshake {
    fn from(handshake: Handshake) -> Self {
        match handshake {
            Handshake::Fresh => Self::Fresh,
            Handshake::Continued => Self::Continued,
            Handshake::Reset => Self::Reset,
        }
    }
}

/// Milliseconds since 1970; 0 for never.
pub(crate) fn ms(time: Option<Timestamp>) -> u64 {
    time.map_or(0, Timestamp::as_ms)
}
