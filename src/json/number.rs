//! Numbers, read without the standard library's float parser (16 KB of the module).

/// A checked JSON number: `digits` times ten to the `exponent`.
#[derive(Clone, Copy)]
pub(super) struct Decimal {
    negative: bool,
    digits: u64,
    exponent: i32,
    /// Whether all its digits fitted.
    exact: bool,
}

/// The largest whole number up to which all are told apart by JavaScript.
const MAX_SAFE: u64 = 1 << 53;

impl PartialEq for Decimal {
    /// The same number. Two whose digits did not fit are not known to be.
    fn eq(&self, other: &Self) -> bool {
        let sign = self.negative == other.negative || self.digits == 0;
        sign && self.digits == other.digits && self.exponent == other.exponent && self.exact && other.exact
    }
}

impl Decimal {
    pub(super) fn read(text: &[u8]) -> Self {
        let mut it = Self { negative: false, digits: 0, exponent: 0, exact: true };
        let mut in_fraction = false;
        let mut bytes = text.iter();
        while let Some(&byte) = bytes.next() {
            match byte {
                b'-' => it.negative = true,
                b'.' => in_fraction = true,
                b'0'..=b'9' => it.push(byte - b'0', in_fraction),
                _ => {
                    it.exponent = it.exponent.saturating_add(read_exponent(bytes.as_slice()));
                    break;
                }
            }
        }
        while it.digits != 0 && it.digits.is_multiple_of(10) {
            it.digits /= 10;
            it.exponent = it.exponent.saturating_add(1);
        }
        if it.digits == 0 {
            it.exponent = 0;
        }
        it
    }

    fn push(&mut self, digit: u8, in_fraction: bool) {
        // Room for one more digit, whichever it is.
        if self.digits < u64::MAX / 10 {
            self.digits = self.digits * 10 + u64::from(digit);
            self.exponent = self.exponent.saturating_sub(i32::from(in_fraction));
        } else {
            self.exact &= digit == 0;
            self.exponent = self.exponent.saturating_add(i32::from(!in_fraction));
        }
    }

    pub(super) const fn is_integer(self) -> bool {
        self.digits == 0 || self.exponent >= 0 && self.exact
    }

    pub(super) fn as_u64(self) -> Option<u64> {
        if self.digits == 0 {
            return Some(0);
        }
        if self.negative || !self.is_integer() {
            return None;
        }
        let power = 10u64.checked_pow(u32::try_from(self.exponent).ok()?)?;
        self.digits.checked_mul(power).filter(|&value| value <= MAX_SAFE)
    }

    #[allow(clippy::cast_precision_loss)] // what the float cannot hold is what the documentation of `as_f64` says
    pub(super) fn to_f64(self) -> f64 {
        let mut value = self.digits as f64;
        // Powers of ten up to 22 are exact; larger ones go in steps, each rounded, and end at zero or infinity.
        let mut left = self.exponent.clamp(-400, 400);
        while left != 0 && value != 0.0 {
            let step = left.clamp(-22, 22);
            let mut power = 1.0;
            for _ in 0..step.unsigned_abs() {
                power *= 10.0;
            }
            value = if step > 0 { value * power } else { value / power };
            left -= step;
        }
        if self.negative { -value } else { value }
    }
}

/// What follows the `e`.
fn read_exponent(text: &[u8]) -> i32 {
    let mut value = 0i32;
    for digit in text.iter().filter(|byte| byte.is_ascii_digit()) {
        value = value.saturating_mul(10).saturating_add(i32::from(digit - b'0'));
    }
    if text.first() == Some(&b'-') { -value } else { value }
}
