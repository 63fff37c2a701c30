//! What a client can do.

use super::{Step, Stop};

/// Something that a client does in one commit: [`Send`](crate::operation::Send),
/// [`Receive`](crate::operation::Receive) and the others in [`operation`](crate::operation). It may be run several
/// times until it is committed, and has then happened once.
pub trait Operation: sealed::Run {}

pub(crate) mod sealed {
    use super::{Step, Stop};

    /// What only this crate can write.
    pub trait Run {
        /// What comes out, once it is committed.
        type Output;

        /// Computes it. Draws and reads as it likes, and changes nothing but `step`.
        #[doc(hidden)]
        #[allow(private_interfaces, reason = "the trait is sealed: nobody else writes or calls this")]
        fn run(&self, step: &mut Step<'_>) -> Result<Self::Output, Stop>;
    }
}

impl<T: sealed::Run> Operation for T {}
