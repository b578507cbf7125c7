//! The slow way, taken only by what the fast way refused: what is wrong, and where.

use std::borrow::Cow;

use super::{Additional, Members, Node, Path, Rules, Step, kinds};
use crate::json::{Json, Kind, Text};

type Report<'r> = &'r mut dyn FnMut(&Path<'_>, &'static str);

const REQUIRED: &str = "is required";
const NO_CHOICE: &str = "is none of the allowed values";

impl Node {
    pub(super) fn explain(&self, value: Json<'_>, path: &Path<'_>, report: Report<'_>) {
        let kind = kinds::of(value.kind());
        if !self.accepts_kind(kind, value) {
            return report(path, expected(self.kinds));
        }
        let Some(rules) = self.rules.as_deref() else { return };
        if !rules.choices.as_ref().is_none_or(|choices| choices.contain(kind, value)) {
            return report(path, NO_CHOICE);
        }
        match kind {
            kinds::NUMBER if !rules.bound_number(value) => report(path, "is out of bounds"),
            kinds::STRING if !rules.fit_string(value) => {
                report(path, if rules.uri { "is not a URL" } else { "is too short or too long" });
            }
            kinds::ARRAY => rules.explain_elements(value, path, report),
            kinds::OBJECT => {
                if let Some(members) = &rules.members {
                    members.explain(value, path, report);
                }
            }
            _ => {}
        }
        rules.explain_any_of(value, path, report);
    }

    /// Explains, if there is something to explain.
    fn descend(&self, value: Json<'_>, path: &Path<'_>, report: Report<'_>) {
        if !self.accepts(value) {
            self.explain(value, path, report);
        }
    }

    fn members(&self) -> Option<&Members> {
        self.rules.as_deref()?.members.as_ref()
    }
}

impl Rules {
    fn explain_elements(&self, value: Json<'_>, path: &Path<'_>, report: Report<'_>) {
        let Some(items) = &self.items else { return };
        for (number, element) in value.elements().enumerate() {
            items.descend(element, &path.to(Step::Element(number), element), report);
        }
    }

    /// Where all alternatives are told apart by one member (a `type`), that member says which of them was meant.
    fn explain_any_of(&self, value: Json<'_>, path: &Path<'_>, report: Report<'_>) {
        if self.any_of.is_empty() || self.any_of.iter().any(|node| node.accepts(value)) {
            return;
        }
        match self.tag().filter(|_| value.kind() == Kind::Object) {
            None => report(path, "has none of the allowed forms"),
            Some(tag) => {
                let told = value.get(tag);
                let meant = self.any_of.iter().find(|node| {
                    told.zip(node.members()).is_some_and(|(told, members)| members.tag_accepts(tag, told))
                });
                match meant {
                    Some(node) => node.explain(value, path, report),
                    None => match told {
                        Some(told) => report(&path.to(Step::Member(tag), told), NO_CHOICE),
                        None => report(&path.to_missing(tag), REQUIRED),
                    },
                }
            }
        }
    }

    /// The name of the member that tells the alternatives apart.
    fn tag(&self) -> Option<&str> {
        let tag = self.any_of.first()?.members()?.tag()?;
        self.any_of.iter().all(|node| node.members().and_then(Members::tag) == Some(tag)).then_some(tag)
    }
}

impl Members {
    fn explain(&self, value: Json<'_>, path: &Path<'_>, report: Report<'_>) {
        let mut known: Vec<Option<Json<'_>>> = vec![None; self.properties.len()];
        let mut others = Vec::new();
        for (name, member) in value.members() {
            match self.find(name).and_then(|at| known.get_mut(at)) {
                Some(place @ None) => *place = Some(member),
                Some(Some(_)) => report(&path.to(Step::Member(&told(name)), member), "stands twice"),
                None => others.push((name, member)),
            }
        }
        for (place, ((name, node), member)) in self.names.iter().zip(&self.properties).zip(known).enumerate() {
            match member {
                Some(member) => node.descend(member, &path.to(Step::Member(name), member), report),
                None if self.required.contains(place) => report(&path.to_missing(name), REQUIRED),
                None => {}
            }
        }
        for (name, member) in others {
            let name = told(name);
            let path = path.to(Step::Member(&name), member);
            match &self.additional {
                Additional::Anything => {}
                Additional::Nothing => report(&path, "is not allowed here"),
                Additional::Each(node) => node.descend(member, &path, report),
            }
        }
    }

    /// The first property that must be there and has only certain values.
    fn tag(&self) -> Option<&str> {
        let chosen = |node: &Node| node.rules.as_deref().is_some_and(|rules| rules.choices.is_some());
        let mut properties = self.names.iter().zip(&self.properties).enumerate();
        properties.find_map(|(place, (name, node))| (self.required.contains(place) && chosen(node)).then_some(name))
    }

    fn tag_accepts(&self, tag: &str, value: Json<'_>) -> bool {
        self.names
            .find(tag.as_bytes())
            .and_then(|place| self.properties.get(place))
            .is_some_and(|node| node.accepts(value))
    }
}

/// A name as it can be told: a lone surrogate in it is no Unicode.
fn told(name: Text<'_>) -> Cow<'_, str> {
    name.to_str().unwrap_or(Cow::Borrowed("\u{fffd}"))
}

const fn expected(kinds: u8) -> &'static str {
    match kinds {
        kinds::NULL => "should be null",
        kinds::BOOLEAN => "should be true or false",
        kinds::NUMBER => "should be a number",
        kinds::INTEGER => "should be a whole number",
        kinds::STRING => "should be a string",
        kinds::ARRAY => "should be an array",
        kinds::OBJECT => "should be an object",
        0 => "is not allowed here",
        _ => "is of the wrong type",
    }
}
