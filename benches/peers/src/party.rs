//! What each of the parties does that are compared.

/// A sender and a receiver in one group.
pub trait Messages {
    /// What has to be before more messages; never timed.
    fn begin(&mut self) {}

    /// The sender seals `content`.
    fn seal(&mut self, content: &[u8]) -> Vec<u8>;

    /// The receiver opens a message.
    fn open(&mut self, message: &[u8]) -> Vec<u8>;

    /// The receiver opens what has piled up.
    fn open_all(&mut self, messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
        messages.iter().map(|message| self.open(message)).collect()
    }
}

/// What a new key for the whole group costs.
#[derive(Clone, Copy)]
pub struct Cost {
    /// Nanoseconds of the sender.
    pub sender: f64,
    /// Nanoseconds of each receiver.
    pub receiver: f64,
    /// Bytes that the sender uploads.
    pub sender_up: f64,
    /// Bytes that each receiver downloads.
    pub receiver_down: f64,
    /// Bytes in all that members upload and download.
    pub in_all: f64,
}

/// A group of many, in which one member makes new keys again and again.
pub trait Rotation {
    /// One new key, checked to be the same for sender and receivers.
    fn rotate(&mut self) -> Cost;
}
