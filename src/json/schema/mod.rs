//! JSON Schema, as far as the cloud's own schemas go: `type`, `properties`, `required`, `additionalProperties`, `items`,
//! `anyOf`, `enum`, `const`, `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `minLength`, `maxLength` and
//! `format: "uri"`, with the meaning draft-07 gives them. Any other keyword that would constrain a value is refused when
//! the schema is compiled, so that nobody relies on a check that is not made.
//!
//! A value is checked in one pass, without allocating. Only what fails is read again, in the schema's order, to say where
//! and why. A member that a schema names may stand only once.

mod check;
mod compile;
mod explain;
mod names;
mod path;

pub use path::{Path, Step};

use names::{Names, Places};

use std::fmt;
use std::sync::OnceLock;

use super::{Document, Json, Limits};
use crate::error::{CloudError, Code, Result};

/// A compiled schema.
pub struct Schema(Node);

/// What is wrong with a value, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Member names and element numbers from the top of the value, joined by dots; empty for the value itself.
    pub path: String,
    /// What is wrong there, to be read after the path: "is required". Never tells the value.
    pub what: &'static str,
}

impl Issue {
    /// What is wrong at `path`.
    pub fn new(path: &Path<'_>, what: &'static str) -> Self {
        Self { path: path.to_string(), what }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = if self.path.is_empty() { "it" } else { &self.path };
        write!(f, "{subject} {}", self.what)
    }
}

impl Schema {
    /// A schema that this module carries, compiled on first use.
    pub fn embedded(compiled: &'static OnceLock<Result<Self>>, text: &[u8]) -> Result<&'static Self> {
        let compiled = compiled.get_or_init(|| {
            let text = Document::parse(text, Limits::default())
                .map_err(|fault| CloudError::new(Code::Internal, format!("a schema of ours: {}", fault.what)))?;
            Self::compile(text.root())
        });
        compiled.as_ref().map_err(Clone::clone)
    }

    /// Compiles a schema. `INVALID_ARGUMENT` names the keyword that is not supported or has no sense.
    pub fn compile(schema: Json<'_>) -> Result<Self> {
        compile::node(schema, 0).map(Self)
    }

    /// Whether the schema accepts this value.
    pub fn accepts(&self, value: Json<'_>) -> bool {
        self.0.accepts(value)
    }

    /// The first thing wrong with this value, in the schema's order.
    pub fn first_issue(&self, value: Json<'_>) -> Option<Issue> {
        let mut first = None;
        self.each_issue(value, &mut |path, what| {
            first.get_or_insert_with(|| Issue::new(path, what));
        });
        first
    }

    /// Calls `report` with everything that is wrong with this value.
    pub fn each_issue(&self, value: Json<'_>, report: &mut dyn FnMut(&Path<'_>, &'static str)) {
        if !self.accepts(value) {
            self.0.explain(value, &Path::TOP, report);
        }
    }
}

/// The kinds of JSON values, as bits.
mod kinds {
    use crate::json::Kind;

    pub(super) const NULL: u8 = 1;
    pub(super) const BOOLEAN: u8 = 2;
    pub(super) const NUMBER: u8 = 4;
    pub(super) const STRING: u8 = 8;
    pub(super) const ARRAY: u8 = 16;
    pub(super) const OBJECT: u8 = 32;
    /// Numbers without a fraction; set instead of [`NUMBER`], never on a value.
    pub(super) const INTEGER: u8 = 64;
    pub(super) const ANY: u8 = 63;

    pub(super) const fn of(kind: Kind) -> u8 {
        match kind {
            Kind::Null => NULL,
            Kind::Bool => BOOLEAN,
            Kind::Number => NUMBER,
            Kind::String => STRING,
            Kind::Array => ARRAY,
            Kind::Object => OBJECT,
        }
    }
}

/// A schema: the kinds it accepts and, where there is more to say, its rules.
struct Node {
    kinds: u8,
    rules: Option<Box<Rules>>,
}

#[derive(Default)]
struct Rules {
    choices: Option<Choices>,
    members: Option<Members>,
    items: Option<Node>,
    /// Empty: no such rule.
    any_of: Vec<Node>,
    at_least: Option<Bound>,
    at_most: Option<Bound>,
    min_length: usize,
    max_length: Option<usize>,
    uri: bool,
}

/// What `enum` and `const` allow.
struct Choices {
    strings: Names,
    numbers: Vec<f64>,
    /// `true`, `false` and `null`, which are written in one way only.
    literals: Vec<Box<str>>,
}

struct Bound {
    limit: f64,
    exclusive: bool,
}

/// The rules for an object's members.
struct Members {
    names: Names,
    /// The schemas of `names`, by place.
    properties: Vec<Node>,
    required: Places,
    additional: Additional,
}

/// What `additionalProperties` says.
enum Additional {
    Anything,
    Nothing,
    Each(Box<Node>),
}

impl Node {
    const ANYTHING: Self = Self { kinds: kinds::ANY, rules: None };
}

#[cfg(test)]
mod tests;
