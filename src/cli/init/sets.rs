//! Which columns single people out, alone and together, in the records that were read.

use serde::Serialize;

use super::meaning::Found;
use crate::cli::prepare::random_secret;
use crate::error::{Error, Result};
use crate::risk::separation;
use crate::risk::suda::{DIS_FRACTION, suda};
use crate::source::Spread;
use crate::spec::draft::Meaning;
use crate::table::EquivalenceTable;
use crate::table::tally::{Memory, NullOr, TallyPart, finish};

/// The most sets of columns that are looked at.
const MOST_SETS: u128 = 1_500;
/// The share of the subjects that a set must single out to be told.
const TOLD: f64 = 0.05;
/// How many sets are told.
const MOST_TOLD: usize = 12;
/// The most columns and records that SUDA looks at, and the share of the subjects above which a column singles out
/// so many by itself that sets with it say nothing more.
const SUDA_COLUMNS: usize = 12;
const SUDA_RECORDS: u64 = 20_000;
const FINGERPRINT: f64 = 0.05;

/// What columns tell.
pub(super) struct Sets {
    /// Per column of the source, the share of the subjects read that it singles out alone; `None` for columns
    /// that are dropped as identifiers or text.
    pub alone: Vec<Option<f64>>,
    /// Per column of the source, the share, 0 to 1, of the SUDA scores that comes from sets with it; `None` where
    /// that was not asked.
    pub suda: Vec<Option<f64>>,
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
    let table = tally(found, spread, &numbers, subject, spread.records)?;
    let largest = (1..=3).rev().find(|&largest| separation::sets(numbers.len(), largest) <= MOST_SETS).unwrap_or(1);
    let measured = separation::column_sets(&table, largest);
    let mut alone = vec![None; found.len()];
    for set in measured.iter().filter(|set| set.columns.len() == 1) {
        alone[numbers[set.columns[0]]] = Some(set.singled_out);
    }
    let smallest = separation::smallest(&measured, TOLD).into_iter().take(MOST_TOLD);
    let smallest = smallest.map(|set| SmallSet {
        columns: set.columns.iter().map(|&column| found[numbers[column]].finding.header.clone()).collect(),
        singled_out: set.singled_out,
    });
    let smallest = smallest.collect();
    let suda = scores(found, spread, &alone, subject)?;
    Ok(Sets { alone, suda, smallest })
}

/// The part that each column has in the SUDA scores of sets of up to three columns.
fn scores(found: &[Found], spread: &Spread, alone: &[Option<f64>], subject: Option<usize>) -> Result<Vec<Option<f64>>> {
    let few = |number: &usize| alone[*number].is_some_and(|share| share <= FINGERPRINT);
    let numbers: Vec<usize> = (0..found.len()).filter(few).take(SUDA_COLUMNS).collect();
    let mut scores = vec![None; found.len()];
    if numbers.len() < 2 {
        return Ok(scores);
    }
    let table = tally(found, spread, &numbers, subject, SUDA_RECORDS)?;
    if let Some(suda) = suda(&table, 3, DIS_FRACTION).filter(|suda| suda.uniques() > 0) {
        numbers.iter().zip(suda.column_contributions()).for_each(|(&number, part)| scores[number] = Some(part / 100.0));
    }
    Ok(scores)
}

/// The combinations of some columns, as they are, in about `most` of the records: the same share of every block.
fn tally(
    found: &[Found],
    spread: &Spread,
    numbers: &[usize],
    subject: Option<usize>,
    most: u64,
) -> Result<EquivalenceTable> {
    let owner = match subject {
        Some(_) => Some((random_secret()?, Memory::spill()?)),
        None => None,
    };
    let mut part = TallyPart::new(numbers.len(), owner);
    for batch in &spread.batches {
        let rows = batch.cells.num_rows();
        let rows = if most >= spread.records { rows } else { (rows as u64 * most).div_ceil(spread.records) as usize };
        let cells = batch.cells.slice(0, rows);
        let columns: Vec<_> = numbers.iter().map(|&number| cells.column(number).clone()).collect();
        let owner = subject.map(|number| cells.column(number));
        part.add(&columns, owner, rows).map_err(|error| match error {
            NullOr::Error(error) => error,
            NullOr::Null(_) => Error::internal("a subject is empty that was not before"),
        })?;
    }
    let names: Vec<String> = numbers.iter().map(|&number| found[number].finding.header.clone()).collect();
    finish(&names, vec![part])
}
