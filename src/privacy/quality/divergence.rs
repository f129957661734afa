//! Kullback-Leibler divergence between the data and what a reader may assume of them.

use super::Shown;
use crate::privacy::decimal::ratio;

/// Returns `Σ_t p(t) log2(p(t) / q(t))` in bits, over the combinations `t` of quasi values that the data have.
///
/// `p(t)` is the share of records with `t`. `q(t)` is what a reader assumes who spreads every class evenly over
/// the values that its labels stand for: the class's share of records over `∏_c m_c`; all withheld records are
/// one class that stands for the whole domain, `∏_c d_c`. It is 0 for the data as they are.
///
/// # References
/// Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam, *l-diversity: privacy beyond k-anonymity*, ACM TKDD
/// 1(1), 2007, section 6. ARX sums over records what is to be summed over combinations, so that one with `n`
/// records counts `n` times as much.
pub fn divergence(shown: &Shown) -> f64 {
    let finest = shown.table.finest();
    let mut first = vec![None; finest.records.len()];
    for row in shown.rows() {
        first[finest.class_of[row] as usize].get_or_insert(row);
    }
    let (records, withheld) = (shown.records(), shown.withheld());
    let term = |(class, row): (usize, usize)| {
        let alike = match shown.is_withheld(row) {
            true => withheld,
            false => shown.classes.records[shown.classes.class_of[row] as usize],
        };
        let cells: f64 = (0..shown.columns()).map(|column| (shown.shared_after(column, row) as f64).log2()).sum();
        let (here, alike) = (u128::from(finest.records[class]), u128::from(alike));
        ratio(here, u128::from(records)) * (ratio(here, alike).log2() + cells)
    };
    first.into_iter().enumerate().filter_map(|(class, row)| Some((class, row?))).map(term).sum()
}
