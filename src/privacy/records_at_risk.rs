//! Records at risk.

use std::cmp::Ordering;

use super::decimal::ratio;
use super::{Bound, Decimal, TableModel, members};

/// The relative gap that still counts as equal where a risk is held against the threshold, as 10^-9: a threshold
/// of one third, written with nine digits or more, admits a class of three. The same as in `risk::exceeds`.
const GAP: u128 = 1_000_000_000;

/// At most the share `limit` of the released subjects has a risk above the threshold `τ`:
/// `Σ_{c : 1/f_c > τ} f_c / Σ_c f_c ≤ limit`.
///
/// `f_c` are the distinct subjects of a released class; one with records in several classes counts in each.
/// Decided in whole numbers against both numbers as written, but for the gap of 10^-9. N copies of every
/// subject have a N-th of the risk each; copies of rows change nothing.
///
/// # References
/// El Emam, *Guide to the de-identification of personal health information*, 2013, chapter 16 (`R_a`). ARX rounds
/// the size that the threshold stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordsAtRisk {
    threshold: Decimal,
    limit: Decimal,
}

impl RecordsAtRisk {
    pub fn new(threshold: f64, limit: f64) -> Self {
        Self { threshold: Decimal::new(threshold), limit: Decimal::new(limit) }
    }

    fn at_risk(&self, sizes: &[(u64, u64)]) -> u128 {
        let above = |size: u64| self.threshold.compare(GAP - 1, u128::from(size) * GAP) == Ordering::Greater;
        let above = sizes.iter().filter(|(size, _)| above(*size));
        above.map(|&(size, number)| u128::from(size) * u128::from(number)).sum()
    }
}

impl TableModel for RecordsAtRisk {
    fn id(&self) -> &'static str {
        "records_at_risk"
    }

    fn measure(&self, sizes: &[(u64, u64)]) -> f64 {
        self.bound().settle(ratio(self.at_risk(sizes), members(sizes)), self.holds(sizes))
    }

    fn bound(&self) -> Bound {
        Bound::AtMost(self.limit.value())
    }

    fn holds(&self, sizes: &[(u64, u64)]) -> bool {
        self.limit.compare(self.at_risk(sizes), members(sizes)) != Ordering::Greater
    }

    /// The smallest class is at risk, or none is.
    fn holds_without_smallest(&self) -> bool {
        true
    }
}
