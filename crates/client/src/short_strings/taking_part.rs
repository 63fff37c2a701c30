//! What the user does in a comparison: begins it, joins it, ends it.

use entrenous_identity::{
    AccountId, HandshakeHash, Transcript,
    sas::{Comparing, Sas, SasError, View},
};
use entrenous_wire::{proto::Control, sas::SasMessage};

use super::ShownString;
use crate::{
    Address, Compared, Error, Event, Proof,
    engine::{Name, Step, Stop, sealed::Run},
    event::ShortStringEnd,
    record::{Lists, Pair, ShortStringRun, ShortStrings},
};

/// Asks a device to compare a short string.
///
/// # Errors
/// [`Error::NoSession`] when there is no session with it; [`Error::ApiMisuse`] for an own device.
#[derive(Clone, Copy, Debug)]
pub struct BeginShortString {
    /// The device that the other side's user has at hand.
    pub with: Address,
}

impl Run for BeginShortString {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let with = self.with;
        let mut all = step.begin(&with)?;
        let pair: Pair = step.get_unless_damaged(Name::Pair(with))?.unwrap_or_default();
        let entry = pair.active().ok_or(Error::NoSession)?;
        let (state, first) = step.view(&with, &entry.transcript)?.begin(&mut step.rng)?;
        step.enter_run(&mut all, &with, entry.hash, state)?;
        step.put(Name::ShortStrings, &all);
        step.send_short_string(&with, &first)
    }
}

/// Agrees to compare a short string.
///
/// # Errors
/// [`Error::NotComparing`] when the device has not asked, or longer ago than ten minutes.
#[derive(Clone, Copy, Debug)]
pub struct JoinShortString {
    /// The device that has asked.
    pub with: Address,
}

impl Run for JoinShortString {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let with = self.with;
        let mut all = step.begin(&with)?;
        let asked = all.invited.iter().position(|invited| invited.with == with);
        let first = all.invited.remove(asked.ok_or(Error::NotComparing)?).first;
        if let Some((session, state, reply)) = step.join_in_any(&with, &first)? {
            step.enter_run(&mut all, &with, session, state)?;
            step.put(Name::ShortStrings, &all);
            return step.send_short_string(&with, &reply);
        }
        step.put(Name::ShortStrings, &all);
        step.tell(Event::ShortStringEnded { with, why: ShortStringEnd::DifferentView })
    }
}

/// What the user has found of the two strings.
///
/// # Errors
/// [`Error::NotComparing`] when it is not what is being compared any more.
#[derive(Clone, Copy, Debug)]
pub struct DecideShortString<'a> {
    /// What was shown.
    pub shown: &'a ShownString,
    /// Whether it was the same on both sides.
    pub same: bool,
}

impl Run for DecideShortString<'_> {
    type Output = Compared;

    fn run(&self, step: &mut Step<'_>) -> Result<Compared, Stop> {
        let ShownString { with, string } = self.shown;
        step.want([Name::Pair(*with), Name::Lists(with.account), Name::Lists(step.device.account)])?;
        let mut all = step.short_strings()?;
        let is_shown = |run: &ShortStringRun| {
            run.with == *with
                && matches!(&run.state, Sas::Comparing(state) if state.short_string() == *string)
        };
        let Some(ShortStringRun { session, state: Sas::Comparing(state), .. }) =
            all.run.take_if(|run| is_shown(run))
        else {
            return Err(Error::NotComparing.into());
        };
        let pair: Pair = step.get_unless_damaged(Name::Pair(*with))?.unwrap_or_default();
        let current = pair.session(&session).map(|entry| step.view(with, &entry.transcript)).transpose()?;
        let outdated = current.is_none_or(|view| view != *state.view());
        let compared = match (self.same, outdated) {
            // spec: IDENTITY-76
            (true, true) => Compared::Outdated,
            (same, _) => step.verdict(state, with, same)?,
        };
        if compared == Compared::Same {
            all.succeeded(&with.account);
        }
        step.put(Name::ShortStrings, &all);
        Ok(compared)
    }
}

/// Ends the comparison with an account, or declines it.
#[derive(Clone, Copy, Debug)]
pub struct CancelShortString {
    /// The other account.
    pub account: AccountId,
}

impl Run for CancelShortString {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let mut all = step.short_strings()?;
        all.run.take_if(|run| run.with.account == self.account);
        all.invited.retain(|invited| invited.with.account != self.account);
        step.put(Name::ShortStrings, &all);
        Ok(())
    }
}

impl Step<'_> {
    /// The comparisons without the one that goes on: a new one ends it.
    fn begin(&mut self, with: &Address) -> Result<ShortStrings, Stop> {
        let lists = [Name::Lists(with.account), Name::Lists(self.device.account)];
        self.want(lists.into_iter().chain([Name::Pair(*with), Name::Outbox]))?;
        let mut all = self.short_strings()?;
        all.run = None;
        Ok(all)
    }

    /// What we believe of the two accounts and a session with `with`.
    fn view(&mut self, with: &Address, transcript: &Transcript) -> Result<View, Stop> {
        let Lists(own) = self.expect(Name::Lists(self.device.account))?;
        let Lists(theirs) = self.get_unless_damaged(Name::Lists(with.account))?.ok_or(Error::NoSession)?;
        Ok(View::new(own.in_force(), theirs.in_force(), transcript)?)
    }

    /// Joins what `with` began, in the one of the sessions with it that it has chosen; none if it is none of them.
    // spec: IDENTITY-71
    pub(super) fn join_in_any(
        &mut self,
        with: &Address,
        first: &SasMessage,
    ) -> Result<Option<(HandshakeHash, Sas, SasMessage)>, Stop> {
        let pair: Pair = self.get_unless_damaged(Name::Pair(*with))?.unwrap_or_default();
        for entry in &pair.sessions {
            match self.view(with, &entry.transcript)?.join(first, &mut self.rng) {
                Ok((state, reply)) => return Ok(Some((entry.hash, state, reply))),
                Err(SasError::DifferentView) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    fn enter_run(
        &mut self,
        all: &mut ShortStrings,
        with: &Address,
        session: HandshakeHash,
        state: Sas,
    ) -> Result<(), Stop> {
        self.count_try(all, with, &state)?;
        let (opened, began) = (self.opened.name, self.now);
        all.run = Some(ShortStringRun { with: *with, session, state, opened, began });
        Ok(())
    }

    /// Who has answered or revealed can be searched against: from there on it is a try.
    // spec: IDENTITY-76
    pub(super) fn count_try(
        &mut self,
        all: &mut ShortStrings,
        with: &Address,
        state: &Sas,
    ) -> Result<(), Stop> {
        if matches!(state, Sas::Answered(_) | Sas::Comparing(_)) && all.count(with.account, self.now) {
            self.tell(Event::ManyShortStrings { account: with.account })?;
        }
        Ok(())
    }

    pub(super) fn send_short_string(&mut self, to: &Address, message: &SasMessage) -> Result<(), Stop> {
        let control = Control { short_string: message.encode(), ..Control::default() };
        self.send_control(to, &control)?.ok_or(Error::NoSession)?;
        Ok(())
    }

    fn verdict(&mut self, state: Comparing, with: &Address, same: bool) -> Result<Compared, Stop> {
        use entrenous_identity::sas::Verdict;
        self.conclude(&with.account, Proof::ShortString, state.decide(same) == Verdict::Same)
    }
}

impl From<SasError> for Error {
    fn from(error: SasError) -> Self {
        match error {
            SasError::Malformed(malformed) => Self::Malformed(malformed),
            SasError::Random(random) => Self::Random(random),
            SasError::OneAccount => Self::ApiMisuse("comparing with the own account"),
            _ => Self::NotComparing,
        }
    }
}
