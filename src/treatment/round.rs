//! [`Round`]: numbers to the nearest multiple of a step.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Float64Type, Int64Type};

use super::{cell_error, refused};
use crate::error::{Error, Result};
use crate::written::{Reader, Writer, Written, ensure};

/// Whole numbers up to here are exact in a 64-bit float.
const EXACT: i128 = 1 << 53;
/// Decimal places that a step may have; powers of ten up to 10^22 are exact in a 64-bit float.
const MAX_PLACES: u32 = 15;

/// Rounds to the nearest multiple of a step, halves away from zero.
///
/// Step and values are taken as the decimals that people write: the shortest ones that name the float.
/// So 0.15 at step 0.1 is a half and becomes 0.2, although the float 0.15 is a little less than a half.
/// A multiple `n × step` is computed from its decimal form, never by adding floats: it is the float
/// nearest to the decimal, so that 3 × 0.1 is 0.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The step is `digits / 10^places`, in lowest decimal form.
    digits: i128,
    places: u32,
}

impl Round {
    /// Takes a step above 0.
    ///
    /// # Errors
    /// [`Error::Usage`] where the step is not finite, not above 0, above 2^53 or has more than 15 decimal
    /// places.
    pub fn new(step: f64) -> Result<Self> {
        let wrong =
            || refused("the step of a rounding is out of range".into(), "use a step above 0, such as 10 or 0.5");
        if !(step > 0.0 && step <= EXACT as f64) {
            return Err(wrong());
        }
        let (digits, exponent) = decimal(step).ok_or_else(wrong)?;
        if exponent >= 0 {
            let digits = power_of_ten(exponent.unsigned_abs()).and_then(|p| digits.checked_mul(p)).ok_or_else(wrong)?;
            return Ok(Self { digits, places: 0 });
        }
        if exponent.unsigned_abs() > MAX_PLACES {
            return Err(wrong());
        }
        Ok(Self { digits, places: exponent.unsigned_abs() })
    }

    /// Rounds `Int64` or `Float64` cells; nulls stay null.
    ///
    /// A whole step gives `Int64`, any other `Float64`.
    ///
    /// # Errors
    /// [`Error::Input`] with the row for a number that is not finite or whose multiple does not fit the
    /// result type; [`Error::Internal`] for other array types.
    pub(super) fn apply(&self, cells: &ArrayRef) -> Result<ArrayRef> {
        match cells.data_type() {
            DataType::Int64 => self.column(cells.as_primitive::<Int64Type>(), |value| self.multiple_of_int(value)),
            DataType::Float64 => {
                let step = self.digits as f64 / 10f64.powi(self.places as i32);
                self.column(cells.as_primitive::<Float64Type>(), |value| self.multiple_of_float(value, step))
            }
            other => Err(Error::Internal(format!("rounding does not take cells of type {other}"))),
        }
    }

    fn column<T: ArrowPrimitiveType>(
        &self,
        cells: &PrimitiveArray<T>,
        multiple: impl Fn(T::Native) -> Option<i128>,
    ) -> Result<ArrayRef> {
        let failed = |row| cell_error(row, "expected a finite number whose rounded value is in range");
        if self.places == 0 {
            let whole = |value| i64::try_from(multiple(value)?.checked_mul(self.digits)?).ok();
            let rounded: Result<Int64Array> = cells
                .iter()
                .enumerate()
                .map(|(row, cell)| cell.map(|value| whole(value).ok_or_else(|| failed(row))).transpose())
                .collect();
            return Ok(Arc::new(rounded?));
        }
        let scale = 10f64.powi(self.places as i32);
        let number = |value| {
            let digits = multiple(value)?.checked_mul(self.digits)?;
            // a quotient of two exact floats is the float nearest to the true quotient
            if digits.abs() <= EXACT {
                return Some(digits as f64 / scale);
            }
            format!("{digits}e-{}", self.places).parse().ok().filter(|number: &f64| number.is_finite())
        };
        let rounded: Result<Float64Array> = cells
            .iter()
            .enumerate()
            .map(|(row, cell)| cell.map(|value| number(value).ok_or_else(|| failed(row))).transpose())
            .collect();
        Ok(Arc::new(rounded?))
    }

    /// `n` of the nearest multiple `n × step`.
    fn multiple_of_int(&self, value: i64) -> Option<i128> {
        nearest(i128::from(value).checked_mul(power_of_ten(self.places)?)?, self.digits)
    }

    fn multiple_of_float(&self, value: f64, step: f64) -> Option<i128> {
        if !value.is_finite() {
            return None;
        }
        // value, step and quotient are each off by at most 2^-53 of themselves: away from a half by more
        // than that, the float decides
        let quotient = (value / step).abs();
        let from_half = (quotient - quotient.floor() - 0.5).abs();
        if quotient < EXACT as f64 && from_half > quotient * 2f64.powi(-50) {
            return Some(quotient.round().copysign(value) as i128);
        }
        let (digits, exponent) = decimal(value)?;
        let exponent = exponent + self.places as i32;
        let shift = power_of_ten(exponent.unsigned_abs())?;
        if exponent >= 0 {
            nearest(digits.checked_mul(shift)?, self.digits)
        } else {
            nearest(digits, self.digits.checked_mul(shift)?)
        }
    }
}

/// The whole number nearest to `value / step`, halves away from zero; `step` is above 0.
fn nearest(value: i128, step: i128) -> Option<i128> {
    let doubled = value.checked_mul(2)?;
    let away = if value < 0 { doubled.checked_sub(step)? } else { doubled.checked_add(step)? };
    Some(away / step.checked_mul(2)?)
}

fn power_of_ten(exponent: u32) -> Option<i128> {
    10i128.checked_pow(exponent)
}

/// The shortest decimal `digits × 10^exponent` that names this float.
fn decimal(value: f64) -> Option<(i128, i32)> {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}").parse().ok()?;
    Some((digits, exponent.parse::<i32>().ok()? - fraction.len() as i32))
}

impl Written for Round {
    fn write(&self, to: &mut Writer) {
        self.digits.write(to);
        self.places.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (digits, places): (i128, u32) = (from.value()?, from.value()?);
        let most = power_of_ten(places.min(MAX_PLACES)).and_then(|scale| scale.checked_mul(EXACT));
        let inside = places <= MAX_PLACES && digits > 0 && most.is_some_and(|most| digits <= most);
        ensure(inside, "the step of a rounding is out of range")?;
        Ok(Self { digits, places })
    }
}

impl Round {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        format!("取整到 {}", self.digits as f64 / 10f64.powi(self.places as i32))
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "round to {}", self.digits as f64 / 10f64.powi(self.places as i32))
    }
}
