//! The beginning of a session.

/// Two who have no session yet, the bundle of one of them fetched by the other.
pub trait SetUp {
    /// What has to be before another session; never timed.
    fn begin(&mut self) {}

    /// From the bundle's bytes to the first ciphertext.
    fn initiate(&mut self, content: &[u8]) -> Vec<u8>;

    /// From the first ciphertext to its plaintext.
    fn respond(&mut self, first: &[u8]) -> Vec<u8>;
}
