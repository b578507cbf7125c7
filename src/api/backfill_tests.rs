//! The request of a backfill, read back.

use super::*;
use crate::platform::sim::{Tab, World};

fn built(tab: &Tab, messages: &str) -> (String, String) {
    let task = TaskId::new("task-1").unwrap();
    let messages = TaskMessages::new(messages.into()).unwrap();
    let properties = with_task_id(br#"{"appName":"x","taskId":"other"}"#, task).unwrap();
    let (content_type, body) = build_body(tab, task, messages, &properties);
    (content_type, String::from_utf8(body).unwrap())
}

#[test]
fn the_body_has_its_three_parts() {
    let tab = World::new(3).open_tab();
    let (content_type, body) = built(&tab, r#"[{"ts":1}]"#);
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_eq!(
        body,
        [
            format!("--{boundary}"),
            r#"Content-Disposition: form-data; name="taskId""#.to_owned(),
            String::new(),
            "task-1".to_owned(),
            format!("--{boundary}"),
            r#"Content-Disposition: form-data; name="properties""#.to_owned(),
            String::new(),
            r#"{"appName":"x","taskId":"task-1"}"#.to_owned(),
            format!("--{boundary}"),
            r#"Content-Disposition: form-data; name="file"; filename="task.json""#.to_owned(),
            "Content-Type: application/json".to_owned(),
            String::new(),
            r#"[{"ts":1}]"#.to_owned(),
            format!("--{boundary}--"),
            String::new(),
        ]
        .join("\r\n")
    );
}

#[test]
fn the_boundary_stands_in_no_content() {
    // Two worlds of one seed draw the same boundary; the second has to find another.
    let first = built(&World::new(3).open_tab(), "[{}]").0;
    let boundary = first.strip_prefix("multipart/form-data; boundary=").unwrap();
    let (content_type, body) = built(&World::new(3).open_tab(), &format!(r#"[{{"text":"--{boundary}--"}}]"#));
    let other = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_ne!(other, boundary);
    assert_eq!(body.matches(other).count(), 4);
}
