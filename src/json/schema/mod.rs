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
mod path;

pub use path::{Path, Step};

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
    /// `enum` and `const`; empty: any value.
    choices: Vec<Choice>,
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

enum Choice {
    Text(Box<str>),
    Number(f64),
    /// `true`, `false` and `null`, which are written in one way only.
    Literal(Box<str>),
}

struct Bound {
    limit: f64,
    exclusive: bool,
}

/// The rules for an object's members.
struct Members {
    properties: Vec<Property>,
    /// Places in `properties`, one more than each, by the hash of their names; 0 is an empty slot. Its length is a power
    /// of two, so that a name is found in a step or two.
    slots: Vec<u8>,
    /// The places in `properties` of those that must be there, as bits.
    required: u128,
    additional: Additional,
}

struct Property {
    name: Box<str>,
    node: Node,
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

impl Members {
    /// As many as there are bits in `required`.
    const LIMIT: usize = u128::BITS as usize;

    fn find_bytes(&self, name: &[u8]) -> Option<usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = hash(name) & mask;
        loop {
            let at = usize::from(*self.slots.get(slot)?).checked_sub(1)?;
            if self.properties.get(at)?.name.as_bytes() == name {
                return Some(at);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn requires(&self, at: usize) -> bool {
        self.required & (1 << at) != 0
    }
}

/// Tells the names of settings apart by their length and three of their letters: they share beginnings (`openAi…`) and
/// endings (`…ApiKey`), so the middle counts too.
fn hash(name: &[u8]) -> usize {
    let letter = |at: usize| usize::from(name.get(at).copied().unwrap_or_default());
    let length = name.len();
    length.wrapping_mul(5)
        ^ letter(0).wrapping_mul(3)
        ^ letter(length / 2).wrapping_mul(11)
        ^ letter(length.wrapping_sub(1)).wrapping_mul(29)
}

#[cfg(test)]
mod tests;
