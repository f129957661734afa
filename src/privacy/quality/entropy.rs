//! Non-uniform entropy: how uncertain the values have become.

use super::Shown;
use crate::privacy::distribution::share;

/// What one column loses of its entropy, in bits over all records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entropy {
    /// What is lost by generalizing and withholding.
    pub lost: f64,
    /// What the column has: lost where nothing is told.
    pub all: f64,
}

impl Entropy {
    /// The part that is lost, 0 to 1: normalized non-uniform entropy. A column with one value has nothing to
    /// lose and counts 0.
    pub fn share(&self) -> f64 {
        if self.all > 0.0 { self.lost / self.all } else { 0.0 }
    }
}

/// Returns `−Σ_v,g n(v, g) log2(n(v, g) / n(g)) − Σ_g s(g) log2(s(g) / s)` of one column.
///
/// `n(v, g)` are the records with value `v` whose label is `g` before anything is withheld, `n(g)` those with
/// label `g`, `s(g)` those of them that are withheld and `s` all that are withheld. The first sum is what
/// generalizing loses, the second what withholding loses on top: it takes the labels. What the column has is
/// `−Σ_v n(v) log2(n(v) / N)`.
///
/// Summed over columns this is ARX's non-uniform entropy. ARX adds the normalized parts up, where
/// [`Quality`](super::Quality) has their mean.
///
/// # References
/// De Waal and Willenborg, *Information loss through global recoding and local suppression*, Netherlands
/// Official Statistics 14, 1999; Gionis and Tassa, *k-anonymization with minimal loss of information*, IEEE TKDE
/// 21(2), 2009.
pub fn entropy(shown: &Shown, column: usize) -> Entropy {
    let codes = &shown.table.codes[column];
    let levels = shown.hierarchies[column].levels.len();
    let mut of_value = vec![0_u64; shown.table.domains[column].len()];
    // A value and a level make a label.
    let mut of_value_at = vec![0_u64; of_value.len() * levels];
    let mut of_label = vec![0_u64; shown.labels(column)];
    let mut withheld = vec![0_u64; of_label.len()];
    let mut label_at = vec![0_usize; of_value_at.len()];
    for row in shown.rows() {
        let (records, label) = (shown.table.records[row], shown.label(column, row));
        let at = codes[row] as usize * levels + shown.level_of(column, row);
        of_value[codes[row] as usize] += records;
        of_value_at[at] += records;
        label_at[at] = label;
        of_label[label] += records;
        withheld[label] += if shown.is_withheld(row) { records } else { 0 };
    }
    let (records, taken) = (u128::from(shown.records()), withheld.iter().map(|&n| u128::from(n)).sum());
    let generalized = of_value_at.iter().zip(&label_at).map(|(&n, &label)| bits(n, of_label[label].into()));
    let generalized: f64 = generalized.sum();
    Entropy {
        lost: generalized + withheld.iter().map(|&n| bits(n, taken)).sum::<f64>(),
        all: of_value.iter().map(|&n| bits(n, records)).sum(),
    }
}

/// `−n log2(n / total)`, 0 for none.
fn bits(n: u64, total: u128) -> f64 {
    if n == 0 || u128::from(n) == total { 0.0 } else { -(n as f64) * share(n, total).log2() }
}
