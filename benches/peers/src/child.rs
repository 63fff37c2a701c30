//! One part, measured in this process.

use rayon::ThreadPoolBuilder;

use crate::{candidates, durable, groups, pairs, part::Part, pieces, rotations, sizes};

/// Measures `part` and writes its lines.
pub fn run(part: Part) {
    // OpenMLS spreads work over all cores: it all has to be in this thread, whose time is taken
    ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().expect("the first pool");
    match part {
        Part::Pairs => pairs::run(),
        Part::Groups => groups::run(),
        Part::Rotate200 => rotations::run(200),
        Part::Rotate1000 => rotations::run(1000),
        Part::Pieces => pieces::run(),
        Part::Sizes => {
            sizes::run();
            durable::crowds();
        }
        Part::Durable => durable::run(),
        Part::Candidates => candidates::run(),
    }
}
