//! Microaggregation: groups of near rows are released with one number in the place of theirs.

mod labels;
mod mdav;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;
use thiserror::Error;

use super::census::{Census, Conditions, Units};
use crate::privacy::{PrivacyModel, suppressible};
use crate::spec::Statistic;
use crate::table::tuples::Tuples;
use crate::table::{EquivalenceTable, LocalRecoding};
use mdav::Mdav;

/// Groups and what they cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Microaggregated {
    pub recoding: LocalRecoding,
    /// Groups that are released.
    pub groups: u64,
    pub withheld_records: u64,
    /// `Σ records · (z − mean of the group)²` over released records and columns, in standard deviations: what is lost
    /// within groups, whatever they are released as.
    pub sse: f64,
    /// `Σ records · (z − mean of all released)²`: what there was to lose. `sse / sst` is the usual measure of loss.
    pub sst: f64,
}

/// Why a table cannot be microaggregated. Names columns and counts, never values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MicroaggregateError {
    #[error("{values} distinct values of column `{column}` are not finite numbers")]
    NotNumeric { column: String, values: u64 },
    #[error("{withheld} records are in no group that keeps all conditions, {limit} may be withheld")]
    Unreachable { withheld: u64, limit: u64 },
    #[error("people of the population are outside every group, so presence cannot be kept uncertain")]
    Impossible,
}

/// Groups the records by MDAV, at least `k` distinct subjects each, and releases a statistic of each group.
///
/// All quasi columns of the table must be numeric: a table with others is microaggregated after the others were made
/// coarse, or not at all. Columns are standardized by the mean and standard deviation of all records, so that each
/// counts alike. Combinations with equal values stay together. A group grows until it has `k` distinct subjects;
/// groups that fail this or a model once all is counted are merged with the nearest one, as are groups that would be
/// released alike.
///
/// A null is a value of its own and stays null: rows with nulls in the same columns are grouped among themselves, by
/// the other columns. Where all of them together do not keep the conditions they are withheld, up to
/// [`suppressible`] records; withheld rows are labelled `*`. Combinations that only the population has are not
/// released and count for no group, so that population models see the people of the group's own values alone.
///
/// MDAV takes time by the square of the combinations over `k`. Beyond some thousands the rows are first cut in halves,
/// across the column that varies most there, until each block is small: time then grows little faster than the rows,
/// and groups do not cross cuts. Blocks run on all threads; their number changes nothing.
///
/// `m` of the Loss is, for an interval, the number of values of the column in it, otherwise the number of values that
/// are released as the same number.
///
/// # Errors
/// [`MicroaggregateError::Unreachable`] where more than the limit would be withheld.
///
/// # References
/// Domingo-Ferrer and Mateo-Sanz, *Practical data-oriented microaggregation for statistical disclosure control*, IEEE
/// TKDE 14(1), 2002; Domingo-Ferrer and Torra, *Ordinal, continuous and heterogeneous k-anonymity through
/// microaggregation*, DMKD 11(2), 2005 (MDAV).
pub fn microaggregate(
    table: &EquivalenceTable,
    k: u64,
    models: &[Box<dyn PrivacyModel>],
    suppression_limit: f64,
    statistic: Statistic,
) -> Result<Microaggregated, MicroaggregateError> {
    let points = Points::new(table)?;
    let absent = points.units.records.contains(&0);
    if absent && models.iter().any(|model| model.judges_absent()) {
        return Err(MicroaggregateError::Impossible);
    }
    let k = k.max(1);
    let conditions = Conditions { k, models };
    let mut groups = Vec::new();
    let mut withheld = Vec::new();
    for stratum in points.strata() {
        let columns = points.present(stratum[0]);
        let mdav = Mdav { points: &points, columns: &columns, k };
        let blocks: Vec<Vec<Vec<u32>>> = mdav.blocks(stratum).into_par_iter().map(|block| mdav.groups(block)).collect();
        let mut found: Vec<Vec<u32>> = blocks.into_iter().flatten().collect();
        loop {
            found = mdav.merged(found, conditions);
            let alike = labels::alike(&points, &found, statistic);
            if alike.len() == found.len() {
                break;
            }
            found = alike;
        }
        match &found[..] {
            [one] if !points.census.keeps(&points.units.members(one.iter().copied()), conditions) => {
                withheld.extend_from_slice(one);
            }
            _ => groups.append(&mut found),
        }
    }
    let withheld_records = withheld.iter().map(|&unit| points.units.records[unit as usize]).sum();
    let limit = suppressible(suppression_limit, table.total_records());
    if withheld_records > limit {
        return Err(MicroaggregateError::Unreachable { withheld: withheld_records, limit });
    }
    let (sse, sst) = points.squares(&groups);
    let recoding = labels::recoding(&points, &groups, statistic);
    Ok(Microaggregated { recoding, groups: groups.len() as u64, withheld_records, sse, sst })
}

/// The rows as points.
struct Points<'a> {
    census: Census<'a>,
    units: Units,
    /// Per unit its codes.
    codes: Tuples,
    unit_of: Vec<u32>,
    /// `numbers[column][code]`; NaN for null.
    numbers: Vec<Vec<f64>>,
    /// `standard[unit * width + column]`: the number in standard deviations from the mean; NaN for null.
    standard: Vec<f64>,
}

impl<'a> Points<'a> {
    fn new(table: &'a EquivalenceTable) -> Result<Self, MicroaggregateError> {
        let width = table.codes.len();
        let mut numbers = Vec::with_capacity(width);
        for domain in &table.domains {
            let number = |value: &Option<String>| match value {
                None => Some(f64::NAN),
                Some(text) => text.parse::<f64>().ok().filter(|number| number.is_finite()),
            };
            let read: Vec<Option<f64>> = domain.values().iter().map(number).collect();
            let values = read.iter().filter(|number| number.is_none()).count() as u64;
            if values > 0 {
                return Err(MicroaggregateError::NotNumeric { column: domain.column.clone(), values });
            }
            numbers.push(read.into_iter().flatten().collect::<Vec<f64>>());
        }
        let mut codes = Tuples::new(width);
        let mut tuple = vec![0; width];
        let unit_of: Vec<u32> = (0..table.combinations())
            .map(|row| {
                tuple.iter_mut().zip(&table.codes).for_each(|(code, column)| *code = column[row]);
                codes.insert(&tuple)
            })
            .collect();
        let units = Units::gather(table, &unit_of, codes.len());
        let mut standard = vec![0.0; codes.len() * width];
        for (column, numbers) in numbers.iter().enumerate() {
            let number = |unit: usize| numbers[codes.get(unit as u32)[column] as usize];
            let known = || (0..codes.len()).filter(|&unit| !number(unit).is_nan());
            let records: f64 = known().map(|unit| units.records[unit] as f64).sum();
            // Scaled first: squares of very large numbers would not fit a float.
            let scale = known().map(|unit| number(unit).abs()).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
            let mean = known().map(|unit| units.records[unit] as f64 * (number(unit) / scale)).sum::<f64>() / records;
            let square = |unit: usize| units.records[unit] as f64 * (number(unit) / scale - mean).powi(2);
            let deviation = (known().map(square).sum::<f64>() / records).sqrt();
            for unit in 0..codes.len() {
                let centred = number(unit) / scale - mean;
                standard[unit * width + column] = match deviation > 0.0 || centred.is_nan() {
                    true => centred / deviation,
                    false => 0.0,
                };
            }
        }
        Ok(Self { census: Census::new(table), units, codes, unit_of, numbers, standard })
    }

    fn width(&self) -> usize {
        self.numbers.len()
    }

    fn number(&self, unit: u32, column: usize) -> f64 {
        self.numbers[column][self.codes.get(unit)[column] as usize]
    }

    fn standard(&self, unit: u32, column: usize) -> f64 {
        self.standard[unit as usize * self.width() + column]
    }

    /// The columns in which a unit is not null.
    fn present(&self, unit: u32) -> Vec<usize> {
        (0..self.width()).filter(|&column| !self.number(unit, column).is_nan()).collect()
    }

    /// The units that have records, those with nulls in the same columns together.
    fn strata(&self) -> Vec<Vec<u32>> {
        let mut strata: BTreeMap<Vec<usize>, Vec<u32>> = BTreeMap::new();
        for unit in (0..self.codes.len() as u32).filter(|&unit| self.units.records[unit as usize] > 0) {
            strata.entry(self.present(unit)).or_default().push(unit);
        }
        strata.into_values().collect()
    }

    /// The mean of some units' records in a column, in standard deviations.
    fn centre(&self, units: &[u32], column: usize) -> f64 {
        let records: f64 = units.iter().map(|&unit| self.units.records[unit as usize] as f64).sum();
        units.iter().map(|&unit| self.units.records[unit as usize] as f64 * self.standard(unit, column)).sum::<f64>()
            / records
    }

    /// The sum of squares within the groups, and over all of them.
    fn squares(&self, groups: &[Vec<u32>]) -> (f64, f64) {
        let (mut within, mut total) = (0.0, 0.0);
        let square = |units: &[u32], column: usize, centre: f64| {
            let square =
                |&unit: &u32| self.units.records[unit as usize] as f64 * (self.standard(unit, column) - centre).powi(2);
            units.iter().map(square).sum::<f64>()
        };
        for column in 0..self.width() {
            let known = |group: &&Vec<u32>| !self.number(group[0], column).is_nan();
            let groups: Vec<&Vec<u32>> = groups.iter().filter(known).collect();
            let all: Vec<u32> = groups.iter().flat_map(|group| group.iter().copied()).collect();
            if all.is_empty() {
                continue;
            }
            total += square(&all, column, self.centre(&all, column));
            within += groups.iter().map(|group| square(group, column, self.centre(group, column))).sum::<f64>();
        }
        (within, total)
    }
}
