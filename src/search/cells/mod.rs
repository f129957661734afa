//! Cell suppression: few cells become `*`, all others stay as they are.

mod compatible;
mod patterns;
#[cfg(test)]
mod tests;
mod value;
mod wildcard;

use thiserror::Error;

pub use compatible::{LeastK, least_k, suppressed_cells};

use super::census::{Census, Conditions, Units};
use crate::privacy::{Class, Fate, PrivacyModel, fate, suppressible};
use crate::table::tuples::Tuples;
use crate::table::{EquivalenceTable, Hierarchy, Histogram, LocalColumn, LocalRecoding, STAR};
use value::Placed;

/// What a suppressed cell counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// A value of its own: a class is the rows that are alike in all released labels. The safe reading, which
    /// certificates state.
    Value,
    /// It matches every value, as in sdcMicro: the class of a row is all rows that could be the same.
    ///
    /// Weaker. Who knows that the cell of a neighbour was suppressed, and why, may tell rows apart again; and
    /// rows of one class need not protect each other's sensitive values.
    Wildcard,
}

/// Why cells cannot be suppressed as asked. Names counts, never values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CellsError {
    #[error("{withheld} records are in no class that keeps all conditions, {limit} may be withheld")]
    Unreachable { withheld: u64, limit: u64 },
    #[error("people of the population keep the release from protecting anyone: no suppression changes that")]
    Impossible,
    #[error("there must be one weight for each quasi column, a number of at least 0")]
    Weights,
    #[error("cells can be suppressed in at most 64 quasi columns")]
    Columns,
}

/// Releases every quasi value at the first level of its hierarchy or as `*`, with few suppressed cells.
///
/// A heuristic for the smallest `Σ records × weight` of suppressed cells (a withheld record counts all of them);
/// finding the optimum is NP-hard. Frequent combinations stay as they are. The others join each other: sets of
/// columns are gone through from the cheapest on, and what is a class without the columns of a set becomes one.
/// With many columns (about 13 and more, for thousands of combinations) not all sets can be tried; then, from some
/// amount of work on, columns are added one by one.
///
/// `k` is asked under `reading`. `models` are the further conditions on single classes: they always hold for the
/// classes of rows alike in all labels, also where `k` is read with wildcards; `KAnonymity` among them would
/// therefore be the value reading. Under [`Reading::Wildcard`] the result never has more weight than under
/// [`Reading::Value`].
///
/// What no class takes in is withheld, up to [`suppressible`] records; before more would be withheld, classes
/// that could be released give up cells to take the rest in. Withheld combinations are labelled unlike every
/// released class. Combinations that only the population has count as people of the class that they are put in.
/// Runs on one thread.
///
/// # Errors
/// [`CellsError::Unreachable`] where even then too much would be withheld.
///
/// # References
/// Meyerson and Williams, *On the complexity of optimal k-anonymity*, PODS 2004 (hardness); Templ, Kowarik and
/// Meindl, *Statistical disclosure control for micro-data using the R package sdcMicro*, JSS 67(4), 2015
/// (the wildcard reading).
pub fn suppress_cells(
    table: &EquivalenceTable,
    hierarchies: &[Hierarchy],
    k: u64,
    models: &[Box<dyn PrivacyModel>],
    suppression_limit: f64,
    weights: &[f64],
    reading: Reading,
) -> Result<LocalRecoding, CellsError> {
    if hierarchies.len() > 64 {
        return Err(CellsError::Columns);
    }
    if weights.len() != hierarchies.len() || weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
        return Err(CellsError::Weights);
    }
    let cells = Cells::new(table, hierarchies, weights);
    let limit = suppressible(suppression_limit, table.total_records());
    let by_value = value::place(&cells, Conditions { k, models }, limit);
    let placed = match reading {
        Reading::Value => by_value?,
        Reading::Wildcard => match (by_value, wildcard::place(&cells, k, models, limit)) {
            (Ok(value), Some(wildcard)) if cells.cost(&wildcard) < cells.cost(&value) => wildcard,
            (Ok(value), _) => value,
            (Err(_), Some(wildcard)) => wildcard,
            (Err(error), None) => return Err(error),
        },
    };
    let unreachable = || CellsError::Unreachable { withheld: placed.withheld(&cells), limit };
    let recoding = cells.recoding(hierarchies, &placed).ok_or_else(unreachable)?;
    if models.iter().any(|model| model.judges_absent()) {
        let classes = recoding.classes(table);
        let histograms: Vec<Histogram> = (0..table.sensitive.len()).map(|s| table.histogram(&classes, s)).collect();
        let impossible = |class| fate(models, &Class::of(&classes, &histograms, class)) == Fate::Impossible;
        if (0..classes.records.len()).any(impossible) {
            return Err(CellsError::Impossible);
        }
    }
    Ok(recoding)
}

/// The rows as units, and what their cells cost.
struct Cells<'a> {
    census: Census<'a>,
    units: Units,
    /// Per unit its labels at the first level.
    keys: Tuples,
    /// The unit of each combination.
    unit_of: Vec<u32>,
    /// The label of a suppressed cell per column; also that of a value that is released as `*` anyway.
    stars: Vec<u32>,
    weights: &'a [f64],
}

impl<'a> Cells<'a> {
    fn new(table: &'a EquivalenceTable, hierarchies: &[Hierarchy], weights: &'a [f64]) -> Self {
        let mut keys = Tuples::new(hierarchies.len());
        let mut key = vec![0; hierarchies.len()];
        let unit_of: Vec<u32> = (0..table.combinations())
            .map(|row| {
                for (column, (label, hierarchy)) in key.iter_mut().zip(hierarchies).enumerate() {
                    *label = hierarchy.levels[0].label_of[table.codes[column][row] as usize];
                }
                keys.insert(&key)
            })
            .collect();
        let star = |hierarchy: &Hierarchy| {
            let labels = &hierarchy.levels[0].labels;
            labels.iter().position(|label| label.as_deref() == Some(STAR)).unwrap_or(labels.len()) as u32
        };
        Self {
            census: Census::new(table),
            units: Units::gather(table, &unit_of, keys.len()),
            keys,
            unit_of,
            stars: hierarchies.iter().map(star).collect(),
            weights,
        }
    }

    fn width(&self) -> usize {
        self.stars.len()
    }

    /// The pattern in which all columns are suppressed.
    fn all(&self) -> u64 {
        u64::MAX.checked_shr(64 - self.width() as u32).unwrap_or(0)
    }

    /// Writes the labels of a key with the columns of a pattern suppressed.
    fn suppress(&self, key: &[u32], pattern: u64, into: &mut [u32]) {
        for (column, label) in into.iter_mut().enumerate() {
            *label = if pattern >> column & 1 == 1 { self.stars[column] } else { key[column] };
        }
    }

    /// The columns that are `*` in a key.
    fn pattern(&self, key: &[u32]) -> u64 {
        (0..self.width()).filter(|&column| key[column] == self.stars[column]).map(|column| 1 << column).sum()
    }

    /// What the cells of one record in the columns of a pattern cost.
    fn weight(&self, pattern: u64) -> f64 {
        self.weights.iter().enumerate().filter(|&(column, _)| pattern >> column & 1 == 1).map(|(_, w)| w).sum()
    }

    /// The weight of all suppressed cells, withheld records with all of theirs.
    fn cost(&self, placed: &Placed) -> f64 {
        let unit = |unit: usize| {
            let base = self.pattern(self.keys.get(unit as u32));
            let pattern = match placed.class_of[unit] {
                Some(class) => self.pattern(placed.keys.get(class)) & !base,
                None => self.all(),
            };
            self.units.records[unit] as f64 * self.weight(pattern)
        };
        (0..self.keys.len()).map(unit).sum()
    }

    /// The labels of all combinations; `None` if some withheld unit cannot be told from a released class.
    fn recoding(&self, hierarchies: &[Hierarchy], placed: &Placed) -> Option<LocalRecoding> {
        let withheld = |unit: u32| match placed.class_of[unit as usize] {
            Some(_) => Some(None),
            None => self.apart(unit, placed).map(Some),
        };
        let withheld: Vec<Option<Vec<u32>>> = (0..self.keys.len() as u32).map(withheld).collect::<Option<_>>()?;
        let label = |column: usize, unit: u32| match (placed.class_of[unit as usize], &withheld[unit as usize]) {
            (Some(class), _) => placed.keys.get(class)[column],
            (None, key) => key.as_ref().map_or(0, |key| key[column]),
        };
        let columns = hierarchies.iter().enumerate().map(|(column, hierarchy)| {
            let level = &hierarchy.levels[0];
            let (mut labels, mut sizes) = (level.labels.clone(), level.sizes.clone());
            if self.stars[column] as usize == labels.len() {
                labels.push(Some(STAR.into()));
                sizes.push(hierarchy.domain_size);
            }
            LocalColumn { labels, sizes, label_of: self.unit_of.iter().map(|&unit| label(column, unit)).collect() }
        });
        let suppressed = self.unit_of.iter().map(|&unit| placed.class_of[unit as usize].is_none()).collect();
        Some(LocalRecoding { columns: columns.collect(), suppressed })
    }

    /// Labels for a withheld unit that no released class has: all suppressed, or as it is, or one cell suppressed.
    ///
    /// The first of these can be taken only where values are `*` in the source, or where what may be released apart
    /// may not be so together. `None` if all are taken.
    fn apart(&self, unit: u32, placed: &Placed) -> Option<Vec<u32>> {
        let patterns = [self.all(), 0].into_iter().chain((0..self.width()).map(|column| 1 << column));
        let key = |pattern: u64| {
            let mut key = vec![0; self.width()];
            self.suppress(self.keys.get(unit), pattern, &mut key);
            key
        };
        patterns.map(key).find(|key| placed.at(key).is_empty())
    }
}
