//! [`Clipboard`].

use roo_cloud_web::platform::{Clipboard, ClipboardKind, within};

use super::{Bench, PATIENCE_MS, tab};

/// Without a click the engines refuse, each in its way; what counts is that it says so, soon.
pub async fn ends_every_copy(bench: &impl Bench) {
    let place = tab(bench).await;
    drop(place.begin_copy());
    let copy = place.begin_copy();
    let finished = within(&*place, PATIENCE_MS, place.finish_copy(copy, "https://cloud.example/share/1")).await;
    let copied = finished.expect("in time");
    assert!(!copied || place.clipboard_kind() != ClipboardKind::None);
}
