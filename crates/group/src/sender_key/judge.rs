//! What the rosters say of a verified message, or of a key: the rules.
//! [`KnownRosters`](super::KnownRosters) looks up the answers.

/// What the rosters say about a verified message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageStanding {
    /// The roster that the message names, and the one under which its key was made, are known.
    pub rosters_known: bool,
    /// The sender, account and device, is in the named roster.
    pub sender_in_named: bool,
    /// The sender is in the present roster.
    pub sender_in_present: bool,
    /// [`VerifiedMessage::key_closed`](super::VerifiedMessage::key_closed).
    pub key_closed: bool,
    /// Somebody lost access between the key's roster and the named one, or a `rekey` entry lies between them.
    pub loss_before_named: bool,
    /// Somebody lost access between the named roster and the present one. A `rekey` entry takes it from nobody and
    /// doesn't count here.
    pub loss_after_named: bool,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It counts.
    Accept {
        /// Somebody who has lost access since can read it.
        readable_by_removed: bool,
        /// The sender has lost access. The number is from before; the message may have been sealed afterwards, in a
        /// gap that was left for it, and people are to be told so.
        key_closed: bool,
    },
    /// Its roster isn't known: kept as it came until the missing entries are here.
    Park,
    /// It doesn't count, now or later.
    Reject(Rejection),
}

/// Why a message or a key doesn't count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The sender is not in the roster that it names.
    #[error("the sender is not in the roster that it names")]
    NotInRoster,
    /// The sender has lost access since.
    #[error("the sender has lost access")]
    LostAccess,
    /// Somebody had lost access, as the sender knew, and still has the key.
    #[error("the sender did not renew its key when somebody lost access")]
    KeyNotRenewed,
}

impl MessageStanding {
    /// The judgement.
    pub fn judge(&self) -> Judged {
        let Self {
            rosters_known,
            sender_in_named,
            sender_in_present,
            key_closed,
            loss_before_named,
            loss_after_named,
        } = *self;
        // spec: GROUP-160
        if !rosters_known {
            return Judged::Park;
        }
        // spec: GROUP-161
        if !sender_in_named {
            return Judged::Reject(Rejection::NotInRoster);
        }
        // spec: GROUP-162
        if loss_before_named {
            return Judged::Reject(Rejection::KeyNotRenewed);
        }
        // spec: GROUP-163
        if !sender_in_present && !key_closed {
            return Judged::Reject(Rejection::LostAccess);
        }
        // spec: GROUP-164
        Judged::Accept { readable_by_removed: loss_after_named, key_closed }
    }
}

/// What the rosters say about a key that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyStanding {
    /// The roster under which the key was made is known.
    pub roster_known: bool,
    /// The sender, account and device, is in that roster.
    pub sender_in_roster: bool,
    /// The sender is in the present roster, and had access at all times in between: who was removed and added again
    /// had not. A removal that took nothing away, such as a junior's of somebody more senior, is none.
    pub sender_stayed: bool,
}

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyJudged {
    /// It may be accepted.
    Accept,
    /// Its roster isn't known: kept as it came until the missing entries are here.
    Park,
    /// It isn't accepted, now or later.
    Reject(Rejection),
}

impl KeyStanding {
    /// The judgement.
    pub fn judge(&self) -> KeyJudged {
        let Self { roster_known, sender_in_roster, sender_stayed } = *self;
        // spec: GROUP-165
        match (roster_known, sender_in_roster, sender_stayed) {
            (false, _, _) => KeyJudged::Park,
            (true, false, _) => KeyJudged::Reject(Rejection::NotInRoster),
            (true, true, false) => KeyJudged::Reject(Rejection::LostAccess),
            (true, true, true) => KeyJudged::Accept,
        }
    }
}
