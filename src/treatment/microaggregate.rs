//! [`Microaggregate`]: numbers of near records become one, in groups of at least k subjects.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use serde_json::{Value, json};

use super::numbers::Numbers;
use super::{cell_error, refused};
use crate::error::{Error, Result};
use crate::spec::Centre;
use crate::written::{Reader, Writer, Written, ensure};

/// Replaces each number by the mean or median of its group.
///
/// The groups are those of optimal univariate microaggregation: of all cuts of the ordered numbers into groups of at
/// least k distinct subjects, one with the least sum of squared distances of the records to their group's mean
/// (Hansen and Mukherjee, A polynomial algorithm for optimal univariate microaggregation, 2003). Records with one
/// number are never separated.
#[derive(Debug, Clone, PartialEq)]
pub struct Microaggregate {
    k: u64,
    centre: Centre,
    /// The largest number of each group, ascending.
    last: Vec<f64>,
    /// What each group is released as.
    released: Vec<f64>,
    /// Squared distances within groups as a share of those to the mean of all: SSE/SST.
    lost: f64,
    least_subjects: u64,
}

impl Microaggregate {
    /// Finds the groups.
    ///
    /// # Errors
    /// [`Error::Usage`] for a `k` below 2, [`Error::Input`] where fewer than `k` subjects have a number.
    pub fn fit(numbers: &Numbers, k: u64, centre: Centre) -> Result<Self> {
        if k < 2 {
            return Err(refused("a group of one subject hides nobody".into(), "use a `k` of at least 2"));
        }
        let ends = groups(numbers, k)?;
        let mut start = 0;
        let mut fitted =
            Self { k, centre, last: Vec::new(), released: Vec::new(), lost: 0.0, least_subjects: u64::MAX };
        let sums = Sums::of(numbers);
        let mut within = 0.0;
        for end in ends {
            fitted.last.push(numbers.values[end]);
            fitted.released.push(match centre {
                Centre::Mean => sums.mean(start, end),
                Centre::Median => median(numbers, start, end),
            });
            within += sums.squares(start, end);
            fitted.least_subjects = fitted.least_subjects.min(numbers.subjects(start..end + 1));
            start = end + 1;
        }
        if !numbers.is_empty() {
            let all = sums.squares(0, numbers.len() - 1);
            fitted.lost = if all > 0.0 { within / all } else { 0.0 };
        }
        Ok(fitted)
    }

    /// The centre of the group whose numbers are nearest from above; that of the last one beyond all.
    fn of(&self, value: f64) -> Option<f64> {
        let group = self.last.partition_point(|&last| last < value);
        self.released.get(group).or(self.released.last()).copied()
    }

    /// Treats `Int64` or `Float64` cells, which keep their type: means of whole numbers are rounded, halves away
    /// from zero. Nulls stay null.
    pub(super) fn apply(&self, cells: &ArrayRef) -> Result<ArrayRef> {
        let lost = || Error::Internal("a number has no group".into());
        match cells.data_type() {
            DataType::Int64 => {
                let cells = cells.as_primitive::<Int64Type>();
                // numbers and means are below 2^53
                let whole = |value: i64| self.of(value as f64).map(|centre| centre.round() as i64).ok_or_else(lost);
                let treated: Result<Int64Array> = cells.iter().map(|cell| cell.map(whole).transpose()).collect();
                Ok(Arc::new(treated?))
            }
            DataType::Float64 => {
                let cells = cells.as_primitive::<Float64Type>();
                let number = |(row, cell): (usize, Option<f64>)| match cell {
                    Some(value) if !value.is_finite() => Err(cell_error(row, "expected a finite number")),
                    Some(value) => self.of(value).map(Some).ok_or_else(lost),
                    None => Ok(None),
                };
                let treated: Result<Float64Array> = cells.iter().enumerate().map(number).collect();
                Ok(Arc::new(treated?))
            }
            other => Err(Error::Internal(format!("microaggregation does not take cells of type {other}"))),
        }
    }

    /// How many groups there are, the subjects of the smallest, and the share of variance that is lost.
    pub(super) fn facts(&self) -> Value {
        let least = (!self.last.is_empty()).then_some(self.least_subjects);
        json!({ "groups": self.last.len(), "least_subjects": least, "information_loss_sse_sst": self.lost })
    }
}

/// The last place of each group of the best cut.
///
/// A group that holds two groups of k subjects side by side is never needed: cutting it there does not raise the
/// sum. So only few starts are tried for each end.
fn groups(numbers: &Numbers, k: u64) -> Result<Vec<usize>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let starts = numbers.last_starts(k);
    let sums = Sums::of(numbers);
    // the least sum of a cut that ends at each place, and where its last group starts
    let mut best: Vec<Option<(f64, usize)>> = Vec::with_capacity(numbers.len());
    for end in 0..numbers.len() {
        let found = starts[end].and_then(|last| {
            let first = last.checked_sub(1).and_then(|before| starts[before]).map_or(0, |start| start + 1);
            let cost = |start: usize| {
                let before = if start == 0 { 0.0 } else { best[start - 1]?.0 };
                Some((before + sums.squares(start, end), start))
            };
            // groups that start before `first` can be cut at `last`
            (first..=last).filter_map(cost).min_by(|a, b| a.0.total_cmp(&b.0))
        });
        best.push(found);
    }
    let mut ends = Vec::new();
    let mut end = numbers.len() - 1;
    loop {
        let few = || Error::Input {
            message: format!("fewer than {k} subjects have a number: they cannot be grouped"),
            place: None,
            help: Some("drop the column".into()),
        };
        let (_, start) = best[end].ok_or_else(few)?;
        ends.push(end);
        match start {
            0 => break,
            _ => end = start - 1,
        }
    }
    ends.reverse();
    Ok(ends)
}

/// Sums over records up to each place, of numbers less the mean of all so that squares stay exact enough.
struct Sums {
    origin: f64,
    records: Vec<f64>,
    sum: Vec<f64>,
    square: Vec<f64>,
}

impl Sums {
    fn of(numbers: &Numbers) -> Self {
        let total: f64 = numbers.records.iter().map(|&records| records as f64).sum();
        let weighted = |(value, &records): (&f64, &u64)| value * records as f64;
        let origin = numbers.values.iter().zip(&numbers.records).map(weighted).sum::<f64>() / total.max(1.0);
        let mut sums = Self { origin, records: vec![0.0], sum: vec![0.0], square: vec![0.0] };
        let (mut records, mut sum, mut square) = (0.0, 0.0, 0.0);
        for (value, &count) in numbers.values.iter().zip(&numbers.records) {
            let (value, count) = (value - origin, count as f64);
            records += count;
            sum += value * count;
            square += value * value * count;
            sums.records.push(records);
            sums.sum.push(sum);
            sums.square.push(square);
        }
        sums
    }

    fn mean(&self, start: usize, end: usize) -> f64 {
        let records = self.records[end + 1] - self.records[start];
        self.origin + (self.sum[end + 1] - self.sum[start]) / records
    }

    /// Sum of squared distances to the mean of the records from one place to another, ends included.
    fn squares(&self, start: usize, end: usize) -> f64 {
        let records = self.records[end + 1] - self.records[start];
        let sum = self.sum[end + 1] - self.sum[start];
        (self.square[end + 1] - self.square[start] - sum * sum / records).max(0.0)
    }
}

/// The median over records; of two middle numbers their mean.
fn median(numbers: &Numbers, start: usize, end: usize) -> f64 {
    let total: u64 = numbers.records[start..=end].iter().sum();
    let at = |rank: u64| {
        let mut seen = 0;
        let reached = |&place: &usize| {
            seen += numbers.records[place];
            seen > rank
        };
        numbers.values[(start..=end).find(reached).unwrap_or(end)]
    };
    (at((total - 1) / 2) + at(total / 2)) / 2.0
}

impl Written for Microaggregate {
    fn write(&self, to: &mut Writer) {
        self.k.write(to);
        self.centre.write(to);
        to.floats(&self.last);
        to.floats(&self.released);
        self.lost.write(to);
        self.least_subjects.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (k, centre, last, released) = (from.value()?, from.value()?, from.floats()?, from.floats()?);
        let fitted = Self { k, centre, last, released, lost: from.value()?, least_subjects: from.value()? };
        let finite = fitted.last.iter().chain(&fitted.released).all(|number| number.is_finite());
        ensure(finite && fitted.lost.is_finite() && k >= 2, "the groups of numbers are out of range")?;
        let ascending = fitted.last.is_sorted_by(|a, b| a < b) && fitted.last.len() == fitted.released.len();
        ensure(ascending, "the groups of numbers are not in order")?;
        Ok(fitted)
    }
}

impl Microaggregate {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        let centre = match self.centre {
            Centre::Mean => "均值",
            Centre::Median => "中位数",
        };
        format!("微聚集：至少 {} 个数据提供者一组，以{centre}代替", self.k)
    }
}

impl fmt::Display for Microaggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let centre = match self.centre {
            Centre::Mean => "mean",
            Centre::Median => "median",
        };
        write!(f, "microaggregated: {centre} of groups of at least {} subjects", self.k)
    }
}
