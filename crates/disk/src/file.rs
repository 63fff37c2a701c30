//! One file: what is read from it, and what a power cut would leave.

use crate::{chance::Chance, fault::Keep};

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// What happens to the bytes of a file.
#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

/// Whether a change is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The next sync makes it durable.
    Pending,
    /// It is.
    Durable,
    /// A sync has failed: it may be or not, and nobody cares any more.
    Forgotten,
}

/// The contents of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    /// What is read.
    seen: Vec<u8>,
    /// What is durable, without the changes below.
    base: Vec<u8>,
    /// In their order. The first is not durable.
    changes: Vec<(Change, Fate)>,
}

impl File {
    pub(crate) fn len(&self) -> usize {
        self.seen.len()
    }

    /// Reads what is there, and zeros where nothing is; how many bytes were there.
    pub(crate) fn read(&self, at: usize, into: &mut [u8]) -> usize {
        let there = self.seen.get(at..).unwrap_or_default();
        let count = there.len().min(into.len());
        into[..count].copy_from_slice(&there[..count]);
        into[count..].fill(0);
        count
    }

    pub(crate) fn write(&mut self, at: usize, bytes: &[u8]) {
        self.change(Change::Write { at, bytes: bytes.to_vec() });
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.change(Change::Truncate(length));
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.seen, &change, |_| true);
        self.changes.push((change, Fate::Pending));
    }

    pub(crate) fn sync(&mut self) {
        let mut settled = true;
        for (change, fate) in &mut self.changes {
            if *fate == Fate::Pending {
                *fate = Fate::Durable;
            }
            settled &= *fate == Fate::Durable;
            if settled {
                apply(&mut self.base, change, |_| true);
            }
        }
        let open = self.changes.iter().position(|(_, fate)| *fate != Fate::Durable);
        self.changes.drain(..open.unwrap_or(self.changes.len()));
    }

    pub(crate) fn fail_to_sync(&mut self) {
        for (_, fate) in &mut self.changes {
            if *fate == Fate::Pending {
                *fate = Fate::Forgotten;
            }
        }
    }

    /// What is left after a power cut.
    pub(crate) fn after_power_cut(&self, keep: Keep, chance: &mut Chance) -> Self {
        let is_write = |(change, _): &(Change, Fate)| matches!(change, Change::Write { .. });
        let last_write = self.changes.iter().rposition(is_write);
        let mut left = self.base.clone();
        for (number, (change, fate)) in self.changes.iter().enumerate() {
            match keep {
                _ if *fate == Fate::Durable => apply(&mut left, change, |_| true),
                Keep::Everything => apply(&mut left, change, |_| true),
                Keep::Nothing => {}
                Keep::TornEnd if Some(number) == last_write => {
                    let Change::Write { bytes, .. } = change else { continue };
                    let half = bytes.len() / 2;
                    apply(&mut left, change, |offset| offset < half);
                }
                Keep::TornEnd => apply(&mut left, change, |_| true),
                Keep::Some(_) => match chance.below(3) {
                    0 => {}
                    1 => apply(&mut left, change, |_| true),
                    _ => apply(&mut left, change, |_| chance.coin()),
                },
            }
        }
        Self { seen: left.clone(), base: left, changes: Vec::new() }
    }
}

/// Makes a change; of a write, those pieces for whose offsets `arrives` says so, each as long as a sector at most.
/// A cut arrives if its beginning does.
fn apply(bytes: &mut Vec<u8>, change: &Change, mut arrives: impl FnMut(usize) -> bool) {
    match change {
        Change::Truncate(length) => {
            if arrives(0) {
                bytes.resize(*length, 0);
            }
        }
        Change::Write { at, bytes: written } => {
            let mut offset = 0;
            while offset < written.len() {
                let start = at + offset;
                // up to the next border of a sector of the disk
                let count = (SECTOR - start % SECTOR).min(written.len() - offset);
                if arrives(offset) {
                    if bytes.len() < start + count {
                        bytes.resize(start + count, 0);
                    }
                    bytes[start..start + count].copy_from_slice(&written[offset..offset + count]);
                }
                offset += count;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(file: &File, keep: Keep) -> Vec<u8> {
        let seed = if let Keep::Some(seed) = keep { seed } else { 0 };
        file.after_power_cut(keep, &mut Chance::new(seed)).seen
    }

    #[test]
    fn what_is_synced_stays_and_the_rest_may_go() {
        let mut file = File::default();
        file.write(0, &[1; 1024]);
        file.sync();
        file.write(512, &[2; 1024]);
        assert_eq!(file.len(), 1536);
        assert_eq!(left(&file, Keep::Nothing), [1; 1024]);
        assert_eq!(left(&file, Keep::Everything), [[1; 512], [2; 512], [2; 512]].concat());
        assert_eq!(left(&file, Keep::TornEnd), [[1; 512], [2; 512]].concat());
        // the other sector alone, with a hole before it or not
        let mut seen: Vec<_> = (0..50).map(|seed| left(&file, Keep::Some(seed))).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 4, "nothing, either sector, both");
    }

    #[test]
    fn a_sync_that_failed_is_not_made_up_for() {
        let mut file = File::default();
        file.write(0, &[1; 4]);
        file.fail_to_sync();
        file.sync();
        assert_eq!(left(&file, Keep::Nothing), []);
        // what is written over it is durable, whatever became of it
        file.write(0, &[2; 2]);
        file.sync();
        assert_eq!(left(&file, Keep::Nothing), [2; 2]);
        assert_eq!(left(&file, Keep::Everything), [2, 2, 1, 1]);
        let mut read = [9; 6];
        assert_eq!((file.read(0, &mut read), read), (4, [2, 2, 1, 1, 0, 0]));
    }
}
