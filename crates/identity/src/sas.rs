//! Comparing a short string with somebody, over the session that the two already have: commit, answer, reveal.
//!
//! ```text
//! lower account id                         higher account id
//!                    <-- ask --            View::begin -> Asked            (only if the higher one begins)
//! View::begin/join
//! Committed          -- commit -->         Answered
//!                    <-- answer --
//! Comparing          -- reveal -->         Comparing
//! ```
//!
//! Each transition consumes its state, and every error ends the run: one try. The next state is stored before its
//! message leaves, so that no state answers twice. A message that isn't the next of
//! this run is recognized before by `expects`, and left aside. What the string is worth: docs/spec/identity.md.

mod record;
mod view;

use entrenous_primitives::{
    random::{RandomError, draw},
    secret::SecretBytes,
};
use entrenous_wire::{
    Malformed,
    sas::{RUN_LEN, SasMessage, SasStep},
};
use rand_core::TryCryptoRng;
use thiserror::Error;

pub use record::Sas;
pub use view::View;

use crate::ShortString;

/// Why a comparison ended, or could not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SasError {
    /// A stored state is not in its form.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Both lists are of one account: there is nobody to compare with.
    #[error("both lists are of one account")]
    OneAccount,
    /// The two sides hold other keys, lists or sessions. Between honest people one has an older list; else
    /// somebody stands between.
    #[error("the other side has another view of the two accounts")]
    DifferentView,
    /// Not the message that comes next in this run.
    #[error("not the next message of this run")]
    Unexpected,
    /// The revealed nonce is not the one that was committed to: the other side cheats.
    #[error("the revealed nonce is not the one committed to")]
    WrongReveal,
}

/// The higher side has asked the lower one to commit.
#[derive(Debug)]
pub struct Asked {
    view: View,
}

impl Asked {
    /// Whether `message` is what comes next.
    pub fn expects(&self, message: &SasMessage) -> bool {
        message.step == SasStep::Commit
    }

    /// Takes the commitment and answers with a nonce.
    ///
    /// # Errors
    /// [`SasError::Unexpected`], [`SasError::DifferentView`], [`SasError::Random`].
    pub fn receive(
        self,
        commit: &SasMessage,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<(Answered, SasMessage), SasError> {
        if !self.expects(commit) {
            return Err(SasError::Unexpected);
        }
        self.view.check(commit)?;
        let nonce = draw(rng)?;
        let message = self.view.message(SasStep::Answer, commit.run, *nonce.as_bytes());
        Ok((Answered { view: self.view, run: commit.run, nonce, commitment: commit.value }, message))
    }
}

/// The lower side has committed to its nonce.
#[derive(Debug)]
pub struct Committed {
    view: View,
    run: [u8; RUN_LEN],
    nonce: SecretBytes<32>,
}

impl Committed {
    /// Whether `message` is what comes next in this run.
    pub fn expects(&self, message: &SasMessage) -> bool {
        message.step == SasStep::Answer && message.run == self.run
    }

    /// Takes the other's nonce and reveals the own. From here on the run counts as a try.
    ///
    /// # Errors
    /// [`SasError::Unexpected`], [`SasError::DifferentView`].
    pub fn receive(self, answer: &SasMessage) -> Result<(Comparing, SasMessage), SasError> {
        if !self.expects(answer) {
            return Err(SasError::Unexpected);
        }
        self.view.check(answer)?;
        let reveal = self.view.message(SasStep::Reveal, self.run, *self.nonce.as_bytes());
        let transcript = self.view.transcript(&self.run, self.nonce.as_bytes(), &answer.value);
        Ok((Comparing { view: self.view, transcript }, reveal))
    }
}

/// The higher side has answered. From here on the run counts as a try.
#[derive(Debug)]
pub struct Answered {
    view: View,
    run: [u8; RUN_LEN],
    nonce: SecretBytes<32>,
    commitment: [u8; 32],
}

impl Answered {
    /// Whether `message` is what comes next in this run.
    pub fn expects(&self, message: &SasMessage) -> bool {
        message.step == SasStep::Reveal && message.run == self.run
    }

    /// Takes the nonce that was committed to.
    ///
    /// # Errors
    /// [`SasError::Unexpected`], [`SasError::DifferentView`], [`SasError::WrongReveal`].
    pub fn receive(self, reveal: &SasMessage) -> Result<Comparing, SasError> {
        if !self.expects(reveal) {
            return Err(SasError::Unexpected);
        }
        self.view.check(reveal)?;
        // spec: IDENTITY-73
        let opened = self.view.commitment(&self.run, &SecretBytes::from_bytes(&reveal.value));
        if opened != self.commitment {
            return Err(SasError::WrongReveal);
        }
        let transcript = self.view.transcript(&self.run, &reveal.value, self.nonce.as_bytes());
        Ok(Comparing { view: self.view, transcript })
    }
}

/// Both sides have both nonces: the users compare.
#[derive(Debug)]
pub struct Comparing {
    view: View,
    transcript: SecretBytes<32>,
}

/// What the user said of the two strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// They are the same: the other account is verified.
    Same,
    /// They differ: to be told, and kept, as an event. Somebody may stand between.
    Different,
}

impl Comparing {
    /// What to show.
    pub fn short_string(&self) -> ShortString {
        ShortString::of(self.transcript.as_bytes())
    }

    /// What was compared. A verdict counts for it alone: not for lists or sessions that came since.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Ends the run with what the user saw.
    pub fn decide(self, same: bool) -> Verdict {
        if same { Verdict::Same } else { Verdict::Different }
    }
}

#[cfg(test)]
mod tests;
