//! Distinct l-diversity.

use super::{Bound, Class, PrivacyModel, Union};

/// Every released class has at least `l` distinct values of the sensitive column: `|{s : n_s > 0}| ≥ l`.
///
/// Null is a value. Decided in whole numbers; copies of a table have the same measure. One value may still
/// have nearly all of the class: see [`EntropyLDiversity`](super::EntropyLDiversity). Values that differ may
/// mean the same.
///
/// # References
/// Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam, *l-diversity: privacy beyond k-anonymity*, ACM TKDD
/// 1(1), 2007. pycanon reports the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DistinctLDiversity {
    /// The place of the column among the sensitive columns of the table.
    pub sensitive: usize,
    pub l: u64,
}

impl PrivacyModel for DistinctLDiversity {
    fn id(&self) -> &'static str {
        "distinct_l_diversity"
    }

    /// A union has the values of each part.
    fn union(&self) -> Union {
        Union::OfAny
    }

    fn measure(&self, class: &Class) -> f64 {
        class.values(self.sensitive).len() as f64
    }

    fn bound(&self) -> Bound {
        Bound::AtLeast(self.l as f64)
    }

    fn holds(&self, class: &Class) -> bool {
        class.values(self.sensitive).len() as u64 >= self.l
    }

    fn sensitive(&self) -> Option<usize> {
        Some(self.sensitive)
    }
}
