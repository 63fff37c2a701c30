//! The parts of the program; each is measured in processes of its own.

use std::str::FromStr;

/// One part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// 1:1 sessions.
    Pairs,
    /// Messages to a group.
    Groups,
    /// New keys for 200.
    Rotate200,
    /// New keys for 1,000.
    Rotate1000,
    /// What ours is made of.
    Pieces,
    /// Cost against size.
    Sizes,
    /// Messages sent through SQLite.
    Durable,
    /// Libraries that could be the faster backend.
    Candidates,
}

impl Part {
    pub const ALL: [Self; 8] = [
        Self::Pairs,
        Self::Groups,
        Self::Rotate200,
        Self::Rotate1000,
        Self::Pieces,
        Self::Sizes,
        Self::Durable,
        Self::Candidates,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Pairs => "pairs",
            Self::Groups => "groups",
            Self::Rotate200 => "200",
            Self::Rotate1000 => "1000",
            Self::Pieces => "pieces",
            Self::Sizes => "sizes",
            Self::Durable => "durable",
            Self::Candidates => "candidates",
        }
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|part| part.name() == name)
            .ok_or_else(|| format!("{name} is none of the parts: {}", Self::ALL.map(Self::name).join(", ")))
    }
}
