//! Precision: how far up their hierarchies the records are released.

use super::Shown;
use crate::privacy::decimal::ratio;

/// Returns the mean over all records of `level / height` in one column, 0 (level 0) to 1 (`*`): one minus
/// Sweeney's precision.
///
/// `height` is the level of `*`; a withheld record counts 1. Levels are taken as equally far from each other,
/// whatever they lose. Without records it is 0.
///
/// # References
/// Sweeney, *Achieving k-anonymity privacy protection using generalization and suppression*, IJUFKS 10(5),
/// 2002. ARX names the mean over columns `precision`.
pub fn precision(shown: &Shown, column: usize) -> f64 {
    let height = shown.hierarchies[column].top();
    let climbed = |row| if shown.is_withheld(row) { height } else { shown.level_of(column, row) } as u64;
    ratio(shown.sum(climbed), height as u128 * u128::from(shown.records()))
}
