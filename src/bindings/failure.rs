//! Failures as `CloudError` objects, and what happens after a panic.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{Either, LocalBoxFuture, select};
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;

use crate::error::{CloudError, Code, Result};
use crate::platform::browser::js::{self, Deferred};
use crate::platform::notify::Notify;

thread_local! {
    /// `CloudError` of `index.js`.
    static CLASS: RefCell<Option<Function>> = const { RefCell::new(None) };
    static PANICKED: Cell<bool> = const { Cell::new(false) };
    /// What rejects the promises that are out, so that a panic settles them.
    static PENDING: RefCell<Vec<(u32, Function)>> = const { RefCell::new(Vec::new()) };
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// Hands over the class `CloudError` and makes panics survivable: whatever waits is rejected with INTERNAL.
#[wasm_bindgen(js_name = setErrorClass)]
pub fn set_error_class(class: Function) {
    CLASS.with(|slot| slot.replace(Some(class)));
    std::panic::set_hook(Box::new(|_| {
        PANICKED.with(|panicked| panicked.set(true));
        let pending = PENDING.with(|pending| pending.try_borrow_mut().map(|mut pending| std::mem::take(&mut *pending)));
        let error = to_js(&internal());
        for (_, reject) in pending.unwrap_or_default() {
            let _ = reject.call1(&JsValue::UNDEFINED, &error);
        }
    }));
}

/// Whether the module can still be trusted. After a panic nothing in it can.
#[wasm_bindgen(js_name = hasPanicked)]
pub fn has_panicked() -> bool {
    PANICKED.with(Cell::get)
}

fn internal() -> CloudError {
    CloudError::new(Code::Internal, "roo-cloud-web has a fault and stopped; what was stored is intact, reload the page")
}

/// `error` as a `CloudError`.
pub fn to_js(error: &CloudError) -> JsValue {
    let class = CLASS.with(|class| class.try_borrow().ok().and_then(|class| class.clone()));
    let Some(class) = class else { return JsValue::from_str(&error.message) };
    let arguments = Array::new();
    for value in [
        error.code.as_str().into(),
        (&*error.message).into(),
        error.code.category().as_str().into(),
        error.retryable().into(),
        error.status.map_or(JsValue::UNDEFINED, |status| f64::from(status).into()),
        error.retry_after_ms.map_or(JsValue::UNDEFINED, number),
    ] {
        arguments.push(&value);
    }
    Reflect::construct(&class, &arguments).unwrap_or_else(|_| (&*error.message).into())
}

/// A count or a time in milliseconds; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "JavaScript has no other numbers, and ours stay below 2^53")]
pub fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}

/// `result` as a synchronous function gives it.
pub fn thrown<T>(result: Result<T>) -> std::result::Result<T, JsValue> {
    result.map_err(|error| to_js(&error))
}

/// The work behind a promise.
pub type Work = LocalBoxFuture<'static, Result<JsValue>>;

/// What ends all calls of a client when it is disposed of.
#[derive(Default)]
pub struct Calls {
    ended: Cell<bool>,
    bells: RefCell<Vec<Rc<Notify>>>,
}

impl Calls {
    /// Ends all calls under way, and all to come, with DISPOSED.
    pub fn end(&self) {
        self.ended.set(true);
        let bells = self.bells.borrow_mut().split_off(0);
        for bell in bells {
            bell.notify();
        }
    }

    /// `work` as a promise: ends with ABORTED or TIMEOUT when `signal` says so, with DISPOSED when the client is gone. `work` is dropped then,
    /// which aborts what it waits for.
    ///
    /// Boxed, so that the module holds this once and not for each method.
    pub fn promise(self: &Rc<Self>, signal: JsValue, work: Work) -> Promise {
        let me = self.clone();
        promise(Box::pin(async move {
            let bell = Rc::new(Notify::default());
            let aborted = Rc::new(Cell::new(js::get(&signal, "aborted").is_truthy()));
            if me.ended.get() {
                return Err(CloudError::new(Code::Disposed, "the client was disposed of"));
            }
            if aborted.get() {
                return Err(ended_by(&signal));
            }
            me.bells.borrow_mut().push(bell.clone());
            let listening = listen(&signal, &bell, &aborted);
            let result = match select(work, Box::pin(bell.notified())).await {
                Either::Left((result, _)) => result,
                Either::Right(_) if aborted.get() => Err(ended_by(&signal)),
                Either::Right(_) => {
                    Err(CloudError::new(Code::Disposed, "the client was disposed of; what was queued is kept"))
                }
            };
            me.bells.borrow_mut().retain(|other| !Rc::ptr_eq(other, &bell));
            if let Some(handler) = listening {
                let _ = js::call(&signal, "removeEventListener", &[&"abort".into(), handler.as_ref()]);
            }
            result
        }))
    }
}

fn listen(signal: &JsValue, bell: &Rc<Notify>, aborted: &Rc<Cell<bool>>) -> Option<Closure<dyn Fn()>> {
    if !signal.is_object() {
        return None;
    }
    let (bell, aborted) = (bell.clone(), aborted.clone());
    let handler = Closure::<dyn Fn()>::new(move || {
        aborted.set(true);
        bell.notify();
    });
    js::call(signal, "addEventListener", &[&"abort".into(), handler.as_ref()]).ok()?;
    Some(handler)
}

fn ended_by(signal: &JsValue) -> CloudError {
    // As `AbortSignal.timeout` names it.
    let is_late = js::get(&js::get(signal, "reason"), "name").as_string().as_deref() == Some("TimeoutError");
    let code = if is_late { Code::Timeout } else { Code::Aborted };
    CloudError::new(code, "ended by the caller's signal; what the server already did stands")
}

/// `work` as a promise that also ends when the module panics.
pub fn promise(work: Work) -> Promise {
    let Deferred { promise, resolve, reject } = Deferred::new();
    let id = NEXT.with(|next| next.replace(next.get().wrapping_add(1)));
    PENDING.with(|pending| pending.borrow_mut().push((id, reject.clone())));
    wasm_bindgen_futures::spawn_local(async move {
        let result = work.await;
        PENDING.with(|pending| pending.borrow_mut().retain(|(other, _)| *other != id));
        // Settling calls nothing before this task has ended.
        let _ = match result {
            Ok(value) => resolve.call1(&JsValue::UNDEFINED, &value),
            Err(error) => reject.call1(&JsValue::UNDEFINED, &to_js(&error)),
        };
    });
    promise
}
