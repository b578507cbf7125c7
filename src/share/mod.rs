//! `CloudShareService`: makes a task visible to others and puts its link into the clipboard.
//!
//! The order of things is the browsers': the copy begins in the click, before anything is awaited (WebKit forgets the click at
//! the first await), and is given its text when the link is known and good.

mod answer;

use std::rc::Rc;

use crate::api::backfill::{ProgressListener, TaskId, TaskMessages, backfill};
use crate::api::{Call, CloudApi, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::event::{CloudEvent, Events};
use crate::json::Writer;
use crate::platform::Platform;
use answer::{Share, process_answer};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Who may see a shared task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// The members of the organization.
    Organization,
    /// Whoever has the link.
    Public,
}

impl Visibility {
    /// Its name on the wire and in JavaScript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Public => "public",
        }
    }

    /// The visibility of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Organization, Self::Public].into_iter().find(|visibility| visibility.as_str() == name)
    }
}

/// What is allowed now, by who is signed in and by the settings of their organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SharePermissions {
    /// Somebody is signed in.
    pub signed_in: bool,
    /// Tasks may be shared.
    pub share: bool,
    /// They may be shared with everybody.
    pub share_publicly: bool,
    /// After how many days a share expires; none: never.
    pub expiration_days: Option<u64>,
}

impl SharePermissions {
    /// Whether a share of `visibility` may be asked for; else NOT_AUTHENTICATED or FORBIDDEN.
    pub fn check(&self, visibility: Visibility) -> Result<()> {
        if !self.signed_in {
            return Err(CloudError::new(Code::NotAuthenticated, "sign in to share a task"));
        }
        if !self.share {
            return Err(CloudError::new(Code::Forbidden, "the settings do not allow sharing tasks"));
        }
        if visibility == Visibility::Public && !self.share_publicly {
            return Err(CloudError::new(Code::Forbidden, "the settings do not allow sharing tasks with everybody"));
        }
        Ok(())
    }
}

/// What is to be shared, and how.
pub struct ShareRequest<'a> {
    /// The task's id.
    pub task_id: &'a str,
    /// For whom.
    pub visibility: Visibility,
    /// The task's messages (a JSON array), sent if the cloud does not know the task.
    pub messages: Option<Vec<u8>>,
    /// The JSON object that goes with the person's events; it goes with the messages too.
    pub properties: &'a [u8],
    /// Told how far the sending of the messages has come.
    pub progress: Option<ProgressListener>,
}

/// A share that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareResult {
    /// Its link, on the cloud's own origin.
    pub share_url: String,
    /// False: the task was shared before, and this is the same link.
    pub is_new_share: Option<bool>,
    /// Where the share can be changed or ended, on the cloud's own origin.
    pub manage_url: Option<String>,
    /// When it expires, in milliseconds since 1970.
    pub expires_at_ms: Option<u64>,
    /// Whether the link is in the clipboard.
    pub copied: bool,
}

impl ShareResult {
    /// As JavaScript sees it (`ShareResult`).
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Writer::new();
        json.begin_object();
        json.name("shareUrl");
        json.str(&self.share_url);
        if let Some(is_new_share) = self.is_new_share {
            json.name("isNewShare");
            json.bool(is_new_share);
        }
        if let Some(manage_url) = &self.manage_url {
            json.name("manageUrl");
            json.str(manage_url);
        }
        if let Some(expires_at_ms) = self.expires_at_ms {
            json.name("expiresAt");
            json.u64(expires_at_ms);
        }
        json.name("copied");
        json.bool(self.copied);
        if !self.copied {
            json.name("copyFailure");
            json.str(Code::ClipboardDenied.as_str());
        }
        json.end_object();
        json.into_bytes()
    }
}

/// Shares tasks.
pub struct ShareService<P, T> {
    platform: Rc<P>,
    api: Rc<CloudApi<P, T>>,
    events: Rc<Events>,
}

impl<P: Platform, T: TokenSource> ShareService<P, T> {
    /// One that asks `api` and tells `events`.
    pub fn new(platform: Rc<P>, api: Rc<CloudApi<P, T>>, events: Rc<Events>) -> Self {
        Self { platform, api, events }
    }

    /// Shares a task and gives its link to `copy`, which was begun in the click; if there is no share in the end, `copy` is
    /// dropped and the clipboard stays as it was. A copy that fails does not fail the share.
    ///
    /// Fails with INVALID_ARGUMENT, NOT_AUTHENTICATED and FORBIDDEN before anything is sent; with TASK_NOT_FOUND where the cloud
    /// does not know the task, even after it was sent its messages; with ABORTED once it is no longer `still_wanted`, which is
    /// asked before each sending: another account may be here by then; and with what requests fail with.
    pub async fn share_task(
        &self,
        copy: P::Copy,
        request: ShareRequest<'_>,
        permissions: SharePermissions,
        still_wanted: &dyn Fn() -> bool,
    ) -> Result<ShareResult> {
        let task = TaskId::new(request.task_id)?;
        let messages = request.messages.map(TaskMessages::new).transpose()?;
        permissions.check(request.visibility)?;

        let share = match self.ask(task, request.visibility, still_wanted).await {
            Err(unknown) if unknown.code == Code::TaskNotFound => {
                let messages = messages.ok_or(unknown)?;
                let (properties, progress) = (request.properties, request.progress);
                backfill(&*self.platform, &self.api, task, messages, properties, progress, still_wanted).await?;
                self.ask(task, request.visibility, still_wanted).await?
            }
            answer => answer?,
        };
        let expires_at_ms =
            permissions.expiration_days.map(|days| self.platform.wall_ms().saturating_add(days.saturating_mul(DAY_MS)));

        let copied = self.platform.finish_copy(copy, &share.link).await;
        let result = ShareResult {
            share_url: share.link,
            is_new_share: share.is_new,
            manage_url: share.management_link,
            expires_at_ms,
            copied,
        };
        self.events.emit(CloudEvent::TaskShared(result.to_json().into()));
        Ok(result)
    }

    async fn ask(&self, task: TaskId<'_>, visibility: Visibility, still_wanted: &dyn Fn() -> bool) -> Result<Share> {
        let mut json = Writer::new();
        json.begin_object();
        json.name("taskId");
        json.str(task.as_str());
        json.name("visibility");
        json.str(visibility.as_str());
        json.end_object();
        let call = Call { still_wanted: Some(still_wanted), ..Call::post("/api/extension/share", json.into_bytes()) };
        let answer = self.api.call(call).await.map_err(|mut error| {
            if error.code == Code::NotFound {
                error.code = Code::TaskNotFound;
                error.message = "the cloud does not know this task".into();
            }
            error
        })?;
        process_answer(&*self.platform, self.api.base(), &answer)
    }
}

#[cfg(not(target_arch = "wasm32"))] // the simulated world is native
#[cfg(test)]
mod tests;
