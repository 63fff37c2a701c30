//! What is known of device lists.

use entrenous_identity::{DeviceList, KnownLists, ListLink, ListName};
use entrenous_wire::{Strict, proto};
use zeroize::Zeroizing;

use super::{arrays, read, write};
use crate::{Error, engine::Stored};

/// The device lists of an account, in the format of the identity room.
pub(crate) struct Lists(pub(crate) KnownLists);

impl Stored for Lists {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_record())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        KnownLists::from_record(bytes).map(Self).map_err(|_| Error::Corrupt)
    }
}

/// Own lists that are kept by name: as many as a proof may have links.
const MAX_HISTORY: usize = 256;

/// The own lists before the one in force, newest first: their names, which peers may still use in handshakes, and
/// their links, from which it is proved to peers how the lists hang together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnHistory {
    names: Vec<ListName>,
    pub(crate) links: Vec<ListLink>,
}

impl OwnHistory {
    pub(crate) fn add(&mut self, list: &DeviceList) {
        self.names.insert(0, list.name());
        self.names.truncate(MAX_HISTORY);
        if let Some(link) = list.link() {
            self.links.insert(0, link);
            self.links.truncate(MAX_HISTORY);
        }
    }

    /// The oldest own list that is kept by name.
    pub(crate) fn oldest(&self) -> Option<ListName> {
        self.names.last().copied()
    }

    /// Adds links that another own device has shown, older than those that are here.
    pub(crate) fn add_links(&mut self, links: &[ListLink]) {
        for link in links {
            if !self.links.contains(link) {
                self.links.push(link.clone());
            }
        }
        self.links.truncate(MAX_HISTORY);
    }

    /// The name of the own list of `epoch`.
    pub(crate) fn name_of(&self, epoch: u32) -> Option<ListName> {
        self.names.iter().find(|name| name.epoch == epoch).copied()
    }

    /// The hash of the own list of `epoch`.
    pub(crate) fn hash_of(&self, epoch: u32) -> Option<&[u8; 32]> {
        self.names.iter().find(|name| name.epoch == epoch).map(|name| &name.hash)
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct HistoryProto {
    /// epoch 4 ‖ hash 32 of each.
    #[prost(bytes = "vec", tag = "1")]
    names: Vec<u8>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    links: Vec<Vec<u8>>,
}

impl Stored for OwnHistory {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let name = |name: &ListName| [name.epoch.to_be_bytes().as_slice(), &name.hash].concat();
        write(&HistoryProto {
            names: self.names.iter().flat_map(name).collect(),
            links: self.links.iter().map(|link| link.to_proto().encode_canonical()).collect(),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let HistoryProto { names, links } = read(bytes)?;
        let name = |bytes: &[u8; 36]| -> Result<ListName, Error> {
            let (epoch, hash) = bytes.split_first_chunk::<4>().ok_or(Error::Corrupt)?;
            let hash = hash.try_into().map_err(|_| Error::Corrupt)?;
            Ok(ListName { epoch: u32::from_be_bytes(*epoch), hash })
        };
        let link = |bytes: &Vec<u8>| -> Result<ListLink, Error> {
            let link = proto::ListLink::decode_strict(bytes).map_err(|_| Error::Corrupt)?;
            ListLink::from_proto(&link).map_err(|_| Error::Corrupt)
        };
        Ok(Self {
            names: arrays(&names)?.iter().map(name).collect::<Result<_, _>>()?,
            links: links.iter().map(link).collect::<Result<_, _>>()?,
        })
    }
}
