//! The pure functions: no instance, no network, no storage.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::failure::{promise, thrown};
use super::options::side;
use super::part::{self, Question};
use super::values::{parse, stringify, text_member, texts};
use crate::error::{CloudError, Code, Result};
use crate::json::{Document, Limits};
use crate::platform::browser::js;
use crate::profiles::document;
use crate::profiles::merge::{Inputs, Side, merge};
use crate::settings::allow_list;
use crate::settings::validation::{parse_settings, read};
use crate::telemetry::event_types;
use crate::uuid;

type Thrown<T> = std::result::Result<T, JsValue>;

/// `mergeProfiles(local, cloud, options?)`
#[wasm_bindgen(js_name = mergeProfiles)]
pub fn merge_profiles(local: &JsValue, cloud: &JsValue, options: &JsValue) -> Thrown<JsValue> {
    thrown(stringify(local, "local").and_then(|local| {
        part::ask(Question::MergeProfiles { local, cloud: stringify(cloud, "cloud")?, options: options.clone() })
    }))
}

/// The merge, on JSON.
pub fn merge_values(local: &[u8], cloud: &[u8], options: &JsValue) -> Result<JsValue> {
    let refuse = |name: &str, what: &str| CloudError::new(Code::InvalidArgument, format!("`{name}`: {what}"));
    let stored = Document::parse(local, document::LIMITS).map_err(|e| refuse("local", e.what))?;
    let sent = Document::parse(cloud, Limits::default()).map_err(|e| refuse("cloud", e.what))?;
    let resolve = js::get(options, "resolve");
    let active = text_member(options, "activeProfileName");
    let inputs = Inputs { local: stored.root(), cloud: Some(sent.root()), invalid: &[], active: active.as_deref() };
    let merged = merge(
        &inputs,
        &mut |conflict| match resolve.dyn_ref::<js_sys::Function>() {
            Some(resolve) => side(&resolve.call1(&JsValue::UNDEFINED, &parse(&conflict.to_json())).unwrap_or_default()),
            None => Side::Cloud,
        },
        &mut || {
            let mut bytes = [0; 16];
            for byte in &mut bytes {
                // An id, not a secret: distinct is enough.
                *byte = random_byte();
            }
            uuid::v4(bytes).text()
        },
    )
    .map_err(|error| refuse("local", error.what()))?;
    Ok(js::object(&[
        ("profiles", &parse(merged.document.as_deref().unwrap_or(local))),
        ("result", &parse(&merged.result.to_json())),
    ])
    .into())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255 by construction")]
fn random_byte() -> u8 {
    (js_sys::Math::random() * 256.0) as u8
}

/// Loads what was not needed to begin with.
#[wasm_bindgen(js_name = loadParts)]
pub fn load_parts() -> Promise {
    promise(Box::pin(async { part::load().await.map(|()| JsValue::UNDEFINED) }))
}

/// `parseSettings(body)`
#[wasm_bindgen(js_name = parseSettings)]
pub fn parse_settings_value(body: &JsValue) -> Thrown<JsValue> {
    let bytes = if let Some(text) = body.as_string() {
        Ok(text.into_bytes())
    } else if let Some(bytes) = body.dyn_ref::<js_sys::Uint8Array>() {
        Ok(bytes.to_vec())
    } else {
        stringify(body, "body")
    };
    thrown(bytes.and_then(|bytes| part::ask(Question::ParseSettings(bytes))))
}

/// The answer, read.
pub fn parse_body(bytes: &[u8]) -> Result<JsValue> {
    let document = read(bytes)?;
    let settings = parse_settings(document.root())?;
    Ok(js::object(&[
        ("organization", &parse(settings.organization.bytes())),
        ("user", &parse(settings.user.json.raw())),
        ("warnings", &texts(&settings.warnings)),
    ])
    .into())
}

/// `validateEvent(event)`
#[wasm_bindgen(js_name = validateEvent)]
pub fn validate_event(event: &JsValue) -> Thrown<()> {
    thrown(stringify(event, "event").and_then(|bytes| {
        let document = Document::parse(&bytes, Limits::default())
            .map_err(|e| CloudError::new(Code::InvalidEvent, format!("the event: {}", e.what)))?;
        event_types::validate_event(document.root())
    }))
}

/// `isProfileAllowed(profile, allowList)`
#[wasm_bindgen(js_name = isProfileAllowed)]
pub fn is_profile_allowed(profile: &JsValue, allow_list: &JsValue) -> Thrown<bool> {
    thrown((|| {
        let refuse = |name: &str, what: &str| CloudError::new(Code::InvalidArgument, format!("`{name}`: {what}"));
        let (profile, list) = (stringify(profile, "profile")?, stringify(allow_list, "allowList")?);
        let profile = Document::parse(&profile, Limits::default()).map_err(|e| refuse("profile", e.what))?;
        let list = Document::parse(&list, Limits::default()).map_err(|e| refuse("allowList", e.what))?;
        Ok(allow_list::is_profile_allowed(profile.root(), list.root()))
    })())
}
