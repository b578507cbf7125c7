//! The answer to a request for a share.

use crate::api::{Answer, is_safe_transport};
use crate::error::{CloudError, Code, Result};
use crate::json::Json;
use crate::platform::Platform;

/// A longer link is none.
const MAX_URL_BYTES: usize = 2_048;

/// What the cloud says about a share; its links are safe to copy and to open.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) link: String,
    pub(super) is_new: Option<bool>,
    pub(super) management_link: Option<String>,
}

/// Reads `{success, shareUrl?, error?, isNewShare?, manageUrl?}`. The words of `error` are not repeated: they may hold anything.
pub(super) fn process_answer<P: Platform>(platform: &P, api_base: &str, answer: &Answer) -> Result<Share> {
    let outside = |what: &str| CloudError::new(Code::InvalidResponse, format!("the answer to sharing {what}"));
    let document = answer.json()?;
    let root = document.root();
    match root.get("success").and_then(Json::as_bool) {
        Some(true) => {}
        Some(false) => return Err(CloudError::new(Code::Server, "the cloud could not share the task")),
        None => return Err(outside("does not say whether it succeeded")),
    }
    let link = root.get("shareUrl").and_then(Json::as_str).ok_or_else(|| outside("has no link"))?;
    let link = checked_link(platform, api_base, &link)
        .ok_or_else(|| outside("has a link that does not lead to the cloud; it was not copied"))?;
    // A bad link to the management page is left out: the share stands without it.
    let management_link = root.get("manageUrl").and_then(Json::as_str);
    let management_link = management_link.and_then(|link| checked_link(platform, api_base, &link));
    Ok(Share { link, is_new: root.get("isNewShare").and_then(Json::as_bool), management_link })
}

/// The normalized link, if it leads to the API's own origin over https (http on a loopback host) and nothing hides in it.
fn checked_link<P: Platform>(platform: &P, api_base: &str, link: &str) -> Option<String> {
    if link.len() > MAX_URL_BYTES {
        return None;
    }
    let (url, api) = (platform.parse_url(link)?, platform.parse_url(api_base)?);
    (is_safe_transport(&url) && url.origin == api.origin && !url.has_userinfo).then_some(url.href)
}
