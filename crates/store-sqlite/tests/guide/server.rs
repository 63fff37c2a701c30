//! A server as the guide wants it, in memory: it keeps bytes for devices that are offline, and is trusted with nothing.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap, VecDeque},
    rc::Rc,
};

use entrenous::{AccountId, Address, Destination, Upload};

/// An envelope in a mailbox.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) number: u64,
    /// Who says to have sent it; nobody in the mailbox of a linking.
    pub(crate) from: Option<Address>,
    pub(crate) envelope: Vec<u8>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Server(Rc<RefCell<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    directory: BTreeMap<Address, Shelf>,
    mail: HashMap<Destination, Vec<Letter>>,
    letters: u64,
    /// What it has learned: whom somebody has asked for.
    asked: Vec<AccountId>,
}

#[derive(Debug, Default)]
struct Shelf {
    once: VecDeque<Vec<u8>>,
    last_resort: Vec<u8>,
}

impl Server {
    pub(crate) fn publish(&self, of: Address, upload: &Upload) {
        let mut contents = self.0.borrow_mut();
        let shelf = contents.directory.entry(of).or_default();
        if upload.replaces {
            shelf.once.clear();
        }
        shelf.once.extend(upload.bundles.iter().cloned());
        shelf.last_resort.clone_from(&upload.last_resort);
    }

    pub(crate) fn devices(&self, account: &AccountId) -> Vec<Address> {
        self.0.borrow_mut().asked.push(*account);
        self.0.borrow().directory.keys().filter(|of| of.account == *account).copied().collect()
    }

    /// Whom somebody has asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<AccountId> {
        core::mem::take(&mut self.0.borrow_mut().asked)
    }

    pub(crate) fn bundle(&self, of: &Address) -> Option<Vec<u8>> {
        let mut contents = self.0.borrow_mut();
        let shelf = contents.directory.get_mut(of)?;
        Some(shelf.once.pop_front().unwrap_or_else(|| shelf.last_resort.clone()))
    }

    pub(crate) fn last_resort(&self, of: &Address) -> Option<Vec<u8>> {
        Some(self.0.borrow().directory.get(of)?.last_resort.clone())
    }

    pub(crate) fn deliver(&self, to: Destination, from: Option<Address>, envelope: &[u8]) {
        let mut contents = self.0.borrow_mut();
        contents.letters += 1;
        let letter = Letter { number: contents.letters, from, envelope: envelope.to_vec() };
        contents.mail.entry(to).or_default().push(letter);
    }

    pub(crate) fn mail(&self, of: Destination) -> Vec<Letter> {
        self.0.borrow().mail.get(&of).cloned().unwrap_or_default()
    }

    pub(crate) fn remove(&self, of: Destination, number: u64) {
        if let Some(mail) = self.0.borrow_mut().mail.get_mut(&of) {
            mail.retain(|letter| letter.number != number);
        }
    }
}
