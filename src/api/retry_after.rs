//! `Retry-After` (RFC 9110, 10.2.3): seconds or an HTTP date, held between a second and an hour.

const MIN_MS: u64 = 1_000;
const MAX_MS: u64 = 3_600_000;

/// How long to wait, in milliseconds; `None` where `value` says nothing readable.
pub fn parse(value: &str, now_wall_ms: u64) -> Option<u64> {
    let value = value.trim();
    let wait_ms = match number(value) {
        Some(seconds) => seconds.saturating_mul(1_000),
        None => date_ms(value)?.saturating_sub(now_wall_ms),
    };
    Some(wait_ms.clamp(MIN_MS, MAX_MS))
}

/// A date in the one form that servers may send (RFC 9110, 5.6.7): `Tue, 14 Jul 2026 03:33:50 GMT`, in milliseconds since 1970. By
/// hand, since the crate for it weighs 8 KB here.
fn date_ms(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.strip_suffix(" GMT")?.split_once(',')?.1.strip_prefix(' ')?.split([' ', ':']);
    let day = number(words.next()?)?;
    let month = words.next().and_then(|word| (1..).zip(MONTHS).find(|month| month.1 == word))?.0;
    let year = number(words.next()?)?;
    let time = [words.next()?, words.next()?, words.next()?];
    if words.next().is_some() || !(1..=31).contains(&day) || !(1970..=9999).contains(&year) {
        return None;
    }
    // Months are counted from March, so that the leap day is a year's last: the lengths of the five months to July repeat then.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day;
    let mut seconds = days - 719_469;
    for (part, limit) in time.into_iter().zip([24, 60, 61]) {
        // A leap second is the next minute's first.
        let part = number(part).filter(|part| *part < limit)?;
        seconds = seconds * limit.min(60) + part;
    }
    Some(seconds * 1_000)
}

/// A number of digits alone. More than a u64 takes is still very much.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{date_ms, parse};

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

    #[test]
    fn dates_are_read_as_a_well_kept_crate_reads_them() {
        let mut step = 1;
        let mut seconds = 0;
        while seconds < 253_402_300_800 {
            let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            assert_eq!(date_ms(&httpdate::fmt_http_date(date)), Some(seconds * 1_000));
            // From seconds to weeks, never in step with days or years.
            step = step * 7 % 1_000_003;
            seconds += step;
        }
    }

    #[test]
    fn what_is_no_date_is_absent() {
        for text in [
            "Tue, 14 Jul 2026 03:33:50",
            "Tue, 14 Jul 2026 03:33:50 UTC",
            "14 Jul 2026 03:33:50 GMT",
            "Tue, 14 Jux 2026 03:33:50 GMT",
            "Tue, 0 Jul 2026 03:33:50 GMT",
            "Tue, 32 Jul 2026 03:33:50 GMT",
            "Tue, 14 Jul 1969 03:33:50 GMT",
            "Tue, 14 Jul 99999999999999999999 03:33:50 GMT",
            "Tue, 14 Jul 2026 24:33:50 GMT",
            "Tue, 14 Jul 2026 03:60:50 GMT",
            "Tue, 14 Jul 2026 03:33:61 GMT",
            "Tue, 14 Jul 2026 03:33 GMT",
            "Tue, 14 Jul 2026 03:33:50:00 GMT",
            "Tue, -4 Jul 2026 03:33:50 GMT",
        ] {
            assert_eq!(date_ms(text), None, "{text}");
        }
    }
}
