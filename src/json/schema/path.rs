//! Where in a value something stands.

use std::fmt;

use crate::json::Json;

/// A way from the top of a value down to one of its parts. Lives on the stack of whoever walks the value, so that no
/// path is built for what is in order.
#[derive(Debug)]
pub struct Path<'p> {
    from: Option<(&'p Path<'p>, Step<'p>)>,
    /// The byte at which the value starts; none where it is missing.
    start: Option<usize>,
}

/// One step down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'p> {
    /// To the member of that name.
    Member(&'p str),
    /// To the element of that number.
    Element(usize),
}

impl<'p> Path<'p> {
    /// The value itself.
    pub(super) const TOP: Path<'static> = Path { from: None, start: None };

    /// The way one step further down, to a value that is there.
    pub(super) fn to(&'p self, step: Step<'p>, value: Json<'_>) -> Self {
        Self { from: Some((self, step)), start: Some(value.range().start) }
    }

    /// The way to a member that is missing.
    pub(super) const fn to_missing(&'p self, name: &'p str) -> Self {
        Self { from: Some((self, Step::Member(name))), start: None }
    }

    /// All steps, from the top, each with the byte at which the value that it leads to starts in the document; none
    /// where that value is missing.
    pub fn steps(&self) -> Vec<(Step<'p>, Option<usize>)> {
        let mut steps = Vec::new();
        let mut path = self;
        while let Some((parent, step)) = &path.from {
            steps.push((*step, path.start));
            path = parent;
        }
        steps.reverse();
        steps
    }
}

/// The longest member name that is told whole, in characters. Names come from outside, and end in messages and logs.
const LONGEST_NAME: usize = 80;

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((parent, step)) = &self.from else { return Ok(()) };
        if parent.from.is_some() {
            parent.fmt(f)?;
            f.write_str(".")?;
        }
        match step {
            Step::Element(number) => number.fmt(f),
            Step::Member(name) => {
                let mut letters = name.chars();
                for letter in letters.by_ref().take(LONGEST_NAME) {
                    fmt::Write::write_char(f, if letter.is_control() { '\u{fffd}' } else { letter })?;
                }
                if letters.next().is_some() { f.write_str("…") } else { Ok(()) }
            }
        }
    }
}
