//! [`TopBottom`]: top and bottom coding, extremes become the number at a cut.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use serde_json::{Value, json};

use super::numbers::Numbers;
use super::{cell_error, refused};
use crate::error::{Error, Place, Result};
use crate::written::{Reader, Writer, Written, ensure};

/// Replaces numbers beyond a cut by the cut (Hundepool et al., Statistical Disclosure Control, 2012, 3.5).
///
/// A cut is at a quantile of the records, and moves inwards until at least k subjects have a number at or beyond
/// it: so no released extreme is that of fewer.
#[derive(Debug, Clone, PartialEq)]
pub struct TopBottom {
    bottom: Option<Cut>,
    top: Option<Cut>,
}

/// Where numbers are cut off, and how many distinct subjects have one at or beyond.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cut {
    quantile: f64,
    at: f64,
    subjects: u64,
}

impl TopBottom {
    /// Finds the cuts at these quantiles of the records, one or both of them.
    ///
    /// # Errors
    /// [`Error::Usage`] for quantiles that are not between 0 and 1 or where none is given, [`Error::Input`] where
    /// the cuts would meet because too few subjects have a number.
    pub fn fit(numbers: &Numbers, bottom: Option<f64>, top: Option<f64>, k: u64) -> Result<Self> {
        let inside = |quantile: Option<f64>| quantile.is_none_or(|quantile| quantile > 0.0 && quantile < 1.0);
        let crossed = bottom.zip(top).is_some_and(|(bottom, top)| bottom >= top);
        if !inside(bottom) || !inside(top) || crossed || bottom.or(top).is_none() {
            let help = "use quantiles such as `bottom = 0.01` and `top = 0.99`";
            return Err(refused("the cuts of a top and bottom coding are out of range".into(), help));
        }
        let few = || Error::Input {
            message: format!("fewer than {k} subjects have a number beyond a cut"),
            place: Some(Place::default()),
            help: Some("cut one side only, or drop the column".into()),
        };
        let total: u64 = numbers.records.iter().sum();
        if total == 0 {
            // nothing but nulls: there is nothing to cut
            return Ok(Self { bottom: None, top: None });
        }
        // nearest rank: the first number that so many records do not exceed
        let place = |quantile: f64| {
            let mut seen = 0u64;
            let reached = |&records: &u64| {
                seen += records;
                seen as f64 >= quantile * total as f64
            };
            numbers.records.iter().position(reached).unwrap_or(numbers.len() - 1)
        };
        let cut = |quantile, place: usize, subjects| Cut { quantile, at: numbers.values[place], subjects };
        let top = top.map(|quantile| {
            let enough = (0..=place(quantile)).rev().map(|place| (place, numbers.subjects(place..numbers.len())));
            let found = first_with(enough, k).ok_or_else(few)?;
            Ok(cut(quantile, found.0, found.1))
        });
        let bottom = bottom.map(|quantile| {
            let enough = (place(quantile)..numbers.len()).map(|place| (place, numbers.subjects(0..place + 1)));
            let found = first_with(enough, k).ok_or_else(few)?;
            Ok(cut(quantile, found.0, found.1))
        });
        let (bottom, top): (Option<Cut>, Option<Cut>) = (bottom.transpose()?, top.transpose()?);
        if bottom.zip(top).is_some_and(|(bottom, top)| bottom.at > top.at) {
            return Err(few());
        }
        Ok(Self { bottom, top })
    }

    fn cut(&self, value: f64) -> f64 {
        let value = self.top.map_or(value, |cut| if value > cut.at { cut.at } else { value });
        self.bottom.map_or(value, |cut| if value < cut.at { cut.at } else { value })
    }

    /// Cuts `Int64` or `Float64` cells, which keep their type; nulls stay null.
    pub(super) fn apply(&self, cells: &ArrayRef) -> Result<ArrayRef> {
        match cells.data_type() {
            DataType::Int64 => {
                // cuts are whole numbers of the column, below 2^53
                let bound = |cut: Option<Cut>, none: i64| cut.map_or(none, |cut| cut.at as i64);
                let (low, high) = (bound(self.bottom, i64::MIN), bound(self.top, i64::MAX));
                let cells = cells.as_primitive::<Int64Type>();
                Ok(Arc::new(cells.unary::<_, Int64Type>(|value| value.min(high).max(low)) as Int64Array))
            }
            DataType::Float64 => {
                let cells = cells.as_primitive::<Float64Type>();
                if let Some(row) = cells.iter().position(|cell| cell.is_some_and(|value| !value.is_finite())) {
                    return Err(cell_error(row, "expected a finite number"));
                }
                Ok(Arc::new(cells.unary::<_, Float64Type>(|value| self.cut(value)) as Float64Array))
            }
            other => Err(Error::Internal(format!("top and bottom coding does not take cells of type {other}"))),
        }
    }

    /// Where the cuts are and how many subjects are at or beyond.
    pub(super) fn facts(&self) -> Value {
        let told =
            |cut: &Cut| json!({ "quantile": cut.quantile, "cut": cut.at, "subjects_at_or_beyond": cut.subjects });
        json!({ "bottom": self.bottom.as_ref().map(told), "top": self.top.as_ref().map(told) })
    }
}

/// The first place with at least `k` subjects; each place that follows has no fewer.
fn first_with(mut places: impl Iterator<Item = (usize, u64)>, k: u64) -> Option<(usize, u64)> {
    places.find(|&(_, subjects)| subjects >= k)
}

impl Written for Cut {
    fn write(&self, to: &mut Writer) {
        self.quantile.write(to);
        self.at.write(to);
        self.subjects.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let cut = Self { quantile: from.value()?, at: from.value()?, subjects: from.value()? };
        let inside = cut.quantile > 0.0 && cut.quantile < 1.0 && cut.at.is_finite();
        ensure(inside, "a cut is out of range")?;
        Ok(cut)
    }
}

impl Written for TopBottom {
    fn write(&self, to: &mut Writer) {
        self.bottom.write(to);
        self.top.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (bottom, top): (Option<Cut>, Option<Cut>) = (from.value()?, from.value()?);
        ensure(bottom.zip(top).is_none_or(|(bottom, top)| bottom.at <= top.at), "the cuts cross each other")?;
        Ok(Self { bottom, top })
    }
}

impl TopBottom {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        match (&self.bottom, &self.top) {
            (Some(bottom), Some(top)) => format!("低于 {} 与高于 {} 的值各合并为一个值", bottom.at, top.at),
            (Some(bottom), None) => format!("低于 {} 的值合并为一个值", bottom.at),
            (None, Some(top)) => format!("高于 {} 的值合并为一个值", top.at),
            (None, None) => "首尾合并：只有空值".into(),
        }
    }
}

impl fmt::Display for TopBottom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.bottom, &self.top) {
            (Some(bottom), Some(top)) => write!(f, "bottom coded at {}, top coded at {}", bottom.at, top.at),
            (Some(bottom), None) => write!(f, "bottom coded at {}", bottom.at),
            (None, Some(top)) => write!(f, "top coded at {}", top.at),
            (None, None) => f.write_str("top and bottom coding of nothing but nulls"),
        }
    }
}
