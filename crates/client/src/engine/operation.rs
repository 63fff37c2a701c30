//! What a client can do.

use entrenous_group::GroupId;
use entrenous_identity::AccountId;

use super::{Step, Stop};
use crate::Address;

/// Something that a client does in one commit: [`Send`](crate::operation::Send),
/// [`Receive`](crate::operation::Receive) and the others in [`operation`](crate::operation). It may be run several
/// times until it is committed, and has then happened once.
pub trait Operation: sealed::Run {}

/// What an operation has to do with: the records that it read the last time are loaded at once the next time, in the
/// place of one after the other. It may be wrong, and is then of no use and of no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Habit {
    /// Sending to an account.
    SendTo(AccountId),
    /// Sending to a group.
    SendToGroup(GroupId),
    /// Receiving from a device.
    ReceiveFrom(Address),
}

pub(crate) mod sealed {
    use super::{Habit, Step, Stop};

    /// What only this crate can write.
    pub trait Run {
        /// What comes out, once it is committed.
        type Output;

        /// Which operations read the same records, as far as one can tell beforehand.
        #[doc(hidden)]
        fn habit(&self) -> Option<Habit> {
            None
        }

        /// Computes it. Draws and reads as it likes, and changes nothing but `step`.
        #[doc(hidden)]
        #[allow(private_interfaces, reason = "the trait is sealed: nobody else writes or calls this")]
        fn run(&self, step: &mut Step<'_>) -> Result<Self::Output, Stop>;
    }
}

impl<T: sealed::Run> Operation for T {}
