//! Population uniques.

use std::fmt;

use super::{Bound, TableModel};

/// Estimates from class sizes (pairs of size and number of classes, ascending by size) which share is alone in
/// the population.
pub type Uniques = Box<dyn Fn(&[(u64, u64)]) -> f64 + Send + Sync>;

/// The estimated share of those who are alone in the population is at most the limit.
///
/// The estimator is an argument: `risk` has them, with what they assume of the sample. It is not exact, so the
/// limit is compared in floats; an estimate that is not a number keeps no limit. It does not protect those who
/// are alone in their class in the data, where the attacker knows that they are in it.
///
/// # References
/// Dankar, El Emam, Neisa and Roffey, *Estimating the re-identification risk of clinical data sets*, BMC
/// Medical Informatics and Decision Making 12:66, 2012.
pub struct PopulationUniques {
    limit: f64,
    estimate: Uniques,
}

impl PopulationUniques {
    pub fn new(limit: f64, estimate: Uniques) -> Self {
        Self { limit, estimate }
    }
}

impl fmt::Debug for PopulationUniques {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopulationUniques").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl TableModel for PopulationUniques {
    fn id(&self) -> &'static str {
        "population_uniques"
    }

    fn measure(&self, sizes: &[(u64, u64)]) -> f64 {
        if sizes.is_empty() { 0.0 } else { (self.estimate)(sizes) }
    }

    fn bound(&self) -> Bound {
        Bound::AtMost(self.limit)
    }

    fn holds(&self, sizes: &[(u64, u64)]) -> bool {
        self.measure(sizes) <= self.limit
    }
}
