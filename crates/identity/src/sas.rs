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
//! Each transition consumes its state, and every error ends the run: one try. A message that isn't the next of
//! this run is recognized before by `expects`, and left aside. What the string is worth: docs/spec/identity.md.

mod record;

use entrenous_primitives::{
    hash::sha256,
    random::{RandomError, draw},
    secret::SecretBytes,
};
use entrenous_wire::{
    Malformed, label,
    sas::{RUN_LEN, SasMessage, SasStep},
};
use rand_core::TryCryptoRng;
use thiserror::Error;

pub use record::Sas;

use crate::{DeviceList, ShortString, Transcript};

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

/// Whose account id is the lower: he commits, the other answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Lower,
    Higher,
}

/// What one side believes: both account keys, both device lists, and the session. Both sides' are the same
/// exactly if nobody stands between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    hash: [u8; 32],
    side: Side,
}

impl View {
    /// What we believe, over the session with transcript hash T.
    ///
    /// # Errors
    /// [`SasError::OneAccount`].
    pub fn new(own: &DeviceList, peer: &DeviceList, transcript: &Transcript) -> Result<Self, SasError> {
        let (side, [lower, higher]) = match own.account_id().cmp(&peer.account_id()) {
            core::cmp::Ordering::Less => (Side::Lower, [own, peer]),
            core::cmp::Ordering::Greater => (Side::Higher, [peer, own]),
            core::cmp::Ordering::Equal => return Err(SasError::OneAccount),
        };
        let [lower_key, higher_key] = [lower, higher].map(|list| list.account_key().as_bytes());
        let hash = view_hash([lower_key, higher_key, lower.hash(), higher.hash(), &transcript.0]);
        Ok(Self { hash, side })
    }

    /// Begins: commits when our id is the lower, and asks the other to commit when it is not. The message is to
    /// be sent once the state is stored.
    ///
    /// # Errors
    /// [`SasError::Random`].
    pub fn begin(self, rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<(Sas, SasMessage), SasError> {
        match self.side {
            Side::Lower => {
                let (state, message) = self.commit(rng)?;
                Ok((Sas::Committed(state), message))
            }
            Side::Higher => {
                let ask = self.message(SasStep::Ask, [0; RUN_LEN], [0; 32]);
                Ok((Sas::Asked(Asked { view: self }), ask))
            }
        }
    }

    /// Joins what the other side began with `first`, once the user has agreed to compare.
    ///
    /// # Errors
    /// [`SasError::DifferentView`], [`SasError::Unexpected`] for a message that begins nothing,
    /// [`SasError::Random`].
    pub fn join(
        self,
        first: &SasMessage,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<(Sas, SasMessage), SasError> {
        // spec: IDENTITY-71
        match (self.side, first.step) {
            (Side::Lower, SasStep::Ask) => {
                self.check(first)?;
                let (state, message) = self.commit(rng)?;
                Ok((Sas::Committed(state), message))
            }
            (Side::Higher, SasStep::Commit) => {
                let (state, message) = Asked { view: self }.receive(first, rng)?;
                Ok((Sas::Answered(state), message))
            }
            _ => Err(SasError::Unexpected),
        }
    }

    fn commit(self, rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<(Committed, SasMessage), RandomError> {
        let run = *draw(rng)?.as_bytes();
        let nonce = draw(rng)?;
        // spec: IDENTITY-72
        let message = self.message(SasStep::Commit, run, self.commitment(&run, &nonce));
        Ok((Committed { view: self, run, nonce }, message))
    }

    fn commitment(&self, run: &[u8; RUN_LEN], nonce: &SecretBytes<32>) -> [u8; 32] {
        sha256(&[label::SAS_COMMITMENT, &self.hash, run, nonce.as_bytes()])
    }

    /// The transcript hash of a run.
    fn transcript(&self, run: &[u8; RUN_LEN], lower: &[u8; 32], higher: &[u8; 32]) -> SecretBytes<32> {
        // spec: IDENTITY-74
        SecretBytes::from_bytes(&sha256(&[label::SAS_TRANSCRIPT, &self.hash, run, lower, higher]))
    }

    fn message(&self, step: SasStep, run: [u8; RUN_LEN], value: [u8; 32]) -> SasMessage {
        SasMessage { step, view: self.hash, run, value }
    }

    fn check(&self, message: &SasMessage) -> Result<(), SasError> {
        // spec: IDENTITY-71
        if message.view == self.hash { Ok(()) } else { Err(SasError::DifferentView) }
    }
}

/// H(label ‖ lower account key ‖ higher account key ‖ lower's list hash ‖ higher's list hash ‖ T)
fn view_hash(parts: [&[u8; 32]; 5]) -> [u8; 32] {
    // spec: IDENTITY-70
    let [lower_key, higher_key, lower_list, higher_list, transcript] = parts;
    sha256(&[label::SAS_VIEW, lower_key, higher_key, lower_list, higher_list, transcript])
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
