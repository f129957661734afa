//! Average re-identification risk.

use std::cmp::Ordering;

use super::decimal::ratio;
use super::{Bound, Decimal, TableModel, members};

/// The mean risk of the released subjects is at most the limit: `Σ_c f_c (1/f_c) / Σ_c f_c = C / Σ_c f_c ≤ limit`.
///
/// `f_c` are the distinct subjects of a released class and `C` the number of released classes; one with records
/// in several classes counts in each. The mean is over subjects, each at the prosecutor's risk `1/f_c`: the
/// chance of whoever links the whole table, and the inverse of the mean class size.
///
/// Decided in whole numbers against the limit as written. N copies of every subject have a N-th of the
/// measure; copies of rows change nothing. A few subjects may still be alone in their class.
///
/// # References
/// El Emam, *Guide to the de-identification of personal health information*, 2013, chapter 16. ARX agrees;
/// pycanon's mean is over classes, each weighing the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AverageRisk {
    limit: Decimal,
}

impl AverageRisk {
    pub fn new(limit: f64) -> Self {
        Self { limit: Decimal::new(limit) }
    }
}

impl TableModel for AverageRisk {
    fn id(&self) -> &'static str {
        "average_risk"
    }

    fn measure(&self, sizes: &[(u64, u64)]) -> f64 {
        self.bound().settle(ratio(classes(sizes), members(sizes)), self.holds(sizes))
    }

    fn bound(&self) -> Bound {
        Bound::AtMost(self.limit.value())
    }

    fn holds(&self, sizes: &[(u64, u64)]) -> bool {
        self.limit.compare(classes(sizes), members(sizes)) != Ordering::Greater
    }

    /// The smallest class is at most as large as the mean.
    fn holds_without_smallest(&self) -> bool {
        true
    }
}

fn classes(sizes: &[(u64, u64)]) -> u128 {
    sizes.iter().map(|&(_, number)| u128::from(number)).sum()
}
