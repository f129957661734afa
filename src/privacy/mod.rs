//! Privacy models over the table, and the quality metrics of a recoding.

mod k_anonymity;
pub mod loss;
mod suppression;

pub use k_anonymity::{KAnonymity, smallest_class};
pub use loss::{Loss, loss};
pub use suppression::suppressible;

/// What is counted of one equivalence class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassCounts {
    pub records: u64,
    /// Distinct subjects.
    pub subjects: u64,
}

/// A condition that each released class must keep.
pub trait PrivacyModel: Sync {
    /// The identifier that measures and refusals use, such as `k_anonymity`.
    fn id(&self) -> &'static str;

    /// Whether a union of classes keeps the condition as soon as one of them does.
    ///
    /// Then whatever is withheld under a recoding is withheld under every finer one too, which is what
    /// the search skips by. A model that only holds when *all* parts keep it must say `false`.
    fn monotone(&self) -> bool;

    /// Whether a class with these counts may be released.
    fn holds(&self, class: ClassCounts) -> bool;
}
