//! The table of distinct quasi-identifier combinations: what privacy is decided on.

mod beside;
mod counter;
mod domain;
mod equivalence;
pub mod hierarchy;
pub mod intern;
mod population;
mod recoding;
pub mod tally;
#[cfg(test)]
mod tests;
pub mod tuples;

pub use domain::Domain;
pub use equivalence::{Classes, EquivalenceTable, Footprints, Histogram, Sensitive};
pub use hierarchy::{Hierarchy, HierarchyError, Level, STAR};
pub use population::Population;
pub use recoding::{Recoded, Recoding};
