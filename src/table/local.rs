//! [`LocalRecoding`]: labels that each class has as coarse as it needs them.

use super::{Classes, EquivalenceTable};

/// A label per quasi column for every combination, and the combinations that are withheld.
///
/// Combinations with equal quasi codes have equal labels and are withheld together: a row is recoded by its
/// quasi values alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalRecoding {
    /// One per quasi column, in the table's order.
    pub columns: Vec<LocalColumn>,
    /// Per combination of the table: withheld or not.
    pub suppressed: Vec<bool>,
}

/// The labels of one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalColumn {
    /// Distinct; null stays null unless it is generalized.
    pub labels: Vec<Option<String>>,
    /// `m` of the Loss per label: how many of the column's `domain_size` values it stands for.
    pub sizes: Vec<u64>,
    /// Per combination of the table, the index of its label.
    pub label_of: Vec<u32>,
}

impl LocalRecoding {
    /// The classes of combinations that are alike in all labels, withheld ones among them.
    pub fn classes(&self, table: &EquivalenceTable) -> Classes {
        table.grouped(self.columns.len(), |column, row| self.columns[column].label_of[row])
    }
}
