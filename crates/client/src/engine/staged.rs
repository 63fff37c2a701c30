//! A step that was computed and is not durable yet.

use core::fmt;

use super::Lasting;
use crate::store::{Changes, RecordKey};

/// How far an operation has come.
#[derive(Debug)]
pub enum Progress<T> {
    /// These records have to be loaded first; then it is to be run again on all that were loaded.
    Needs(Vec<RecordKey>),
    /// It is ready to be committed.
    Staged(Staged<T>),
}

/// The changes of an operation, and what comes out of it once they are durable. Dropping it is a rollback: no
/// ciphertext has left, and nobody has seen a plaintext.
#[must_use = "what is not committed has not happened"]
pub struct Staged<T> {
    pub(super) changes: Changes,
    pub(super) output: T,
    pub(super) lasting: Lasting,
}

impl<T> Staged<T> {
    pub(super) fn new((changes, lasting): (Changes, Lasting), output: T) -> Self {
        Self { changes, output, lasting }
    }

    /// Parts the changes from what they let out, for an application that commits them in its own way.
    pub fn into_parts(self) -> (Changes, Unreleased<T>) {
        (self.changes, Unreleased(self.output))
    }

    /// As [`Staged::into_parts`], with what to remember once they are committed.
    pub(crate) fn into_parts_to_remember(self) -> (Changes, Unreleased<T>, Lasting) {
        (self.changes, Unreleased(self.output), self.lasting)
    }
}

impl<T> fmt::Debug for Staged<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { changes, output: _, lasting: _ } = self;
        f.debug_struct("Staged").field("changes", changes).finish_non_exhaustive()
    }
}

/// What comes out of an operation, while its changes are not durable.
#[must_use = "the changes were made for this"]
pub struct Unreleased<T>(T);

impl<T> Unreleased<T> {
    /// To be called when the changes have been applied, and not otherwise: sent or shown before, a message may be
    /// lost or its key used twice.
    // spec: CLIENT-3, AGREE-23
    pub fn release_after_commit(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Unreleased<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("Unreleased([redacted])")
    }
}
