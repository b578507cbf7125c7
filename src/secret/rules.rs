//! What never crosses: secret keys and secret-looking values.
//!
//! A member is a secret if its name says so, whatever provider it belongs to (all names of the reference implementation do, and
//! those it forgets), or if its value looks like a credential under any name. Both hold at any depth.

use crate::json::{Json, Kind, Met, Text, Writer};

/// Takes the secrets out of `value` and writes what is left; returns how many there were.
pub fn write_without_secrets(value: Json<'_>, out: &mut Writer) -> usize {
    let mut dropped = 0;
    match value.kind() {
        Kind::Object => {
            out.begin_object();
            for (name, value) in value.members() {
                if is_secret(name, value) {
                    dropped += 1;
                } else {
                    out.name_text(name);
                    dropped += write_without_secrets(value, out);
                }
            }
            out.end_object();
        }
        Kind::Array => {
            out.begin_array();
            for element in value.elements() {
                if is_secret_value(element) {
                    dropped += 1;
                } else {
                    dropped += write_without_secrets(element, out);
                }
            }
            out.end_array();
        }
        _ => out.raw(value),
    }
    dropped
}

/// Whether a string of a text may make something in it a secret; what is said here of no string, [`holds_secret`] denies. Cheap, and
/// sometimes wrong: a name is told without its value, and what has escapes is suspect.
pub fn is_suspect(met: &Met<'_>) -> bool {
    if met.is_name {
        met.escaped || names_secret(met.inner).is_some()
    } else {
        met.inner.len() >= SHORTEST_CREDENTIAL && (met.escaped || looks_secret(met.inner))
    }
}

/// Whether there is a secret in `value`, at any depth.
pub fn holds_secret(value: Json<'_>) -> bool {
    any_secret(value, &|_| true)
}

/// Whether a profile has a secret that could open anything: an empty one cannot.
pub fn has_secret(profile: Json<'_>) -> bool {
    any_secret(profile, &|secret| !matches!(secret.raw(), b"\"\"" | b"{}" | b"[]"))
}

fn any_secret(value: Json<'_>, counts: &dyn Fn(Json<'_>) -> bool) -> bool {
    match value.kind() {
        Kind::Object => value
            .members()
            .any(|(name, value)| if is_secret(name, value) { counts(value) } else { any_secret(value, counts) }),
        Kind::Array => value.elements().any(|value| is_secret_value(value) || any_secret(value, counts)),
        _ => false,
    }
}

/// Whether a member is a secret, by its name or by its value.
pub fn is_secret(name: Text<'_>, value: Json<'_>) -> bool {
    let by_name = match value.kind() {
        // `awsUseApiKey`, `anthropicUseAuthToken`: says whether there is one.
        Kind::Null | Kind::Bool => false,
        // `pricePerToken`
        Kind::Number => names_secret(&name.to_bytes()) == Some(Certainty::Certain),
        _ => names_secret(&name.to_bytes()).is_some(),
    };
    by_name || is_secret_value(value)
}

fn is_secret_value(value: Json<'_>) -> bool {
    value.raw().len() > SHORTEST_CREDENTIAL && value.as_text().is_some_and(|text| looks_secret(&text.to_bytes()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Certainty {
    /// The name is of a secret.
    Certain,
    /// It is, unless the value is a number.
    Likely,
}

/// The words that make a name a secret's wherever they stand in it, in whatever case, with `-`, `_` or `.` between their letters.
const SECRET_WORDS: [Word; 11] = [
    Word::new(b"apikey"),
    Word::new(b"secret"),
    Word::new(b"password"),
    Word::new(b"passwd"),
    Word::new(b"passphrase"),
    Word::new(b"credential"),
    Word::new(b"authorization"),
    Word::new(b"privatekey"),
    Word::new(b"accesskey"),
    Word::new(b"bearer"),
    Word::new(b"cookie"),
];

/// Whether a secret stands under this name. `maxTokens`, `tokenizer` and `publicKey` are none.
fn names_secret(name: &[u8]) -> Option<Certainty> {
    let mut letters = 0;
    for &byte in name {
        letters |= letter(byte);
    }
    if letters & RARE != 0 && SECRET_WORDS.iter().any(|word| letters & word.letters == word.letters && word.is_in(name))
    {
        return Some(Certainty::Certain);
    }
    let mut end = name;
    while let [rest @ .., last] = end
        && !last.is_ascii_alphabetic()
    {
        end = rest;
    }
    if !matches!(end, [.., b'y' | b'Y' | b'n' | b'N']) {
        return None;
    }
    // A whole name of `key` is the name in a list of names and values.
    let key = ends_with(end, b"key") && end.len() > 3 && !Word::new(b"public").is_in(name);
    (key || ends_with(end, b"token")).then_some(Certainty::Likely)
}

fn ends_with(name: &[u8], end: &[u8]) -> bool {
    name.len().checked_sub(end.len()).and_then(|at| name.get(at..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
}

/// A lower-case word, and which letters it has, so that most names need not be searched for it.
struct Word {
    text: &'static [u8],
    letters: u32,
}

impl Word {
    const fn new(text: &'static [u8]) -> Self {
        let mut letters = 0;
        let mut rest = text;
        while let [first, after @ ..] = rest {
            letters |= letter(*first);
            rest = after;
        }
        Self { text, letters }
    }

    fn is_in(&self, name: &[u8]) -> bool {
        let mut rest = name;
        while !rest.is_empty() {
            if self.starts(rest) {
                return true;
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        false
    }

    fn starts(&self, name: &[u8]) -> bool {
        let mut letters = self.text.iter();
        let mut wanted = letters.next();
        for byte in name {
            let Some(&letter) = wanted else { return true };
            if byte.eq_ignore_ascii_case(&letter) {
                wanted = letters.next();
            } else if !matches!(byte, b'-' | b'_' | b'.' | b' ') {
                return false;
            }
        }
        wanted.is_none()
    }
}

/// A bit per letter of the alphabet, in either case. Other characters share bits with letters, so that this is one step: it only spares
/// looking for words.
const fn letter(byte: u8) -> u32 {
    1 << (byte & 31)
}

/// Each of [`SECRET_WORDS`] has one of these.
const RARE: u32 = letter(b'k') | letter(b'c') | letter(b'w') | letter(b'h') | letter(b'b');

/// `sk-` and eight characters.
const SHORTEST_CREDENTIAL: usize = 11;

/// How credentials begin, and how many characters follow at least: the issuers' published formats.
const CREDENTIALS: [(&[u8], usize); 28] = [
    (b"sk-", 8),   // OpenAI, Anthropic, OpenRouter, DeepSeek and who followed them
    (b"sk_", 16),  // Stripe, ElevenLabs
    (b"rk_", 16),  // Stripe, restricted
    (b"gsk_", 16), // Groq
    (b"ghp_", 16), // GitHub: personal, OAuth, user, server, refresh, fine-grained
    (b"gho_", 16),
    (b"ghu_", 16),
    (b"ghs_", 16),
    (b"ghr_", 16),
    (b"github_pat_", 16),
    (b"glpat-", 16), // GitLab
    (b"xoxa-", 8),   // Slack
    (b"xoxb-", 8),
    (b"xoxe", 8),
    (b"xoxp-", 8),
    (b"xoxr-", 8),
    (b"xoxs-", 8),
    (b"xapp-", 8),
    (b"AKIA", 16), // AWS, long-lived and temporary
    (b"ASIA", 16),
    (b"AIza", 30), // Google
    (b"ya29.", 16),
    (b"hf_", 24),    // Hugging Face
    (b"nvapi-", 16), // NVIDIA
    (b"xai-", 16),   // xAI
    (b"pplx-", 16),  // Perplexity
    (b"fw_", 20),    // Fireworks
    (b"eyJ", 24),    // a JSON Web Token
];

/// Whether there is a credential in a string: one of [`CREDENTIALS`] where a word begins, a PEM private key, or what an
/// Authorization header holds.
fn looks_secret(value: &[u8]) -> bool {
    if value.len() < SHORTEST_CREDENTIAL {
        return false;
    }
    if [&b"bearer "[..], b"basic "]
        .iter()
        .any(|scheme| value.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme)))
    {
        return true;
    }
    let mut inside_word = false;
    let mut rest = value;
    while let [first, after @ ..] = rest {
        if !inside_word && starts_credential(*first, rest) {
            return true;
        }
        inside_word = first.is_ascii_alphanumeric();
        rest = after;
    }
    false
}

fn starts_credential(first: u8, text: &[u8]) -> bool {
    if first == b'-' {
        let end_of_line = text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len());
        let line = text.get(..end_of_line.min(64)).unwrap_or_default();
        return text.starts_with(b"-----BEGIN ") && line.windows(11).any(|part| part == b"PRIVATE KEY");
    }
    if !matches!(first, b's' | b'r' | b'g' | b'x' | b'A' | b'y' | b'h' | b'n' | b'p' | b'f' | b'e') {
        return false;
    }
    CREDENTIALS.iter().filter(|(start, _)| start.first() == Some(&first)).any(|(start, least)| {
        text.strip_prefix(*start).is_some_and(|tail| {
            let word =
                tail.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
            let mut length = 0;
            let mut dots = 0;
            for byte in word {
                length += 1;
                dots += usize::from(*byte == b'.');
            }
            // Base64 of any JSON object begins as a token does; the dots between its parts tell them apart.
            length >= *least && (*start != b"eyJ" || dots >= 2)
        })
    })
}

#[cfg(test)]
mod tests;
