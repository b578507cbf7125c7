//! The one exported class: a handle on the service. What must happen inside a click happens before the promise is made.

use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::failure::{Calls, promise, thrown};
use super::options;
use super::part::{self, Call, Question, Service};
use super::snapshot::Snapshots;
use super::values::{self, parse, parse_or_undefined, stringify, text, text_member};
use super::{events, values::count_member};
use crate::auth::oauth::authorize::SignInOptions;
use crate::error::{CloudError, Code, Result};
use crate::event::CloudEvent;
use crate::json::{Document, Limits};
use crate::platform::browser::{Browser, BrowserCopy, js};
use crate::platform::{Channel, Clipboard, ClipboardKind, Clock, Locks, Page, StorageKind, Store};
use crate::profiles::document;
use crate::service::CloudService;
use crate::settings::permissions::UserSettingsConfig;
use crate::share::Visibility;

type Thrown<T> = std::result::Result<T, JsValue>;

/// A client of the cloud. `index.js` makes `CloudService` of it.
#[wasm_bindgen]
pub struct Client {
    service: Service,
    calls: Rc<Calls>,
    snapshots: Snapshots,
}

/// Makes a client: `emit(name, data)` hears every event; `upload` is a `fetch` that calls `init.onUploadProgress`.
#[wasm_bindgen(js_name = createClient)]
pub fn create_client(options: JsValue, emit: Function, upload: Option<Function>) -> Promise {
    promise(Box::pin(async move {
        let mut config = options::config(&options)?;
        let platform = Browser::new(options::browser(&options, upload)?);
        if let Some(organization) = options::static_settings(&options)? {
            config.static_settings = Some(part::read_static_settings(organization, platform.wall_ms()).await?);
        }
        let logger = values::function_member(&options, "logger");
        let outside = move |event: &CloudEvent| {
            if let Some(logger) = &logger {
                events::log(logger, event);
            }
            events::emit(&emit, event);
        };
        // Put together before storage is waited for.
        let service = CloudService::new(platform.clone(), config, Rc::new(outside))?;
        platform.look_around().await;
        service.open().await;
        spawn_local(part::start(service.clone()));
        Ok(Client { service, calls: Rc::default(), snapshots: Snapshots::default() }.into())
    }))
}

#[wasm_bindgen]
impl Client {
    /// Ends everything that runs and settles what is pending.
    pub fn dispose(&self) {
        self.service.dispose();
        self.calls.end();
        self.service.platform().leave();
    }

    // ------------------------------------------------------------------------------------------------------------ reading

    /// `getSnapshot()`
    pub fn snapshot(&self) -> JsValue {
        self.snapshots.snapshot(&self.service)
    }

    /// `capabilities()`
    pub fn capabilities(&self) -> JsValue {
        let platform = self.service.platform();
        let storage = match platform.storage_kind() {
            StorageKind::IndexedDb => "indexeddb",
            StorageKind::Local => "local",
            StorageKind::Session => "session",
            StorageKind::Memory => "memory",
            StorageKind::Custom => "custom",
        };
        let clipboard = match platform.clipboard_kind() {
            ClipboardKind::Promise => "promise",
            ClipboardKind::Text => "text",
            ClipboardKind::Host => "host",
            ClipboardKind::None => "none",
        };
        js::object(&[
            ("storage", &storage.into()),
            ("sealed", &platform.sealed().into()),
            ("locks", &platform.has_locks().into()),
            ("broadcast", &platform.has_channel().into()),
            ("keepalive", &platform.keepalive().into()),
            ("popup", &platform.can_popup().into()),
            ("clipboard", &clipboard.into()),
            ("host", &platform.has_host().into()),
            ("persistent", &platform.persistent().into()),
        ])
        .into()
    }

    // --------------------------------------------------------------------------------------------------------- signing in

    /// `login(options?)`
    pub fn login(&self, wanted: &JsValue) -> Promise {
        // In the click: a popup is opened before anything is awaited.
        let mode = options::mode(&js::get(wanted, "mode"));
        let options = SignInOptions {
            mode: mode.as_ref().ok().copied().flatten(),
            act_for: options::act_for(&js::get(wanted, "organizationId")),
            landing_page_slug: text_member(wanted, "landingPageSlug"),
            sign_up: js::get(wanted, "signUp").is_truthy(),
            prompt: text_member(wanted, "prompt"),
        };
        let prepared = mode.and_then(|mode| self.service.prepare_login(mode));
        let return_to = text_member(wanted, "returnTo");
        let call = prepared.map(|popup| Call::Login { options, return_to, popup });
        self.call(&js::get(wanted, "signal"), call)
    }

    /// `isCallback(url)`
    #[wasm_bindgen(js_name = isCallback)]
    pub fn is_callback(&self, url: &JsValue) -> bool {
        let url = url.as_string().unwrap_or_default();
        self.service.auth().sign_in().is_ok_and(|sign_in| sign_in.is_callback(&url))
    }

    /// `handleCallback(url)`
    #[wasm_bindgen(js_name = handleCallback)]
    pub fn handle_callback(&self, url: &JsValue) -> Promise {
        self.call(&JsValue::UNDEFINED, text(url, "url").map(Call::HandleCallback))
    }

    /// `logout(options?)`
    pub fn logout(&self, options: &JsValue) -> Promise {
        let everywhere = js::get(options, "everywhere").is_truthy();
        let there_too = js::get(options, "endSession").is_truthy();
        let return_to = text_member(options, "returnTo");
        self.call(&JsValue::UNDEFINED, Ok(Call::Logout { everywhere, there_too, return_to }))
    }

    /// `getSessionToken()`
    #[wasm_bindgen(js_name = sessionToken)]
    pub fn session_token(&self) -> Option<String> {
        self.service.auth().session_token().map(|token| token.expose().to_owned())
    }

    /// `freshSessionToken(options?)`
    #[wasm_bindgen(js_name = freshSessionToken)]
    pub fn fresh_session_token(&self, options: &JsValue) -> Promise {
        let min_ttl_ms = count_member(options, "minTtlMs").unwrap_or(0);
        self.call(&js::get(options, "signal"), Ok(Call::FreshSessionToken { min_ttl_ms }))
    }

    /// `getOrganizationMemberships(options?)`
    #[wasm_bindgen(js_name = organizationMemberships)]
    pub fn organization_memberships(&self, options: &JsValue) -> Promise {
        self.call(&js::get(options, "signal"), Ok(Call::OrganizationMemberships))
    }

    /// `switchOrganization(organizationId, options?)`
    #[wasm_bindgen(js_name = switchOrganization)]
    pub fn switch_organization(&self, organization: &JsValue, extra: &JsValue) -> Promise {
        let organization = options::act_for(organization)
            .ok_or_else(|| CloudError::new(Code::InvalidArgument, "`organizationId`: must be a string or null"));
        self.call(&js::get(extra, "signal"), organization.map(Call::SwitchOrganization))
    }

    // ----------------------------------------------------------------------------------------------------------- settings

    /// `getOrganizationSettings()`
    #[wasm_bindgen(js_name = organizationSettings)]
    pub fn organization_settings(&self) -> JsValue {
        self.snapshots.organization_settings(&self.service)
    }

    /// `getAllowList()`: without one, everything is allowed.
    #[wasm_bindgen(js_name = allowList)]
    pub fn allow_list(&self) -> JsValue {
        let list = js::get(&self.organization_settings(), "allowList");
        if list.is_undefined() { parse(br#"{"allowAll":true,"providers":{}}"#) } else { list }
    }

    /// `getUserSettings()`
    #[wasm_bindgen(js_name = userSettings)]
    pub fn user_settings(&self) -> JsValue {
        self.snapshots.user_settings(&self.service)
    }

    /// `updateUserSettings(patch, options?)`
    #[wasm_bindgen(js_name = updateUserSettings)]
    pub fn update_user_settings(&self, patch: &JsValue, options: &JsValue) -> Promise {
        self.call(&js::get(options, "signal"), user_settings_patch(patch).map(Call::UpdateUserSettings))
    }

    /// `refreshSettings(options?)`
    #[wasm_bindgen(js_name = refreshSettings)]
    pub fn refresh_settings(&self, options: &JsValue) -> Promise {
        self.call(&js::get(options, "signal"), Ok(Call::RefreshSettings))
    }

    /// `isTaskSyncEnabled()`
    #[wasm_bindgen(js_name = isTaskSyncEnabled)]
    pub fn is_task_sync_enabled(&self) -> bool {
        self.service.is_task_sync_enabled()
    }

    /// `isProfileAllowed(profile)`
    #[wasm_bindgen(js_name = isProfileAllowed)]
    pub fn is_profile_allowed(&self, profile: &JsValue) -> Thrown<bool> {
        thrown(stringify(profile, "profile").and_then(|profile| {
            let profile = Document::parse(&profile, Limits::default())
                .map_err(|e| CloudError::new(Code::InvalidArgument, format!("`profile`: {}", e.what)))?;
            Ok(self.service.is_profile_allowed(profile.root()))
        }))
    }

    // ----------------------------------------------------------------------------------------------------------- profiles

    /// `listProfiles()`
    #[wasm_bindgen(js_name = listProfiles)]
    pub fn list_profiles(&self) -> JsValue {
        self.snapshots.profiles(&self.service)
    }

    /// `getProfile({name} | {id})`
    #[wasm_bindgen(js_name = getProfile)]
    pub fn get_profile(&self, by: &JsValue) -> JsValue {
        let (name, id) = (text_member(by, "name"), text_member(by, "id"));
        let stored = self.service.profiles().document();
        parse_or_undefined(document::find(&stored, name.as_deref(), id.as_deref()).as_deref())
    }

    /// `saveProfile(name, settings)`
    #[wasm_bindgen(js_name = saveProfile)]
    pub fn save_profile(&self, name: &JsValue, settings: &JsValue) -> Promise {
        let call = text(name, "name")
            .and_then(|name| Ok(Call::SaveProfile { name, settings: stringify(settings, "settings")? }));
        self.call(&JsValue::UNDEFINED, call)
    }

    /// `deleteProfile(name)`
    #[wasm_bindgen(js_name = deleteProfile)]
    pub fn delete_profile(&self, name: &JsValue) -> Promise {
        self.call(&JsValue::UNDEFINED, text(name, "name").map(Call::DeleteProfile))
    }

    /// `activateProfile(name)`
    #[wasm_bindgen(js_name = activateProfile)]
    pub fn activate_profile(&self, name: &JsValue) -> Promise {
        self.call(&JsValue::UNDEFINED, text(name, "name").map(Call::ActivateProfile))
    }

    /// `syncProfiles(options?)`
    #[wasm_bindgen(js_name = syncProfiles)]
    pub fn sync_profiles(&self, options: &JsValue) -> Promise {
        let resolve = values::function_member(options, "resolve").map(options::resolver);
        self.call(&js::get(options, "signal"), Ok(Call::SyncProfiles(resolve)))
    }

    /// `previewProfileSync()`
    #[wasm_bindgen(js_name = previewProfileSync)]
    pub fn preview_profile_sync(&self) -> Thrown<JsValue> {
        thrown(part::ask(Question::PreviewProfileSync(self.service.clone())))
    }

    // ------------------------------------------------------------------------------------------------- sharing

    /// `canShareTask()`
    #[wasm_bindgen(js_name = canShareTask)]
    pub fn can_share_task(&self) -> bool {
        self.service.share_permissions().check(Visibility::Organization).is_ok()
    }

    /// `canSharePublicly()`
    #[wasm_bindgen(js_name = canSharePublicly)]
    pub fn can_share_publicly(&self) -> bool {
        self.service.share_permissions().check(Visibility::Public).is_ok()
    }

    /// `shareTask(taskId, options?)`
    #[wasm_bindgen(js_name = shareTask)]
    pub fn share_task(&self, task_id: &JsValue, options: &JsValue) -> Promise {
        // In the click: the clipboard write begins before anything is awaited, and with it the browser's permission.
        let copy = self.service.platform().begin_copy();
        self.call(&js::get(options, "signal"), share(task_id, options, copy))
    }

    // ----------------------------------------------------------------------------------------------------------- telemetry

    /// `captureEvent(event)`
    #[wasm_bindgen(js_name = captureEvent)]
    pub fn capture_event(&self, event: Option<String>, id: &js_sys::Uint8Array) -> Thrown<()> {
        // `index.js` makes text of events, and of the bytes in `id`: what is called most crosses in the cheapest ways there are.
        let event = event.ok_or_else(|| not_json("event"));
        let captured = event.and_then(|event| self.service.telemetry().capture(event.as_bytes()));
        thrown(captured.map(|captured| id.copy_from(&captured.0)))
    }

    /// `emitTaskEvent(name, payload)`
    #[wasm_bindgen(js_name = emitTaskEvent)]
    pub fn emit_task_event(&self, name: &JsValue, payload: &JsValue) -> Thrown<String> {
        let arguments = text(name, "name").and_then(|name| Ok((name, event_json(payload, "payload")?)));
        thrown(arguments.and_then(|(name, payload)| self.service.telemetry().emit_task_event(&name, &payload)))
    }

    /// `defineEvent(type, schema)`
    #[wasm_bindgen(js_name = defineEvent)]
    pub fn define_event(&self, event_type: &JsValue, schema: &JsValue) -> Thrown<()> {
        thrown(text(event_type, "type").and_then(|event_type| match schema.dyn_ref::<Function>() {
            Some(check) => {
                self.service.telemetry().define_event_with(&event_type, options::properties_check(check.clone()))
            }
            None => self.service.telemetry().define_event(&event_type, &stringify(schema, "schema")?),
        }))
    }

    /// `backfillMessages(taskId, messages, options?)`
    #[wasm_bindgen(js_name = backfillMessages)]
    pub fn backfill_messages(&self, task_id: &JsValue, messages: &JsValue, options: &JsValue) -> Promise {
        let call = text(task_id, "taskId").and_then(|task_id| {
            let listener = values::function_member(options, "onProgress");
            Ok(Call::BackfillMessages { task_id, messages: stringify(messages, "messages")?, listener })
        });
        self.call(&js::get(options, "signal"), call)
    }

    /// `flush(options?)`
    pub fn flush(&self, options: &JsValue) -> Promise {
        let timeout_ms = count_member(options, "timeoutMs");
        self.call(&js::get(options, "signal"), Ok(Call::Flush { timeout_ms }))
    }

    /// `queueStats()`
    #[wasm_bindgen(js_name = queueStats)]
    pub fn queue_stats(&self) -> JsValue {
        parse(&self.service.telemetry().stats())
    }

    /// `setTelemetryEnabled(enabled)`
    #[wasm_bindgen(js_name = setTelemetryEnabled)]
    pub fn set_telemetry_enabled(&self, enabled: &JsValue) {
        self.service.telemetry().set_enabled(enabled.is_truthy());
    }

    // ------------------------------------------------------------------------------------------------------------- account

    /// `creditBalance(options?)`
    #[wasm_bindgen(js_name = creditBalance)]
    pub fn credit_balance(&self, options: &JsValue) -> Promise {
        self.call(&js::get(options, "signal"), Ok(Call::CreditBalance))
    }

    /// `usage(days?, options?)`
    pub fn usage(&self, days: &JsValue, options: &JsValue) -> Promise {
        // What is no number of days is refused where days are checked.
        let days = if days.is_undefined() {
            30
        } else {
            values::count(days).and_then(|days| days.try_into().ok()).unwrap_or(0)
        };
        self.call(&js::get(options, "signal"), Ok(Call::Usage { days }))
    }

    fn call(&self, signal: &JsValue, call: Result<Call>) -> Promise {
        let service = self.service.clone();
        self.calls.promise(signal.clone(), Box::pin(async move { part::perform(service, call?).await }))
    }
}

/// What is no JSON is no event.
fn event_json(value: &JsValue, name: &str) -> Result<Vec<u8>> {
    stringify(value, name).map_err(|_| not_json(name))
}

fn not_json(name: &str) -> CloudError {
    CloudError::new(Code::InvalidEvent, format!("`{name}`: must be a value that JSON can say"))
}

fn user_settings_patch(patch: &JsValue) -> Result<UserSettingsConfig> {
    let flag = |name: &str| {
        let value = js::get(patch, name);
        match value.as_bool() {
            None if !value.is_undefined() => {
                Err(CloudError::new(Code::InvalidArgument, format!("`patch.{name}`: must be true or false")))
            }
            flag => Ok(flag),
        }
    };
    Ok(UserSettingsConfig {
        task_sync_enabled: flag("taskSyncEnabled")?,
        llm_enhanced_features_enabled: flag("llmEnhancedFeaturesEnabled")?,
    })
}

fn share(task_id: &JsValue, options: &JsValue, copy: BrowserCopy) -> Result<Call> {
    let task_id = text(task_id, "taskId")?;
    let visibility = match text_member(options, "visibility") {
        None => Visibility::Organization,
        Some(name) => Visibility::from_name(&name)
            .ok_or_else(|| CloudError::new(Code::InvalidArgument, "`visibility`: must be organization or public"))?,
    };
    let messages = js::get(options, "messages");
    let messages = if messages.is_undefined() { None } else { Some(stringify(&messages, "messages")?) };
    let listener = values::function_member(options, "onProgress");
    Ok(Call::ShareTask { task_id, visibility, messages, copy, listener })
}
