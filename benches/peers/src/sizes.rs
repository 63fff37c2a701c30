//! Cost against size: of a message, of a group, of what was skipped.

mod members;
mod messages;
mod skipping;

/// Measures all of it.
pub fn run() {
    messages::run();
    members::run();
    skipping::run();
}
