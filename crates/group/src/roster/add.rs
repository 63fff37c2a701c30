//! Taking entries in.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use entrenous_identity::{AccountId, DeviceId};

use super::{
    EntryError, EntryHash, MAX_BYTES, MAX_ENTRIES, ReceivedEntry, Roster,
    bits::Bits,
    wellformed::{Trust, place},
};

/// Two entries of one device with one number: it is used in two places, or its state was put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Equivocation {
    /// The account.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
}

/// What became of a batch. Every entry of it is in one of the lists, unless it was known before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Entries that are part of the roster now, each after those that it follows: to be stored.
    pub new: Vec<EntryHash>,
    /// Entries that are not, and why.
    pub refused: Vec<(EntryHash, EntryError)>,
    /// Entries that follow some that are missing. Nothing of them was verified: the caller keeps so many of each who
    /// relays such, and no more.
    pub waiting: Vec<EntryHash>,
    /// Entries that are not known here and not in the batch: to be asked for.
    pub missing: Vec<EntryHash>,
    /// Entries without effect that gave way because the roster was full, maybe of this batch: to be deleted.
    pub dropped: Vec<EntryHash>,
    /// Devices that were seen to sign two entries with one number, each once.
    pub equivocations: Vec<Equivocation>,
}

impl Roster {
    /// Takes in what can be taken in, in whatever order it comes. The same entries give the same roster in
    /// every order and in every partition into batches, as long as the roster isn't full.
    ///
    /// When it is full, entries without effect give way. If all count, the batch is refused with
    /// [`EntryError::TooManyEntries`]; a batch that takes away what others filled it with is taken in.
    pub fn add_all(&mut self, batch: Vec<ReceivedEntry>) -> Added {
        self.take_all(batch, Trust::Nothing)
    }

    pub(super) fn take_all(&mut self, batch: Vec<ReceivedEntry>, trust: Trust) -> Added {
        let mut added = Added::default();
        let mut queue = Queue::new(self, batch);
        let mut equivocations = BTreeSet::new();
        // one at a time would be judged one at a time; so many at once are judged once
        while queue.has_ready() {
            let before = self.dag.len();
            while self.dag.len() < 2 * MAX_ENTRIES {
                let Some(mut copies) = queue.next() else { break };
                // what it follows may have given way since it was ready
                if copies.first().is_none_or(|entry| !self.missing(entry).is_empty()) {
                    queue.put_back(copies);
                    continue;
                }
                let mut placed = Err(EntryError::BadSignature);
                let Some(hash) = copies.first().map(ReceivedEntry::hash) else { continue };
                // of copies that differ in their signatures, any one that holds
                // spec: GROUP-10
                while let (Err(EntryError::BadSignature), Some(entry)) = (&placed, copies.pop()) {
                    placed = place(&self.dag, self.group, entry, trust);
                }
                match placed {
                    Ok(node) => {
                        let entry = &node.entry;
                        // spec: GROUP-19
                        if self.dag.is_equivocation(entry) {
                            equivocations
                                .insert(Equivocation { account: entry.author, device: entry.device });
                        }
                        added.new.push(hash);
                        self.dag.push(node);
                        queue.is_placed(hash);
                    }
                    Err(error) => queue.is_refused(hash, error),
                }
            }
            if self.dag.len() > before {
                self.make_room(before, &mut added);
            }
        }
        queue.finish(self, &mut added);
        added.equivocations = equivocations.into_iter().collect();
        added
    }

    /// Judges the entries, of which those from `before` on are new, and keeps within the bounds.
    fn make_room(&mut self, before: usize, added: &mut Added) {
        self.settle();
        if self.dag.len() <= MAX_ENTRIES && self.dag.bytes() <= MAX_BYTES {
            return;
        }
        // spec: GROUP-43
        let counting = self.dag.retain(&self.worth_keeping());
        let (kept, fits) = if counting.len() <= MAX_ENTRIES && counting.bytes() <= MAX_BYTES {
            (counting, true)
        } else {
            // spec: GROUP-44
            (self.dag.retain(&Bits::below(before)), false)
        };
        let gone =
            self.dag.nodes().iter().map(|node| node.entry.hash).filter(|hash| kept.place(hash).is_none());
        let gone: BTreeSet<EntryHash> = gone.collect();
        added.new.retain(|hash| !gone.contains(hash));
        if fits {
            added.dropped.extend(gone);
        } else {
            added.refused.extend(gone.into_iter().map(|hash| (hash, EntryError::TooManyEntries)));
        }
        self.dag = kept;
        self.settle();
    }

    /// The kernel, and of the older rosters that are still asked for as many as there is room for.
    fn worth_keeping(&self) -> Bits {
        let mut all = self.kernel.clone();
        for heads in &self.kept {
            let Some(older) = self.dag.closure(heads) else { continue };
            let mut more = all.clone();
            more.unite(&older);
            let bytes = more.iter().filter_map(|at| self.dag.get(at)).map(|node| node.entry.bytes.len());
            // spec: GROUP-43
            if more.count() <= MAX_ENTRIES && bytes.sum::<usize>() <= MAX_BYTES {
                all = more;
            }
        }
        all
    }
}

/// The entries of a batch, given out when all that they follow is there.
struct Queue {
    /// How many entries are missing, and all copies.
    waiting: BTreeMap<EntryHash, (usize, Vec<ReceivedEntry>)>,
    followers: BTreeMap<EntryHash, Vec<EntryHash>>,
    ready: Vec<EntryHash>,
    refused: BTreeMap<EntryHash, EntryError>,
}

impl Queue {
    fn new(roster: &Roster, batch: Vec<ReceivedEntry>) -> Self {
        let mut queue = Self {
            waiting: BTreeMap::new(),
            followers: BTreeMap::new(),
            ready: Vec::new(),
            refused: BTreeMap::new(),
        };
        for entry in batch {
            let hash = entry.hash();
            if roster.dag.place(&hash).is_some() {
                continue;
            }
            if let Some((_, copies)) = queue.waiting.get_mut(&hash) {
                if copies.iter().all(|copy| copy.bytes() != entry.bytes()) {
                    copies.push(entry);
                }
                continue;
            }
            let missing = roster.missing(&entry);
            for prev in &missing {
                queue.followers.entry(*prev).or_default().push(hash);
            }
            if missing.is_empty() {
                queue.ready.push(hash);
            }
            queue.waiting.insert(hash, (missing.len(), Vec::from([entry])));
        }
        queue
    }

    fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    fn next(&mut self) -> Option<Vec<ReceivedEntry>> {
        let hash = self.ready.pop()?;
        self.waiting.remove(&hash).map(|(_, copies)| copies)
    }

    /// For [`finish`](Self::finish): it is not given out again.
    fn put_back(&mut self, copies: Vec<ReceivedEntry>) {
        if let Some(hash) = copies.first().map(ReceivedEntry::hash) {
            self.waiting.insert(hash, (usize::MAX, copies));
        }
    }

    fn is_placed(&mut self, hash: EntryHash) {
        for follower in self.followers.remove(&hash).unwrap_or_default() {
            if let Some((missing, _)) = self.waiting.get_mut(&follower) {
                *missing = missing.saturating_sub(1);
                if *missing == 0 {
                    self.ready.push(follower);
                }
            }
        }
    }

    /// Nobody will ever have what follows it, if this is final. Else that waits for a better copy.
    fn is_refused(&mut self, hash: EntryHash, error: EntryError) {
        self.refused.insert(hash, error);
        if !error.is_final() {
            return;
        }
        let mut next = self.followers.remove(&hash).unwrap_or_default();
        while let Some(follower) = next.pop() {
            if self.waiting.remove(&follower).is_some() {
                self.refused.insert(follower, EntryError::FollowsRefused);
                next.extend(self.followers.remove(&follower).unwrap_or_default());
            }
        }
    }

    fn finish(self, roster: &Roster, added: &mut Added) {
        added.refused.extend(self.refused);
        let missing =
            self.waiting.values().filter_map(|(_, copies)| Some(roster.missing(copies.first()?))).flatten();
        let missing: BTreeSet<_> = missing.filter(|prev| !self.waiting.contains_key(prev)).collect();
        added.missing = missing.into_iter().collect();
        added.waiting = self.waiting.into_keys().collect();
    }
}
