//! What a key is for, as a type.

/// A purpose that a key serves. The implementing type is a marker and has no values at run time;
/// keys of different roles are different types, so that one can't stand in for another.
///
/// ```
/// use entrenous_primitives::{role::Role, secret::Key};
///
/// #[derive(Debug)]
/// enum Chain {}
/// impl Role for Chain {
///     const NAME: &'static str = "chain";
/// }
/// let key = Key::<Chain>::from_bytes(&[7; 32]);
/// assert_eq!(format!("{key:?}"), "Key<chain>([redacted])");
/// ```
pub trait Role: 'static {
    /// The purpose in a word, shown by `Debug` where the key itself is not.
    const NAME: &'static str;
}
