//! The bars that we hold ourselves to: ratios to the best peer of the same run, whatever its cryptography is.

/// One bar.
#[derive(Clone, Copy)]
pub struct Bar {
    /// How it is written.
    pub text: &'static str,
    /// The least ratio; none where the bar is set by peers that are not here.
    least: Option<f64>,
}

const fn at_least(text: &'static str, least: f64) -> Option<Bar> {
    Some(Bar { text, least: Some(least) })
}

pub const ENCRYPT: Option<Bar> = Some(Bar { text: "level with the fastest sender-key peer", least: None });
pub const DECRYPT: Option<Bar> = at_least("0.85 of the fastest", 0.85);
pub const BACKLOG: Option<Bar> = at_least("2 times the fastest", 2.0);
pub const ROTATE_200: Option<Bar> = at_least("1.5 times the fastest", 1.5);
pub const ROTATE_1000_SENDER: Option<Bar> = at_least("4 times an MLS commit", 4.0);
pub const ROTATE_1000_RECEIVER: Option<Bar> = at_least("300 times an MLS commit", 300.0);

impl Bar {
    /// Whether `ratio` holds it.
    pub fn verdict(self, ratio: Option<f64>) -> &'static str {
        match (self.least, ratio) {
            (Some(least), Some(ratio)) if ratio >= least => "held",
            (Some(_), Some(_)) => "not held",
            _ => "not judged",
        }
    }
}
