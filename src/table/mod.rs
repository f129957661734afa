//! The table of distinct quasi-identifier combinations: what privacy is decided on.

mod counter;
mod domain;
mod equivalence;
pub mod hierarchy;
pub mod intern;
mod local;
mod recoding;
pub mod tally;
#[cfg(test)]
mod tests;
pub mod tuples;

pub use domain::Domain;
pub use equivalence::{Classes, EquivalenceTable, Footprints, Histogram, Sensitive};
pub use hierarchy::{Hierarchy, HierarchyError, Level, STAR};
pub use local::{LocalColumn, LocalRecoding};
pub use recoding::Recoding;
