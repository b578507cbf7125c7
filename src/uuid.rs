//! UUIDs (RFC 9562).

use std::cell::Cell;

/// A UUID, as its 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uuid(pub [u8; 16]);

/// A UUID of version 4 (5.4) made of random `bytes`.
pub fn v4(bytes: [u8; 16]) -> Uuid {
    Uuid::new(bytes, 4)
}

/// Makes UUIDs of version 7 (5.7): each sorts after the one before, also when the clock stands still or is set back (6.2, method 1).
#[derive(Default)]
pub struct V7 {
    /// The milliseconds and the counter of the last one: 48 bits and 12.
    last: Cell<u64>,
}

impl V7 {
    /// The next one, at `now_ms` since 1970, made of random `bytes`.
    pub fn next(&self, now_ms: u64, mut bytes: [u8; 16]) -> Uuid {
        // The counter begins in the lower half of its range, so that it has room to count within a millisecond.
        let begin = (now_ms << 12) | u64::from(bytes[6] & 7) << 8 | u64::from(bytes[7]);
        let stamp = begin.max(self.last.get() + 1);
        self.last.set(stamp);
        // 48 bits of time, four for the version, twelve of the counter.
        let leading = (stamp >> 12 << 16) | (stamp & 0xfff);
        bytes[..8].copy_from_slice(&leading.to_be_bytes());
        Uuid::new(bytes, 7)
    }
}

impl Uuid {
    fn new(mut bytes: [u8; 16], version: u8) -> Self {
        bytes[6] = bytes[6] & 0x0f | version << 4;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// As people and wires write it (4).
    pub fn text(self) -> String {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = vec![b'-'; 36];
        // A dash stands before bytes 4, 6, 8 and 10.
        let places = (0..).step_by(2).zip([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4]);
        for (byte, (at, dashes)) in self.0.into_iter().zip(places) {
            if let Some([high, low]) = text.get_mut(at + dashes..at + dashes + 2) {
                *high = HEX[usize::from(byte >> 4)];
                *low = HEX[usize::from(byte & 15)];
            }
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{V7, v4};

    #[test]
    fn version_and_variant_stand_where_the_rfc_puts_them() {
        assert_eq!(v4([0xff; 16]).text(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        // RFC 9562, appendix A.6.
        let bytes = [0, 0, 0, 0, 0, 0, 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f];
        assert_eq!(V7::default().next(0x017F_22E2_79B0, bytes).text(), "017f22e2-79b0-74c3-98c4-dc0c0c07398f");
    }

    #[test]
    fn each_sorts_after_the_one_before() {
        let ids = V7::default();
        let mut before = String::new();
        for now_ms in [5, 5, 3, 1, 6].into_iter().chain(std::iter::repeat_n(7, 5_000)).chain([2, 9]) {
            let id = ids.next(now_ms, [0xff; 16]).text();
            assert!(id > before, "{id} after {before}");
            before = id;
        }
    }
}
