//! The canonical text of cells, and text columns built without a `String` per cell.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};
use arrow::temporal_conversions::date32_to_datetime;

use super::cell_error;
use crate::error::{Error, Result};

/// Calls `visit` with the canonical text of every cell, in order; `None` for nulls.
///
/// Integers and numbers in their shortest decimal form (never with an exponent; minus zero is `0`),
/// dates as `YYYY-MM-DD`, booleans as `true` and `false`, text as it is.
///
/// # Errors
/// [`Error::Internal`] for other array types; [`Error::Input`] for a number that is not finite and for
/// a date that the calendar does not have; whatever `visit` returns.
pub(super) fn each_text(cells: &ArrayRef, mut visit: impl FnMut(usize, Option<&str>) -> Result<()>) -> Result<()> {
    let mut text = String::new();
    match cells.data_type() {
        DataType::Utf8 => {
            let cells = cells.as_string::<i32>();
            cells.iter().enumerate().try_for_each(|(row, cell)| visit(row, cell))
        }
        DataType::LargeUtf8 => {
            let cells = cells.as_string::<i64>();
            cells.iter().enumerate().try_for_each(|(row, cell)| visit(row, cell))
        }
        DataType::Utf8View => {
            let cells = cells.as_string_view();
            cells.iter().enumerate().try_for_each(|(row, cell)| visit(row, cell))
        }
        DataType::Int64 => {
            let cells = cells.as_primitive::<Int64Type>();
            cells.iter().enumerate().try_for_each(|(row, cell)| match cell {
                Some(value) => visit(row, Some(written(&mut text, value))),
                None => visit(row, None),
            })
        }
        DataType::Float64 => {
            let cells = cells.as_primitive::<Float64Type>();
            cells.iter().enumerate().try_for_each(|(row, cell)| match cell {
                Some(value) if !value.is_finite() => Err(cell_error(row, "expected a finite number")),
                // the sum with zero turns minus zero into zero
                Some(value) => visit(row, Some(written(&mut text, value + 0.0))),
                None => visit(row, None),
            })
        }
        DataType::Date32 => {
            let cells = cells.as_primitive::<Date32Type>();
            cells.iter().enumerate().try_for_each(|(row, cell)| match cell {
                Some(days) => match date32_to_datetime(days) {
                    Some(date) => visit(row, Some(written(&mut text, date.date().format("%Y-%m-%d")))),
                    None => Err(cell_error(row, "expected a date of the calendar")),
                },
                None => visit(row, None),
            })
        }
        DataType::Boolean => cells
            .as_boolean()
            .iter()
            .enumerate()
            .try_for_each(|(row, cell)| visit(row, cell.map(|value| if value { "true" } else { "false" }))),
        other => Err(Error::Internal(format!("no treatment takes cells of type {other}"))),
    }
}

fn written(text: &mut String, value: impl std::fmt::Display) -> &str {
    text.clear();
    // writing to a `String` cannot fail
    let _ = write!(text, "{value}");
    text
}

/// A text column in the making: all bytes in one buffer.
pub(super) struct TextColumn {
    bytes: Vec<u8>,
    ends: Vec<i32>,
}

impl TextColumn {
    pub(super) fn with_capacity(rows: usize, bytes: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Self { bytes: Vec::with_capacity(bytes), ends }
    }

    /// The bytes so far: append UTF-8 here, then call [`Self::end_cell`].
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Ends a cell where the bytes end.
    pub(super) fn end_cell(&mut self) -> Result<()> {
        let end = i32::try_from(self.bytes.len());
        self.ends.push(end.map_err(|_| Error::Internal("a batch has more than 2 GiB of text".into()))?);
        Ok(())
    }

    /// Ends the column; `nulls` as in the cells it came from.
    pub(super) fn finish(self, nulls: Option<&NullBuffer>) -> Result<ArrayRef> {
        let ends = OffsetBuffer::new(self.ends.into());
        let column = StringArray::try_new(ends, Buffer::from_vec(self.bytes), nulls.cloned());
        Ok(Arc::new(column.map_err(|e| Error::Internal(format!("a text column is not well formed: {e}")))?))
    }
}
