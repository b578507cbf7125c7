//! Runs a scenario over many seeds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs `scenario` for the seeds 0 to `count`, on all processors, and stops at the first that fails.
///
/// The environment says otherwise: `SIM_SEED=17` runs that seed alone; `SIM_SEEDS=10000` runs so many.
///
/// # Panics
/// With the failing seed, and how to run it again.
#[track_caller]
pub fn seeds(count: u64, scenario: impl Fn(u64) + Sync) {
    if let Some(seed) = from_environment("SIM_SEED") {
        return scenario(seed);
    }
    let count = from_environment("SIM_SEEDS").unwrap_or(count);
    let next = AtomicU64::new(0);
    let failure: Mutex<Option<(u64, String)>> = Mutex::new(None);
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
                        next.store(count, Ordering::Relaxed);
                        if let Ok(mut failure) = failure.lock() {
                            failure.get_or_insert((seed, words_of(panic.as_ref())));
                        }
                    }
                }
            });
        }
    });
    if let Ok(Some((seed, words))) = failure.into_inner() {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        panic!("seed {seed} fails: {words}\nrun it again: SIM_SEED={seed} cargo test --test sim {test}");
    }
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|&text| text.to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
