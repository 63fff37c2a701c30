//! Messages from one sender to one receiver, whatever lies between them.

use std::array;

use crate::{
    allocations::counted,
    clock::timed,
    in_turn::{Parties, medians},
    report::Figures,
};

/// A sender and a receiver.
pub trait Messages {
    /// What has to be before more messages; never timed.
    fn begin(&mut self) {}

    /// The sender seals `content` into `out`, whose content is replaced.
    fn seal(&mut self, content: &[u8], out: &mut Vec<u8>);

    /// The receiver opens `message` into `out`, whose content is replaced, and says whether it opened.
    fn open(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool;

    /// The content in what [`Messages::open`] has left.
    fn content<'o>(&self, out: &'o [u8]) -> &'o [u8] {
        out
    }

    /// The receiver opens what has piled up.
    fn open_all(&mut self, messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
        messages.iter().map(|message| new(|out| assert!(self.open(message, out), "genuine"))).collect()
    }
}

/// Contents that are new and as long as they should be.
pub fn content(len: usize) -> Vec<u8> {
    let mut content = vec![0; len];
    rand::fill(&mut content[..]);
    content
}

/// Nanoseconds for each of `count` messages of `len` bytes to be sealed, and to be opened in their order. `beside` is
/// done in each round too.
pub fn seal_and_open<M: Messages + ?Sized>(
    parties: &mut Parties<M>,
    len: usize,
    count: usize,
    rounds: usize,
    mut beside: impl FnMut(),
) -> [Figures; 2] {
    // each party's own, used before, as those of a caller are
    let mut buffers: Vec<[Vec<Vec<u8>>; 2]> =
        parties.iter().map(|_| array::from_fn(|_| vec![Vec::new(); count])).collect();
    medians(parties, rounds, |place, party| {
        if place == 0 {
            beside();
        }
        party.begin();
        let [sealed, opened] = &mut buffers[place];
        batch(party, &content(len), sealed, opened)
    })
}

/// Seals as many messages as there are buffers, opens them, and sees that they are what was sealed.
fn batch<M: Messages + ?Sized>(
    party: &mut M,
    content: &[u8],
    sealed: &mut [Vec<u8>],
    opened: &mut [Vec<u8>],
) -> [f64; 2] {
    let (sealing, ()) = timed(|| sealed.iter_mut().for_each(|out| party.seal(content, out)));
    let (opening, ()) = timed(|| {
        for (message, out) in sealed.iter().zip(opened.iter_mut()) {
            assert!(party.open(message, out), "genuine");
        }
    });
    assert!(opened.iter().all(|out| party.content(out) == content), "opened to something else");
    [sealing, opening].map(|time| time / sealed.len() as f64)
}

/// Nanoseconds for each of `count` messages of `len` bytes to be opened once they have piled up.
pub fn backlog<M: Messages + ?Sized>(
    parties: &mut Parties<M>,
    len: usize,
    count: usize,
    rounds: usize,
) -> Figures {
    let [figures] = medians(parties, rounds, |_, party| {
        party.begin();
        let content = content(len);
        let mut sealed = vec![Vec::new(); count];
        sealed.iter_mut().for_each(|out| party.seal(&content, out));
        let (time, opened) = timed(|| party.open_all(&sealed));
        assert_eq!(opened.len(), count);
        assert!(opened.iter().all(|out| *out == content), "opened to something else");
        [time / count as f64]
    });
    figures
}

/// Allocations for a message of 32 bytes to be sealed and to be opened: into new buffers, and into the caller's.
pub fn allocations<M: Messages + ?Sized>(parties: &mut Parties<M>) -> [Figures; 4] {
    medians(parties, 7, |_, party| {
        party.begin();
        let content = content(32);
        let [mut sealed, mut opened] = [Vec::with_capacity(1024), Vec::with_capacity(1024)];
        // the first message of a chain may set something up
        party.seal(&content, &mut sealed);
        assert!(party.open(&sealed, &mut opened), "genuine");
        let (sealing_in_place, ()) = counted(|| party.seal(&content, &mut sealed));
        let (opening_in_place, genuine) = counted(|| party.open(&sealed, &mut opened));
        assert!(genuine && party.content(&opened) == content, "opened to something else");
        let (sealing, sealed) = counted(|| new(|out| party.seal(&content, out)));
        let (opening, opened) = counted(|| new(|out| assert!(party.open(&sealed, out), "genuine")));
        assert_eq!(party.content(&opened), content);
        [sealing, opening, sealing_in_place, opening_in_place]
    })
}

/// What `write` writes into a new buffer.
pub fn new(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}
