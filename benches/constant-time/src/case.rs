//! What is measured.

use crate::inputs::Inputs;

/// One operation on secrets.
pub struct Case {
    pub name: &'static str,
    /// What of the secrets the operation decides on by design. Memcheck must meet exactly these.
    pub decisions: &'static [Decision],
    /// Runs that are timed; none where there are no two classes that should take the same time.
    pub timed: usize,
    pub prepare: Prepare,
}

/// A name in `public.supp`, and how often memcheck may meet it in the two runs of a case: one more would be a branch that has
/// hidden in the same function.
pub struct Decision(pub &'static str, pub usize);

/// A leak that each method must find, or it would find no other.
pub struct Control {
    pub name: &'static str,
    /// None where only memcheck can.
    pub timed: usize,
    pub prepare: Prepare,
}

/// Draws the inputs, and gives what is measured.
pub type Prepare = fn(&mut Inputs<'_>) -> Run;

/// What is measured: called once.
pub type Run = Box<dyn Fn()>;
