//! What the network does to each line of the story. Drawn by the seed, but from a fixed hand: so short a
//! conversation would else often miss something worth showing.

use rand::{SeedableRng, rngs::Xoshiro256PlusPlus, seq::SliceRandom};

use crate::network::Treatment;

const TROUBLES: [Treatment; 6] = [
    Treatment::Lose,
    Treatment::Lose,
    Treatment::Copy,
    Treatment::Copy,
    Treatment::Tamper,
    Treatment::Tamper,
];
/// Turns in which a line is held back and the next one overtakes it.
const HELD: usize = 2;

/// The treatment of each line, for turns of these lengths.
pub(super) fn deal(turns: &[usize], seed: u64) -> Vec<Vec<Treatment>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut dealt: Vec<Vec<Treatment>> = turns.iter().map(|lines| vec![Treatment::Pass; *lines]).collect();
    let mut order: Vec<usize> = (0..turns.len()).collect();
    order.shuffle(&mut rng);

    let mut free = Vec::new();
    let mut held = 0;
    for turn in order {
        let from = if held < HELD && turns.get(turn).is_some_and(|lines| *lines >= 2) {
            if let Some(first) = dealt.get_mut(turn).and_then(|lines| lines.first_mut()) {
                *first = Treatment::Hold;
            }
            held += 1;
            // the second line passes, to overtake the first
            2
        } else {
            0
        };
        free.extend((from..turns.get(turn).copied().unwrap_or_default()).map(|line| (turn, line)));
    }
    free.shuffle(&mut rng);
    for ((turn, line), trouble) in free.into_iter().zip(TROUBLES) {
        if let Some(treatment) = dealt.get_mut(turn).and_then(|lines| lines.get_mut(line)) {
            *treatment = trouble;
        }
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::script::CONVERSATION;

    #[test]
    fn every_trouble_is_dealt_and_what_is_held_is_overtaken() {
        let turns: Vec<usize> = CONVERSATION.iter().map(|(_, lines)| lines.len()).collect();
        for seed in 0..1000 {
            let dealt = deal(&turns, seed);
            assert_eq!(dealt.iter().map(Vec::len).collect::<Vec<_>>(), turns);
            let all = dealt.concat();
            let count = |treatment| all.iter().filter(|dealt| **dealt == treatment).count();
            for treatment in TROUBLES {
                assert_eq!(count(treatment), 2, "{treatment:?} with seed {seed}");
            }
            assert_eq!(count(Treatment::Hold), HELD);
            let overtaken = dealt.iter().filter(|turn| turn.starts_with(&[Treatment::Hold, Treatment::Pass]));
            assert_eq!(overtaken.count(), HELD);
        }
    }

    #[test]
    fn a_seed_repeats() {
        assert_eq!(deal(&[2, 3, 2, 3], 7), deal(&[2, 3, 2, 3], 7));
        assert_ne!(deal(&[2, 3, 2, 3], 7), deal(&[2, 3, 2, 3], 8));
    }
}
