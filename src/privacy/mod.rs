//! Privacy models over the table, and the quality metrics of a recoding.

mod k_anonymity;
pub mod loss;
mod suppression;

pub use k_anonymity::{KAnonymity, smallest_class};
pub use loss::{Loss, loss};
pub use suppression::suppressible;

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

    /// What the condition is about, as a number of this class: its k, its l, its t.
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
}

/// What a measure is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
    Below(f64),
}
