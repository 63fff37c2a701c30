//! What the other side sends in a comparison.

use entrenous_identity::sas::{Sas, SasError};
use entrenous_wire::sas::{SasMessage, SasStep};

use crate::{
    Address, Error, Event,
    engine::{Step, Stop},
    event::ShortStringEnd,
    record::{Invited, ShortStringRun, ShortStrings},
};

impl Step<'_> {
    /// Goes on with the comparison that a message belongs to, or tells that somebody asks for one. What is late, or
    /// has crossed ours, is set aside.
    pub(crate) fn take_short_string(&mut self, from: &Address, content: &[u8]) -> Result<(), Stop> {
        let me = self.device.account;
        let message = SasMessage::parse(content).ok().filter(|_| from.account != me);
        let Some(message) = message else { return self.tell(Event::Unsupported { from: *from }) };
        let mut all = self.short_strings()?;
        // spec: IDENTITY-75
        let next = |run: &mut ShortStringRun| run.with == *from && run.state.expects(&message);
        if let Some(run) = all.run.take_if(next) {
            self.go_on(&mut all, run, &message)?;
        } else if self.may_begin(from, &message) && !is_with(&all, from) {
            let invited = Invited { with: *from, first: message, came: self.now };
            if all.invite(invited) {
                self.tell(Event::ShortStringAsked { with: *from })?;
            }
        }
        self.put(crate::engine::Name::ShortStrings, &all);
        Ok(())
    }

    /// Whether the sender of `message` may begin with it: who commits is fixed by the ids.
    // spec: IDENTITY-71
    fn may_begin(&self, from: &Address, message: &SasMessage) -> bool {
        match self.device.account < from.account {
            true => message.step == SasStep::Ask,
            false => message.step == SasStep::Commit,
        }
    }

    fn go_on(
        &mut self,
        all: &mut ShortStrings,
        run: ShortStringRun,
        message: &SasMessage,
    ) -> Result<(), Stop> {
        let ShortStringRun { with, mut session, state, opened, began } = run;
        let next = match state {
            // both have begun at the same time, and each in the session that it has begun itself
            Sas::Asked(_) => match self.join_in_any(&with, message) {
                Ok(Some((chosen, next, reply))) => {
                    session = chosen;
                    Ok((next, Some(reply)))
                }
                Ok(None) | Err(Stop::Failed(Error::NoSession)) => Err(SasError::DifferentView),
                Err(error) => return Err(error),
            },
            // spec: IDENTITY-77
            Sas::Committed(_) if opened != self.opened.name || !self.opened.may_reveal(message) => {
                return self.tell(Event::ShortStringEnded { with, why: ShortStringEnd::Interrupted });
            }
            Sas::Committed(state) => {
                state.receive(message).map(|(next, reply)| (Sas::Comparing(next), Some(reply)))
            }
            Sas::Answered(state) => state.receive(message).map(|next| (Sas::Comparing(next), None)),
            Sas::Comparing(_) => Err(SasError::Unexpected),
        };
        match next {
            Ok((state, reply)) => {
                // the answered side was counted when it answered
                if reply.is_some() {
                    self.count_try(all, &with, &state)?;
                }
                if matches!(state, Sas::Comparing(_)) {
                    self.tell(Event::ShortStringReady { with })?;
                }
                all.run = Some(ShortStringRun { with, session, state, opened, began });
                reply.iter().try_for_each(|reply| self.send_short_string(&with, reply))
            }
            Err(SasError::DifferentView) => {
                self.tell(Event::ShortStringEnded { with, why: ShortStringEnd::DifferentView })
            }
            Err(SasError::WrongReveal) => {
                self.tell(Event::ShortStringEnded { with, why: ShortStringEnd::WrongReveal })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether the user takes part in a comparison with that account already.
fn is_with(all: &ShortStrings, from: &Address) -> bool {
    all.run.as_ref().is_some_and(|run| run.with.account == from.account)
}
