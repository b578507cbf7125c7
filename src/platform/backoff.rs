//! How long to wait after a failure.

use std::cell::Cell;

use super::{Clock, Crypto};

const MAX_MS: u64 = 300_000;

/// Counts the failures of one thing that is tried again of its own accord, and says when that may be.
pub struct Backoff {
    base_ms: u64,
    failures: Cell<u32>,
    next_try_ms: Cell<u64>,
    is_servers: Cell<bool>,
}

impl Backoff {
    /// None failed yet; the wait after the first that does is at most `base_ms`.
    pub fn new(base_ms: u64) -> Self {
        Self { base_ms, failures: Cell::new(0), next_try_ms: Cell::new(0), is_servers: Cell::new(false) }
    }

    /// A try failed. The wait doubles with each, up to five minutes, with full jitter in its upper half so that many tabs and
    /// many people do not come back at once. A server's `Retry-After` is never undercut.
    pub fn failed(&self, platform: &(impl Clock + Crypto), retry_after_ms: Option<u64>) {
        let failures = self.failures.get();
        self.failures.set(failures.saturating_add(1));
        let ceiling_ms = self.base_ms.saturating_mul(1 << failures.min(20)).min(MAX_MS);
        let mut bytes = [0; 4];
        // Without randomness the wait is merely not jittered.
        let _ = platform.random(&mut bytes);
        let jitter_ms = u64::from(u32::from_le_bytes(bytes)) % (ceiling_ms / 2 + 1);
        let wait_ms = (ceiling_ms / 2 + jitter_ms).max(retry_after_ms.unwrap_or(0));
        self.next_try_ms.set(platform.monotonic_ms().saturating_add(wait_ms));
        self.is_servers.set(retry_after_ms.is_some());
    }

    /// The server asked somebody else for `wait_ms` from now: it is not undercut here either.
    pub fn asked_to_wait(&self, clock: &impl Clock, wait_ms: u64) {
        self.next_try_ms.set(clock.monotonic_ms().saturating_add(wait_ms).max(self.next_try_ms.get()));
        self.is_servers.set(true);
    }

    /// Something happened that makes the next try likely to succeed (the network, somebody looks): it may be now, unless the server
    /// asked for time.
    pub fn woken(&self) {
        if !self.is_servers.get() {
            self.forget();
        }
    }

    /// A try succeeded, or it is somebody else's from now on: what failed does not count any more.
    pub fn forget(&self) {
        self.failures.set(0);
        self.next_try_ms.set(0);
        self.is_servers.set(false);
    }

    /// How long from now until the next try; 0: it may be now.
    pub fn remaining_ms(&self, clock: &impl Clock) -> u64 {
        self.next_try_ms.get().saturating_sub(clock.monotonic_ms())
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::sim::{Tab, World};

    /// The waits after each of `count` failures in a row.
    fn waits(backoff: &Backoff, tab: &Tab, count: usize) -> Vec<u64> {
        (0..count)
            .map(|_| {
                backoff.failed(tab, None);
                backoff.remaining_ms(tab)
            })
            .collect()
    }

    #[test]
    fn doubles_to_five_minutes_and_is_jittered_in_the_upper_half() {
        let tab = World::new(1).open_tab();
        let mut ceiling_ms = 2_000;
        for wait_ms in waits(&Backoff::new(2_000), &tab, 100) {
            assert!((ceiling_ms / 2..=ceiling_ms).contains(&wait_ms), "{wait_ms} of {ceiling_ms}");
            ceiling_ms = (ceiling_ms * 2).min(300_000);
        }
        let other = World::new(2).open_tab();
        assert_ne!(waits(&Backoff::new(2_000), &tab, 3), waits(&Backoff::new(2_000), &other, 3));
    }

    #[test]
    fn passes_with_time_and_is_forgotten_after_a_success() {
        let world = World::new(1);
        let tab = world.open_tab();
        let backoff = Backoff::new(1_000);
        assert_eq!(backoff.remaining_ms(&tab), 0);
        waits(&backoff, &tab, 5);
        assert!(backoff.remaining_ms(&tab) >= 8_000);
        world.run_for(16_000);
        assert_eq!(backoff.remaining_ms(&tab), 0);

        backoff.failed(&tab, None);
        assert!(backoff.remaining_ms(&tab) >= 16_000, "waiting is no success");
        backoff.forget();
        assert_eq!(backoff.remaining_ms(&tab), 0);
        assert!(waits(&backoff, &tab, 1)[0] <= 1_000);
    }

    #[test]
    fn never_undercuts_what_the_server_asked_for() {
        let tab = World::new(1).open_tab();
        let backoff = Backoff::new(1_000);
        backoff.failed(&tab, Some(3_600_000));
        backoff.woken();
        assert_eq!(backoff.remaining_ms(&tab), 3_600_000);
        // Less than it would be anyway, and no limit for the next.
        backoff.failed(&tab, Some(1));
        backoff.woken();
        assert!((1_000..=2_000).contains(&backoff.remaining_ms(&tab)));
        backoff.failed(&tab, None);
        assert!((2_000..=4_000).contains(&backoff.remaining_ms(&tab)));

        backoff.asked_to_wait(&tab, 1);
        backoff.woken();
        assert!(backoff.remaining_ms(&tab) >= 2_000, "what was longer stays");
        backoff.asked_to_wait(&tab, 60_000);
        assert_eq!(backoff.remaining_ms(&tab), 60_000);
        backoff.forget();
        backoff.failed(&tab, None);
        backoff.woken();
        assert_eq!(backoff.remaining_ms(&tab), 0, "nobody asked for that one");
    }
}
