//! The table of distinct quasi-identifier combinations: what privacy is decided on.

mod beside;
mod counter;
mod domain;
mod equivalence;
mod finest;
pub mod hierarchy;
mod inhabitants;
pub mod intern;
mod local;
mod recoding;
pub mod tally;
#[cfg(test)]
mod tests;
pub mod tuples;
mod written;

pub use domain::Domain;
pub use equivalence::{Classes, EquivalenceTable, Footprints, Histogram, Sensitive};
pub use finest::Finest;
pub use hierarchy::{Hierarchy, HierarchyError, Level, STAR};
pub use inhabitants::Inhabitants;
pub use local::{LocalColumn, LocalRecoding};
pub use recoding::{Recoded, Recoding};
