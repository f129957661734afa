//! Cells become what the pipeline declares them to be, or an error that says where they are not.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
    StringViewArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit, TimestampMicrosecondType};
use chrono::{Datelike, NaiveDate};

use super::Wanted;
use super::cells::moment_text;
use crate::error::{Error, Place, Result};
use crate::spec::ColumnType;

/// Dates as ISO 8601 writes them.
pub(super) const ISO: &str = "%Y-%m-%d";

/// What helps where a cell is not what it is declared to be.
pub(super) const CORRECT: &str = "correct it, or list in `nulls` what stands for no value";

/// A cell that is not what it is declared to be: which one of its batch, and what was expected.
#[derive(Debug)]
pub(super) struct Mismatch {
    pub row: usize,
    pub expected: &'static str,
}

/// What can go wrong with a column of a batch.
pub(super) enum Untypable {
    Cell(Mismatch),
    Column(Error),
}

/// The cells of one column in the declared type. Null stays null; a text among `nulls` becomes null.
pub(super) fn typed<'a>(cells: &'a ArrayRef, kind: &ColumnType, nulls: &[String]) -> Result<ArrayRef, Untypable> {
    let text: Box<dyn Fn(usize) -> Option<&'a str> + 'a> = match cells.data_type() {
        DataType::Utf8 => {
            let cells = cells.as_string::<i32>();
            Box::new(|row| cells.is_valid(row).then(|| cells.value(row)))
        }
        DataType::Utf8View => {
            let cells = cells.as_string_view();
            Box::new(|row| cells.is_valid(row).then(|| cells.value(row)))
        }
        _ => return native(cells, kind),
    };
    let text = |row: usize| text(row).filter(|text| nulls.iter().all(|null| null != text));
    let rows = 0..cells.len();
    Ok(match kind {
        ColumnType::Text if nulls.is_empty() => cells.clone(),
        ColumnType::Text if *cells.data_type() == DataType::Utf8 => Arc::new(rows.map(text).collect::<StringArray>()),
        ColumnType::Text => Arc::new(rows.map(text).collect::<StringViewArray>()),
        ColumnType::Integer => {
            let cell = |row| parse(row, text(row), "a whole number", integer);
            Arc::new(rows.map(cell).collect::<Result<Int64Array, _>>().map_err(Untypable::Cell)?)
        }
        ColumnType::Number => {
            let cell = |row| parse(row, text(row), "a number", number);
            Arc::new(rows.map(cell).collect::<Result<Float64Array, _>>().map_err(Untypable::Cell)?)
        }
        ColumnType::Date { format } => {
            let cell = |row| parse(row, text(row), "a calendar date in the declared form", |t| date(t, format));
            Arc::new(rows.map(cell).collect::<Result<Date32Array, _>>().map_err(Untypable::Cell)?)
        }
    })
}

/// A batch of the wanted columns in their declared types; `found` gives the cells of each, `place` where a record of
/// the batch, or with `None` a whole column, is.
///
/// # Errors
/// A cell or a column that is not what it is declared to be, with its place.
pub(super) fn typed_batch(
    mut found: impl FnMut(&Wanted) -> Option<ArrayRef>,
    rows: usize,
    wanted: &[Wanted],
    nulls: &[String],
    place: impl Fn(Option<usize>, &str) -> Place,
) -> Result<RecordBatch> {
    let (mut columns, mut fields) = (Vec::with_capacity(wanted.len()), Vec::with_capacity(wanted.len()));
    for column in wanted {
        let cells = found(column).ok_or_else(|| Error::internal("a column was lost"))?;
        let cells = typed(&cells, &column.kind, nulls).map_err(|wrong| match wrong {
            Untypable::Cell(cell) => Error::input(format!("expected {}", cell.expected))
                .at(place(Some(cell.row), &column.name))
                .with_help(CORRECT),
            Untypable::Column(Error::Input { message, help, .. }) => {
                Error::Input { message, place: Some(place(None, &column.name)), help }
            }
            Untypable::Column(error) => error,
        })?;
        fields.push(Field::new(&column.name, cells.data_type().clone(), true));
        columns.push(cells);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
        .map_err(|error| Error::Internal(error.to_string()))
}

fn parse<T>(
    row: usize,
    text: Option<&str>,
    expected: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Mismatch> {
    match text {
        None => Ok(None),
        Some(text) => read(text.trim()).map(Some).ok_or(Mismatch { row, expected }),
    }
}

/// A whole number.
pub(super) fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// A finite decimal number; not the words `inf` and `nan`.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse::<f64>().ok().filter(|number| digits && number.is_finite())
}

/// The day of a date in this form, from 1970-01-01.
pub(super) fn date(text: &str, format: &str) -> Option<i32> {
    if format == ISO {
        return iso_days(text.as_bytes());
    }
    NaiveDate::parse_from_str(text, format).ok().map(since_epoch)
}

fn since_epoch(date: NaiveDate) -> i32 {
    const EPOCH: i32 = 719_163; // 1970-01-01, counted from the year 1
    date.num_days_from_ce() - EPOCH
}

/// [`date`] in the form of [`ISO`], without the general parser.
pub(super) fn iso_days(text: &[u8]) -> Option<i32> {
    let bytes: &[u8; 10] = text.try_into().ok()?;
    if bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let digits = |range: std::ops::Range<usize>| {
        bytes[range].iter().try_fold(0u32, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0')))
    };
    NaiveDate::from_ymd_opt(digits(0..4)? as i32, digits(5..7)?, digits(8..10)?).map(since_epoch)
}

/// Cells that come typed from the file.
fn native(cells: &ArrayRef, kind: &ColumnType) -> Result<ArrayRef, Untypable> {
    let from = cells.data_type();
    let target = match kind {
        ColumnType::Text => DataType::Utf8,
        ColumnType::Integer if *from == DataType::Int64 => DataType::Int64,
        ColumnType::Number if matches!(from, DataType::Int64 | DataType::Float64) => DataType::Float64,
        // of a date-time the day
        ColumnType::Date { .. } if matches!(from, DataType::Date32 | DataType::Timestamp(..)) => DataType::Date32,
        _ => {
            let message = format!("the file holds {from}, the pipeline declares another type");
            return Err(Untypable::Column(Error::Input { message, place: None, help: None }));
        }
    };
    if let (ColumnType::Text, DataType::Boolean) = (kind, from) {
        let truth = |cell: Option<bool>| cell.map(|truth| truth.to_string());
        return Ok(Arc::new(cells.as_boolean().iter().map(truth).collect::<StringArray>()));
    }
    if let (ColumnType::Text, DataType::Timestamp(TimeUnit::Microsecond, None)) = (kind, from) {
        let moments = cells.as_primitive::<TimestampMicrosecondType>();
        return Ok(Arc::new(moments.iter().map(|cell| cell.map(moment_text)).collect::<StringArray>()));
    }
    if *kind == ColumnType::Text && !matches!(from, DataType::Utf8 | DataType::Utf8View) {
        let (mut interner, mut codes) = (crate::table::intern::Interner::default(), Vec::new());
        interner.encode(cells, &mut codes).map_err(Untypable::Column)?;
        let texts = interner.texts();
        return Ok(Arc::new(codes.iter().map(|&code| texts[code as usize].as_deref()).collect::<StringArray>()));
    }
    if let ColumnType::Number = kind
        && *from == DataType::Float64
        && let Some(row) =
            cells.as_primitive::<arrow::datatypes::Float64Type>().iter().position(|n| n.is_some_and(|n| !n.is_finite()))
    {
        return Err(Untypable::Cell(Mismatch { row, expected: "a finite number" }));
    }
    cast(cells, &target).map_err(|_| Untypable::Cell(Mismatch { row: 0, expected: "a value of the declared type" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_real_days() {
        assert_eq!(iso_days(b"1970-01-01"), Some(0));
        assert_eq!(date("2000-02-29", ISO), date("20000229", "%Y%m%d"));
        for wrong in ["1985-02-29", "1985-2-09", "1985/02/09", "１985-02-0", ""] {
            assert_eq!(date(wrong, ISO), None);
        }
    }

    #[test]
    fn numbers_are_finite_decimals() {
        assert_eq!(number("-12.50"), Some(-12.5));
        for wrong in ["nan", "inf", "1e999", "", "12,5", "0x10"] {
            assert_eq!(number(wrong), None);
        }
    }

    #[test]
    fn booleans_and_moments_are_text_and_moments_have_a_day() {
        let micros = |cells: [Option<i64>; 2]| -> ArrayRef {
            Arc::new(arrow::array::TimestampMicrosecondArray::from(cells.to_vec()))
        };
        let text = |cells: ArrayRef| {
            let Ok(typed) = typed(&cells, &ColumnType::Text, &[]) else { panic!("not typed") };
            typed.as_string::<i32>().iter().map(|cell| cell.map(str::to_owned)).collect::<Vec<_>>()
        };
        let truth: ArrayRef = Arc::new(arrow::array::BooleanArray::from(vec![Some(true), None]));
        assert_eq!(text(truth), [Some("true".into()), None]);
        assert_eq!(text(micros([Some(-1_000_000), None])), [Some("1969-12-31 23:59:59".into()), None]);
        let date = ColumnType::Date { format: "%Y-%m-%d".into() };
        let Ok(days) = typed(&micros([Some(-1_000_000), None]), &date, &[]) else { panic!("not typed") };
        let days = days.as_primitive::<arrow::datatypes::Date32Type>();
        assert_eq!(days.iter().collect::<Vec<_>>(), [Some(-1), None]);
    }

    #[test]
    fn a_mismatch_says_where() {
        let cells: ArrayRef = Arc::new(StringArray::from(vec![Some("1"), None, Some("x")]));
        let Err(Untypable::Cell(found)) = typed(&cells, &ColumnType::Integer, &[]) else { panic!("typed") };
        assert_eq!((found.row, found.expected), (2, "a whole number"));
    }
}
