//! Events as JavaScript sees them.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::failure::to_js;
use super::values;
use crate::event::CloudEvent;
use crate::json::Writer;

/// Calls `emit(name, data)`, which keeps the listeners and whatever they throw.
pub fn emit(emit: &Function, event: &CloudEvent) {
    let _ = emit.call2(&JsValue::UNDEFINED, &event.name().into(), &data(event));
}

fn data(event: &CloudEvent) -> JsValue {
    let mut json = Writer::new();
    json.begin_object();
    match event {
        CloudEvent::BackgroundError(error) => return to_js(error),
        CloudEvent::ProfilesChanged(json)
        | CloudEvent::TaskShared(json)
        | CloudEvent::TaskEvent(json)
        | CloudEvent::QueueChanged(json) => return values::parse(json),
        CloudEvent::AuthStateChanged { state, previous, cause } => {
            json.name("state");
            json.str(state.as_str());
            json.name("previousState");
            json.str(previous.as_str());
            if let Some(cause) = cause {
                json.name("cause");
                json.str(cause.as_str());
            }
        }
        CloudEvent::UserInfo(user) => {
            json.name("userInfo");
            match user {
                Some(user) => user.write(&mut json),
                None => json.null(),
            }
        }
        CloudEvent::SettingsUpdated { organization, user, warnings } => {
            json.name("organization");
            json.bool(*organization);
            json.name("user");
            json.bool(*user);
            json.name("warnings");
            json.begin_array();
            for warning in warnings {
                json.str(warning);
            }
            json.end_array();
        }
        CloudEvent::ProfileActivated { name, id } => {
            json.name("name");
            json.str(name);
            if let Some(id) = id {
                json.name("id");
                json.str(id);
            }
        }
        CloudEvent::ConnectionChanged { online } => {
            json.name("online");
            json.bool(*online);
        }
    }
    json.end_object();
    values::parse(json.as_bytes())
}

/// Tells the user's `logger(level, message, context)` what an engineer would look for.
pub fn log(logger: &Function, event: &CloudEvent) {
    let (level, message) = match event {
        CloudEvent::BackgroundError(error) => ("warn", format!("{}: {}", error.code.as_str(), error.message)),
        CloudEvent::AuthStateChanged { state, previous, .. } => {
            ("info", format!("auth state {} after {}", state.as_str(), previous.as_str()))
        }
        _ => ("debug", event.name().to_owned()),
    };
    let _ = logger.call2(&JsValue::UNDEFINED, &level.into(), &message.into());
}
