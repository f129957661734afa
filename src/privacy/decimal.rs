//! Parameters as the decimal numbers that they were written as, and ratios of counts held against them.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Rem, Sub};

use ethnum::U256;

/// A parameter as the decimal number that it was written as: 0.2 is one fifth, although the nearest 64-bit
/// float is not.
///
/// The shortest decimal text that reads as the float is taken. What is not a number or below 0 counts as 0;
/// what is above 2^64 counts as 2^64, which no ratio of counts exceeds that is held against it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decimal {
    value: f64,
    /// The number times `10^places`, below 2^68.
    units: u128,
    places: u32,
    /// `10^places`, where it fits.
    scale: Option<u128>,
}

/// Whole numbers wide enough for products of counts: 128 bits where they are, 256 where not.
pub(super) trait Wide:
    Copy
    + Ord
    + From<u64>
    + From<u128>
    + Into<U256>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Rem<Output = Self>
{
}

impl Wide for u128 {}
impl Wide for U256 {}

impl Decimal {
    pub fn new(value: f64) -> Self {
        const MOST: f64 = 18_446_744_073_709_551_616.0;
        if value.is_nan() || value <= 0.0 {
            return Self { value: 0.0, units: 0, places: 0, scale: Some(1) };
        }
        let value = value.min(MOST);
        let text = value.to_string();
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let digits = whole.bytes().chain(part.bytes());
        let places = part.len() as u32;
        Self {
            value,
            units: digits.fold(0, |n, digit| n * 10 + u128::from(digit - b'0')),
            places,
            scale: 10_u128.checked_pow(places),
        }
    }

    /// The nearest float.
    pub fn value(self) -> f64 {
        self.value
    }

    /// How `numerator / denominator` compares with this number, without rounding.
    ///
    /// A ratio with denominator 0 is greater than every number; 0/0 is equal to every number.
    pub fn compare(self, numerator: u128, denominator: u128) -> Ordering {
        let narrow = || {
            let left = numerator.checked_mul(self.scale?)?;
            Some(left.cmp(&self.units.checked_mul(denominator)?))
        };
        narrow().unwrap_or_else(|| self.compare_wide(numerator.into(), denominator.into()))
    }

    /// The same for a denominator below 2^188.
    pub(super) fn compare_wide(self, numerator: U256, denominator: U256) -> Ordering {
        let product = U256::from(self.units) * denominator;
        // With 77 or more places the product is below one unit of the last place.
        let (whole, rest) = match U256::new(10).checked_pow(self.places) {
            Some(scale) => (product / scale, product % scale),
            None => (U256::ZERO, product),
        };
        numerator.cmp(&whole).then(if rest > 0 { Ordering::Less } else { Ordering::Equal })
    }

    /// `floor(self × whole)`; the largest `u64` where that is above it.
    pub fn floor_of(self, whole: u64) -> u64 {
        let product = U256::from(self.units) * U256::from(whole);
        match U256::new(10).checked_pow(self.places) {
            Some(scale) => u64::try_from(product / scale).unwrap_or(u64::MAX),
            None => 0,
        }
    }
}

/// `numerator / denominator` as a float: the same for all multiples of both, and nearest to the ratio as long
/// as the lowest terms are below 2^53. Infinite with denominator 0, but 0/0 is 0.
pub(super) fn ratio<I: Wide>(numerator: I, denominator: I) -> f64 {
    let zero = I::from(0_u64);
    if numerator == zero {
        return 0.0;
    }
    if denominator == zero {
        return f64::INFINITY;
    }
    let (mut common, mut rest) = (numerator, denominator);
    while rest != zero {
        (common, rest) = (rest, common % rest);
    }
    let float = |number: I| {
        let number: U256 = (number / common).into();
        u128::try_from(number).map_or_else(|_| number.as_f64(), |number| number as f64)
    };
    float(numerator) / float(denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_the_written_decimal() {
        let fifth = Decimal::new(0.2);
        assert_eq!(fifth.compare(1, 5), Ordering::Equal);
        assert_eq!(fifth.compare(20_000_000_000_000_000_000, 100_000_000_000_000_000_000), Ordering::Equal);
        assert_eq!(fifth.compare(200_000_000_000_000_001, 1_000_000_000_000_000_000), Ordering::Greater);
        assert_eq!(fifth.compare(199_999_999_999_999_999, 1_000_000_000_000_000_000), Ordering::Less);
        assert_eq!(Decimal::new(3.0).compare(9, 3), Ordering::Equal);
        assert_eq!(Decimal::new(2.5).compare(5, 2), Ordering::Equal);
        assert_eq!(Decimal::new(1e22).compare(u128::from(u64::MAX), 1), Ordering::Less);
    }

    #[test]
    fn products_past_128_bits_stay_exact() {
        let (n, third) = (u128::MAX / 3, Decimal::new(0.3));
        assert_eq!(third.compare(n, u128::MAX), Ordering::Greater);
        assert_eq!(Decimal::new(0.4).compare(n, u128::MAX), Ordering::Less);
        let half = Decimal::new(0.5);
        assert_eq!(half.compare(u128::MAX / 2, u128::MAX - 1), Ordering::Equal);
        assert_eq!(half.compare(u128::MAX / 2, u128::MAX), Ordering::Less);
        assert_eq!(half.compare(u128::MAX / 2 + 1, u128::MAX), Ordering::Greater);
        for tiny in [1e-30, 1e-50, 1e-300, 5e-324] {
            assert_eq!(Decimal::new(tiny).compare(1, 1), Ordering::Greater);
            assert_eq!(Decimal::new(tiny).compare(0, 1), Ordering::Less);
        }
        assert_eq!(Decimal::new(1e-30).compare(1, 10_u128.pow(30)), Ordering::Equal);
    }

    #[test]
    fn nothing_of_nothing_equals_everything() {
        assert_eq!(Decimal::new(0.0).compare(0, 7), Ordering::Equal);
        assert_eq!(Decimal::new(0.7).compare(0, 0), Ordering::Equal);
        assert_eq!(Decimal::new(1e300).compare(1, 0), Ordering::Greater);
        assert_eq!(Decimal::new(f64::NAN), Decimal::new(0.0));
        assert_eq!(Decimal::new(-1.0), Decimal::new(0.0));
    }

    #[test]
    fn a_ratio_is_that_of_its_lowest_terms() {
        for n in [1, 3, 1_000_003, u128::MAX / 7] {
            assert_eq!(ratio(n, n * 7), 1.0 / 7.0);
            assert_eq!(ratio(U256::from(n) << 60, U256::from(n * 7) << 60), 1.0 / 7.0);
        }
        assert_eq!((ratio(0_u128, 0), ratio(1_u128, 0)), (0.0, f64::INFINITY));
    }
}
