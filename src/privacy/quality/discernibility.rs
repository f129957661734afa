//! Discernibility: how many records are alike.

use super::Shown;

/// Returns `DM = Σ n² + N s`, over released classes of `n` records: every record pays for those that it cannot
/// be told from, and a withheld one, of which there are `s`, for all `N`.
///
/// # References
/// Bayardo and Agrawal, *Data privacy through optimal k-anonymization*, ICDE 2005.
pub fn discernibility(shown: &Shown) -> u128 {
    squares(&shown.released()) + u128::from(shown.records()) * u128::from(shown.withheld())
}

/// Returns `DM* = Σ n²` over all classes, withheld ones as if they were released.
///
/// # References
/// El Emam et al., *A globally optimal k-anonymity method for the de-identification of health data*, JAMIA
/// 16(5), 2009.
pub fn discernibility_of_classes(shown: &Shown) -> u128 {
    squares(&shown.classes.records)
}

fn squares(sizes: &[u64]) -> u128 {
    sizes.iter().map(|&size| u128::from(size) * u128::from(size)).sum()
}
