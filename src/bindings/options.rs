//! `CloudOptions`, read and checked. A wrong one is CONFIG and names the option.

use std::rc::Rc;

use futures_util::FutureExt;
use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use super::provider::PageProvider;
use super::values::{count, count_member, function_member, parse, stringify, text_member};
use crate::auth::oauth::OAuthConfig;
use crate::auth::oauth::sign_in::Mode;
use crate::auth::session::ActFor;
use crate::error::{CloudError, Code, Result};
use crate::platform::browser::{BrowserOptions, StorageChoice, js};
use crate::profiles::manager::Resolver;
use crate::profiles::merge::Side;
use crate::service::{AuthConfig, Config};
use crate::telemetry::client::{BeforeSend, CommonProperties, TelemetryConfig};
use crate::telemetry::event_types::PropertiesCheck;
use crate::telemetry::filter::EventFilter;

const SETTINGS_INTERVAL_MS: u64 = 5 * 60_000;
/// More often than this, a page would be a burden to the cloud.
const MIN_SETTINGS_INTERVAL_MS: u64 = 1_000;
/// The ticket server of production.
const CLERK_URL: &str = "https://clerk.roocode.com";
const SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// What the client needs to know.
pub fn config(options: &JsValue) -> Result<Config> {
    if !options.is_object() {
        return Err(wrong("options", "must be an object"));
    }
    let settings = js::get(options, "settings");
    let profiles = js::get(options, "profiles");
    let sync = text_member(&profiles, "sync");
    if !js::get(&profiles, "sync").is_undefined() && !matches!(sync.as_deref(), Some("automatic" | "manual")) {
        return Err(wrong("profiles.sync", "must be \"automatic\" or \"manual\""));
    }
    let interval_ms = count_member(&settings, "refreshIntervalMs").unwrap_or(SETTINGS_INTERVAL_MS);
    if interval_ms < MIN_SETTINGS_INTERVAL_MS {
        return Err(wrong("settings.refreshIntervalMs", "must be at least 1000"));
    }
    Ok(Config {
        api_url: text_member(options, "apiUrl").ok_or_else(|| wrong("apiUrl", "must be a url"))?,
        auth: auth(&js::get(options, "auth"), options)?,
        settings_interval_ms: interval_ms,
        static_settings: None,
        sync_profiles: sync.as_deref() != Some("manual"),
        resolver: function_member(&profiles, "resolve").map(resolver),
        telemetry: telemetry(&js::get(options, "telemetry"))?,
    })
}

fn telemetry(options: &JsValue) -> Result<TelemetryConfig> {
    let default = TelemetryConfig::default();
    let at_least_one = |name: &str| match js::get(options, name) {
        value if value.is_undefined() => Ok(None),
        value => count(&value)
            .filter(|count| *count > 0)
            .map(Some)
            .ok_or_else(|| wrong(&format!("telemetry.{name}"), "must be a number of at least 1")),
    };
    let function = |name: &str| match js::get(options, name) {
        value if value.is_undefined() => Ok(None),
        value => value
            .dyn_into::<Function>()
            .map(Some)
            .map_err(|_| wrong(&format!("telemetry.{name}"), "must be a function")),
    };
    let size = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    Ok(TelemetryConfig {
        enabled: js::get(options, "enabled").as_bool() != Some(false),
        batch_size: at_least_one("batchSize")?.map_or(default.batch_size, size),
        flush_interval_ms: at_least_one("flushIntervalMs")?.unwrap_or(default.flush_interval_ms),
        max_queue_bytes: at_least_one("maxQueueBytes")?.map_or(default.max_queue_bytes, size),
        filter: EventFilter {
            include: list(&js::get(options, "include"), "telemetry.include")?,
            exclude: list(&js::get(options, "exclude"), "telemetry.exclude")?.unwrap_or_default(),
        },
        properties: function("properties")?.map(|properties| -> CommonProperties {
            Rc::new(move || stringify(&properties.call0(&JsValue::UNDEFINED).ok()?, "properties").ok())
        }),
        before_send: function("beforeSend")?.map(|before_send| -> BeforeSend {
            Rc::new(move |event| {
                let kept = before_send.call1(&JsValue::UNDEFINED, &parse(&event)).ok()?;
                kept.is_object().then(|| stringify(&kept, "beforeSend").ok()).flatten()
            })
        }),
    })
}

/// `(properties) => boolean | string`: true is good, a string says what is not.
pub fn properties_check(check: Function) -> PropertiesCheck {
    Rc::new(move |properties| match check.call1(&JsValue::UNDEFINED, &parse(properties.raw())) {
        Ok(answer) if answer.as_bool() == Some(true) => Ok(()),
        Ok(answer) => Err(answer.as_string().unwrap_or_else(|| "its check said no".into())),
        Err(_) => Err("its check threw".into()),
    })
}

/// What the platform needs to know.
pub fn browser(options: &JsValue, upload: Option<Function>) -> Result<BrowserOptions> {
    let storage = js::get(options, "storage");
    let storage = match storage.as_string().as_deref() {
        None if storage.is_undefined() => StorageChoice::Auto,
        None if ["get", "set", "delete", "keys"].iter().all(|name| js::get(&storage, name).is_function()) => {
            StorageChoice::Custom(storage)
        }
        Some("auto") => StorageChoice::Auto,
        Some("indexeddb") => StorageChoice::IndexedDb,
        Some("local") => StorageChoice::Local,
        Some("session") => StorageChoice::Session,
        Some("memory") => StorageChoice::Memory,
        _ => return Err(wrong("storage", "must be auto, indexeddb, local, session, memory or a StorageAdapter")),
    };
    let host = js::get(options, "host");
    let fetch = js::get(options, "fetch");
    if !fetch.is_undefined() && !fetch.is_function() {
        return Err(wrong("fetch", "must be a function"));
    }
    Ok(BrowserOptions {
        storage,
        fetch: fetch.dyn_into().ok(),
        upload,
        host: host.is_object().then_some(host),
        namespace: String::new(),
    })
}

/// `ConflictResolver`: whatever it throws or returns, that is no `"local"`, lets the cloud win.
pub fn resolver(function: Function) -> Resolver {
    Rc::new(move |conflict| {
        let function = function.clone();
        async move {
            let answer = js::settled(function.call1(&JsValue::UNDEFINED, &parse(&conflict))).await;
            side(&answer.unwrap_or_default())
        }
        .boxed_local()
    })
}

/// `"local"`, or the cloud.
pub fn side(answer: &JsValue) -> Side {
    if answer.as_string().as_deref() == Some("local") { Side::Local } else { Side::Cloud }
}

/// An organization's id, or `null` for the personal account; anything else names nobody.
pub fn act_for(value: &JsValue) -> Option<ActFor> {
    if value.is_null() { Some(ActFor::Personal) } else { value.as_string().map(ActFor::Organization) }
}

/// `"redirect"`, `"popup"` or `"host"`.
pub fn mode(value: &JsValue) -> Result<Option<Mode>> {
    match value.as_string().as_deref() {
        None if value.is_undefined() => Ok(None),
        Some("redirect") => Ok(Some(Mode::Redirect)),
        Some("popup") => Ok(Some(Mode::Popup)),
        Some("host") => Ok(Some(Mode::Host)),
        _ => Err(CloudError::new(Code::InvalidArgument, "`mode`: must be redirect, popup or host")),
    }
}

fn auth(auth: &JsValue, options: &JsValue) -> Result<AuthConfig> {
    let required = |name: &str| {
        text_member(auth, name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| wrong(&format!("auth.{name}"), "is missing"))
    };
    match text_member(auth, "type").as_deref() {
        Some("oauth") => {
            let default_mode =
                mode(&js::get(auth, "mode")).map_err(|_| wrong("auth.mode", "must be redirect, popup or host"))?;
            Ok(AuthConfig::OAuth {
                oauth: OAuthConfig {
                    issuer: required("issuer")?,
                    client_id: required("clientId")?,
                    redirect_uri: required("redirectUri")?,
                    scopes: scopes(&js::get(auth, "scopes"))?,
                    dpop: js::get(auth, "dpop").is_truthy(),
                },
                mode: default_mode.unwrap_or(Mode::Redirect),
                act_for: act_for(&js::get(auth, "organizationId")),
            })
        }
        Some("token") => Ok(AuthConfig::Static { token: required("token")? }),
        Some("ticket") => {
            let own = [js::get(options, "fetch"), js::get(&js::get(options, "host"), "fetch")];
            if !own.iter().any(JsValue::is_function) {
                return Err(wrong(
                    "auth.type",
                    "\"ticket\" needs `host.fetch` or an own `fetch`: the ticket server answers no browser origin",
                ));
            }
            Ok(AuthConfig::Ticket {
                clerk_url: text_member(auth, "clerkUrl").unwrap_or_else(|| CLERK_URL.into()),
                auth_redirect: required("authRedirect")?,
            })
        }
        Some("custom") => {
            let provider = js::get(auth, "provider");
            if ["initialize", "authenticate", "refresh"].iter().any(|name| !js::get(&provider, name).is_function()) {
                return Err(wrong("auth.provider", "must have initialize, authenticate and refresh"));
            }
            Ok(AuthConfig::Custom { provider: Rc::new(PageProvider(provider)) })
        }
        _ => Err(wrong("auth.type", "must be oauth, ticket, token or custom")),
    }
}

fn scopes(value: &JsValue) -> Result<Vec<String>> {
    let scopes = list(value, "auth.scopes")?.unwrap_or_else(|| SCOPES.map(String::from).to_vec());
    // RFC 6749, 3.3.
    let sound = |scope: &String| !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_graphic());
    if scopes.iter().all(sound) { Ok(scopes) } else { Err(wrong("auth.scopes", "must be strings without spaces")) }
}

/// An array of strings, or nothing.
fn list(value: &JsValue, option: &str) -> Result<Option<Vec<String>>> {
    if value.is_undefined() {
        return Ok(None);
    }
    let texts = Array::is_array(value).then(|| Array::from(value).iter().map(|text| text.as_string()).collect());
    texts.flatten().map(Some).ok_or_else(|| wrong(option, "must be an array of strings"))
}

/// `settings.static`: an object, or the base64 of its JSON.
pub fn static_settings(options: &JsValue) -> Result<Option<Vec<u8>>> {
    use base64ct::{Base64, Encoding};
    let value = js::get(&js::get(options, "settings"), "static");
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    match value.as_string() {
        Some(text) => Base64::decode_vec(text.trim()).map(Some).map_err(|_| wrong("settings.static", "is no base64")),
        None => stringify(&value, "settings.static")
            .map(Some)
            .map_err(|_| wrong("settings.static", "must be an object or base64")),
    }
}

fn wrong(option: &str, why: &str) -> CloudError {
    CloudError::new(Code::Config, format!("option `{option}`: {why}"))
}
