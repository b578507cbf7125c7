//! Strings as they stand in a JSON text.

use std::borrow::Cow;
use std::cmp::Ordering;

/// A JSON string as it stands, escapes and all. Compared by what it says, not by how it is written.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    inner: &'a str,
    escaped: bool,
    start: usize,
}

impl<'a> Text<'a> {
    /// `inner` is what a checked string has between its quotes, the first of which stands at `start`.
    pub(super) const fn new(inner: &'a str, escaped: bool, start: usize) -> Self {
        Self { inner, escaped, start }
    }

    /// Where its opening quote stands in the document.
    pub const fn start(self) -> usize {
        self.start
    }

    /// What stands between the quotes.
    pub const fn escaped_str(self) -> &'a str {
        self.inner
    }

    /// What it says. `None` if there is a lone surrogate in it.
    pub fn to_str(self) -> Option<Cow<'a, str>> {
        if self.escaped {
            String::from_utf8(decode(self.inner.as_bytes())).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(self.inner))
        }
    }

    /// What it says, with U+FFFD for lone surrogates: for a person to read.
    pub fn to_string_lossy(self) -> String {
        String::from_utf8_lossy(&self.to_bytes()).into_owned()
    }

    /// What it says, in UTF-8, where a lone surrogate is its three bytes (WTF-8): every JSON string has this form, and two are
    /// equal in JavaScript exactly if these are.
    pub fn to_bytes(self) -> Cow<'a, [u8]> {
        if self.escaped { Cow::Owned(decode(self.inner.as_bytes())) } else { Cow::Borrowed(self.inner.as_bytes()) }
    }

    /// Whether it is `""`.
    pub const fn is_empty(self) -> bool {
        self.inner.is_empty()
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        if self.escaped { decode(self.inner.as_bytes()) == other.as_bytes() } else { self.inner == other }
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.escaped || other.escaped { self.to_bytes() == other.to_bytes() } else { self.inner == other.inner }
    }
}

impl Eq for Text<'_> {}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.escaped || other.escaped { self.to_bytes().cmp(&other.to_bytes()) } else { self.inner.cmp(other.inner) }
    }
}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Undoes the escapes of a checked string.
pub(super) fn decode(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'\\' {
            out.push(first);
            continue;
        }
        let Some((&escape, after)) = rest.split_first() else { break };
        rest = after;
        match escape {
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                let mut unit = hex(rest);
                rest = rest.get(4..).unwrap_or_default();
                if (0xd800..0xdc00).contains(&unit) && rest.starts_with(b"\\u") {
                    let low = hex(rest.get(2..).unwrap_or_default());
                    if (0xdc00..0xe000).contains(&low) {
                        unit = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        rest = rest.get(6..).unwrap_or_default();
                    }
                }
                push_scalar(&mut out, unit);
            }
            itself => out.push(itself),
        }
    }
    out
}

fn hex(digits: &[u8]) -> u32 {
    digits.iter().take(4).fold(0, |unit, &digit| {
        let value = if digit.is_ascii_digit() { digit - b'0' } else { (digit | 0x20).wrapping_sub(b'a' - 10) };
        unit << 4 | u32::from(value)
    })
}

/// Appends a code point, surrogates included, as UTF-8 would write it.
fn push_scalar(out: &mut Vec<u8>, scalar: u32) {
    let tail = |shift: u32| 0x80 | low_byte(scalar >> shift & 0x3f);
    match scalar {
        0..0x80 => out.push(low_byte(scalar)),
        0x80..0x800 => out.extend([0xc0 | low_byte(scalar >> 6), tail(0)]),
        0x800..0x1_0000 => out.extend([0xe0 | low_byte(scalar >> 12), tail(6), tail(0)]),
        _ => out.extend([0xf0 | low_byte(scalar >> 18), tail(12), tail(6), tail(0)]),
    }
}

const fn low_byte(value: u32) -> u8 {
    value.to_le_bytes()[0]
}
