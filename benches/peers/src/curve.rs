//! Costs that are measured against a size, one plot each.

use std::str::FromStr;

use crate::unit::Unit;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    Encrypt,
    Decrypt,
    GroupEncrypt,
    NewKeySender,
    NewKeyReceiver,
    Ahead,
    Late,
    Store,
    StoreOpened,
}

impl Curve {
    pub const ALL: [Self; 9] = [
        Self::Encrypt,
        Self::Decrypt,
        Self::GroupEncrypt,
        Self::NewKeySender,
        Self::NewKeyReceiver,
        Self::Ahead,
        Self::Late,
        Self::Store,
        Self::StoreOpened,
    ];

    /// Name of its file, and in a line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::GroupEncrypt => "group-encrypt",
            Self::NewKeySender => "new-key-sender",
            Self::NewKeyReceiver => "new-key-receiver",
            Self::Ahead => "ahead",
            Self::Late => "late",
            Self::Store => "store",
            Self::StoreOpened => "store-opened",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Encrypt => "1:1 encrypt",
            Self::Decrypt => "1:1 decrypt",
            Self::GroupEncrypt => "group encrypt, 32 B",
            Self::NewKeySender => "new key for all: sender",
            Self::NewKeyReceiver => "new key for all: each receiver",
            Self::Ahead => "decrypt, that many skipped before it",
            Self::Late => "decrypt the last that was skipped, of that many",
            Self::Store => "one message, durable, with that many sessions in the store",
            Self::StoreOpened => "a store is opened, and one message sent",
        }
    }

    /// What the horizontal axis counts.
    pub fn axis(self) -> &'static str {
        match self {
            Self::Encrypt | Self::Decrypt => "bytes of content",
            Self::GroupEncrypt | Self::NewKeySender | Self::NewKeyReceiver => "members",
            Self::Ahead | Self::Late => "messages skipped",
            Self::Store | Self::StoreOpened => "sessions",
        }
    }

    /// A place on the horizontal axis.
    pub fn at(self, x: f64) -> String {
        match self {
            Self::Encrypt | Self::Decrypt => size(x),
            _ => format!("{x}"),
        }
    }

    /// What the vertical axis counts.
    pub fn unit(self) -> Unit {
        Unit::Nanoseconds
    }
}

/// A length as programmers write it.
pub fn size(bytes: f64) -> String {
    match bytes {
        _ if bytes >= 1_048_576.0 => format!("{} MiB", bytes / 1_048_576.0),
        _ if bytes >= 1024.0 => format!("{} KiB", bytes / 1024.0),
        _ => format!("{bytes} B"),
    }
}

impl FromStr for Curve {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|curve| curve.name() == name).ok_or_else(|| format!("no curve: {name}"))
    }
}
