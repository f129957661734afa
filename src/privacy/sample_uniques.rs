//! Sample uniques.

use std::cmp::Ordering;

use super::decimal::ratio;
use super::{Bound, Decimal, TableModel, members};

/// At most the share `limit` of the released subjects is alone in its class: `|{c : f_c = 1}| / Σ_c f_c ≤ limit`.
///
/// `f_c` are the distinct subjects of a released class; one with records in several classes counts in each.
/// Decided in whole numbers against the limit as written. Two copies of every subject leave none alone; copies
/// of rows change nothing. It says nothing of classes of two.
///
/// # References
/// Skinner and Elliot, *A measure of disclosure risk for microdata*, JRSS B 64(4), 2002. ARX agrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleUniques {
    limit: Decimal,
}

impl SampleUniques {
    pub fn new(limit: f64) -> Self {
        Self { limit: Decimal::new(limit) }
    }
}

impl TableModel for SampleUniques {
    fn id(&self) -> &'static str {
        "sample_uniques"
    }

    fn measure(&self, sizes: &[(u64, u64)]) -> f64 {
        self.bound().settle(ratio(alone(sizes), members(sizes)), self.holds(sizes))
    }

    fn bound(&self) -> Bound {
        Bound::AtMost(self.limit.value())
    }

    fn holds(&self, sizes: &[(u64, u64)]) -> bool {
        self.limit.compare(alone(sizes), members(sizes)) != Ordering::Greater
    }

    /// The smallest class is a single subject, or nobody is alone.
    fn holds_without_smallest(&self) -> bool {
        true
    }
}

fn alone(sizes: &[(u64, u64)]) -> u128 {
    sizes.iter().filter(|(size, _)| *size == 1).map(|&(_, number)| u128::from(number)).sum()
}
