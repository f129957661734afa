//! [`Recoding`]: the chosen generalization.

/// One level per quasi column, and the combinations that are withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recoding {
    /// The level of each quasi column, in the table's order.
    pub levels: Vec<usize>,
    /// Per combination of the table: withheld or not. Whole classes are withheld, never parts.
    pub suppressed: Vec<bool>,
}
