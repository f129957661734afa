//! Ambiguity: how many combinations of values a record may have had.

use super::Shown;

/// Returns `Σ ∏_c m_c` over all records: `m_c` values of the domain of column `c` share the record's label, all
/// `d_c` for a withheld record. The sum is `N` for the data as they are.
///
/// A float: exact up to 2^53, and never above the largest of them.
///
/// # References
/// Nergiz and Clifton, *Thoughts on k-anonymization*, Data & Knowledge Engineering 63(3), 2007, who divide it by
/// `N`; Goldberger and Tassa, *Efficient anonymizations with enhanced utility*, Transactions on Data Privacy
/// 3(2), 2010. ARX's `ambiguity` is this sum.
pub fn ambiguity(shown: &Shown) -> f64 {
    let cells = |row: usize| (0..shown.columns()).map(|column| shown.shared_after(column, row) as f64).product::<f64>();
    shown.rows().map(|row| shown.table.records[row] as f64 * cells(row)).sum::<f64>().min(f64::MAX)
}
