//! Text that must not be seen: tokens, codes, verifiers, states, keys.

pub mod rules;

use std::fmt;

/// A secret text. `Debug` redacts it and there is no `Display`; [`Secret::expose`] is the one way to its content, so that
/// `git grep expose` finds every place where a secret goes on the wire or into a sealed record.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_redacts() {
        assert!(!format!("{:?}", Some(Secret::new("canary-4711"))).contains("canary"));
    }
}
