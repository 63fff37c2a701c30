//! Measures the parties in turn, round by round, so that what slows the machine slows all of them.

use std::array;

use crate::{clock::median, report::Figures};

/// Whoever is compared, by name.
pub type Parties<P> = Vec<(&'static str, Box<P>)>;

/// Medians of `N` figures that `task` takes of each party, in as many rounds; the party comes with its place.
pub fn medians<P: ?Sized, const N: usize>(
    parties: &mut Parties<P>,
    rounds: usize,
    mut task: impl FnMut(usize, &mut P) -> [f64; N],
) -> [Figures; N] {
    let mut samples = vec![Vec::new(); parties.len()];
    for _ in 0..rounds {
        for (place, ((_, party), samples)) in parties.iter_mut().zip(&mut samples).enumerate() {
            samples.push(task(place, party));
        }
    }
    array::from_fn(|n| {
        let of = |samples: &Vec<[f64; N]>| median(samples.iter().map(|sample| sample[n]).collect());
        let figures = parties.iter().zip(&samples).map(|((name, _), samples)| (*name, of(samples)));
        figures.filter_map(|(name, figure)| Some((name, figure?))).collect()
    })
}
