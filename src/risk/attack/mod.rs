//! Attacks on our own release, over columns in memory; each ends in an [`AttackOutcome`].
//!
//! Source and release meet in the same terms: the caller recodes the source's rows to the labels that the release
//! would give them ([`cells::Coder`] makes equal labels equal codes).

pub mod cells;
pub mod change;
mod distinct;
pub mod earlier;
pub mod fingerprints;
mod homogeneity;
mod inference;
mod larger_table;
mod linkability;
pub mod metadata;
mod nearest;
mod ordered;
mod outcome;
mod predicate;
pub mod relink;
pub mod residual;
mod singling_out;
mod tables;
#[cfg(test)]
mod tests;
pub mod tokens;
pub mod trails;
pub mod wilson;
pub mod words;

pub use cells::{Cells, Coder, Rows};
pub use change::Change;
pub use homogeneity::Homogeneity;
pub use inference::{Tolerance, inference, inference_changes};
pub use linkability::{linkability, linkability_changes};
pub use ordered::{ordered, ordered_changes};
pub use outcome::{AttackOutcome, Baseline, BaselineKind, Looked, Sampling};
pub use singling_out::{singling_out_changes, singling_out_multivariate, singling_out_univariate};
pub use tables::{Tables, Unlike};
pub use words::{Told, told};
