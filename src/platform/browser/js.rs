//! JavaScript values of unknown shape, and the few idioms that all files here share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use crate::error::Code;
use crate::platform::Subscription;

#[wasm_bindgen]
extern "C" {
    /// `Array.from`: throws on what cannot be iterated.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    pub(super) fn array_from(iterable: &JsValue) -> Result<Array, JsValue>;
}

/// The property `name`; `undefined` where it is absent or its getter throws.
pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

/// Sets the property `name`.
pub(super) fn set(object: &JsValue, name: &str, value: &JsValue) -> Result<(), JsValue> {
    Reflect::set(object, &name.into(), value).map(drop)
}

/// Calls the method `name`.
pub(crate) fn call(object: &JsValue, name: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let list = Array::new();
    for argument in arguments {
        list.push(argument);
    }
    Reflect::get(object, &name.into())?.dyn_into::<Function>()?.apply(object, &list)
}

/// An object literal.
pub(crate) fn object(members: &[(&str, &JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in members {
        // A new object takes everything.
        let _ = set(&object, name, value);
    }
    object
}

/// Awaits what may be a promise; what is none is there at once, without giving way to anything else.
pub(crate) async fn settled(value: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    let value = value?;
    if value.is_object() { Promise::resolve(&value).await } else { Ok(value) }
}

/// Whether this is the `DOMException` (or other error) of that name.
pub(super) fn is_named(error: &JsValue, name: &str) -> bool {
    get(error, "name").as_string().as_deref() == Some(name)
}

/// Has `object` call `listener` with texts, by its method `subscribe`, which gives what ends that. It may keep what it was given
/// for longer, and call it then.
pub(super) fn hear(object: &JsValue, subscribe: &str, listener: Box<dyn Fn(&str)>) -> Subscription {
    if !get(object, subscribe).is_function() {
        return Subscription::new(|| ());
    }
    let listener = Rc::new(RefCell::new(Some(Rc::<dyn Fn(&str)>::from(listener))));
    let ears = listener.clone();
    let handler = Closure::<dyn Fn(JsValue)>::new(move |text: JsValue| {
        let listener = ears.borrow().clone();
        if let (Some(listener), Some(text)) = (listener, text.as_string()) {
            listener(&text);
        }
    });
    let stop = call(object, subscribe, &[&handler.into_js_value()]);
    Subscription::new(move || {
        let gone = listener.borrow_mut().take();
        drop(gone);
        if let Some(stop) = stop.ok().and_then(|stop| stop.dyn_into::<Function>().ok()) {
            let _ = stop.call0(&JsValue::UNDEFINED);
        }
    })
}

/// The `code` of what the page's own code threw, if it is one of ours. Its words stay with the page: they may hold anything.
pub(crate) fn code(thrown: &JsValue) -> Option<Code> {
    Code::from_name(&get(thrown, "code").as_string()?)
}

/// A promise with the functions that settle it, to be handed out as event handlers.
pub(crate) struct Deferred {
    pub(crate) promise: Promise,
    pub(crate) resolve: Function,
    pub(crate) reject: Function,
}

impl Deferred {
    pub(crate) fn new() -> Self {
        let (mut resolving, mut rejecting) = (JsValue::UNDEFINED, JsValue::UNDEFINED);
        // The executor runs before the constructor returns.
        let promise = Promise::new(&mut |resolve, reject| {
            resolving = resolve.into();
            rejecting = reject.into();
        });
        Self { promise, resolve: resolving.unchecked_into(), reject: rejecting.unchecked_into() }
    }

    pub(super) fn resolve(&self, value: &JsValue) {
        let _ = self.resolve.call1(&JsValue::UNDEFINED, value);
    }

    pub(super) fn reject(&self) {
        let _ = self.reject.call0(&JsValue::UNDEFINED);
    }
}

/// Aborts what runs under its signal when dropped: requests, waiting for locks, listeners.
pub(super) struct AbortOnDrop(AbortController, Cell<bool>);

impl AbortOnDrop {
    pub(super) fn new() -> Result<Self, JsValue> {
        Ok(Self(AbortController::new()?, Cell::new(true)))
    }

    /// There is nothing left to abort, which browsers take their time for all the same.
    pub(super) fn disarm(&self) {
        self.1.set(false);
    }

    pub(super) fn signal(&self) -> AbortSignal {
        self.0.signal()
    }

    /// `abort` as a function, to be handed out as an event handler.
    pub(super) fn abort_function(&self) -> Function {
        get(&self.0, "abort").unchecked_into::<Function>().bind0(&self.0)
    }

    /// Has `target` call `handler` at each `event` until this is dropped.
    pub(super) fn listen(&self, target: &JsValue, event: &str, handler: &JsValue) {
        let until = object(&[("signal", &self.signal())]);
        let _ = call(target, "addEventListener", &[&event.into(), handler, &until]);
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if self.1.get() {
            self.0.abort();
        }
    }
}
