//! New keys for a whole group.

use crate::{
    bars::Bar,
    clock::median,
    party::{Cost, Rotation},
    sessions::{Sessions, Turns},
    table::{PARTIES, Table, Unit},
};

const ROUNDS: usize = 11;

/// Groups of the peers, in the order of their columns.
pub type Peers = [Option<Box<dyn Rotation>>; PARTIES.len() - 1];

/// The bars of the sender and of each receiver.
#[derive(Clone, Copy)]
pub struct Bars {
    pub sender: Option<Bar>,
    pub receiver: Option<Bar>,
}

type Costs = [Vec<Cost>; PARTIES.len()];

/// The rows of groups with `members` beside the sender.
pub fn measure(members: usize, mut full: Peers, mut blank: Peers, bars: Bars, table: &mut Table) {
    let mut ours = Sessions::new(members);
    let [mut live, mut turned]: [Vec<Cost>; 2] = Default::default();
    let [mut in_full, mut in_blank]: [[Vec<Cost>; PARTIES.len() - 1]; 2] = Default::default();
    for _ in 0..ROUNDS {
        live.push(ours.rotate(Turns::None));
        turned.push(ours.rotate(Turns::All));
        for (peers, costs) in [(&mut full, &mut in_full), (&mut blank, &mut in_blank)] {
            for (peer, costs) in peers.iter_mut().zip(costs) {
                costs.extend(peer.as_mut().map(|peer| peer.rotate()));
            }
        }
    }
    let [openmls, mls_rs, mls_rs_aws_lc] = in_full;
    let full = [live.clone(), openmls, mls_rs, mls_rs_aws_lc];
    let [openmls, mls_rs, mls_rs_aws_lc] = in_blank;
    let blank = [live, openmls, mls_rs, mls_rs_aws_lc];
    let mut turning = full.clone();
    turning[0] = turned;

    let none = Bars { sender: None, receiver: None };
    times(&format!("new key for {members}, live sessions / full tree"), &full, bars, table);
    bytes(&format!("new key for {members}, live sessions / full tree"), &full, table);
    times(&format!("new key for {members}, every session turns / full tree"), &turning, none, table);
    bytes(&format!("new key for {members}, every session turns / full tree"), &turning, table);
    times(&format!("new key for {members}, live sessions / blank tree"), &blank, bars, table);
    bytes(&format!("new key for {members}, live sessions / blank tree"), &blank, table);
}

fn times(name: &str, costs: &Costs, bars: Bars, table: &mut Table) {
    let mut row = |what, figure: fn(&Cost) -> f64, bar| {
        table.row(&format!("{name}: {what}"), Unit::Nanoseconds, medians(costs, figure), bar);
    };
    row("sender", |cost| cost.sender, bars.sender);
    row("each receiver", |cost| cost.receiver, bars.receiver);
}

fn bytes(name: &str, costs: &Costs, table: &mut Table) {
    let mut row = |what, figure: fn(&Cost) -> f64| {
        table.row(&format!("{name}: {what}"), Unit::Bytes, medians(costs, figure), None);
    };
    row("up, sender", |cost| cost.sender_up);
    row("down, each receiver", |cost| cost.receiver_down);
    row("up and down in all", |cost| cost.in_all);
}

fn medians(costs: &Costs, figure: fn(&Cost) -> f64) -> [Option<f64>; PARTIES.len()] {
    costs.each_ref().map(|costs| median(costs.iter().map(figure).collect()))
}
