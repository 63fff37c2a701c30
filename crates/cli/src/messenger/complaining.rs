//! What is said on standard error while a command goes on.

use super::{Trouble, sending::Dispatched};
use crate::complain;

/// What was said last: what goes on is not said again.
#[derive(Debug, Default)]
pub(crate) struct Complaints(Vec<String>);

impl Complaints {
    /// Says what was not said the last time.
    pub(crate) fn say(&mut self, troubles: impl IntoIterator<Item = Trouble>) {
        let mut said = Vec::new();
        for words in troubles.into_iter().map(|trouble| trouble.to_string()) {
            if said.contains(&words) {
                continue;
            }
            if !self.0.contains(&words) {
                complain(&words);
            }
            said.push(words);
        }
        self.0 = said;
    }
}

/// Says why messages wait, or were not sent.
pub(crate) fn complain_of(done: &Dispatched) {
    for (_, error) in &done.failed {
        complain(&format!("a message was not sent: {}", Trouble::from(error.clone())));
    }
    for (_, error) in &done.delayed {
        complain(&format!("a message waits to be sent: {}", Trouble::from(error.clone())));
    }
}
