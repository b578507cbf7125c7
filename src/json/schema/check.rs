//! The fast way: does the schema accept this value? One pass, no allocation, no reasons.

use super::{Additional, Bound, Choices, Members, Node, Places, Rules, kinds};
use crate::json::{Json, Text};

impl Node {
    pub(super) fn accepts(&self, value: Json<'_>) -> bool {
        let kind = kinds::of(value.kind());
        if !self.accepts_kind(kind, value) {
            return false;
        }
        let Some(rules) = self.rules.as_deref() else { return true };
        rules.choices.as_ref().is_none_or(|choices| choices.contain(kind, value))
            && match kind {
                kinds::STRING => rules.fit_string(value),
                kinds::NUMBER => rules.bound_number(value),
                kinds::ARRAY => {
                    rules.items.as_ref().is_none_or(|items| value.elements().all(|each| items.accepts(each)))
                }
                kinds::OBJECT => rules.members.as_ref().is_none_or(|members| members.accept(value)),
                _ => true,
            }
            && (rules.any_of.is_empty() || rules.any_of.iter().any(|node| node.accepts(value)))
    }

    pub(super) fn accepts_kind(&self, kind: u8, value: Json<'_>) -> bool {
        self.kinds & kind != 0 || (kind == kinds::NUMBER && self.kinds & kinds::INTEGER != 0 && value.is_integer())
    }
}

impl Members {
    fn accept(&self, value: Json<'_>) -> bool {
        let mut seen = Places::default();
        for (name, member) in value.members() {
            let accepted = match (self.find(name), &self.additional) {
                (Some(place), _) => {
                    seen.insert(place) && self.properties.get(place).is_some_and(|node| node.accepts(member))
                }
                (None, Additional::Anything) => true,
                (None, Additional::Nothing) => false,
                (None, Additional::Each(node)) => node.accepts(member),
            };
            if !accepted {
                return false;
            }
        }
        seen.contains_all(self.required)
    }

    /// Where a property of that name stands.
    pub(super) fn find(&self, name: Text<'_>) -> Option<usize> {
        self.names.find(&name.to_bytes())
    }
}

impl Choices {
    pub(super) fn contain(&self, kind: u8, value: Json<'_>) -> bool {
        match kind {
            kinds::STRING => value.as_text().is_some_and(|text| self.strings.find(&text.to_bytes()).is_some()),
            kinds::NUMBER => {
                value.as_f64().is_some_and(|value| self.numbers.iter().any(|number| number.total_cmp(&value).is_eq()))
            }
            _ => self.literals.iter().any(|literal| **literal == *value.raw_str()),
        }
    }
}

impl Rules {
    /// What `minLength`, `maxLength` and `format` ask of a string.
    pub(super) fn fit_string(&self, value: Json<'_>) -> bool {
        if self.min_length == 0 && self.max_length.is_none() && !self.uri {
            return true;
        }
        let Some(text) = value.as_str() else { return false };
        let length = text.chars().count();
        length >= self.min_length
            && self.max_length.is_none_or(|max_length| length <= max_length)
            && (!self.uri || is_uri(&text))
    }

    /// What `minimum` and its like ask of a number.
    pub(super) fn bound_number(&self, value: Json<'_>) -> bool {
        if self.at_least.is_none() && self.at_most.is_none() {
            return true;
        }
        let Some(number) = value.as_f64() else { return false };
        let above = |bound: &Bound| if bound.exclusive { number > bound.limit } else { number >= bound.limit };
        let below = |bound: &Bound| if bound.exclusive { number < bound.limit } else { number <= bound.limit };
        self.at_least.as_ref().is_none_or(above) && self.at_most.as_ref().is_none_or(below)
    }
}

/// RFC 3986 as far as it can be told without taking the url apart: a scheme, then something, and where the web asks for
/// a host, a host.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let needs_host = ["http", "https", "ws", "wss", "ftp"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    let host = rest.trim_start_matches(['/', '\\']);
    scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        && !text.bytes().any(|byte| byte <= b' ')
        && (!needs_host || host.starts_with(|letter| !matches!(letter, '?' | '#' | ':' | '@')))
}
