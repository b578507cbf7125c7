//! `CloudSnapshot`: the same object until something in it changed, and large parts the same objects until they changed.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::failure::{number, to_js};
use super::values;
use crate::platform::browser::{Browser, js};
use crate::service::CloudService;

/// What was made of the service's state last time.
#[derive(Default)]
pub struct Snapshots {
    whole: RefCell<Option<(u64, JsValue)>>,
    organization: RefCell<Option<(Rc<[u8]>, JsValue)>>,
    user: RefCell<Option<(Rc<[u8]>, JsValue)>>,
    profiles: RefCell<Option<((u64, Option<Rc<[u8]>>), JsValue)>>,
}

impl Snapshots {
    /// The snapshot of `service` now.
    pub fn snapshot(&self, service: &CloudService<Browser>) -> JsValue {
        let generation = service.generation();
        if let Some((of, whole)) = &*self.whole.borrow()
            && *of == generation
        {
            return whole.clone();
        }
        let settings = service.settings();
        let whole = js::object(&[
            ("authState", &service.auth().state().as_str().into()),
            ("userInfo", &values::user(service.auth().user().as_ref())),
            ("online", &service.online().into()),
            ("profiles", &self.profiles(service)),
            ("queue", &values::parse(&service.telemetry().stats())),
        ]);
        let optional = [
            ("organizationSettings", self.organization_settings(service)),
            ("userSettings", self.user_settings(service)),
            ("settingsFetchedAt", settings.fetched_at_ms().map_or(JsValue::UNDEFINED, number)),
            (
                "settingsSource",
                settings.with(|held| held.map_or(JsValue::UNDEFINED, |held| held.source.as_str().into())),
            ),
            ("activeProfile", values::optional_text(service.profiles().active_name().as_deref(), JsValue::UNDEFINED)),
            ("lastError", service.last_error().map_or(JsValue::UNDEFINED, |error| to_js(&error))),
        ];
        for (name, value) in optional {
            if !value.is_undefined() {
                let _ = js_sys::Reflect::set(&whole, &name.into(), &value);
            }
        }
        let whole = JsValue::from(whole);
        *self.whole.borrow_mut() = Some((generation, whole.clone()));
        whole
    }

    /// `OrganizationSettings`, or `undefined`.
    pub fn organization_settings(&self, service: &CloudService<Browser>) -> JsValue {
        let bytes = service.settings().with(|held| held.map(|held| held.organization.bytes()));
        parsed_once(&self.organization, bytes)
    }

    /// `UserSettingsData`, or `undefined`.
    pub fn user_settings(&self, service: &CloudService<Browser>) -> JsValue {
        let bytes = service.settings().with(|held| held.and_then(|held| held.user.clone()));
        parsed_once(&self.user, bytes)
    }

    /// `ProfileEntry[]`.
    pub fn profiles(&self, service: &CloudService<Browser>) -> JsValue {
        let organization = service.settings().with(|held| held.map(|held| held.organization.bytes()));
        let generation = service.profiles().generation();
        if let Some(((of, allowed_by), entries)) = &*self.profiles.borrow()
            && *of == generation
            && same(allowed_by.as_ref(), organization.as_ref())
        {
            return entries.clone();
        }
        let entries = values::parse(&service.list_profiles());
        *self.profiles.borrow_mut() = Some(((generation, organization), entries.clone()));
        entries
    }
}

fn parsed_once(slot: &RefCell<Option<(Rc<[u8]>, JsValue)>>, bytes: Option<Rc<[u8]>>) -> JsValue {
    let Some(bytes) = bytes else { return JsValue::UNDEFINED };
    if let Some((of, value)) = &*slot.borrow()
        && Rc::ptr_eq(of, &bytes)
    {
        return value.clone();
    }
    let value = values::parse(&bytes);
    *slot.borrow_mut() = Some((bytes, value.clone()));
    value
}

fn same(left: Option<&Rc<[u8]>>, right: Option<&Rc<[u8]>>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => Rc::ptr_eq(left, right),
        (None, None) => true,
        _ => false,
    }
}
