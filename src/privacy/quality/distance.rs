//! How far the distribution of a column's values moves.

use super::Shown;
use crate::privacy::distribution::share;

/// Returns the total variation `½ Σ_v |p(v) − q(v)|` between the values of one column before and after, 0 to 1:
/// the largest error in the share of any set of values.
///
/// `p(v)` is the share of all records with value `v`. `q(v)` is what a reader takes it for who knows the release
/// and spreads every label evenly over the `m` values that it stands for; of the released records alone, so
/// that it shows when withholding falls on some values more than on others. A value that the hierarchy's table
/// does not know is none of the domain, and taken for nothing. 1 if nothing is released, 0 without records.
///
/// # References
/// Gibbs and Su, *On choosing and bounding probability metrics*, International Statistical Review 70(3), 2002.
pub fn distance(shown: &Shown, column: usize) -> f64 {
    let records = shown.records();
    let released = records - shown.withheld();
    if records == 0 || released == 0 {
        return if records == 0 { 0.0 } else { 1.0 };
    }
    let hierarchy = &shown.hierarchies[column];
    let mut before = vec![0_u64; shown.table.domains[column].len()];
    let mut of_label = vec![0_u64; shown.labels(column)];
    for row in shown.rows() {
        before[shown.table.codes[column][row] as usize] += shown.table.records[row];
        of_label[shown.label(column, row)] += if shown.is_withheld(row) { 0 } else { shown.table.records[row] };
    }
    // The share of released records that each value of the table's domain is taken for, beside those of labels
    // that stand for the whole domain: values with another label too.
    let (mut after, mut of_all, mut first) = (vec![0.0_f64; before.len()], 0.0, 0);
    for level in &hierarchy.levels {
        let each = |label: usize| share(of_label[first + label], u128::from(released)) / level.sizes[label] as f64;
        let whole = |label: usize| level.sizes[label] == hierarchy.domain_size;
        of_all += (0..level.labels.len()).filter(|&label| whole(label)).map(each).sum::<f64>();
        for (code, after) in after.iter_mut().enumerate() {
            let label = level.label_of[code] as usize;
            *after += if whole(label) { 0.0 } else { each(label) };
        }
        first += level.labels.len();
    }
    let known = |code: usize| {
        let size = hierarchy.levels[0].sizes[hierarchy.levels[0].label_of[code] as usize];
        size < hierarchy.domain_size || hierarchy.domain_size == 1
    };
    // What values have too much of, others have too little of, also those that the table does not have.
    let after = after.iter().enumerate().map(|(code, &after)| if known(code) { after + of_all } else { 0.0 });
    before.iter().zip(after).map(|(&n, after)| (share(n, u128::from(records)) - after).max(0.0)).sum()
}
