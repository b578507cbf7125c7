//! One tab at a time: Web Locks, or a lease in storage where there are none.

use super::{Expect, Guard, Platform, StorageKind, StoreError, Write, within};
use crate::error::{CloudError, Code, Result};
use std::rc::Rc;

/// A waiter asks again this often: a lock held by a page in the back/forward cache leaves queued waiters hanging (measured in
/// Chromium), while a new request succeeds.
const ASK_AGAIN_MS: u64 = 3_000;
/// How often a lease is looked at.
const LOOK_AGAIN_MS: u64 = 250;
/// A lease outlives its owner by at most this, which is longer than a refresh may take.
pub const LEASE_MS: u64 = 24_000;

/// Being the one. Ends when dropped.
pub struct Exclusive<P: Platform> {
    hold: Hold<P>,
}

enum Hold<P: Platform> {
    Lock { guard: P::Guard },
    Lease { platform: Rc<P>, key: String, version: u64 },
    Alone,
}

impl<P: Platform> Exclusive<P> {
    /// False: the browser took the lock away (the page was put aside). A lease says nothing of its end.
    pub fn is_held(&self) -> bool {
        match &self.hold {
            Hold::Lock { guard } => guard.is_held(),
            _ => true,
        }
    }
}

/// Waits at most `limit_ms` to be the only one of this origin that does `name`. Fails with TIMEOUT: nothing was done, try again.
pub async fn exclusive<P: Platform>(platform: &Rc<P>, name: &str, limit_ms: u64) -> Result<Exclusive<P>> {
    if platform.has_locks() { lock(platform, name, limit_ms).await } else { lease(platform, name, limit_ms).await }
}

async fn lock<P: Platform>(platform: &Rc<P>, name: &str, limit_ms: u64) -> Result<Exclusive<P>> {
    let deadline_ms = platform.monotonic_ms().saturating_add(limit_ms);
    loop {
        let left_ms = deadline_ms.saturating_sub(platform.monotonic_ms());
        match within(&**platform, left_ms.min(ASK_AGAIN_MS), platform.lock(name)).await {
            Some(Some(guard)) => return Ok(Exclusive { hold: Hold::Lock { guard } }),
            Some(None) => return lease(platform, name, limit_ms).await,
            None if left_ms <= ASK_AGAIN_MS => return Err(held()),
            None => {}
        }
    }
}

async fn lease<P: Platform>(platform: &Rc<P>, name: &str, limit_ms: u64) -> Result<Exclusive<P>> {
    let key = format!("lease/{name}");
    let deadline_ms = platform.monotonic_ms().saturating_add(limit_ms);
    loop {
        match take_lease(platform, &key).await {
            Ok(version) => {
                return Ok(Exclusive { hold: Hold::Lease { platform: platform.clone(), key, version } });
            }
            // Nothing is shared where nothing is stored: this realm works alone.
            Err(StoreError::Unavailable | StoreError::Full) if platform.storage_kind() == StorageKind::Memory => {
                return Ok(Exclusive { hold: Hold::Alone });
            }
            Err(_) if platform.monotonic_ms() >= deadline_ms => return Err(held()),
            Err(_) => platform.sleep(LOOK_AGAIN_MS).await,
        }
    }
}

/// Takes the lease if nobody holds it; `Mismatch`: somebody does.
async fn take_lease<P: Platform>(platform: &Rc<P>, key: &str) -> std::result::Result<u64, StoreError> {
    let now_ms = platform.wall_ms();
    let found = platform.read(&[key]).await?.pop().flatten();
    let expect = match &found {
        None => Expect::Absent,
        Some(stored) => {
            let until_ms =
                std::str::from_utf8(&stored.bytes).ok().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
            // A lease from the future is a clock set back: it counts as run out once it is further away than any lease can be.
            if until_ms > now_ms && until_ms <= now_ms + LEASE_MS {
                return Err(StoreError::Mismatch);
            }
            Expect::Version(stored.version)
        }
    };
    let bytes = (now_ms + LEASE_MS).to_string().into_bytes();
    let versions = platform.apply(vec![Write { key: key.to_owned(), expect, bytes: Some(bytes) }]).await?;
    Ok(versions.first().copied().unwrap_or(0))
}

fn held() -> CloudError {
    CloudError::new(Code::Timeout, "another tab is busy with the same; nothing was sent, try again")
}

impl<P: Platform> Drop for Exclusive<P> {
    fn drop(&mut self) {
        if let Hold::Lease { platform, key, version } = &self.hold {
            let (owner, key, expect) = (platform.clone(), key.clone(), Expect::Version(*version));
            platform.spawn(Box::pin(async move {
                // Failing, it runs out by itself.
                let _ = owner.apply(vec![Write { key, expect, bytes: None }]).await;
            }));
        }
    }
}
