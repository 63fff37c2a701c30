//! Groups of MLS, of whichever implementation.

use std::time::{Duration, Instant};

use crate::{
    clock::timed,
    messages::Messages,
    rotations::{Cost, Rotation},
};

/// An implementation of MLS.
pub trait Library {
    /// A member of a group.
    type Member;
    /// Somebody who is to be added.
    type Newcomer;
    /// What those who were added need to join.
    type Invitation;

    fn found(&self) -> Self::Member;
    fn newcomer(&self, n: usize) -> Self::Newcomer;
    /// One commit with a path, which adds the newcomers and is applied to `member`.
    fn add(&self, member: &mut Self::Member, newcomers: &[Self::Newcomer]) -> (Vec<u8>, Self::Invitation);
    fn join(&self, newcomer: Self::Newcomer, invitation: &Self::Invitation) -> Self::Member;
    /// A commit with a path and nothing else, applied to `member`.
    fn commit(&self, member: &mut Self::Member) -> Vec<u8>;
    fn process(&self, member: &mut Self::Member, commit: &[u8]);
    fn seal(&self, member: &mut Self::Member, content: &[u8]) -> Vec<u8>;
    /// None where its key is gone.
    fn open(&self, member: &mut Self::Member, message: &[u8]) -> Option<Vec<u8>>;
    /// What members of the same epoch have in common.
    fn authenticator(&self, member: &Self::Member) -> Vec<u8>;
    /// Lets go of former epochs; never timed.
    fn settle(&self, _member: &mut Self::Member) {}
}

/// How the group has come to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// Every member has committed once: no node is blank, which makes commits as short as they get.
    Full,
    /// The creator has added all others at once, and none of them has committed: a commit has a ciphertext for each.
    Blank,
}

/// The first member, who commits, and the last, in the other half of the tree, as half of all receivers are.
pub struct Group<L: Library> {
    library: L,
    first: L::Member,
    last: L::Member,
    others: usize,
}

impl<L: Library> Group<L> {
    /// A group of `others` beside its creator; none if that would take longer than `patience`.
    pub fn new(library: L, others: usize, tree: Tree, patience: Duration) -> Option<Self> {
        let end = Instant::now() + patience;
        let first = library.found();
        let (first, last) = match tree {
            Tree::Full => full(&library, first, others, end)?,
            Tree::Blank => blank(&library, first, others),
        };
        Some(Self { library, first, last, others })
    }
}

/// Each adds the next, with a path of its own.
fn full<L: Library>(
    library: &L,
    mut first: L::Member,
    others: usize,
    end: Instant,
) -> Option<(L::Member, L::Member)> {
    let newcomer = library.newcomer(1);
    let (_, invitation) = library.add(&mut first, std::slice::from_ref(&newcomer));
    let mut last = library.join(newcomer, &invitation);
    for n in 2..=others {
        if Instant::now() > end {
            return None;
        }
        let newcomer = library.newcomer(n);
        let (commit, invitation) = library.add(&mut last, std::slice::from_ref(&newcomer));
        library.process(&mut first, &commit);
        library.settle(&mut first);
        last = library.join(newcomer, &invitation);
    }
    let commit = library.commit(&mut last);
    library.process(&mut first, &commit);
    Some((first, last))
}

fn blank<L: Library>(library: &L, mut first: L::Member, others: usize) -> (L::Member, L::Member) {
    let mut newcomers: Vec<_> = (1..=others).map(|n| library.newcomer(n)).collect();
    let (_, invitation) = library.add(&mut first, &newcomers);
    let last = newcomers.pop().expect("somebody");
    let last = library.join(last, &invitation);
    (first, last)
}

impl<L: Library> Messages for Group<L> {
    fn seal(&mut self, content: &[u8], out: &mut Vec<u8>) {
        *out = self.library.seal(&mut self.first, content);
    }

    fn open(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool {
        match self.library.open(&mut self.last, message) {
            Some(content) => {
                *out = content;
                true
            }
            None => false,
        }
    }
}

impl<L: Library> Rotation for Group<L> {
    fn rotate(&mut self) -> Cost {
        let Self { library, first, last, others } = self;
        let before = library.authenticator(first);
        let (sender, commit) = timed(|| library.commit(first));
        let (receiver, ()) = timed(|| library.process(last, &commit));
        assert_ne!(library.authenticator(first), before);
        assert_eq!(library.authenticator(first), library.authenticator(last));
        library.settle(first);
        library.settle(last);
        let bytes = commit.len() as f64;
        Cost {
            sender,
            receiver,
            sender_up: bytes,
            receiver_down: bytes,
            in_all: bytes + *others as f64 * bytes,
        }
    }
}
