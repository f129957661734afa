//! What a node loses at least, known before its classes are counted.

use crate::privacy::loss;
use crate::table::{EquivalenceTable, Hierarchy};

/// The generalization part of the Loss per column and level, and what withholding adds at least.
pub(super) struct Bounds {
    pub records: u64,
    columns: Vec<Column>,
}

struct Column {
    domain_size: u64,
    levels: Vec<LevelCosts>,
}

struct LevelCosts {
    /// `Σ (m − 1)` over all records.
    sum: u128,
    /// The same as the column's part of the Loss.
    loss: f64,
    /// Records by what withholding one adds, `d − m`, cheapest first: the cost of one, then the number of
    /// records and the cost of all up to and with these.
    steps: Vec<(u64, u64, u128)>,
}

impl Bounds {
    pub fn new(table: &EquivalenceTable, hierarchies: &[Hierarchy]) -> Self {
        let records = table.total_records();
        let columns = hierarchies.iter().zip(&table.codes).map(|(h, codes)| {
            let mut weights = vec![0; h.levels[0].label_of.len()];
            for (&code, &records) in codes.iter().zip(&table.records) {
                weights[code as usize] += records;
            }
            let level = |level| LevelCosts::new(level, h.domain_size, &weights, records);
            Column { domain_size: h.domain_size, levels: h.levels.iter().map(level).collect() }
        });
        Self { records, columns: columns.collect() }
    }

    /// The loss if nothing is withheld.
    pub fn generalization(&self, levels: impl Iterator<Item = usize>) -> f64 {
        let sum: f64 = self.columns.iter().zip(levels).map(|(c, level)| c.levels[level].loss).sum();
        if self.columns.is_empty() { 0.0 } else { sum / self.columns.len() as f64 }
    }

    /// The least loss if `withheld` records are withheld, whichever they are.
    pub fn withholding(&self, levels: impl Iterator<Item = usize>, withheld: u64) -> f64 {
        self.loss(levels, |_, level| level.cheapest(withheld))
    }

    /// The loss from the cost of what is withheld, `Σ (d − m)` over withheld records of each column.
    pub fn exact(&self, levels: impl Iterator<Item = usize>, withheld: &[u128]) -> f64 {
        self.loss(levels, |column, _| withheld[column])
    }

    fn loss(&self, levels: impl Iterator<Item = usize>, withheld: impl Fn(usize, &LevelCosts) -> u128) -> f64 {
        let parts = self.columns.iter().zip(levels).enumerate().map(|(at, (column, level))| {
            let level = &column.levels[level];
            loss::of_column(level.sum + withheld(at, level), column.domain_size, self.records)
        });
        let sum: f64 = parts.sum();
        if self.columns.is_empty() { 0.0 } else { sum / self.columns.len() as f64 }
    }

    pub fn domain_size(&self, column: usize) -> u64 {
        self.columns[column].domain_size
    }
}

impl LevelCosts {
    fn new(level: &crate::table::Level, domain_size: u64, weights: &[u64], records: u64) -> Self {
        let mut costs: Vec<(u64, u64)> = Vec::new();
        let mut sum = 0;
        for (&label, &weight) in level.label_of.iter().zip(weights) {
            let size = level.sizes[label as usize];
            sum += u128::from(size.saturating_sub(1)) * u128::from(weight);
            costs.push((domain_size.saturating_sub(size), weight));
        }
        costs.sort_unstable();
        let mut steps: Vec<(u64, u64, u128)> = Vec::new();
        let (mut number, mut total) = (0, 0);
        for (cost, weight) in costs {
            (number, total) = (number + weight, total + u128::from(cost) * u128::from(weight));
            match steps.last_mut().filter(|step| step.0 == cost) {
                Some(step) => *step = (cost, number, total),
                None => steps.push((cost, number, total)),
            }
        }
        Self { sum, loss: loss::of_column(sum, domain_size, records), steps }
    }

    fn cheapest(&self, withheld: u64) -> u128 {
        let at = self.steps.partition_point(|step| step.1 < withheld);
        let (_, number, total) = at.checked_sub(1).map_or((0, 0, 0), |before| self.steps[before]);
        let rest = withheld.saturating_sub(number);
        total + self.steps.get(at).map_or(0, |step| u128::from(step.0) * u128::from(rest))
    }
}
