//! How long to wait after a failure.

use super::Crypto;

/// The wait before try number `failures` + 1, in milliseconds: doubling from `base_ms` to at most `max_ms`, with full jitter in
/// its upper half so that many tabs and many people do not come back at once. A server's `Retry-After` is never undercut.
pub fn backoff_ms<P: Crypto>(random: &P, failures: u32, base_ms: u64, max_ms: u64, retry_after_ms: Option<u64>) -> u64 {
    let ceiling_ms = base_ms.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(max_ms);
    let mut bytes = [0; 4];
    // Without randomness the wait is merely not jittered.
    let _ = random.random(&mut bytes);
    let jitter_ms = u64::from(u32::from_le_bytes(bytes)) % (ceiling_ms / 2 + 1);
    (ceiling_ms / 2 + jitter_ms).max(retry_after_ms.unwrap_or(0))
}
