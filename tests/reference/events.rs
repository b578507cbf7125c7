//! `events.json`: is this event sendable?

use roo_cloud_web::error::Code;
use roo_cloud_web::json::{Document, Limits};
use roo_cloud_web::telemetry::event_types::validate_event;

#[test]
fn events_are_sendable_as_the_reference_sends_them() {
    for case in super::cases(include_str!("vectors/events.json")) {
        let event = case["event"].to_string();
        let document = Document::parse(event.as_bytes(), Limits::default()).unwrap();
        let answer = validate_event(document.root());
        let Some(first_issue) = case["firstIssue"].as_str() else {
            assert_eq!((case["valid"].as_bool(), answer), (Some(true), Ok(())), "{}", case["mutation"]);
            continue;
        };
        let fault = answer.expect_err("an event that the reference refuses");
        assert_eq!(fault.code, Code::InvalidEvent);
        let (path, _) = first_issue.split_once(": ").unwrap();
        assert!(fault.message.contains(&format!(": {path} ")), "{first_issue}: {fault}");
    }
}
