//! The checking pass, and the small steps that it shares with the walk over checked text.

use super::JsonError;

/// Where a container ends. One is noted for each `{` and `[`, in the order in which they open.
#[derive(Clone, Copy)]
pub(super) struct Container {
    /// The byte after its closing bracket.
    pub(super) end: usize,
    /// The number of the first container that opens after that.
    pub(super) next: usize,
    /// Where the string under its last member called `id` starts; 0 where there is none.
    pub(super) id: usize,
}

/// A string as it is checked, a member's name or a value.
pub struct Met<'a> {
    /// What stands between its quotes.
    pub inner: &'a [u8],
    /// There is an escape in it.
    pub escaped: bool,
    /// It is a member's name.
    pub is_name: bool,
}

/// Is shown each string of a text as it is checked, so that it need not be looked for again.
pub type Look<'l> = &'l mut dyn FnMut(Met<'_>);

/// Checks that `text` is one JSON value, and finds its containers.
pub(super) fn check(text: &str, max_depth: u16, mut look: Option<Look<'_>>) -> Result<Vec<Container>, JsonError> {
    let bytes = text.as_bytes();
    let mut containers: Vec<Container> = Vec::new();
    // The innermost open container. Until it is closed, it has the number of the one around it as `next`, and its bracket as `end`.
    let mut innermost = NONE;
    let mut depth = 0;
    let mut at = skip_whitespace(bytes, 0);
    loop {
        match byte(bytes, at) {
            b'"' => {
                let StringEnd { end, escaped } = check_string(bytes, at)?;
                if let Some(look) = &mut look {
                    look(Met { inner: inner(bytes, at, end), escaped, is_name: false });
                }
                at = end;
            }
            start @ (b'{' | b'[') => {
                if depth >= max_depth {
                    return Err(JsonError { at, what: "too deep" });
                }
                depth += 1;
                containers.push(Container { end: usize::from(start), next: innermost, id: 0 });
                innermost = containers.len() - 1;
                at = skip_whitespace(bytes, at + 1);
                if byte(bytes, at) != closing(start) {
                    if start == b'{' {
                        at = check_name(bytes, at, containers.last_mut(), &mut look)?;
                    }
                    continue;
                }
            }
            b'-' | b'0'..=b'9' => at = check_number(bytes, at)?,
            b't' => at = check_word(bytes, at, b"true")?,
            b'f' => at = check_word(bytes, at, b"false")?,
            b'n' => at = check_word(bytes, at, b"null")?,
            _ => return Err(JsonError { at, what: "expected a value" }),
        }
        // A value has ended, or an empty container is about to.
        loop {
            at = skip_whitespace(bytes, at);
            let count = containers.len();
            let Some(container) = containers.get_mut(innermost) else {
                return if at == bytes.len() { Ok(containers) } else { Err(JsonError { at, what: "trailing data" }) };
            };
            let start = if container.end == usize::from(b'{') { b'{' } else { b'[' };
            let next = byte(bytes, at);
            if next == b',' {
                at = skip_whitespace(bytes, at + 1);
                if start == b'{' {
                    at = check_name(bytes, at, Some(container), &mut look)?;
                }
                break;
            }
            if next != closing(start) {
                return Err(JsonError { at, what: "expected a comma or the end of a container" });
            }
            at += 1;
            depth -= 1;
            container.end = at;
            innermost = std::mem::replace(&mut container.next, count);
        }
    }
}

/// The number of no container.
const NONE: usize = usize::MAX;

const fn closing(start: u8) -> u8 {
    if start == b'{' { b'}' } else { b']' }
}

/// What stands between the quotes of the string that starts at `quote` and ends before `end`.
fn inner(bytes: &[u8], quote: usize, end: usize) -> &[u8] {
    bytes.get(quote + 1..end - 1).unwrap_or_default()
}

/// The byte at `at`; NUL, which JSON allows nowhere, past the end.
#[inline]
pub(super) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// Inlined up to the first byte: what machines write has no whitespace, and is read most.
#[inline(always)]
#[allow(clippy::inline_always)] // `inline` alone is nothing to a build for size
pub(super) fn skip_whitespace(bytes: &[u8], at: usize) -> usize {
    if byte(bytes, at) > b' ' { at } else { whitespace_end(bytes, at) }
}

fn whitespace_end(bytes: &[u8], mut at: usize) -> usize {
    while matches!(byte(bytes, at), b' ' | b'\n' | b'\r' | b'\t') {
        at += 1;
    }
    at
}

/// Checks a member's name and its colon; returns where its value starts.
fn check_name(
    bytes: &[u8],
    at: usize,
    object: Option<&mut Container>,
    look: &mut Option<Look<'_>>,
) -> Result<usize, JsonError> {
    if byte(bytes, at) != b'"' {
        return Err(JsonError { at, what: "expected a member name" });
    }
    let name = check_string(bytes, at)?;
    let inner = inner(bytes, at, name.end);
    if let Some(look) = look {
        look(Met { inner, escaped: name.escaped, is_name: true });
    }
    let says = |said: &[u8]| inner == said || name.escaped && super::text::decode(inner) == said;
    if says(b"__proto__") {
        return Err(JsonError { at, what: "a member called __proto__" });
    }
    let colon = skip_whitespace(bytes, name.end);
    if byte(bytes, colon) != b':' {
        return Err(JsonError { at: colon, what: "expected a colon" });
    }
    let value = skip_whitespace(bytes, colon + 1);
    if says(b"id")
        && let Some(object) = object
    {
        object.id = if byte(bytes, value) == b'"' { value } else { 0 };
    }
    Ok(value)
}

/// A string, from the quote it started at.
pub(super) struct StringEnd {
    /// The byte after the closing quote.
    pub(super) end: usize,
    /// Whether there is an escape in it.
    pub(super) escaped: bool,
}

fn check_string(bytes: &[u8], quote: usize) -> Result<StringEnd, JsonError> {
    let mut at = quote + 1;
    let mut escaped = false;
    loop {
        at = plain_run_end(bytes, at);
        match byte(bytes, at) {
            b'"' => return Ok(StringEnd { end: at + 1, escaped }),
            b'\\' => {
                escaped = true;
                at += match byte(bytes, at + 1) {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                    b'u' if bytes
                        .get(at + 2..at + 6)
                        .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) =>
                    {
                        6
                    }
                    _ => return Err(JsonError { at, what: "no such escape" }),
                };
            }
            _ if at >= bytes.len() => return Err(JsonError { at, what: "a string without end" }),
            _ => return Err(JsonError { at, what: "a control character in a string" }),
        }
    }
}

/// The end of a checked string that starts with the quote at `quote`.
pub(super) fn string_end(bytes: &[u8], quote: usize) -> StringEnd {
    let mut at = plain_run_end(bytes, quote + 1);
    let escaped = byte(bytes, at) == b'\\';
    while byte(bytes, at) == b'\\' {
        at = plain_run_end(bytes, at + 2);
    }
    StringEnd { end: at + 1, escaped }
}

/// The first byte from `at` on that is a quote, a backslash or a control character, or the end. Eight bytes a step.
#[inline]
fn plain_run_end(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * 0x22);
        let backslash = word ^ (ONES * 0x5c);
        // The high bit of each byte that is below 0x20, or zero in one of the two others. Borrows only spoil bytes above
        // the lowest hit, and only the lowest is read.
        let hits = (word.wrapping_sub(ONES * 0x20) & !word)
            | (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash);
        let hits = hits & HIGH;
        if hits != 0 {
            return at + (hits.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|&byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        at += 1;
    }
    at
}

fn check_number(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    let mut at = start + usize::from(byte(bytes, start) == b'-');
    at = if byte(bytes, at) == b'0' { at + 1 } else { check_digits(bytes, at)? };
    if byte(bytes, at) == b'.' {
        at = check_digits(bytes, at + 1)?;
    }
    if matches!(byte(bytes, at), b'e' | b'E') {
        at += 1 + usize::from(matches!(byte(bytes, at + 1), b'+' | b'-'));
        at = check_digits(bytes, at)?;
    }
    Ok(at)
}

fn check_digits(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    let mut at = start;
    while byte(bytes, at).is_ascii_digit() {
        at += 1;
    }
    if at == start { Err(JsonError { at, what: "expected a digit" }) } else { Ok(at) }
}

fn check_word(bytes: &[u8], at: usize, word: &[u8]) -> Result<usize, JsonError> {
    let end = at + word.len();
    if bytes.get(at..end) == Some(word) { Ok(end) } else { Err(JsonError { at, what: "expected a value" }) }
}
