//! Attacks on our own release, over columns in memory; each ends in an [`AttackOutcome`].
//!
//! Source and release meet in the same terms: the caller recodes the source's rows to the labels that the release
//! would give them ([`cells::Coder`] makes equal labels equal codes).

pub mod cells;
mod distinct;
pub mod earlier;
pub mod fingerprints;
mod homogeneity;
pub mod metadata;
mod outcome;
pub mod relink;
pub mod residual;
pub mod tokens;
pub mod trails;
pub mod wilson;
pub mod words;

pub use cells::{Cells, Coder, Rows};
pub use homogeneity::Homogeneity;
pub use outcome::{AttackOutcome, Baseline, BaselineKind, Looked, Sampling};
pub use words::{Told, told};
