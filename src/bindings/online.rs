//! What lies in the second part: the calls that ask the network or change what is stored. See [`super::part`].

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::failure::{Work, number};
use super::part::{Call, Question, Service};
use super::pure;
use super::values::{self, parse};
use crate::api::account;
use crate::api::backfill::ProgressListener;
use crate::error::Result;
use crate::json::Writer;
use crate::platform::browser::js;
use crate::share::ShareRequest;

/// The outcome of `call`.
pub fn work(service: Service, call: Call) -> Work {
    service.start();
    Box::pin(async move {
        Ok(match call {
            Call::Login { options, return_to, popup } => {
                values::user(Some(&service.login(options, return_to, popup).await?))
            }
            Call::HandleCallback(url) => values::user(Some(&service.handle_callback(&url).await?)),
            Call::Logout { everywhere, there_too, return_to } => {
                if there_too {
                    service.logout_there_too(everywhere, return_to).await?;
                } else {
                    service.logout(everywhere).await?;
                }
                JsValue::UNDEFINED
            }
            Call::FreshSessionToken { min_ttl_ms } => service.auth().fresh_token(min_ttl_ms).await?.expose().into(),
            Call::OrganizationMemberships => parse(&service.memberships().await?),
            Call::SwitchOrganization(to) => {
                service.switch_organization(to).await?;
                JsValue::UNDEFINED
            }
            Call::UpdateUserSettings(patch) => parse(&service.update_user_settings(patch).await?),
            Call::RefreshSettings => {
                let outcome = service.refresh_settings().await?;
                js::object(&[
                    ("changed", &outcome.changed.into()),
                    ("source", &outcome.source.as_str().into()),
                    ("warnings", &values::texts(&outcome.warnings)),
                ])
                .into()
            }
            Call::SaveProfile { name, settings } => {
                service.profiles().save(&name, &settings).await?;
                let entries = parse(&service.list_profiles());
                let is_it = |entry: &JsValue| js::get(entry, "name").as_string().as_deref() == Some(&name);
                js_sys::Array::from(&entries).iter().find(is_it).unwrap_or_default()
            }
            Call::DeleteProfile(name) => {
                service.profiles().delete(&name).await?;
                JsValue::UNDEFINED
            }
            Call::ActivateProfile(name) => {
                service.profiles().activate(&name).await?;
                JsValue::UNDEFINED
            }
            Call::SyncProfiles(resolve) => parse(&service.sync_profiles(resolve).await?.to_json()),
            Call::ShareTask { task_id, visibility, messages, copy, listener } => {
                let request = ShareRequest {
                    task_id: &task_id,
                    visibility,
                    messages,
                    properties: &service.telemetry().common_properties(),
                    progress: listener.map(progress),
                };
                parse(&service.share_task(copy, request).await?.to_json())
            }
            Call::BackfillMessages { task_id, messages, listener } => {
                service.telemetry().backfill(&task_id, messages, listener.map(progress)).await?;
                JsValue::UNDEFINED
            }
            Call::Flush { timeout_ms } => {
                let flushed = service.telemetry().flush(timeout_ms).await?;
                js::object(&[("delivered", &number(flushed.delivered)), ("remaining", &number(flushed.remaining))])
                    .into()
            }
            Call::CreditBalance => account::credit_balance(service.api()).await?.into(),
            Call::Usage { days } => parse(&account::daily_usage(service.api(), days).await?),
        })
    })
}

/// The answer to `question`.
pub fn answer(question: Question) -> Result<JsValue> {
    match question {
        Question::PreviewProfileSync(service) => Ok(parse(&service.preview_profile_sync()?.to_json())),
        Question::ParseSettings(body) => pure::parse_body(&body),
        Question::MergeProfiles { local, cloud, options } => pure::merge_values(&local, &cloud, &options),
    }
}

/// Calls `onProgress`, which may throw without harm.
fn progress(listener: Function) -> ProgressListener {
    Rc::new(move |progress| {
        let mut json = Writer::new();
        json.begin_object();
        json.name("sentBytes");
        json.u64(progress.sent_bytes as u64);
        json.name("totalBytes");
        json.u64(progress.total_bytes as u64);
        json.end_object();
        let _ = listener.call1(&JsValue::UNDEFINED, &parse(json.as_bytes()));
    })
}
