//! Messages to a group: ours beside the peers that have sender keys, and beside MLS.

pub mod megolm;
pub mod mls;
mod mls_rs;
mod openmls;
pub mod ours;
pub mod sender_keys;
pub mod wacore;

use std::time::{Duration, Instant};

use entrenous_wire::padding::Padding;
use mls_rs_crypto_awslc::AwsLcCryptoProvider;
use mls_rs_crypto_rustcrypto::RustCryptoProvider;

use crate::{
    curve::size,
    in_turn::Parties,
    messages::{Messages, allocations, backlog, new, seal_and_open},
    party::{MEGOLM, MLS_RS, MLS_RS_AWS_LC, OPENMLS, OURS, SENDER_KEYS},
    report::{figure, figures, note},
    rotations::Rotation,
    unit::Unit,
};
use megolm::Megolm;
use mls::{Group, Library, Tree};
use mls_rs::MlsRs;
use openmls::OpenMls;
use ours::Ours;
use wacore::Wacore;

const ROUNDS: usize = 31;

/// Messages that are timed at once.
const BATCH: usize = 64;

/// Messages that pile up.
const BACKLOGS: [usize; 2] = [64, 1000];

const SIZES: [usize; 2] = [32, 1 << 10];

/// Members of the groups: one in which an implementation of MLS has the least to do, and a larger one. Sender keys don't
/// depend on it.
pub const MEMBERS: [usize; 2] = [2, 200];

/// No group is built for longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A group both for its messages and for its keys.
pub trait Whole: Messages + Rotation {}
impl<G: Messages + Rotation> Whole for G {}

/// Groups of all implementations of MLS; what would take longer than `patience` is left out and said to be.
pub fn of_mls(members: usize, tree: Tree, patience: Duration) -> Parties<dyn Whole> {
    let groups = [
        (OPENMLS, build(OpenMls::default(), members, tree, patience)),
        (MLS_RS, build(MlsRs(RustCryptoProvider::new()), members, tree, patience)),
        (MLS_RS_AWS_LC, build(MlsRs(AwsLcCryptoProvider::new()), members, tree, patience)),
    ];
    let mut built = Parties::new();
    for (name, group) in groups {
        match group {
            Some(group) => built.push((name, group)),
            None => note(format!(
                "{name}: a group of {members} takes longer than {} s to build",
                patience.as_secs()
            )),
        }
    }
    built
}

fn build<L: Library + 'static>(
    library: L,
    members: usize,
    tree: Tree,
    patience: Duration,
) -> Option<Box<dyn Whole>> {
    let start = Instant::now();
    let group = Group::new(library, members - 1, tree, patience)?;
    eprintln!("  a group of {members} took {:.1} s", start.elapsed().as_secs_f64());
    Some(Box::new(group))
}

/// Two members each, for whom a thousand messages may come in any order.
pub fn pairs_of_mls() -> Parties<dyn Whole> {
    let tolerant = OpenMls { tolerance: 1000 };
    let mut groups = of_mls(2, Tree::Full, PATIENCE);
    if let Some((_, openmls)) = groups.iter_mut().find(|(name, _)| *name == OPENMLS) {
        *openmls = build(tolerant, 2, Tree::Full, PATIENCE).expect("two are soon together");
    }
    groups
}

/// Everybody's group of that many.
fn parties(members: usize, padding: Padding) -> Parties<dyn Messages> {
    let mut parties: Parties<dyn Messages> = vec![
        (OURS, Box::new(Ours::new(padding))),
        (SENDER_KEYS, Box::new(sender_keys::Group::<Wacore>::new())),
        (MEGOLM, Box::new(sender_keys::Group::<Megolm>::new())),
    ];
    let mls = of_mls(members, Tree::Full, PATIENCE);
    parties.extend(mls.into_iter().map(|(name, group)| (name, group as Box<dyn Messages>)));
    parties
}

/// Measures all of it.
pub fn run() {
    for members in MEMBERS {
        let mut parties = parties(members, Padding::default());
        for len in SIZES {
            let name = |what: &str| format!("{members} members: {what}, {}", size(len as f64));
            let [encrypt, decrypt] = seal_and_open(&mut parties, len, BATCH, ROUNDS, || ());
            figures(&name("encrypt"), Unit::Nanoseconds, &encrypt);
            figures(&name("decrypt"), Unit::Nanoseconds, &decrypt);
            for count in BACKLOGS {
                let each = backlog(&mut parties, len, count, ROUNDS);
                let what = format!("decrypt, each of a backlog of {count}");
                figures(&name(&what), Unit::Nanoseconds, &each);
            }
        }
    }
    costs();
}

fn costs() {
    let mut parties = parties(2, Padding::None);
    let names =
        ["encrypt", "decrypt", "encrypt into the caller's buffer", "decrypt into the caller's buffer"];
    for (name, count) in names.iter().zip(allocations(&mut parties)) {
        figures(&format!("allocations: {name}"), Unit::Count, &count);
    }
    for (name, party) in &mut parties {
        let message = new(|out| party.seal(&[7; 32], out));
        figure("bytes added to 32", Unit::Bytes, name, message.len() as f64 - 32.0);
    }
}
