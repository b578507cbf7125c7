//! The clipboard, as the engines let a page have it.

use super::tab::Tab;
use crate::platform::{Clipboard, ClipboardKind};

/// So long after the click `writeText` still works (Chromium and Firefox; about 5 s measured).
const ACTIVATION_MS: u64 = 5000;

/// A copy under way.
pub struct SimCopy {
    began_ms: u64,
    in_click: bool,
}

impl Tab {
    /// What was copied last.
    pub fn clipboard(&self) -> Option<String> {
        self.0.page.clipboard.borrow().clone()
    }
}

impl Clipboard for Tab {
    type Copy = SimCopy;

    fn clipboard_kind(&self) -> ClipboardKind {
        self.0.options.borrow().clipboard
    }

    fn begin_copy(&self) -> SimCopy {
        SimCopy { began_ms: self.0.core.now_ms(), in_click: self.0.page.in_click.get() }
    }

    async fn finish_copy(&self, copy: SimCopy, text: &str) -> bool {
        self.0.core.pause((0, 2)).await;
        let clicked = copy.in_click || !self.0.options.borrow().wants_gesture;
        let taken = match self.clipboard_kind() {
            ClipboardKind::Promise => clicked,
            ClipboardKind::Text => clicked && self.0.core.now_ms() - copy.began_ms <= ACTIVATION_MS,
            ClipboardKind::Host => true,
            ClipboardKind::None => false,
        };
        if taken {
            *self.0.page.clipboard.borrow_mut() = Some(text.to_owned());
        }
        taken
    }
}
