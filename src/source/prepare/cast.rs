//! Cells as another type, exactly or not at all.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, SchemaRef, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, NaiveDate};

use super::each::{Each, text_at, value_kernel};
use super::wrong;
use crate::error::Result;
use crate::source::typed;
use crate::spec::prepare::{Cast, CastType, OnError};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// The largest whole number below which floats have all of them.
const EXACT: i64 = 1 << 53;

/// Blanks around numbers, dates and words go first; the digits must be ASCII, so that full-width ones fail. A whole
/// number that no float has, and a float with decimals, do not cross.
pub(super) fn cast(schema: &SchemaRef, step: &Cast) -> Result<Each> {
    step.columns.iter().try_fold(Each::new(schema), |each, (column, to)| {
        let expected = match to {
            CastType::Integer => "a whole number that fits 64 bits",
            CastType::Number => "a finite number that a 64-bit float has",
            CastType::Text => "text",
            CastType::Date => "a date as `YYYY-MM-DD`",
            CastType::Boolean => "`true`, `false`, `1` or `0`",
        };
        let kernel = |from: &DataType| {
            if !crosses(from, *to) {
                let help = "cast it to `text` before, or leave it";
                return Err(wrong(format!("column `{column}` holds {from}, which is never {}", word(*to)), help));
            }
            Ok(match to {
                CastType::Integer => value_kernel::<Int64Array, _>(DataType::Int64, integer),
                CastType::Number => value_kernel::<Float64Array, _>(DataType::Float64, number),
                CastType::Text => value_kernel::<StringArray, _>(DataType::Utf8, text),
                CastType::Date => value_kernel::<Date32Array, _>(DataType::Date32, date),
                CastType::Boolean => value_kernel::<BooleanArray, _>(DataType::Boolean, boolean),
            })
        };
        each.change(column, kernel, expected, step.on_error == OnError::Error)
    })
}

fn word(to: CastType) -> &'static str {
    match to {
        CastType::Integer => "a whole number",
        CastType::Number => "a number",
        CastType::Text => "text",
        CastType::Date => "a date",
        CastType::Boolean => "true or false",
    }
}

fn crosses(from: &DataType, to: CastType) -> bool {
    match from {
        DataType::Utf8 | DataType::Utf8View => true,
        DataType::Int64 | DataType::Float64 => to != CastType::Date,
        DataType::Boolean => matches!(to, CastType::Integer | CastType::Text | CastType::Boolean),
        DataType::Date32 | DataType::Timestamp(..) => matches!(to, CastType::Date | CastType::Text),
        _ => false,
    }
}

fn integer(cells: &ArrayRef, at: usize) -> Option<i64> {
    match cells.data_type() {
        DataType::Int64 => Some(cells.as_primitive::<Int64Type>().value(at)),
        DataType::Float64 => {
            let value = cells.as_primitive::<Float64Type>().value(at);
            (value.fract() == 0.0 && value.abs() <= EXACT as f64).then_some(value as i64)
        }
        DataType::Boolean => Some(i64::from(cells.as_boolean().value(at))),
        _ => text_at(cells, at)?.trim().parse().ok(),
    }
}

fn number(cells: &ArrayRef, at: usize) -> Option<f64> {
    match cells.data_type() {
        DataType::Int64 => {
            let value = cells.as_primitive::<Int64Type>().value(at);
            (-EXACT..=EXACT).contains(&value).then_some(value as f64)
        }
        DataType::Float64 => Some(cells.as_primitive::<Float64Type>().value(at)).filter(|value| value.is_finite()),
        _ => typed::number(text_at(cells, at)?.trim()),
    }
}

/// Text that loses nothing: floats with as many digits as they need, dates and moments in the form of ISO 8601.
pub(super) fn text(cells: &ArrayRef, at: usize) -> Option<String> {
    match cells.data_type() {
        DataType::Int64 => Some(cells.as_primitive::<Int64Type>().value(at).to_string()),
        DataType::Float64 => Some(cells.as_primitive::<Float64Type>().value(at).to_string()),
        DataType::Boolean => Some(cells.as_boolean().value(at).to_string()),
        DataType::Date32 => day(cells.as_primitive::<Date32Type>().value(at)).map(|day| day.to_string()),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            let moment = DateTime::from_timestamp_micros(cells.as_primitive::<TimestampMicrosecondType>().value(at))?;
            Some(moment.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f").to_string())
        }
        _ => text_at(cells, at).map(str::to_owned),
    }
}

fn date(cells: &ArrayRef, at: usize) -> Option<i32> {
    match cells.data_type() {
        DataType::Date32 => Some(cells.as_primitive::<Date32Type>().value(at)),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            i32::try_from(cells.as_primitive::<TimestampMicrosecondType>().value(at).div_euclid(DAY)).ok()
        }
        _ => typed::date(text_at(cells, at)?.trim(), typed::ISO),
    }
}

fn boolean(cells: &ArrayRef, at: usize) -> Option<bool> {
    match cells.data_type() {
        DataType::Boolean => Some(cells.as_boolean().value(at)),
        DataType::Int64 | DataType::Float64 => match number(cells, at)? {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        },
        _ => match text_at(cells, at)?.trim() {
            "1" => Some(true),
            "0" => Some(false),
            word if word.eq_ignore_ascii_case("true") => Some(true),
            word if word.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        },
    }
}

/// The day that is so many days after 1970-01-01.
pub(super) fn day(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(days)
}
