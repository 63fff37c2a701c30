//! What holds a conversation up that only time mends: a new session is needed, and can't be begun yet.

use entrenous::{AccountId, DeviceId};

use super::{Account, Said, Trouble};
use crate::{
    terminal::Tone,
    text::{counted, len_of},
};

/// A contact to some of whose devices nothing goes for now.
#[derive(Debug)]
pub(crate) struct HeldUp {
    pub(crate) account: AccountId,
    name: String,
    devices: Vec<DeviceId>,
}

impl Account {
    /// The contacts with a name with whose devices no session may be begun yet, though there is none to send in.
    // spec: CLIENT-31
    pub(crate) fn held_up(&mut self) -> Result<Vec<HeldUp>, Trouble> {
        let mut all = Vec::new();
        for named in self.history.names()? {
            let account = named.account;
            let Some(status) = self.known(&account)? else { continue };
            let missing = self.missing(&account)?;
            let without = status.devices.iter().filter(|device| device.session.is_none());
            let devices: Vec<_> =
                without.map(|device| device.device).filter(|device| !missing.contains(device)).collect();
            if !devices.is_empty() {
                all.push(HeldUp { account, name: named.name.to_string(), devices });
            }
        }
        Ok(all)
    }
}

impl HeldUp {
    /// In words.
    pub(crate) fn words(&self) -> String {
        let name = &self.name;
        let devices = counted(len_of(self.devices.len()), "device");
        format!(
            "With {devices} of {name}'s a new session is needed, and can't be begun yet: at most one in an hour and three in \
             a day. Nothing goes there until then"
        )
    }

    /// As a record of its own.
    pub(crate) fn said(&self) -> Said {
        let devices: Vec<String> = self.devices.iter().map(ToString::to_string).collect();
        Said::new("held-up", format!("{}.", self.words()))
            .toned(Tone::Warning)
            .with("name", self.name.as_str())
            .with("account", self.account.to_string())
            .with("devices", devices)
    }
}
