//! [`Swap`]: cells change places among the released records of one class.

mod written;

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, UInt32Array};
use arrow::compute::take;
use rand::CryptoRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};

use super::beside::Beside;
use crate::error::{Error, Result};

/// Exchanges the cells of a column among the released records of each equivalence class, in a random order of all of
/// them (data swapping within the class: Dalenius and Reiss, 1982; permutation of Zhang et al., 2007).
///
/// What a class says as a whole stays as it is, and so do all counts that its models are measured by; which record
/// has which cell is lost. Before the classes are known, cells stay where they are.
#[derive(Debug, Default)]
pub struct Swap {
    swapped: Option<Swapped>,
}

/// Where the cells have gone.
#[derive(Debug)]
struct Swapped {
    /// Distinct cells; the last one is null.
    values: ArrayRef,
    /// By number of the record in the source: the place of its new cell in `values`.
    of_row: Vec<u32>,
    moved: u64,
    released: u64,
}

/// A released record, as the exchange sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Number in the source.
    pub row: u64,
    pub class: u32,
    /// Place of its cell among the distinct ones.
    pub value: u32,
}

impl Swap {
    /// Exchanges cells: `members` are all released records with cells by their place in `values`, each record once.
    ///
    /// The order of the members changes nothing.
    ///
    /// # Errors
    /// [`Error::Internal`] for a cell beyond `values` or a record twice.
    pub fn exchange(values: ArrayRef, mut members: Vec<Member>, draws: &mut impl CryptoRng) -> Result<Self> {
        members.sort_unstable_by_key(|member| (member.class, member.row));
        let rows = members.iter().map(|member| member.row).max().map_or(0, |last| last as usize + 1);
        let mut of_row = vec![u32::MAX; rows];
        let mut moved = 0;
        for class in members.chunk_by(|a, b| a.class == b.class) {
            let mut given: Vec<u32> = class.iter().map(|member| member.value).collect();
            given.shuffle(draws);
            for (member, value) in class.iter().zip(given) {
                let slot = &mut of_row[member.row as usize];
                if value as usize >= values.len() || *slot != u32::MAX {
                    return Err(Error::Internal("cells to be exchanged are not those of released records".into()));
                }
                *slot = value;
                moved += u64::from(value != member.value);
            }
        }
        Ok(Self { swapped: Some(Swapped { values, of_row, moved, released: members.len() as u64 }) })
    }

    /// Gives each record its new cell.
    ///
    /// # Errors
    /// [`Error::Internal`] for a record that is not released.
    pub(super) fn apply(&self, cells: &ArrayRef, beside: &Beside) -> Result<ArrayRef> {
        let Some(swapped) = &self.swapped else { return Ok(cells.clone()) };
        let rows = beside.rows(cells)?;
        let place = |cell: usize| {
            let place = usize::try_from(rows.number(cell)).ok().and_then(|row| swapped.of_row.get(row));
            let place = place.filter(|&&place| place != u32::MAX);
            place.copied().ok_or_else(|| Error::Internal("a record was not there when cells were exchanged".into()))
        };
        let places: UInt32Array = (0..cells.len()).map(|cell| place(cell).map(Some)).collect::<Result<_>>()?;
        take(&swapped.values, &places, None).map_err(|error| Error::Internal(error.to_string()))
    }

    /// How many released records have another cell than before.
    pub(super) fn facts(&self) -> Value {
        match &self.swapped {
            None => Value::Null,
            Some(Swapped { moved, released, .. }) => json!({
                "records": released,
                "records_with_another_value": moved,
                "share": *moved as f64 / (*released).max(1) as f64,
            }),
        }
    }
}

/// The distinct cells of a text column, for [`Swap::exchange`].
pub fn texts(values: &[Option<String>]) -> ArrayRef {
    Arc::new(values.iter().map(Option::as_deref).collect::<StringArray>())
}

impl Swap {
    /// What it does, in Chinese.
    pub(super) fn zh(&self) -> String {
        "在等价类内交换".into()
    }
}

impl fmt::Display for Swap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("swapped within the class")
    }
}
