//! What has to be done from time to time, whether or not messages come and go.

use crate::{
    Outgoing,
    engine::{Name, Step, Stop, sealed::Run},
};

/// Devices that are served in one step: the rest has its turn in the next.
const DEVICES_A_STEP: usize = 32;

/// Does what is due: to be called at every start and about once an hour, and again as long as it says that there is
/// more. What it sends is in the outbox.
#[derive(Clone, Copy, Debug)]
pub struct Maintain;

/// What maintenance has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Envelopes for the transport.
    pub outgoing: Vec<Outgoing>,
    /// Whether the directory lacks something: [`PublishPrekeys`](crate::operation::PublishPrekeys) has it.
    pub to_publish: bool,
    /// Whether there is more to do.
    pub more: bool,
}

impl Run for Maintain {
    type Output = Maintained;

    fn run(&self, step: &mut Step<'_>) -> Result<Maintained, Stop> {
        step.want([
            Name::Own,
            Name::Prekeys,
            Name::Debts,
            Name::Backlog,
            Name::Outbox,
            Name::Inbox,
            Name::Contacts,
            Name::Lists(step.device.account),
            Name::Announcement,
            Name::ListDebts,
            Name::Handovers,
            Name::Linking,
            Name::Sweep,
            Name::Retired,
            Name::ShortStrings,
        ])?;
        step.own()?;
        step.end_expired_linking()?;
        step.renew_list()?;
        step.end_short_strings()?;
        let prekeys = step.maintain_prekeys()?;
        let due = step.due_proofs()?;
        let now: Vec<_> = due.iter().take(DEVICES_A_STEP).copied().collect();
        step.load_active_sessions(&now)?;
        step.want(now.iter().map(|device| Name::Owed(*device)))?;
        let mut outgoing = Vec::new();
        let mut more = step.work_off_backlog(&mut outgoing)?;
        for device in &now {
            outgoing.extend(step.send_proof(device)?);
        }
        let over = step.due_pairs()?;
        step.want(over.iter().take(DEVICES_A_STEP).map(|device| Name::Pair(*device)))?;
        for device in over.iter().take(DEVICES_A_STEP) {
            step.tidy_pair(device)?;
        }
        more |= due.len() > now.len() || over.len() > DEVICES_A_STEP;
        more |= step.announce_list(&mut outgoing)?;
        more |= step.pay_list_debts(&mut outgoing)?;
        more |= step.hand_over(&mut outgoing)?;
        more |= step.sweep_lists()?;
        Ok(Maintained { outgoing, to_publish: prekeys.upload != prekeys.uploaded, more })
    }
}
