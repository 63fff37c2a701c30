//! The names of those that are compared.

pub const OURS: &str = "ours";
pub const VODOZEMAC: &str = "vodozemac";
pub const WACORE: &str = "wacore-libsignal";
pub const MEGOLM: &str = "vodozemac, Megolm";
pub const SENDER_KEYS: &str = "wacore-libsignal, sender keys";
pub const OPENMLS: &str = "OpenMLS, RustCrypto";
pub const MLS_RS: &str = "mls-rs, RustCrypto";
pub const MLS_RS_AWS_LC: &str = "mls-rs, aws-lc";
pub const BARE_SQLITE: &str = "bare SQLite";
