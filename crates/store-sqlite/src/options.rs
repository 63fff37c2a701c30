//! What an application may choose.

use core::time::Duration;

/// How a store is opened. The default is right for most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long an operation waits for another handle's lock before it is [`Error::Busy`](crate::Error::Busy).
    /// 5 seconds: longer than any commit takes, shorter than a user waits. At most an hour.
    pub busy: Duration,
    /// The most bytes that the main file may take; none: whatever the disk holds. A commit that would need more
    /// is [`Error::Full`](crate::Error::Full). Beside it there is the log, of about
    /// [`MAX_LOG`](crate::MAX_LOG).
    pub max_bytes: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { busy: Duration::from_secs(5), max_bytes: None }
    }
}

/// The longest wait: SQLite counts milliseconds in 31 bits.
const AN_HOUR: Duration = Duration::from_secs(3600);

impl Options {
    /// How long to wait.
    pub(crate) fn wait(&self) -> Duration {
        self.busy.min(AN_HOUR)
    }
}
