//! Runs a scenario over many seeds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs `scenario` for the seeds 0 to `count`, on all processors, and stops at the first that fails.
///
/// The environment says otherwise: `SIM_SEED=17` runs that seed alone; `SIM_SEEDS=10000` runs up to that one, `SIM_FROM=5000` from
/// that one on; `SIM_GO_ON=1` runs all and tells of each that fails.
///
/// # Panics
/// With the seeds that fail, and how to run one again.
#[track_caller]
pub fn seeds(count: u64, scenario: impl Fn(u64) + Sync) {
    if let Some(seed) = from_environment("SIM_SEED") {
        return scenario(seed);
    }
    let count = from_environment("SIM_SEEDS").unwrap_or(count);
    let goes_on = std::env::var_os("SIM_GO_ON").is_some();
    let next = AtomicU64::new(from_environment("SIM_FROM").unwrap_or(0));
    let failures: Mutex<Vec<(u64, String)>> = Mutex::default();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= count {
                        return;
                    }
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| scenario(seed))) {
                        if !goes_on {
                            next.store(count, Ordering::Relaxed);
                        }
                        if let Ok(mut failures) = failures.lock() {
                            failures.push((seed, words_of(panic.as_ref())));
                        }
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_default();
    let Some((seed, words)) = failures.first() else { return };
    let all: Vec<u64> = failures.iter().map(|(seed, _)| *seed).collect();
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    panic!(
        "seed {seed} fails: {words}\nthose that failed: {all:?}; run one again: SIM_SEED={seed} cargo test --test sim {test}"
    );
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|&text| text.to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
