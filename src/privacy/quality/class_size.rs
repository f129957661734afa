//! Average class size.

use super::Shown;

/// Returns `N / C` with `N` records and `C` released classes, one more where something is withheld: withheld
/// records are one class, all alike. Without records it is 0.
///
/// # References
/// LeFevre, DeWitt and Ramakrishnan, *Mondrian multidimensional k-anonymity*, ICDE 2006, who divide it by `k`
/// as well. ARX's `AECS` is this number.
pub fn average_class_size(shown: &Shown) -> f64 {
    let classes = shown.released().len() + usize::from(shown.withheld() > 0);
    if classes == 0 { 0.0 } else { shown.records() as f64 / classes as f64 }
}
