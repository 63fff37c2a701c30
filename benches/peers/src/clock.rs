//! CPU time of this thread, so that what others do on the machine counts as little as can be.

use rustix::time::{ClockId, clock_gettime};

/// What `work` gives, and the nanoseconds that it took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = now();
    let result = work();
    (now() - start, result)
}

fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// The median; none of nothing.
pub fn median(mut samples: Vec<f64>) -> Option<f64> {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied()
}
