//! What Alice and Bob say to each other.

use crate::side::Side::{self, Alice, Bob};

/// Who speaks, and the lines of one turn. Each turn but the shortest has room for a line to overtake another.
pub(super) const CONVERSATION: &[(Side, &[&str])] = &[
    (
        Alice,
        &["Can we talk here? I mean: really between us, entre nous?", "Somebody is playing with the line."],
    ),
    (Bob, &["Let them play.", "They see that we write, and when. What we write they don't.", "ok?"]),
    (Alice, &["ok", "Then: Thursday at nine, the bench by the river. Bring the lamp and the old map."]),
    (Bob, &["I'll be there.", "What if somebody steals my phone tonight?"]),
    (
        Alice,
        &[
            "What you have read and deleted stays secret: old keys are gone.",
            "And after our next exchange they are locked out again.",
        ],
    ),
    (Bob, &["Good. Thursday, then.", "À jeudi !"]),
];
