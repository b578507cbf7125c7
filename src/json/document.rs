//! A checked text and the views of it.

use std::borrow::Cow;
use std::rc::Rc;

use super::number::Decimal;
use super::scan::{self, Container, Look, byte, skip_whitespace};
use super::{JsonError, Limits, Text};

/// A text that was checked to be one JSON value. It borrows the text and owns only the places where containers end.
pub struct Document<'a> {
    pub(super) text: &'a str,
    pub(super) containers: Cow<'a, [Container]>,
    pub(super) start: usize,
}

impl<'a> Document<'a> {
    /// Checks `bytes` in one pass.
    pub fn parse(bytes: &'a [u8], limits: Limits) -> Result<Self, JsonError> {
        Self::check(bytes, limits, None)
    }

    /// Checks `bytes` in one pass, and shows `look` each of its strings meanwhile.
    pub fn parse_looking(bytes: &'a [u8], limits: Limits, look: Look<'_>) -> Result<Self, JsonError> {
        Self::check(bytes, limits, Some(look))
    }

    fn check(bytes: &'a [u8], limits: Limits, look: Option<Look<'_>>) -> Result<Self, JsonError> {
        if bytes.len() > limits.max_bytes {
            return Err(JsonError { at: limits.max_bytes, what: "too large" });
        }
        let text =
            str::from_utf8(bytes).map_err(|error| JsonError { at: error.valid_up_to(), what: "not valid UTF-8" })?;
        let containers = scan::check(text, limits.max_depth, look)?;
        Ok(Self { text, containers: Cow::Owned(containers), start: skip_whitespace(bytes, 0) })
    }

    /// The one value.
    pub fn root(&'a self) -> Json<'a> {
        self.value_at(self.start, 0)
    }

    /// The value that starts at `start`, where `container` is the first container that opens there or later.
    fn value_at(&'a self, start: usize, container: usize) -> Json<'a> {
        let bytes = self.text.as_bytes();
        let end = match byte(bytes, start) {
            b'{' | b'[' => self.containers.get(container).map_or(start, |container| container.end),
            b'"' => scan::string_end(bytes, start).end,
            _ => {
                let mut end = start;
                while !matches!(byte(bytes, end), b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t' | 0) {
                    end += 1;
                }
                end
            }
        };
        Json { document: self, start, end, container }
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number
    Number,
    /// A string
    String,
    /// An array
    Array,
    /// An object
    Object,
}

/// One value of a [`Document`].
#[derive(Clone, Copy)]
pub struct Json<'a> {
    document: &'a Document<'a>,
    start: usize,
    end: usize,
    container: usize,
}

impl<'a> Json<'a> {
    /// What it is.
    pub fn kind(self) -> Kind {
        match byte(self.document.text.as_bytes(), self.start) {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::String,
            b't' | b'f' => Kind::Bool,
            b'n' => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// Its text, as it stands in the document.
    pub fn raw_str(self) -> &'a str {
        self.document.text.get(self.start..self.end).unwrap_or_default()
    }

    /// Its bytes, as they stand in the document.
    pub fn raw(self) -> &'a [u8] {
        self.document.text.as_bytes().get(self.start..self.end).unwrap_or_default()
    }

    /// Its containers, as a document of its own has them.
    pub(super) fn containers(self) -> Rc<[Container]> {
        let (first, end) = match (self.kind(), self.document.containers.get(self.container)) {
            (Kind::Object | Kind::Array, Some(outermost)) => (self.container, outermost.next),
            _ => (0, 0),
        };
        let own = self.document.containers.get(first..end).unwrap_or_default();
        own.iter()
            .map(|it| Container {
                end: it.end - self.start,
                next: it.next - first,
                id: it.id.saturating_sub(self.start),
            })
            .collect()
    }

    /// Where its bytes lie in the document.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start..self.end
    }

    /// The member called `name`. The last of doubled members wins, as with `JSON.parse`.
    pub fn get(self, name: &str) -> Option<Json<'a>> {
        let mut found = None;
        for (member, value) in self.members() {
            if member == name {
                found = Some(value);
            }
        }
        found
    }

    /// The string under `id`, as `get` would find it; noted as the text was checked, since things are told apart by it.
    pub fn id(self) -> Option<Text<'a>> {
        if self.kind() != Kind::Object {
            return None;
        }
        let start = self.document.containers.get(self.container).map(|object| object.id).filter(|start| *start > 0)?;
        self.document.value_at(start, 0).as_text()
    }

    /// The members of an object, as they stand; none of anything else.
    pub fn members(self) -> Members<'a> {
        Members { walk: Walk::into(self, Kind::Object) }
    }

    /// The elements of an array; none of anything else.
    pub fn elements(self) -> Elements<'a> {
        Elements { walk: Walk::into(self, Kind::Array) }
    }

    /// The string, escapes and all.
    pub fn as_text(self) -> Option<Text<'a>> {
        if self.kind() != Kind::String {
            return None;
        }
        let inner = self.document.text.get(self.start + 1..self.end - 1)?;
        Some(Text::new(inner, inner.as_bytes().contains(&b'\\'), self.start))
    }

    /// The string. `None` also for one with a lone surrogate.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        self.as_text()?.to_str()
    }

    /// The boolean.
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw().first() == Some(&b't'))
    }

    /// The whole number from 0 to 2^53, however it is written: `3600`, `3600.0`, `36e2`.
    pub fn as_u64(self) -> Option<u64> {
        self.decimal()?.as_u64()
    }

    /// The number. Exact (as `JSON.parse` reads it) up to 2^53 times or over a power of ten of at most 22; beyond that
    /// within a few units in the last place.
    pub fn as_f64(self) -> Option<f64> {
        Some(self.decimal()?.to_f64())
    }

    /// Whether it is a number without a fraction.
    pub fn is_integer(self) -> bool {
        self.decimal().is_some_and(Decimal::is_integer)
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    pub(super) fn same_number(self, other: Json<'_>) -> bool {
        self.decimal() == other.decimal()
    }

    fn decimal(self) -> Option<Decimal> {
        (self.kind() == Kind::Number).then(|| Decimal::read(self.raw()))
    }
}

/// A walk over what stands in a container.
#[derive(Clone)]
struct Walk<'a> {
    document: &'a Document<'a>,
    at: usize,
    end: usize,
    container: usize,
}

impl<'a> Walk<'a> {
    fn into(json: Json<'a>, kind: Kind) -> Self {
        let Json { document, start, end, container } = json;
        // Of anything else the walk ends before it begins.
        let at = if json.kind() == kind { start + 1 } else { end };
        Self { document, at, end, container: container + 1 }
    }

    /// Goes to the start of the next name or element.
    fn advance(&mut self) -> Option<()> {
        let bytes = self.document.text.as_bytes();
        self.at = skip_whitespace(bytes, self.at);
        if byte(bytes, self.at) == b',' {
            self.at = skip_whitespace(bytes, self.at + 1);
        }
        (self.at + 1 < self.end).then_some(())
    }

    fn value(&mut self) -> Json<'a> {
        let value = self.document.value_at(self.at, self.container);
        self.at = value.end;
        if matches!(value.kind(), Kind::Object | Kind::Array) {
            self.container = self.document.containers.get(self.container).map_or(self.container, |it| it.next);
        }
        value
    }
}

/// The members of an object, in the order of the text.
#[derive(Clone)]
pub struct Members<'a> {
    walk: Walk<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Text<'a>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.advance()?;
        let text = self.walk.document.text;
        let bytes = text.as_bytes();
        let quote = self.walk.at;
        let name = scan::string_end(bytes, quote);
        let colon = skip_whitespace(bytes, name.end);
        self.walk.at = skip_whitespace(bytes, colon + 1);
        let inner = text.get(quote + 1..name.end - 1)?;
        Some((Text::new(inner, name.escaped, quote), self.walk.value()))
    }
}

/// The elements of an array, in the order of the text.
#[derive(Clone)]
pub struct Elements<'a> {
    walk: Walk<'a>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.advance()?;
        Some(self.walk.value())
    }
}
