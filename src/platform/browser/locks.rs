//! Web Locks. (web-sys has them only behind an unstable flag.)

use futures_util::future;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::js::{self, AbortOnDrop, Deferred};
use super::{Browser, realm};
use crate::platform::{Guard, Locks};

/// Asks something harmless: there is a `navigator.locks` in a sandboxed frame, but it refuses everything.
pub(super) fn probe() -> Result<JsValue, JsValue> {
    js::call(&realm::navigator("locks"), "query", &[])
}

/// A lock held or waited for. One signal ends both: dropping this aborts it, and so does `pagehide`, for a page in the
/// back/forward cache keeps its locks, and would even be granted those it waits for.
pub struct LockGuard {
    abort: AbortOnDrop,
    _granted: Closure<dyn FnMut() -> Promise>,
}

impl Guard for LockGuard {
    fn is_held(&self) -> bool {
        !self.abort.signal().aborted()
    }
}

impl Locks for Browser {
    type Guard = LockGuard;

    fn has_locks(&self) -> bool {
        self.found().has_locks
    }

    async fn lock(&self, name: &str) -> Option<LockGuard> {
        if !self.has_locks() {
            return None;
        }
        let abort = AbortOnDrop::new().ok()?;
        let signal = abort.signal();
        abort.listen(&realm::global(), "pagehide", &abort.abort_function());

        let (grant, held) = (Deferred::new(), Deferred::new());
        // Not by `AbortOnDrop::listen`: the signal takes its own listeners away before it tells them.
        js::call(&signal, "addEventListener", &[&"abort".into(), &held.resolve]).ok()?;
        let (tell, hold) = (grant.resolve.clone(), held.promise);
        let granted = Closure::new(move || {
            let _ = tell.call0(&JsValue::UNDEFINED);
            hold.clone()
        });
        let options = js::object(&[("signal", &signal)]);
        let arguments: [&JsValue; 3] = [&self.scoped(name).into(), &options, granted.as_ref()];
        let request = js::call(&realm::navigator("locks"), "request", &arguments).ok()?;
        // Settles when the lock is given back; of interest only if that is before it was granted.
        let _ = js::call(&request, "then", &[&JsValue::UNDEFINED, &grant.reject]);
        let guard = LockGuard { abort, _granted: granted };
        if JsFuture::from(grant.promise).await.is_ok() {
            return Some(guard);
        }
        if guard.abort.signal().aborted() {
            // Withdrawn as the page was hidden. Should it come back, the caller's limit ends this, and it asks again.
            future::pending::<()>().await;
        }
        None
    }
}
