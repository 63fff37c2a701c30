//! What has to be done from time to time, whether or not messages come and go.

use crate::{
    Error, Outgoing,
    engine::{Name, Step, Stop, sealed::Run},
    record::Own,
};

/// Does what is due: to be called at every start and about once an hour, and again as long as it says that there is
/// more; a device that was removed from its account has little to do. What it sends is in the outbox. A part that can't be done, because of a damaged record or a full outbox, doesn't
/// hold up the others.
#[derive(Clone, Copy, Debug)]
pub struct Maintain;

/// What maintenance has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Envelopes for the transport.
    pub outgoing: Vec<Outgoing>,
    /// Whether the directory lacks something: [`PublishPrekeys`](crate::operation::PublishPrekeys) has it.
    pub to_publish: bool,
    /// Whether there is more to do at once.
    pub more: bool,
    /// What was wrong with a part that was not done, the first if there are several: it is tried again the next time.
    /// What only waits for room in the outbox is not wrong.
    pub failed: Option<Error>,
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
            Name::DecisionDebts,
            Name::Expiries,
            Name::Linking,
            Name::Sweep,
            Name::Retired,
            Name::ShortStrings,
            Name::Groups,
            Name::Parked,
            Name::KeyDebts,
        ])?;
        let mut done = Maintained::default();
        // it waits for a list that has it again
        // spec: CLIENT-8
        if !step.expect::<Own>(Name::Own)?.listed {
            done.part(step, |step, _| step.erase_expired())?;
            return Ok(done);
        }
        done.part(step, |step, _| step.end_expired_linking().map(|()| false))?;
        done.part(step, |step, _| step.renew_list().map(|()| false))?;
        done.part(step, |step, _| step.end_short_strings().map(|()| false))?;
        done.part(step, |step, _| step.erase_expired())?;
        let mut to_publish = false;
        done.part(step, |step, _| {
            let prekeys = step.maintain_prekeys()?;
            to_publish = prekeys.upload != prekeys.uploaded;
            Ok(false)
        })?;
        done.to_publish = to_publish;
        done.part(step, Step::pay_proofs)?;
        done.part(step, |step, _| step.tidy_pairs())?;
        done.part(step, Step::announce_list)?;
        done.part(step, Step::pay_list_debts)?;
        done.part(step, Step::hand_over)?;
        done.part(step, Step::pay_decisions)?;
        done.part(step, |step, _| step.sweep_contacts())?;
        done.part(step, |step, _| step.expire_parked())?;
        done.part(step, |step, outgoing| step.acknowledge_keys(None, outgoing))?;
        let mut failed = None;
        done.part(step, |step, outgoing| step.maintain_groups(outgoing, &mut failed))?;
        done.failed = done.failed.or(failed);
        // last: it may take all room in the outbox, again and again, and the proofs make it shorter
        done.part(step, Step::work_off_backlog)?;
        Ok(done)
    }
}

impl Maintained {
    /// Does one part, which tells whether there is more of it to do, and is taken back if it fails.
    // spec: CLIENT-119
    fn part<'a>(
        &mut self,
        step: &mut Step<'a>,
        part: impl FnOnce(&mut Step<'a>, &mut Vec<Outgoing>) -> Result<bool, Stop>,
    ) -> Result<(), Stop> {
        let mut outgoing = Vec::new();
        match step.attempt(|step| part(step, &mut outgoing))? {
            Ok(more) => {
                self.outgoing.extend(outgoing);
                self.more |= more;
            }
            // what waits for room comes when there is some
            Err(Error::OutboxFull) => {}
            Err(error) => drop(self.failed.get_or_insert(error)),
        }
        Ok(())
    }
}
