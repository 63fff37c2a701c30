//! The disk of one folder: its files, who has them open, and the fault that is to happen.

use core::{ffi::c_int, fmt};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    chance::Chance,
    fault::{Fault, Keep, Point},
    file::File,
    index::Index,
    locks::Locks,
    vfs,
};

/// The disks of this process, by their folders.
static MOUNTED: Mutex<BTreeMap<String, Shared>> = Mutex::new(BTreeMap::new());

/// A disk, as its handles share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The disk that a file is on, and its name there.
    pub(crate) fn find(path: &str) -> Option<(Self, &str)> {
        let (folder, name) = path.rsplit_once('/')?;
        let mounted = MOUNTED.lock().unwrap_or_else(PoisonError::into_inner);
        Some((mounted.get(folder)?.clone(), name))
    }
}

/// A disk that serves the files of one folder to all connections of this process, until it is dropped.
pub struct Disk {
    folder: String,
    shared: Shared,
}

/// What is on a disk, durable and at rest.
#[derive(Clone, Debug)]
pub struct Contents(BTreeMap<String, File>);

impl Disk {
    /// An empty disk for the files in `folder`, whose path is absolute and free of links. It may be there or not: nothing
    /// on it is read or written.
    pub fn mount(folder: impl AsRef<Path>) -> Self {
        vfs::install();
        let folder = folder.as_ref().to_str().expect("a path in UTF-8").to_owned();
        let shared = Shared::default();
        let mut mounted = MOUNTED.lock().unwrap_or_else(PoisonError::into_inner);
        let before = mounted.insert(folder.clone(), shared.clone());
        assert!(before.is_none(), "two disks at {folder}");
        Self { folder, shared }
    }

    /// Lets `fault` happen at its occasion number `occasion` from now on, instead of any that was armed before.
    pub fn arm(&self, fault: Fault, occasion: u64) {
        let mut state = self.shared.state();
        state.armed = Some((fault, occasion));
        (state.occasions, state.struck) = (0, None);
    }

    /// Where the fault that was armed last has happened first, if it has, up to a power cut or a repair.
    pub fn struck(&self) -> Option<Point> {
        self.shared.state().struck
    }

    /// Occasions that the armed fault has had.
    pub fn occasions(&self) -> u64 {
        self.shared.state().occasions
    }

    /// The disk is well again; what it has lost it has lost.
    pub fn repair(&self) {
        let mut state = self.shared.state();
        (state.armed, state.struck) = (None, None);
    }

    /// From now on a sync does nothing and says that it has: a control that tests must notice.
    pub fn lie_about_syncs(&self) {
        self.shared.state().lies = true;
    }

    /// The machine goes off and on, or the process alone. Every connection must have been closed before, as it
    /// may be at any time after [`Fault::Die`]. The disk is well then.
    pub fn power_cut(&self, keep: Keep) {
        let mut state = self.shared.state();
        (state.armed, state.struck) = (None, None);
        state.settle(keep);
    }

    /// A copy of what there is, where no connection is open. Writes that were not synced are as durable as any.
    pub fn contents(&self) -> Contents {
        let mut state = self.shared.state();
        state.settle(Keep::Everything);
        Contents(
            state.entries.iter().map(|(name, id)| (name.clone(), state.nodes[id].file.clone())).collect(),
        )
    }

    /// Puts contents in the place of what there is, where no connection is open, on a disk that is well.
    pub fn put(&self, contents: &Contents) {
        let mut state = self.shared.state();
        assert!(state.handles.is_empty(), "files are open");
        *state = State { lies: state.lies, ..State::default() };
        for (name, file) in &contents.0 {
            let id = state.make(name);
            state.nodes.get_mut(&id).expect("just made").file = file.clone();
        }
        state.sync_folder();
    }

    /// The length of a file, if it is there.
    pub fn length(&self, name: &str) -> Option<usize> {
        let state = self.shared.state();
        state.entries.get(name).map(|id| state.nodes[id].file.len())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        MOUNTED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.folder);
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disk({}, {:?})", self.folder, self.shared.state().armed)
    }
}

/// A file that has a name, or had one.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) file: File,
    pub(crate) locks: Locks,
    pub(crate) index: Index,
}

/// All of a disk.
#[derive(Debug, Default)]
pub(crate) struct State {
    nodes: BTreeMap<u64, Node>,
    /// What the folder shows.
    entries: BTreeMap<String, u64>,
    /// What it would show after a power cut.
    durable: BTreeMap<String, u64>,
    handles: BTreeSet<u64>,
    /// The next number of a node or handle.
    next: u64,
    armed: Option<(Fault, u64)>,
    occasions: u64,
    struck: Option<Point>,
    lies: bool,
}

impl State {
    /// What goes wrong at this point, if anything does.
    pub(crate) fn reach(&mut self, point: Point) -> Option<Fault> {
        let (fault, occasion) = self.armed.filter(|(fault, _)| fault.concerns(point))?;
        let number = self.occasions;
        self.occasions += 1;
        let strikes = number == occasion || number > occasion && fault.lasts();
        if strikes && self.struck.is_none() {
            self.struck = Some(point);
        }
        strikes.then_some(fault)
    }

    /// Whether it is the very point at which the process ends.
    pub(crate) fn is_last(&self) -> bool {
        self.armed.is_some_and(|(fault, occasion)| fault == Fault::Die && self.occasions == occasion + 1)
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn make(&mut self, name: &str) -> u64 {
        let id = self.number();
        self.nodes.insert(id, Node::default());
        self.entries.insert(name.to_owned(), id);
        id
    }

    /// The file of that name, made if there is none and `create` says so, and a handle on it. The main file is
    /// made in any case, and durable.
    pub(crate) fn open(&mut self, name: &str, create: bool, main: bool) -> Result<(u64, u64), c_int> {
        if let Some(fault) = self.reach(Point::Open) {
            return Err(fault.code(Point::Open));
        }
        let id = match self.entries.get(name) {
            Some(id) => *id,
            None if main => {
                let id = self.make(name);
                self.durable.insert(name.to_owned(), id);
                id
            }
            None if create => self.make(name),
            None => return Err(Point::Open.failure()),
        };
        let handle = self.number();
        self.handles.insert(handle);
        Ok((id, handle))
    }

    pub(crate) fn close(&mut self, id: u64, handle: u64) {
        self.handles.remove(&handle);
        let node = self.node(id);
        node.locks.lower(handle, rusqlite::ffi::SQLITE_LOCK_NONE);
        node.index.leave(handle);
    }

    pub(crate) fn node(&mut self, id: u64) -> &mut Node {
        self.nodes.get_mut(&id).expect("an open file")
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    pub(crate) fn delete(&mut self, name: &str) -> bool {
        self.entries.remove(name).is_some()
    }

    pub(crate) fn sync_folder(&mut self) {
        if !self.lies {
            self.durable.clone_from(&self.entries);
        }
    }

    pub(crate) fn sync(&mut self, id: u64) {
        if !self.lies {
            self.node(id).file.sync();
        }
    }

    /// Leaves what a power cut leaves.
    fn settle(&mut self, keep: Keep) {
        assert!(self.handles.is_empty(), "files are open");
        let seed = if let Keep::Some(seed) = keep { seed } else { 0 };
        let mut chance = Chance::new(seed);
        let names: BTreeSet<String> = self.entries.keys().chain(self.durable.keys()).cloned().collect();
        let mut left = BTreeMap::new();
        for name in names {
            let folder = match keep {
                Keep::Nothing => &self.durable,
                Keep::Everything | Keep::TornEnd => &self.entries,
                Keep::Some(_) if chance.coin() => &self.durable,
                Keep::Some(_) => &self.entries,
            };
            if let Some(id) = folder.get(&name) {
                left.insert(name, *id);
            }
        }
        let file = |id: &u64, chance: &mut Chance| self.nodes[id].file.after_power_cut(keep, chance);
        let nodes = left.values().map(|id| (*id, Node { file: file(id, &mut chance), ..Node::default() }));
        self.nodes = nodes.collect();
        self.durable.clone_from(&left);
        self.entries = left;
    }
}
