//! Sharing, against a simulated cloud.

use std::cell::{Cell, RefCell};

use super::*;
use crate::api::backfill::Progress;
use crate::api::fixed_token::FixedToken;
use crate::json::{Document, Json, Limits};
use crate::platform::sim::{Reply, Tab, TabOptions, World};
use crate::platform::{Clipboard, ClipboardKind, Clock};

const API: &str = "https://cloud.example";
const SHARE: &str = "https://cloud.example/api/extension/share";
const BACKFILL: &str = "https://cloud.example/api/events/backfill";
const LINK: &str = "https://cloud.example/share/xyz";
const GOOD: &str = r#"{"success":true,"shareUrl":"https://cloud.example/share/xyz","isNewShare":true,"manageUrl":"https://cloud.example/shares"}"#;
const ALL: SharePermissions =
    SharePermissions { signed_in: true, share: true, share_publicly: true, expiration_days: None };

struct Page {
    world: World,
    tab: Tab,
    tokens: Rc<FixedToken>,
    service: Rc<ShareService<Tab, FixedToken>>,
    told: Rc<RefCell<Vec<String>>>,
}

impl Page {
    fn new() -> Self {
        let world = World::new(7);
        let tab = world.open_tab_with(TabOptions { wants_gesture: true, ..TabOptions::default() });
        let platform = Rc::new(tab.clone());
        let tokens = Rc::new(FixedToken::new("t"));
        let api = Rc::new(CloudApi::new(platform.clone(), API.to_owned(), tokens.clone()));
        let events = Rc::new(Events::default());
        let told = Rc::new(RefCell::new(Vec::new()));
        let ears = told.clone();
        events.set_listener(Some(Rc::new(move |event| {
            if let CloudEvent::TaskShared(json) = event {
                ears.borrow_mut().push(String::from_utf8_lossy(&json).into_owned());
            }
        })));
        Self { world, tab, tokens, service: Rc::new(ShareService::new(platform, api, events)), told }
    }

    /// A page whose cloud answers every request for a share with `status` and `body`.
    fn answering(status: u16, body: &str) -> Self {
        let (page, body) = (Self::new(), body.to_owned());
        page.world.network().handle(SHARE, move |_, _| Reply::json(status, body.as_bytes()));
        page
    }

    fn share(&self, messages: Option<&str>, permissions: SharePermissions) -> Result<ShareResult> {
        self.share_as("task-1", Visibility::Public, messages, permissions, None)
    }

    fn share_as(
        &self,
        task_id: &str,
        visibility: Visibility,
        messages: Option<&str>,
        permissions: SharePermissions,
        progress: Option<ProgressListener>,
    ) -> Result<ShareResult> {
        let copy = self.tab.click(|| self.tab.begin_copy());
        let messages = messages.map(|messages| messages.as_bytes().to_vec());
        let request = ShareRequest { task_id, visibility, messages, properties: br#"{"appName":"x"}"#, progress };
        self.world.run(self.service.share_task(copy, request, permissions, &|| true))
    }

    /// Asserts that sharing fails with `code`, after so many requests, and leaves no trace on the page.
    fn assert_refused(&self, outcome: &Result<ShareResult>, code: Code, requests: usize) {
        assert_eq!(outcome.as_ref().map_err(|error| error.code), Err(code));
        assert_eq!(self.world.network().count(API), requests);
        assert_eq!(self.tab.clipboard(), None);
        assert!(self.told.borrow().is_empty());
    }
}

#[test]
fn a_share_is_copied_and_told() {
    let page = Page::new();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let bodies = seen.clone();
    page.world.network().handle(SHARE, move |request, _| {
        bodies.borrow_mut().push(String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned());
        Reply::json(200, GOOD)
    });
    let result = page.share(None, SharePermissions { expiration_days: Some(30), ..ALL }).unwrap();

    assert_eq!(seen.borrow().as_slice(), [r#"{"taskId":"task-1","visibility":"public"}"#]);
    assert_eq!(result.share_url, LINK);
    assert_eq!(result.is_new_share, Some(true));
    assert_eq!(result.manage_url.as_deref(), Some("https://cloud.example/shares"));
    assert!(result.copied);
    assert_eq!(page.tab.clipboard().as_deref(), Some(LINK));
    let expires_at_ms = result.expires_at_ms.unwrap();
    assert!((page.tab.wall_ms() + 30 * DAY_MS).abs_diff(expires_at_ms) < 1_000, "{expires_at_ms}");
    assert_eq!(
        page.told.borrow().as_slice(),
        [format!(
            r#"{{"shareUrl":"{LINK}","isNewShare":true,"manageUrl":"https://cloud.example/shares","expiresAt":{expires_at_ms},"copied":true}}"#
        )]
    );
}

#[test]
fn what_the_settings_do_not_allow_is_not_asked_for() {
    let page = Page::answering(200, GOOD);
    let refusals = [
        (SharePermissions { signed_in: false, ..ALL }, Visibility::Organization, Code::NotAuthenticated),
        (SharePermissions { share: false, ..ALL }, Visibility::Organization, Code::Forbidden),
        (SharePermissions { share_publicly: false, ..ALL }, Visibility::Public, Code::Forbidden),
    ];
    for (permissions, visibility, code) in refusals {
        let outcome = page.share_as("task-1", visibility, None, permissions, None);
        page.assert_refused(&outcome, code, 0);
    }
    let permissions = SharePermissions { share_publicly: false, ..ALL };
    assert!(page.share_as("task-1", Visibility::Organization, None, permissions, None).is_ok());
}

#[test]
fn a_session_that_ended_meanwhile_is_not_authenticated() {
    let page = Page::answering(200, GOOD);
    page.tokens.set(None);
    page.assert_refused(&page.share(None, ALL), Code::NotAuthenticated, 0);
}

#[test]
fn arguments_are_checked_before_anything_is_sent() {
    let page = Page::answering(200, GOOD);
    for task_id in ["", &"x".repeat(257)] {
        let outcome = page.share_as(task_id, Visibility::Public, None, ALL, None);
        page.assert_refused(&outcome, Code::InvalidArgument, 0);
    }
    for messages in ["{}", "[1]", "[{}", "null", r#"[{"__proto__":1}]"#] {
        page.assert_refused(&page.share(Some(messages), ALL), Code::InvalidArgument, 0);
    }
    assert!(page.share_as(&"é".repeat(256), Visibility::Public, None, ALL, None).is_ok());
}

#[test]
fn h1_a_link_that_does_not_lead_to_the_cloud_is_not_copied() {
    for link in [
        "http://cloud.example/share/xyz",
        "https://cloud.example.evil.com/share/xyz",
        "https://evil.com/share/xyz",
        "https://cloud.example:8443/share/xyz",
        "https://cloud.example@evil.com/share/xyz",
        "https://user@cloud.example/share/xyz",
        "javascript:alert(1)//https://cloud.example",
        "data:text/html,x",
        "//cloud.example/share/xyz",
        "/share/xyz",
        "",
        &format!("https://cloud.example/{}", "x".repeat(2_048)),
    ] {
        let page = Page::answering(200, &format!(r#"{{"success":true,"shareUrl":"{link}"}}"#));
        page.assert_refused(&page.share(None, ALL), Code::InvalidResponse, 1);
    }
}

#[test]
fn h1_a_management_link_that_does_not_lead_to_the_cloud_is_left_out() {
    let page =
        Page::answering(200, &format!(r#"{{"success":true,"shareUrl":"{LINK}","manageUrl":"javascript:alert(1)"}}"#));
    assert_eq!(page.share(None, ALL).unwrap().manage_url, None);
}

#[test]
fn h1_plain_http_is_for_a_loopback_cloud() {
    let world = World::new(1);
    let tab = world.open_tab();
    let answer = |base: &str, link: &str| {
        world.network().handle(base, {
            let body = format!(r#"{{"success":true,"shareUrl":"{link}"}}"#);
            move |_, _| Reply::json(200, body.as_bytes())
        });
        let platform = Rc::new(tab.clone());
        let api = Rc::new(CloudApi::new(platform.clone(), base.to_owned(), Rc::new(FixedToken::new("t"))));
        let service = ShareService::new(platform, api, Rc::new(Events::default()));
        let request = ShareRequest {
            task_id: "task-1",
            visibility: Visibility::Public,
            messages: None,
            properties: b"{}",
            progress: None,
        };
        world.run(service.share_task(tab.begin_copy(), request, ALL, &|| true)).map_err(|error| error.code)
    };
    assert!(answer("http://127.0.0.1:4000", "http://127.0.0.1:4000/share/xyz").is_ok());
    assert_eq!(answer("http://127.0.0.1:4001", "http://127.0.0.1:4002/share/xyz"), Err(Code::InvalidResponse));
}

#[test]
fn h2_a_denied_clipboard_leaves_the_share() {
    let page = Page::answering(200, GOOD);
    page.tab.change(|options| options.clipboard = ClipboardKind::None);
    let result = page.share(None, ALL).unwrap();
    assert!(!result.copied);
    assert_eq!(page.tab.clipboard(), None);
    let json = result.to_json();
    let document = Document::parse(&json, Limits::default()).unwrap();
    assert_eq!(document.root().get("copied").and_then(Json::as_bool), Some(false));
    assert_eq!(document.root().get("copyFailure").and_then(Json::as_str).as_deref(), Some("CLIPBOARD_DENIED"));
    assert_eq!(page.told.borrow().len(), 1);
}

#[test]
fn answers_outside_the_contract_are_refused() {
    for (status, body, code) in [
        (200, "<!doctype html>", Code::InvalidResponse),
        (200, "{}", Code::InvalidResponse),
        (200, r#"{"success":true}"#, Code::InvalidResponse),
        (200, r#"{"success":true,"shareUrl":7}"#, Code::InvalidResponse),
        (200, r#"{"success":"true","shareUrl":"https://cloud.example/share/xyz"}"#, Code::InvalidResponse),
        (200, r#"{"success":false,"error":"canary","shareUrl":"https://cloud.example/share/xyz"}"#, Code::Server),
        (403, "canary", Code::Forbidden),
        (500, "canary", Code::Server),
    ] {
        let page = Page::answering(status, body);
        let outcome = page.share(None, ALL);
        page.assert_refused(&outcome, code, 1);
        assert!(!format!("{outcome:?}").contains("canary"), "nothing of a body stands in an error");
    }
}

/// A cloud that knows the task once it was sent its messages; gives the bodies it was sent.
fn backfilled_page() -> (Page, Rc<RefCell<Vec<(String, Vec<u8>)>>>) {
    let page = Page::new();
    let known = Rc::new(Cell::new(false));
    let filled = known.clone();
    let bodies = Rc::new(RefCell::new(Vec::new()));
    let seen = bodies.clone();
    page.world.network().handle(
        SHARE,
        move |_, _| {
            if known.get() { Reply::json(200, GOOD) } else { Reply::json(404, "{}") }
        },
    );
    page.world.network().handle(BACKFILL, move |request, _| {
        let content_type = request.headers.iter().find(|(name, _)| *name == "Content-Type").unwrap().1.clone();
        seen.borrow_mut().push((content_type, request.body.as_deref().unwrap_or_default().to_vec()));
        filled.set(true);
        Reply::json(200, "{}")
    });
    (page, bodies)
}

#[test]
fn an_unknown_task_is_sent_its_messages_and_shared() {
    let (page, bodies) = backfilled_page();
    let told = Rc::new(RefCell::new(Vec::new()));
    let listener = told.clone();
    let result = page.share_as(
        "task-1",
        Visibility::Public,
        Some(r#"[{"ts":1,"type":"say","text":"hello"}]"#),
        ALL,
        Some(Rc::new(move |progress: Progress| {
            listener.borrow_mut().push((progress.sent_bytes, progress.total_bytes));
        })),
    );
    assert!(result.unwrap().copied);
    assert_eq!(page.world.network().count(SHARE), 2);
    let bodies = bodies.borrow();
    let [(_, body)] = bodies.as_slice() else { panic!("one backfill, not {}", bodies.len()) };
    let total_bytes = body.len();
    let steps = [0, total_bytes / 4, total_bytes / 2, total_bytes * 3 / 4, total_bytes].map(|sent| (sent, total_bytes));
    assert_eq!(told.borrow().as_slice(), steps, "it rises, and ends when the cloud has it");
}

#[test]
fn an_unknown_task_is_task_not_found() {
    let page = Page::answering(404, "{}");
    page.assert_refused(&page.share(None, ALL), Code::TaskNotFound, 1);

    let page = Page::answering(404, "{}");
    page.world.network().handle(BACKFILL, |_, _| Reply::json(200, "{}"));
    page.assert_refused(&page.share(Some("[]"), ALL), Code::TaskNotFound, 3);

    let page = Page::answering(404, "{}");
    page.world.network().handle(BACKFILL, |_, _| Reply::json(413, "{}"));
    page.assert_refused(&page.share(Some("[]"), ALL), Code::InvalidResponse, 2);
}
