//! Scenarios of sessions, groups and rosters, a module for each subject. One program, since each is linked with everything.

mod ahead;
mod clones;
mod epochs;
#[cfg(feature = "clients")]
mod groups;
mod limits;
mod linking;
mod nonces;
mod orders;
mod quantum;
mod randomness;
mod records;
mod refusals;
mod regressions;
mod resumption;
mod roster;
mod schedules;
mod secrecy;
mod sender_keys;
