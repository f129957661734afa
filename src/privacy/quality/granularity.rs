//! Granularity: which share of the domain a record's label stands for.

use super::{Shown, weighted};
use crate::privacy::decimal::ratio;

/// Returns `1 − (S − D) / (1 − D)`, larger being better: 1 for the data as they are, 0 where nothing is told.
///
/// `S` is the weighted mean over columns of the mean over records of `m / d`, `D` that of `1 / d`: see
/// [`shown_share`]. Where all columns have one value there is nothing to lose, and it is 1.
///
/// # References
/// Iyengar, *Transforming data to satisfy privacy constraints*, KDD 2002; ARX's quality model `granularity`.
pub fn granularity(shown: &Shown, weights: &[f64]) -> f64 {
    let least = |column: &usize| 1.0 / shown.hierarchies[*column].domain_size.max(1) as f64;
    let columns: Vec<usize> = (0..shown.columns()).collect();
    let shares: Vec<f64> = columns.iter().map(|&column| shown_share(shown, column)).collect();
    let share = weighted(&shares, weights);
    let least = weighted(&columns.iter().map(least).collect::<Vec<_>>(), weights);
    if shown.records() == 0 || least >= 1.0 { 1.0 } else { 1.0 - (share - least) / (1.0 - least) }
}

/// Returns the mean over all records of `m / d` in one column: `d` values of the domain, `m` of them under the
/// record's label; a withheld record counts 1. Without records it is 0.
pub fn shown_share(shown: &Shown, column: usize) -> f64 {
    let domain = shown.hierarchies[column].domain_size;
    ratio(shown.sum(|row| shown.shared_after(column, row)), u128::from(domain) * u128::from(shown.records()))
}
