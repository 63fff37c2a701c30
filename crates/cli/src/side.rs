//! The two who write to each other.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Begins the session.
    Alice,
    /// Is written to, and answers.
    Bob,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Alice => Self::Bob,
            Self::Bob => Self::Alice,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Alice => "Alice",
            Self::Bob => "Bob",
        })
    }
}

/// Something that each of the two has.
#[derive(Debug, Default)]
pub(crate) struct Pair<T> {
    pub(crate) alice: T,
    pub(crate) bob: T,
}

impl<T> Pair<T> {
    pub(crate) fn of(&mut self, side: Side) -> &mut T {
        match side {
            Side::Alice => &mut self.alice,
            Side::Bob => &mut self.bob,
        }
    }
}
