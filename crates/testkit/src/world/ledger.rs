//! What was sent and what was shown, kept by nobody whom a crash could reach.

use std::collections::BTreeMap;

use entrenous::MessageId;

/// One message.
#[derive(Clone, Debug)]
struct Entry {
    /// Whether the sender was told that it is sent, or found it in the outbox.
    promised: bool,
    /// Under which item it was shown.
    shown: Option<u64>,
}

/// Every message that somebody has tried to send, by its content, which no two share.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<Vec<u8>, Entry>,
    ids: BTreeMap<MessageId, Vec<u8>>,
}

impl Ledger {
    pub(super) fn tried(&mut self, content: &[u8]) {
        self.entries.insert(content.to_vec(), Entry { promised: false, shown: None });
    }

    /// The sender may rely on it.
    pub(super) fn promised(&mut self, content: &[u8]) {
        self.entries.get_mut(content).expect("was tried").promised = true;
    }

    /// The content has this id, as the sender was told.
    pub(super) fn named(&mut self, id: MessageId, content: &[u8]) {
        self.ids.insert(id, content.to_vec());
    }

    pub(super) fn content_of(&self, id: &MessageId) -> Option<&[u8]> {
        self.ids.get(id).map(Vec::as_slice)
    }

    /// An application was shown a message; again only as the same item.
    pub(super) fn shown(&mut self, content: &[u8], number: u64) {
        let entry = self.entries.get_mut(content).expect("nobody sent that");
        match entry.shown {
            None => entry.shown = Some(number),
            Some(before) => assert_eq!(before, number, "shown twice: {}", String::from_utf8_lossy(content)),
        }
    }

    /// What was promised and is not there.
    pub(super) fn missing(&self) -> Vec<String> {
        let missing = self.entries.iter().filter(|(_, entry)| entry.promised && entry.shown.is_none());
        missing.map(|(content, _)| String::from_utf8_lossy(content).trim_end_matches('-').into()).collect()
    }

    pub(super) fn check(&self) {
        assert_eq!(self.missing(), Vec::<String>::new(), "lost");
    }
}
