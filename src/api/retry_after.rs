//! `Retry-After` (RFC 9110, 10.2.3): seconds or an HTTP date, held between a second and an hour.

use std::time::{Duration, UNIX_EPOCH};

const MIN_MS: u64 = 1_000;
const MAX_MS: u64 = 3_600_000;

/// How long to wait, in milliseconds; `None` where `value` says nothing readable.
pub fn parse(value: &str, now_wall_ms: u64) -> Option<u64> {
    let value = value.trim();
    let wait_ms = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than a u64 takes is still "very long".
        value.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1_000)
    } else {
        let at = httpdate::parse_http_date(value).ok()?;
        let now = UNIX_EPOCH + Duration::from_millis(now_wall_ms);
        u64::try_from(at.duration_since(now).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
    };
    Some(wait_ms.clamp(MIN_MS, MAX_MS))
}

#[cfg(test)]
mod tests {
    use super::parse;

    const NOW_MS: u64 = 1_784_000_000_000; // 2026-07-14T03:33:20Z

    #[test]
    fn f6_retry_after_is_clamped_or_absent() {
        for (value, expected) in [
            ("5", Some(5_000)),
            ("0", Some(1_000)),
            (" 7 ", Some(7_000)),
            ("1000000000", Some(3_600_000)),
            ("99999999999999999999999", Some(3_600_000)),
            ("-1", None),
            ("abc", None),
            ("1e9", None),
            ("1.5", None),
            ("", None),
            ("Tue, 14 Jul 2026 03:33:50 GMT", Some(30_000)),
            ("Tue, 14 Jul 2020 03:33:50 GMT", Some(1_000)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(3_600_000)),
        ] {
            assert_eq!(parse(value, NOW_MS), expected, "Retry-After: {value}");
        }
    }
}
