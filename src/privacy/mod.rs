//! Privacy models over the table, and the quality metrics of a recoding.
//!
//! [`prepare()`] makes the models that a pipeline asks for into conditions over one table, [`fate`] tells what
//! they make of a class, [`measure()`] what was reached, and [`quality()`] what it cost.

mod alpha_k;
mod average_risk;
mod beta_likeness;
mod decimal;
mod delta_disclosure;
mod delta_presence;
mod distinct_l_diversity;
mod distribution;
mod entropy_l_diversity;
mod k_anonymity;
mod k_map;
#[cfg(test)]
mod laws;
mod measure;
mod population_uniques;
mod prepare;
pub mod quality;
mod records_at_risk;
mod recursive_cl_diversity;
mod sample_uniques;
mod sampling;
mod suppression;
mod t_closeness;

pub use alpha_k::AlphaK;
pub use average_risk::AverageRisk;
pub use beta_likeness::BetaLikeness;
pub use decimal::Decimal;
pub use delta_disclosure::{Absent, DeltaDisclosure};
pub use delta_presence::DeltaPresence;
pub use distinct_l_diversity::DistinctLDiversity;
pub use entropy_l_diversity::EntropyLDiversity;
pub use k_anonymity::{KAnonymity, smallest_class};
pub use k_map::KMap;
pub use measure::{Fate, Measured, fate, measure, sizes};
pub use population_uniques::{PopulationUniques, Uniques};
pub use prepare::{ModelError, Models, prepare};
pub use quality::{Loss, Quality, loss, quality};
pub use records_at_risk::RecordsAtRisk;
pub use recursive_cl_diversity::RecursiveClDiversity;
pub use sample_uniques::SampleUniques;
pub use sampling::Sampling;
pub use suppression::suppressible;
pub use t_closeness::TCloseness;

use crate::table::{Classes, Histogram};

/// What is counted of one equivalence class.
#[derive(Debug, Clone, Copy)]
pub struct Class<'a> {
    pub records: u64,
    /// Distinct subjects.
    pub subjects: u64,
    /// People of the population; 0 where no population is known.
    pub population: u64,
    /// One per sensitive column of the table.
    histograms: &'a [Histogram],
    index: usize,
}

impl<'a> Class<'a> {
    /// A class of which only sizes are known.
    pub fn sized(records: u64, subjects: u64) -> Self {
        Self { records, subjects, population: 0, histograms: &[], index: 0 }
    }

    /// The only class that the histograms are over, which are of all sensitive columns or of none.
    pub fn only(records: u64, subjects: u64, population: u64, histograms: &'a [Histogram]) -> Self {
        Self { records, subjects, population, histograms, index: 0 }
    }

    /// The class at this place of `classes`, with the histograms of all sensitive columns over these classes.
    pub fn of(classes: &Classes, histograms: &'a [Histogram], index: usize) -> Self {
        Self {
            records: classes.records[index],
            subjects: classes.subjects[index],
            population: classes.population.get(index).copied().unwrap_or(0),
            histograms,
            index,
        }
    }

    /// The values of a sensitive column in the class, ascending by code, each with the number of distinct
    /// subjects that have it; none is 0.
    pub fn values(&self, sensitive: usize) -> &'a [(u32, u64)] {
        self.histograms.get(sensitive).map_or(&[], |histogram| histogram.class(self.index))
    }
}

/// What a condition on parts says of their union; what the search may skip by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Union {
    /// It holds for a union of classes as soon as it holds for one of them. Then whatever is withheld under a
    /// recoding is withheld under every finer one too.
    OfAny,
    /// It holds for a union of classes if it holds for all of them. Then, where nothing may be withheld, what
    /// is coarser than a solution is a solution.
    OfAll,
    /// Nothing follows.
    Never,
}

/// A condition that each released class must keep, over a table whose distributions it knows.
pub trait PrivacyModel: Send + Sync {
    /// The identifier that measures and refusals use, such as `k_anonymity`.
    fn id(&self) -> &'static str;

    /// What holds for a union of classes.
    fn union(&self) -> Union;

    /// What the condition is about, as a number of this class: its k, its l, its t. Compared with
    /// [`Self::bound`] it says the same as [`Self::holds`].
    fn measure(&self, class: &Class) -> f64;

    /// What [`Self::measure`] is held against.
    fn bound(&self) -> Bound;

    /// Whether a class may be released. Not always the same as comparing the measure in floats: where the
    /// condition can be decided in whole numbers it is.
    fn holds(&self, class: &Class) -> bool;

    /// The place of the sensitive column in the table, for a model that speaks of one.
    fn sensitive(&self) -> Option<usize> {
        None
    }

    /// The same condition over another distribution of the sensitive values in the whole (distinct subjects
    /// per code); `None` for a model that does not compare a class with the whole.
    fn over(&self, _whole: &[u64]) -> Option<Box<dyn PrivacyModel>> {
        None
    }

    /// Whether the condition is also on classes without records, of which only the population has people.
    /// These cannot be withheld: where one fails, no release is possible.
    fn judges_absent(&self) -> bool {
        false
    }
}

/// A condition on all released classes together, decided on their sizes.
pub trait TableModel: Send + Sync {
    /// The identifier that measures and refusals use, such as `average_risk`.
    fn id(&self) -> &'static str;

    /// What the condition is about, as a number of the released classes: pairs of size (distinct subjects,
    /// at least 1) and number of classes, ascending by size.
    fn measure(&self, sizes: &[(u64, u64)]) -> f64;

    /// What [`Self::measure`] is held against.
    fn bound(&self) -> Bound;

    /// Whether classes of these sizes may be released together; nothing at all always may.
    fn holds(&self, sizes: &[(u64, u64)]) -> bool;

    /// Whether the condition, where it holds, also holds after the smallest class is withheld. Then the search
    /// need not try every number of withheld classes.
    fn holds_without_smallest(&self) -> bool {
        false
    }
}

/// What a measure is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
    Below(f64),
}

impl Bound {
    /// Whether a measure keeps it. What is not a number keeps no bound.
    pub fn kept(self, measure: f64) -> bool {
        match self {
            Self::AtLeast(bound) => measure >= bound,
            Self::AtMost(bound) => measure <= bound,
            Self::Below(bound) => measure < bound,
        }
    }

    /// The worse of two measures. What is not a number is worse than every number.
    pub fn worse(self, a: f64, b: f64) -> f64 {
        let first = match self {
            _ if a.is_nan() || b.is_nan() => return f64::NAN,
            Self::AtLeast(_) => a <= b,
            Self::AtMost(_) | Self::Below(_) => a >= b,
        };
        if first { a } else { b }
    }

    /// A measure, rounded so that [`Self::kept`] says what was decided without rounding.
    fn settle(self, measure: f64, held: bool) -> f64 {
        match (self, held) {
            _ if self.kept(measure) == held => measure,
            (Self::AtLeast(bound) | Self::AtMost(bound), true) | (Self::Below(bound), false) => bound,
            (Self::AtLeast(bound), false) | (Self::Below(bound), true) => bound.next_down(),
            (Self::AtMost(bound), false) => bound.next_up(),
        }
    }
}

/// All members of classes of these sizes.
fn members(sizes: &[(u64, u64)]) -> u128 {
    sizes.iter().map(|&(size, number)| u128::from(size) * u128::from(number)).sum()
}
