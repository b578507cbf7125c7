//! Building JSON.

use super::{Json, Text};

/// Builds one JSON value onto bytes. It puts the commas; the caller opens and closes what belongs together.
///
/// ```
/// let mut json = roo_cloud_web::json::Writer::new();
/// json.begin_object();
/// json.name("taskIds");
/// json.begin_array();
/// json.str("a\n");
/// json.u64(2);
/// json.end_array();
/// json.end_object();
/// assert_eq!(json.into_bytes(), br#"{"taskIds":["a\n",2]}"#);
/// ```
#[derive(Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty one.
    pub const fn new() -> Self {
        Self { out: Vec::new() }
    }

    /// One with room for `bytes`.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes) }
    }

    /// What was built.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// What was built so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.out
    }

    /// Opens an object.
    pub fn begin_object(&mut self) {
        self.raw_bytes(b"{");
    }

    /// Closes an object.
    pub fn end_object(&mut self) {
        self.out.push(b'}');
    }

    /// Opens an array.
    pub fn begin_array(&mut self) {
        self.raw_bytes(b"[");
    }

    /// Closes an array.
    pub fn end_array(&mut self) {
        self.out.push(b']');
    }

    /// Writes a member's name; its value is to follow.
    pub fn name(&mut self, name: &str) {
        self.str(name);
        self.out.push(b':');
    }

    /// Writes a member's name as it stood; its value is to follow.
    pub fn name_text(&mut self, name: Text<'_>) {
        self.text(name);
        self.out.push(b':');
    }

    /// Writes a string.
    pub fn str(&mut self, value: &str) {
        self.raw_bytes(b"\"");
        let mut run = 0;
        let bytes = value.as_bytes();
        for (at, &byte) in bytes.iter().enumerate() {
            let escape = match byte {
                b'"' | b'\\' => byte,
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0..0x20 => b'u',
                _ => continue,
            };
            self.out.extend_from_slice(bytes.get(run..at).unwrap_or_default());
            self.out.extend([b'\\', escape]);
            if escape == b'u' {
                let low = byte & 15;
                self.out.extend([b'0', b'0', b'0' + (byte >> 4), if low < 10 { b'0' + low } else { b'a' + low - 10 }]);
            }
            run = at + 1;
        }
        self.out.extend_from_slice(bytes.get(run..).unwrap_or_default());
        self.out.push(b'"');
    }

    /// Writes a string as it stood.
    pub fn text(&mut self, value: Text<'_>) {
        self.raw_bytes(b"\"");
        self.out.extend_from_slice(value.escaped_str().as_bytes());
        self.out.push(b'"');
    }

    /// Writes a value as it stood.
    pub fn raw(&mut self, value: Json<'_>) {
        self.raw_bytes(value.raw());
    }

    /// Writes a value, or several members or elements with the commas between them, that the caller knows to be valid JSON.
    pub fn raw_bytes(&mut self, value: &[u8]) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
        self.out.extend_from_slice(value);
    }

    /// Appends a piece of what was begun with [`Self::raw_bytes`], without a comma.
    pub fn append(&mut self, piece: &[u8]) {
        self.out.extend_from_slice(piece);
    }

    /// Writes a whole number.
    pub fn u64(&mut self, value: u64) {
        let mut digits = [0; 20];
        let mut start = digits.len();
        let mut left = value;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (left % 10) as u8;
            left /= 10;
            start -= 1;
            if left == 0 {
                break;
            }
        }
        self.raw_bytes(digits.get(start..).unwrap_or_default());
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        self.raw_bytes(if value { b"true" } else { b"false" });
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.raw_bytes(b"null");
    }
}
