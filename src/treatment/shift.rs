//! [`Shift`]: all dates of a subject, moved by the same secret number of days.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array};
use arrow::datatypes::{Date32Type, Int64Type};

use super::beside::Beside;
use super::draws::Draws;
use super::text::each_text;
use super::{cell_error, refused};
use crate::error::{Error, Result};
use crate::written::{Reader, Writer, Written};

/// A hundred years.
const MOST: u32 = 36_525;

/// Moves dates by a number of days between -N and N, every one equally likely, one for each subject.
///
/// The days between the dates of a subject stay as they are, and can tell it apart where it has several.
#[derive(Debug)]
pub struct Shift {
    days: u32,
    draws: Draws,
}

impl Shift {
    /// Moves dates by at most this many days.
    ///
    /// # Errors
    /// [`Error::Usage`] for less than a day or more than a hundred years.
    pub fn new(days: u32, draws: Draws) -> Result<Self> {
        if !(1..=MOST).contains(&days) {
            return Err(refused("the days of a shift are out of range".into(), "use 1 to 36525 days"));
        }
        Ok(Self { days, draws })
    }

    /// What a shift leaves readable, about: the period, of as many days as a date can be moved among.
    pub(super) fn readable(&self, cells: &ArrayRef) -> Result<ArrayRef> {
        let dates = self.dates(cells)?;
        let width = 2 * self.days as i32 + 1;
        Ok(Arc::new(dates.unary::<_, Int64Type>(|date| i64::from(date.div_euclid(width)))))
    }

    fn dates<'c>(&self, cells: &'c ArrayRef) -> Result<&'c Date32Array> {
        let odd = || Error::Internal(format!("a shift does not take cells of type {}", cells.data_type()));
        cells.as_primitive_opt::<Date32Type>().ok_or_else(odd)
    }

    /// Moves `Date32` cells; nulls stay null.
    ///
    /// # Errors
    /// [`Error::Input`] for a date without a subject, and for one that the calendar does not have afterwards.
    pub(super) fn apply(&self, cells: &ArrayRef, beside: &Beside) -> Result<ArrayRef> {
        let dates = self.dates(cells)?;
        let draws = self.draws.of_subjects();
        let mut moved = Vec::with_capacity(dates.len());
        let mut latest: Option<(String, i32)> = None;
        each_text(beside.subject(cells)?, |cell, subject| {
            if dates.is_null(cell) {
                moved.push(None);
                return Ok(());
            }
            let subject = subject.ok_or_else(|| cell_error(cell, "expected a subject beside the date"))?;
            let days = match &latest {
                // records of a subject often stand together
                Some((same, days)) if same == subject => *days,
                _ => draws.below(2 * self.days + 1, subject) as i32 - self.days as i32,
            };
            let date = dates.value(cell).checked_add(days);
            let date = date.filter(|&date| arrow::temporal_conversions::date32_to_datetime(date).is_some());
            moved.push(Some(date.ok_or_else(|| cell_error(cell, "expected a date that stays in the calendar"))?));
            if latest.as_ref().is_none_or(|(same, _)| same != subject) {
                latest = Some((subject.to_owned(), days));
            }
            Ok(())
        })?;
        Ok(Arc::new(Date32Array::from(moved)))
    }
}

impl Written for Shift {
    fn write(&self, to: &mut Writer) {
        self.days.write(to);
        self.draws.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Self::new(from.value()?, from.value()?)
    }
}

impl Shift {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        format!("同一数据提供者的日期一起平移，至多 {} 天", self.days)
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dates of a subject moved together by up to {} days", self.days)
    }
}
