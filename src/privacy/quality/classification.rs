//! Classification metric: how well classes predict a sensitive value.

use hashbrown::HashMap;

use super::Shown;
use crate::privacy::decimal::ratio;

/// Returns the share of records that are withheld or do not have the most frequent value of the sensitive
/// column in their class: `(s + Σ_c (n_c − max_v n_cv)) / N`, 0 to 1.
///
/// Counts records. Where two values are most frequent, the records of one of them pay: half of a class that is
/// split evenly. Null is a value. What serves a buyer here serves an attacker too.
///
/// # References
/// Iyengar, *Transforming data to satisfy privacy constraints*, KDD 2002. In ARX all records of a class without
/// a single most frequent value pay, in pycanon all but those with a most frequent one.
pub fn classification(shown: &Shown, sensitive: usize) -> f64 {
    let codes = &shown.table.sensitive[sensitive].codes;
    let mut counts: HashMap<(u32, u32), u64> = HashMap::new();
    for row in shown.rows().filter(|&row| !shown.is_withheld(row)) {
        *counts.entry((shown.classes.class_of[row], codes[row])).or_default() += shown.table.records[row];
    }
    let mut most = vec![0; shown.classes.records.len()];
    for ((class, _), count) in counts {
        most[class as usize] = count.max(most[class as usize]);
    }
    let right: u128 = most.iter().map(|&count| u128::from(count)).sum();
    ratio(u128::from(shown.records()) - right, u128::from(shown.records()))
}
