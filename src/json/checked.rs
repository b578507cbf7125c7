//! Texts that are kept.

use std::borrow::Cow;
use std::rc::Rc;

use super::scan::Container;
use super::{Document, Json, JsonError, Limits};

/// A text that was checked once and is kept: it can be read at any time, at no cost.
#[derive(Clone)]
pub struct Checked {
    text: Rc<str>,
    containers: Rc<[Container]>,
}

impl Checked {
    /// Checks `bytes`.
    pub fn parse(bytes: &[u8], limits: Limits) -> Result<Self, JsonError> {
        Document::parse(bytes, limits).map(|document| Self::of(document.root()))
    }

    /// Keeps a part of a checked text.
    pub fn of(json: Json<'_>) -> Self {
        Self { text: json.raw_str().into(), containers: json.containers() }
    }

    /// Its one value is the root of this.
    pub fn document(&self) -> Document<'_> {
        Document { text: &self.text, containers: Cow::Borrowed(&self.containers), start: 0 }
    }

    /// The text; of clones, the same bytes in memory.
    pub fn bytes(&self) -> Rc<[u8]> {
        self.text.clone().into()
    }
}

impl Default for Checked {
    /// `null`
    fn default() -> Self {
        Self { text: "null".into(), containers: [].into() }
    }
}

impl PartialEq for Checked {
    fn eq(&self, other: &Self) -> bool {
        super::same_bytes(self.text.as_bytes(), other.text.as_bytes())
    }
}
