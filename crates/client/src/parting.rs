//! Parting from a device: nothing that was kept for it or about it stays.

use crate::{
    Address,
    engine::{Name, Step, Stop},
    record::{Pair, Unproven},
};

impl Step<'_> {
    /// Ends the sessions with a device, and removes what waits for it and what it is owed. Gives the highest session
    /// counter that there was with it.
    pub(crate) fn part_from(&mut self, device: &Address) -> Result<u64, Stop> {
        let names = [
            Name::Pair(*device),
            Name::Unproven(*device),
            Name::Seen(*device),
            Name::Owed(*device),
            Name::Debts,
        ];
        self.want(names)?;
        let pair: Pair = self.get_unless_damaged(Name::Pair(*device))?.unwrap_or_default();
        let unproven: Unproven = self.get_unless_damaged(Name::Unproven(*device))?.unwrap_or_default();
        let sessions = pair.sessions.iter().map(|entry| Name::Session(entry.hash));
        self.want(sessions.chain(unproven.0.iter().map(|message| Name::Message(message.id))))?;
        for entry in &pair.sessions {
            self.drop_session(&entry.hash)?;
        }
        for message in &unproven.0 {
            self.proved(device, &message.id)?;
        }
        self.forget_debt(device)?;
        for name in [Name::Pair(*device), Name::Unproven(*device), Name::Seen(*device)] {
            self.remove(name)?;
        }
        Ok(pair.highest_counter)
    }
}
