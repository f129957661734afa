//! Whole columns against one rule: how many cells break it. Null cells are no cells here.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{filter, is_not_null};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};

use crate::error::{Error, Result};
use crate::spec::quality::{Bound, day};
use crate::table::tally::{NullOr, TallyPart};

/// The end of a range, in the type of the column.
#[derive(Clone, Copy)]
pub(super) enum Edge {
    Integer(i64),
    Number(f64),
    /// Days since 1970-01-01.
    Day(i32),
}

/// `None` for a text that is no day.
pub(super) fn edge(bound: &Bound) -> Option<Edge> {
    Some(match bound {
        Bound::Integer(number) => Edge::Integer(*number),
        Bound::Number(number) => Edge::Number(*number),
        Bound::Day(text) => Edge::Day(day(text)?),
    })
}

/// The cells have another type than the rule.
pub(super) fn untyped() -> Error {
    Error::Internal("cells have another type than a quality rule was made for".into())
}

/// Counts the texts that are not right; null is no text.
pub(super) fn texts(cells: &ArrayRef, right: impl Fn(&str) -> bool) -> Result<u64> {
    let wrong = match cells.data_type() {
        DataType::Utf8 => cells.as_string::<i32>().iter().flatten().filter(|text| !right(text)).count(),
        DataType::Utf8View => cells.as_string_view().iter().flatten().filter(|text| !right(text)).count(),
        _ => return Err(untyped()),
    };
    Ok(wrong as u64)
}

/// Counts the cells beyond an end, exactly: whole numbers and floats are compared as the numbers that they are.
pub(super) fn outside(cells: &ArrayRef, least: Option<Edge>, most: Option<Edge>) -> Result<u64> {
    for edge in [least, most].into_iter().flatten() {
        let fits = match cells.data_type() {
            DataType::Int64 | DataType::Float64 => !matches!(edge, Edge::Day(_)),
            DataType::Date32 => matches!(edge, Edge::Day(_)),
            _ => false,
        };
        if !fits {
            return Err(untyped());
        }
    }
    let of_integer = |value: i64| {
        let value = i128::from(value);
        let below = |edge| match edge {
            Edge::Integer(edge) => value < i128::from(edge),
            Edge::Number(edge) => value < edge.ceil() as i128,
            Edge::Day(_) => false,
        };
        let above = |edge| match edge {
            Edge::Integer(edge) => value > i128::from(edge),
            Edge::Number(edge) => value > edge.floor() as i128,
            Edge::Day(_) => false,
        };
        least.is_some_and(below) || most.is_some_and(above)
    };
    let of_number = |value: f64| {
        let below = |edge| match edge {
            Edge::Integer(edge) => (value.floor() as i128) < i128::from(edge),
            Edge::Number(edge) => value < edge,
            Edge::Day(_) => false,
        };
        let above = |edge| match edge {
            Edge::Integer(edge) => (value.ceil() as i128) > i128::from(edge),
            Edge::Number(edge) => value > edge,
            Edge::Day(_) => false,
        };
        least.is_some_and(below) || most.is_some_and(above)
    };
    let of_day = |value: i32| {
        let below = |edge| matches!(edge, Edge::Day(edge) if value < edge);
        let above = |edge| matches!(edge, Edge::Day(edge) if value > edge);
        least.is_some_and(below) || most.is_some_and(above)
    };
    let wrong = match cells.data_type() {
        DataType::Int64 => cells.as_primitive::<Int64Type>().iter().flatten().filter(|v| of_integer(*v)).count(),
        DataType::Float64 => cells.as_primitive::<Float64Type>().iter().flatten().filter(|v| of_number(*v)).count(),
        _ => cells.as_primitive::<Date32Type>().iter().flatten().filter(|v| of_day(*v)).count(),
    };
    Ok(wrong as u64)
}

/// Notes the values of cells that are there.
pub(super) fn gather(part: &mut TallyPart, cells: &ArrayRef) -> Result<()> {
    let internal = |error: arrow::error::ArrowError| Error::Internal(error.to_string());
    let there = match cells.null_count() {
        0 => cells.clone(),
        _ => filter(cells, &is_not_null(cells).map_err(internal)?).map_err(internal)?,
    };
    part.add(&[], Some(&there), there.len()).map_err(|error| match error {
        NullOr::Error(error) => error,
        NullOr::Null(_) => Error::Internal("a null was counted as a value".into()),
    })
}
