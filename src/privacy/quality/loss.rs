//! Loss: how much of the values' fineness a recoding gives away.

use super::Shown;
use crate::table::{EquivalenceTable, Hierarchy, LocalColumn, LocalRecoding, Recoding};

/// The Loss of a recoding, 0 (the data as they are) to 1 (nothing is told).
#[derive(Debug, Clone, PartialEq)]
pub struct Loss {
    /// The mean of `columns`; 0 without columns.
    pub total: f64,
    /// Per quasi column the mean over all records.
    pub columns: Vec<f64>,
}

/// Returns the mean over all records and quasi columns of `(m − 1)/(d − 1)`.
///
/// `d` is the number of values at level 0 of the column's hierarchy, `m` how many of them share the label
/// that the record is released with. A withheld record counts 1 in every column; a column with `d = 1`
/// has nothing to lose and counts 0, for withheld records too. A table without records loses nothing.
///
/// Sums are whole numbers and divided at the end, so that the order of records does not matter.
///
/// # References
/// Iyengar, *Transforming data to satisfy privacy constraints*, KDD 2002; the arithmetic mean that ARX
/// names `loss` with aggregate function `ARITHMETIC_MEAN`.
pub fn loss(table: &EquivalenceTable, hierarchies: &[Hierarchy], recoding: &Recoding) -> Loss {
    let records = table.total_records();
    let column = |(column, hierarchy): (usize, &Hierarchy)| {
        let level = &hierarchy.levels[recoding.levels[column]];
        let mut sum = 0_u128;
        for (row, &code) in table.codes[column].iter().enumerate() {
            let shared = match recoding.suppressed[row] {
                true => hierarchy.domain_size,
                false => level.sizes[level.label_of[code as usize] as usize],
            };
            sum += u128::from(table.records[row]) * u128::from(shared.saturating_sub(1));
        }
        of_column(sum, hierarchy.domain_size, records)
    };
    of_columns(hierarchies.iter().enumerate().map(column).collect())
}

/// The same for a recoding with labels of its own for each combination.
pub fn local(table: &EquivalenceTable, hierarchies: &[Hierarchy], recoding: &LocalRecoding) -> Loss {
    let records = table.total_records();
    let column = |(column, hierarchy): (&LocalColumn, &Hierarchy)| {
        let mut sum = 0_u128;
        for (row, &label) in column.label_of.iter().enumerate() {
            let shared = if recoding.suppressed[row] { hierarchy.domain_size } else { column.sizes[label as usize] };
            sum += u128::from(table.records[row]) * u128::from(shared.saturating_sub(1));
        }
        of_column(sum, hierarchy.domain_size, records)
    };
    of_columns(recoding.columns.iter().zip(hierarchies).map(column).collect())
}

/// The part of one column from its `Σ (m − 1)` over all records.
pub fn of_column(sum: u128, domain_size: u64, records: u64) -> f64 {
    let whole = u128::from(domain_size.saturating_sub(1)) * u128::from(records);
    if whole == 0 { 0.0 } else { sum as f64 / whole as f64 }
}

/// The mean over columns, added in the table's order.
///
/// Like [`of_column`] it never falls when a part grows, also after rounding: a bound on the parts is a
/// bound on the float.
pub fn of_columns(columns: Vec<f64>) -> Loss {
    let total = if columns.is_empty() { 0.0 } else { columns.iter().sum::<f64>() / columns.len() as f64 };
    Loss { total, columns }
}

/// The Loss of one column of a recoding: [`loss()`] says what it is.
pub(super) fn shown(shown: &Shown, column: usize) -> f64 {
    let sum = shown.sum(|row| shown.shared_after(column, row).saturating_sub(1));
    of_column(sum, shown.hierarchies[column].domain_size, shown.records())
}

/// The arithmetic mean `Σ w_c x_c / Σ w_c` of what columns lose; 0 without columns or weights. With equal
/// weights the same float as [`of_columns`].
///
/// ARX divides weights by the largest and the sum by the number of columns: the same order of recodings, other
/// numbers.
pub fn weighted(columns: &[f64], weights: &[f64]) -> f64 {
    let sum: f64 = columns.iter().zip(weights).map(|(column, weight)| column * weight).sum();
    let all: f64 = weights.iter().sum();
    if all > 0.0 { sum / all } else { 0.0 }
}

/// The geometric mean `∏ (1 + x_c)^(w_c / Σ w) − 1`; 0 without columns or weights.
///
/// With equal weights it is what ARX names `loss` with aggregate function `GEOMETRIC_MEAN`, its default. ARX
/// multiplies the factors by the weights instead, which changes no order of recodings.
pub fn geometric(columns: &[f64], weights: &[f64]) -> f64 {
    let all: f64 = weights.iter().sum();
    let log = columns.iter().zip(weights).map(|(column, weight)| weight * column.ln_1p()).sum::<f64>() / all;
    if all > 0.0 { log.exp_m1() } else { 0.0 }
}
