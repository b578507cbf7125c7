//! The part of the module that is loaded on demand: what asks the network, and what goes on beside the page.
//!
//! A page begins with what lies in storage; for that it needs no more than the first part. `wasm_split` puts into the second one
//! what is reachable from the functions marked here and from nowhere else, so whatever the first part calls, directly or through a
//! vtable that it makes, stays in the first. Built without the feature `parts` (tests do), all of it is one module.

use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::online;
use crate::auth::oauth::authorize::SignInOptions;
use crate::auth::oauth::sign_in::CloseOnDrop;
use crate::auth::session::ActFor;
use crate::error::{CloudError, Code, Result};
use crate::event::CloudEvent;
use crate::platform::Timers;
use crate::platform::browser::{Browser, BrowserCopy, BrowserPopup};
use crate::profiles::manager::Resolver;
use crate::service::CloudService;
use crate::settings::cache::Held;
use crate::settings::permissions::UserSettingsConfig;
use crate::share::Visibility;

/// The service of a page.
pub type Service = Rc<CloudService<Browser>>;

/// A call that the second part answers with a promise. Arguments are read before: a caller may change its objects afterwards.
pub enum Call {
    Login {
        options: SignInOptions,
        return_to: Option<String>,
        popup: Option<CloseOnDrop<BrowserPopup>>,
    },
    HandleCallback(String),
    Logout {
        everywhere: bool,
        there_too: bool,
        return_to: Option<String>,
    },
    FreshSessionToken {
        min_ttl_ms: u64,
    },
    OrganizationMemberships,
    SwitchOrganization(ActFor),
    UpdateUserSettings(UserSettingsConfig),
    RefreshSettings,
    SaveProfile {
        name: String,
        settings: Vec<u8>,
    },
    DeleteProfile(String),
    ActivateProfile(String),
    SyncProfiles(Option<Resolver>),
    ShareTask {
        task_id: String,
        visibility: Visibility,
        messages: Option<Vec<u8>>,
        copy: BrowserCopy,
        listener: Option<Function>,
    },
    BackfillMessages {
        task_id: String,
        messages: Vec<u8>,
        listener: Option<Function>,
    },
    Flush {
        timeout_ms: Option<u64>,
    },
    CreditBalance,
    Usage {
        days: u32,
    },
}

/// A call that the second part answers at once.
pub enum Question {
    PreviewProfileSync(Service),
    MergeProfiles { local: Vec<u8>, cloud: Vec<u8>, options: JsValue },
    ParseSettings(Vec<u8>),
}

/// The functions that divide the parts.
#[cfg(feature = "parts")]
mod split {
    // The macro's: the import and the export of a function of another part, and a result for its load.
    #![allow(unsafe_code, clippy::unnecessary_wraps)]

    use wasm_bindgen::prelude::*;
    use wasm_split_helpers::{SplitLoaderError, wasm_split};

    use super::{Call, Question, Service, online};
    use crate::bindings::failure::Work;
    use crate::error::{CloudError, Code, Result};
    use crate::settings::cache::Held;
    use crate::settings::fixed;

    #[wasm_bindgen(raw_module = "./part.js")]
    extern "C" {
        #[wasm_bindgen(js_name = isThere)]
        pub fn is_there() -> bool;
    }

    impl From<SplitLoaderError> for CloudError {
        fn from(_: SplitLoaderError) -> Self {
            Self::new(
                Code::LoadFailed,
                "roo-cloud-web could not load the part of its module that asks the network; what was stored is intact, and the \
                same call tries again",
            )
        }
    }

    pub async fn load() -> Result<()> {
        Ok(preload().await?)
    }

    #[wasm_split(online, fallible, preload(preload))]
    pub fn work(service: Service, call: Call) -> Result<Work> {
        Ok(online::work(service, call))
    }

    #[wasm_split(online, fallible)]
    pub fn answer(question: Question) -> Result<JsValue> {
        online::answer(question)
    }

    #[wasm_split(online, fallible)]
    pub fn static_settings(organization: &[u8], now_ms: u64) -> Result<Held> {
        fixed::static_settings(organization, now_ms)
    }

    #[wasm_split(online, fallible)]
    pub fn begin(service: &Service) -> Result<()> {
        service.start();
        Ok(())
    }
}

/// The same in one module.
#[cfg(not(feature = "parts"))]
mod split {
    use std::future::{Ready, ready};

    use wasm_bindgen::JsValue;

    use super::{Call, Question, Service, online};
    use crate::bindings::failure::Work;
    use crate::error::Result;
    use crate::settings::cache::Held;
    use crate::settings::fixed;

    pub fn is_there() -> bool {
        true
    }

    pub fn load() -> Ready<Result<()>> {
        ready(Ok(()))
    }

    pub fn work(service: Service, call: Call) -> Ready<Result<Work>> {
        ready(Ok(online::work(service, call)))
    }

    pub fn answer(question: Question) -> Ready<Result<JsValue>> {
        ready(online::answer(question))
    }

    pub fn static_settings(organization: &[u8], now_ms: u64) -> Ready<Result<Held>> {
        ready(fixed::static_settings(organization, now_ms))
    }

    pub fn begin(service: &Service) -> Ready<Result<()>> {
        service.start();
        ready(Ok(()))
    }
}

/// A load that failed is tried again after so long, and twice as long each time.
const TRY_AGAIN_MS: u64 = 2_000;
const TRY_AGAIN_MAX_MS: u64 = 60_000;

/// Loads the second part, if it is not there.
pub async fn load() -> Result<()> {
    split::load().await
}

/// The outcome of `call`, which begins once the second part is there.
pub async fn perform(service: Service, call: Call) -> Result<JsValue> {
    split::work(service, call).await?.await
}

/// The answer to `question`. Fails with NOT_INITIALIZED while the second part is not there.
pub fn ask(question: Question) -> Result<JsValue> {
    at_once(split::answer(question)).unwrap_or_else(|| {
        Err(CloudError::new(Code::NotInitialized, "this part of the module is still loading; await init() first"))
    })
}

/// Settings from the options, which are rare enough to wait for the second part.
pub async fn read_static_settings(organization: Vec<u8>, now_ms: u64) -> Result<Held> {
    split::static_settings(&organization, now_ms).await
}

/// The outcome of `work`, if it can be had now. Twice, for a part that is there says so while it is asked.
fn at_once<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    (0..2).find_map(|_| match work.as_mut().poll(&mut context) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    })
}

/// Begins what goes on beside the page, as soon as the second part is there; until then it is tried again and again.
pub async fn start(service: Service) {
    if !split::is_there() {
        // Not before the page has had its first snapshot, which the load would compete with.
        service.platform().sleep(0).await;
        if service.is_disposed() {
            return;
        }
    }
    let mut wait_ms = TRY_AGAIN_MS;
    while let Err(error) = split::begin(&service).await {
        if wait_ms == TRY_AGAIN_MS {
            service.events().emit(CloudEvent::BackgroundError(error));
        }
        service.platform().sleep(wait_ms).await;
        if service.is_disposed() {
            return;
        }
        wait_ms = (wait_ms * 2).min(TRY_AGAIN_MAX_MS);
    }
}
