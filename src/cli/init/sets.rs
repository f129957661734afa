//! Which columns single people out, alone and together, in the records that were read.

use serde::Serialize;

use super::meaning::Found;
use crate::cli::prepare::random_secret;
use crate::error::{Error, Result};
use crate::risk::separation;
use crate::secret::Secret;
use crate::source::Spread;
use crate::spec::draft::Meaning;
use crate::table::tally::{Memory, NullOr, TallyPart, finish};

/// The most sets of columns that are looked at.
const MOST_SETS: u128 = 1_500;
/// The share of the subjects that a set must single out to be told.
const TOLD: f64 = 0.05;
/// How many sets are told.
const MOST_TOLD: usize = 8;

/// What columns tell.
pub(super) struct Sets {
    /// Per column of the source, the share of the subjects read that it singles out alone; `None` for columns
    /// that are dropped as identifiers or text.
    pub alone: Vec<Option<f64>>,
    pub smallest: Vec<SmallSet>,
}

/// A smallest set of columns that singles out many.
#[derive(Serialize)]
pub struct SmallSet {
    pub columns: Vec<String>,
    /// Of the subjects read: more than of all subjects where not all were read.
    pub singled_out: f64,
}

/// Measures the columns that may be released, as they are.
///
/// Sets go up to three columns, or fewer where there would be too many. A set is told only if no smaller one in it is.
pub(super) fn sets(found: &[Found], spread: &Spread, subject: Option<usize>) -> Result<Sets> {
    let looked_at = |column: &Found| {
        !matches!(column.meaning, Meaning::Identifier | Meaning::Covered | Meaning::Position | Meaning::Text)
            && column.facts.values() > 0
    };
    let numbers: Vec<usize> = (0..found.len()).filter(|&number| looked_at(&found[number])).collect();
    let key: Secret<[u8; 32]> = random_secret()?;
    let owner = subject.map(|_| Memory::spill().map(|spill| (key, spill))).transpose()?;
    let mut part = TallyPart::new(numbers.len(), owner);
    for batch in &spread.batches {
        let cells: Vec<_> = numbers.iter().map(|&number| batch.cells.column(number).clone()).collect();
        let owner = subject.map(|number| batch.cells.column(number));
        part.add(&cells, owner, batch.cells.num_rows()).map_err(|error| match error {
            NullOr::Error(error) => error,
            NullOr::Null(_) => Error::internal("a subject is empty that was not before"),
        })?;
    }
    let names: Vec<String> = numbers.iter().map(|&number| found[number].finding.header.clone()).collect();
    let table = finish(&names, vec![part])?;
    let largest = (1..=3).rev().find(|&largest| separation::sets(numbers.len(), largest) <= MOST_SETS).unwrap_or(1);
    let measured = separation::column_sets(&table, largest);
    let mut alone = vec![None; found.len()];
    for set in measured.iter().filter(|set| set.columns.len() == 1) {
        alone[numbers[set.columns[0]]] = Some(set.singled_out);
    }
    let smallest = separation::smallest(&measured, TOLD).into_iter().take(MOST_TOLD);
    let named = smallest.map(|set| SmallSet {
        columns: set.columns.iter().map(|&column| names[column].clone()).collect(),
        singled_out: set.singled_out,
    });
    Ok(Sets { alone, smallest: named.collect() })
}
