//! JSON as it comes: borrowed values over text that was checked once, and a writer.
//!
//! The client understands little of what passes through it, so values stay the bytes they came as. [`Document::parse`]
//! checks a text in one pass and notes where its containers end; [`Json`] and [`Text`] are views of it that allocate
//! nothing and step over a container in constant time.
//!
//! What is accepted is RFC 8259 exactly (no byte order mark, no trailing data, valid UTF-8), less what we do not want:
//! texts over [`Limits`], and any member called `__proto__`, however it is written. Lone surrogates (`"\ud800"`) are
//! grammatical and pass through untouched, but are no Rust string: [`Text::to_str`] is `None` for them.

mod checked;
mod compare;
mod document;
mod number;
mod scan;
pub mod schema;
mod text;
mod writer;

pub use checked::Checked;
pub use compare::{same_bytes, sort_members};
pub use document::{Document, Elements, Json, Kind, Members};
pub use scan::{Look, Met};
pub use text::Text;
pub use writer::Writer;

/// Why a text is not one of ours. It never quotes the text, which may hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The byte at which it was noticed.
    pub at: usize,
    /// What is wrong.
    pub what: &'static str,
}

/// How large and how deep a text may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes.
    pub max_bytes: usize,
    /// The most arrays and objects within each other.
    pub max_depth: u16,
}

impl Default for Limits {
    /// Under 10 MB, at most 127 deep: ten times what the largest organization sends.
    fn default() -> Self {
        Self { max_bytes: 10_000_000 - 1, max_depth: 127 }
    }
}

#[cfg(test)]
mod tests;
