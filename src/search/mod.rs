//! Which recoding: the globally optimal level of each column under the conditions.

mod lattice;

pub use lattice::{allowed, optimal};

use crate::table::Recoding;

/// What a recoding must reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// Least distinct subjects in a released class, at least 1.
    pub k: u64,
    /// Share of records that may be withheld, 0 to 1; the limit is `floor(share × records)`.
    pub suppression_limit: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Found(Found),
    /// No level of any column reaches the goal.
    Unreachable(Unreachable),
}

/// The optimum and how it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub recoding: Recoding,
    /// Loss, 0 to 1: see `privacy::loss`.
    pub loss: f64,
    /// The part of each column: its mean `(m − 1)/(d − 1)` over all records.
    pub column_loss: Vec<f64>,
    pub suppressed_records: u64,
    /// Classes that are released.
    pub classes: u64,
    /// The smallest released class, in distinct subjects; `None` if nothing is released.
    pub smallest_class: Option<u64>,
    /// Nodes of the lattice: the product of the numbers of levels.
    pub lattice_size: u128,
    /// Nodes whose classes were counted.
    pub nodes_checked: u64,
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreachable {
    /// The largest k that any node reaches within the suppression limit.
    pub best_k: u64,
    pub best_levels: Vec<usize>,
    /// The column without which (released as `*`) the other columns lose least at the asked k, or, where
    /// even that reaches nothing, the column with the most distinct values.
    pub costliest_column: usize,
    pub lattice_size: u128,
    pub nodes_checked: u64,
}
