//! Counting what happened, and judging it.

use crate::{
    exchange::{Happening, Order, What},
    ledger::Verdict,
    network::{Carries, Treatment},
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Messages, not transmissions.
    pub(crate) sent: u64,
    /// Packets beside the messages, which prove what was delivered.
    pub(crate) proofs: u64,
    pub(crate) proofs_taken: u64,
    pub(crate) transmissions: u64,
    /// Bytes that the senders gave to the network, repeated ones included.
    pub(crate) wire_bytes: u64,
    pub(crate) lost: u64,
    pub(crate) tampered: u64,
    pub(crate) sent_again: u64,
    /// Delivered and, byte for byte, what was sent.
    pub(crate) intact: u64,
    pub(crate) out_of_order: u64,
    /// Tampered packets that the receiver refused.
    pub(crate) refused: u64,
    pub(crate) duplicates: u64,
    /// Post-quantum epochs that were over, each told to both.
    pub(crate) renewals: u64,
    pub(crate) faults: Faults,
}

/// What must not happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// Delivered with other bytes or as another sender's.
    pub(crate) altered: u64,
    /// Delivered though never sent, or twice.
    pub(crate) unexpected: u64,
    /// Tampered packets that opened.
    pub(crate) forged: u64,
    /// Genuine packets that were refused.
    pub(crate) genuine_refused: u64,
    /// Lost keys, suspected clones and the like.
    pub(crate) alarms: u64,
    /// The numbers of messages of which no intact copy arrived.
    pub(crate) missing: Vec<u64>,
}

impl Tally {
    pub(crate) fn note(&mut self, happening: &Happening) {
        match happening.what {
            What::Transmitted { carries, again, treatment, bytes } => {
                self.transmissions += 1;
                self.wire_bytes += bytes;
                match (again, carries) {
                    (true, _) => self.sent_again += 1,
                    (false, Carries::Message) => self.sent += 1,
                    (false, Carries::Proofs) => self.proofs += 1,
                }
                match treatment {
                    Treatment::Lose => self.lost += 1,
                    Treatment::Tamper => self.tampered += 1,
                    Treatment::Pass | Treatment::Copy | Treatment::Hold => {}
                }
            }
            What::Opened { order, verdict, tampered } => {
                self.faults.forged += u64::from(tampered);
                self.out_of_order += u64::from(order == Order::Late);
                match verdict {
                    Verdict::Intact => self.intact += 1,
                    Verdict::Altered => self.faults.altered += 1,
                    Verdict::Unexpected => self.faults.unexpected += 1,
                }
            }
            What::Taken { tampered } => {
                self.faults.forged += u64::from(tampered);
                self.proofs_taken += 1;
            }
            What::Duplicate => self.duplicates += 1,
            What::Refused { tampered: true } => self.refused += 1,
            What::Refused { tampered: false } => self.faults.genuine_refused += 1,
            What::Renewed => self.renewals += 1,
            What::Alarm => self.faults.alarms += 1,
        }
    }

    /// Whether every message arrived intact and nothing else was taken for one.
    pub(crate) fn is_sound(&self) -> bool {
        self.faults == Faults::default()
            && (self.intact, self.proofs_taken) == (self.sent, self.proofs)
            && self.refused == self.tampered
    }
}

impl Faults {
    /// Each kind that occurred, with its number.
    pub(crate) fn list(&self) -> Vec<(&'static str, u64)> {
        // all named, so that none is forgotten
        let Self { altered, unexpected, forged, genuine_refused, alarms, missing } = self;
        let kinds = [
            ("altered", *altered),
            ("unexpected", *unexpected),
            ("forged", *forged),
            ("turned away", *genuine_refused),
            ("alarms", *alarms),
            ("missing", crate::text::len_of(missing.len())),
        ];
        kinds.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(whats: impl IntoIterator<Item = What>) -> Tally {
        let mut tally = Tally::default();
        for what in whats {
            tally.note(&Happening { number: 1, what });
        }
        tally
    }

    fn sent(treatment: Treatment) -> What {
        What::Transmitted { carries: Carries::Message, again: false, treatment, bytes: 147 }
    }

    fn proofs() -> What {
        What::Transmitted { carries: Carries::Proofs, again: false, treatment: Treatment::Pass, bytes: 1_099 }
    }

    fn opened(verdict: Verdict, tampered: bool) -> What {
        What::Opened { order: Order::InTurn, verdict, tampered }
    }

    #[test]
    fn what_arrives_intact_is_sound() {
        assert!(tally([]).is_sound());
        assert!(tally([proofs(), What::Taken { tampered: false }]).is_sound());
        assert!(tally([sent(Treatment::Copy), opened(Verdict::Intact, false), What::Duplicate]).is_sound());
    }

    #[test]
    fn each_fault_is_seen() {
        let faults = [
            vec![sent(Treatment::Pass)],
            vec![sent(Treatment::Pass), opened(Verdict::Altered, false)],
            vec![sent(Treatment::Pass), opened(Verdict::Intact, false), opened(Verdict::Unexpected, false)],
            vec![sent(Treatment::Tamper), opened(Verdict::Intact, true)],
            vec![sent(Treatment::Tamper), opened(Verdict::Intact, false)],
            vec![sent(Treatment::Pass), What::Refused { tampered: false }, opened(Verdict::Intact, false)],
            vec![sent(Treatment::Pass), opened(Verdict::Intact, false), What::Alarm],
            vec![sent(Treatment::Pass), What::Taken { tampered: false }],
            vec![sent(Treatment::Pass), opened(Verdict::Intact, false), What::Taken { tampered: false }],
            vec![proofs()],
            vec![proofs(), What::Taken { tampered: true }],
        ];
        for fault in faults {
            let said = format!("{fault:?}");
            assert!(!tally(fault).is_sound(), "{said}");
        }
    }
}
