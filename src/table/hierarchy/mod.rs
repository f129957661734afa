//! Hierarchies: how the values of a column grow coarser, level by level.

use super::Domain;
use crate::spec::{HierarchySpec, UnknownValues};

/// The levels of one column over the values that its source has.
///
/// Level 0 is the value as it is (with top and bottom coding where asked), the last level is `*` alone.
/// Every level is a union of the one below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchy {
    pub column: String,
    /// At least two.
    pub levels: Vec<Level>,
    /// `d` of the Loss: how many values level 0 can have. For a table its rows (and null, if the source
    /// has one and the table has not), otherwise the distinct values of the source.
    pub domain_size: u64,
}

/// One level: a label for each value of the domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// As reports show it: `value`, `month`, `width 10`, `4 characters`, `*`.
    pub name: String,
    /// Code of the value in the domain → index of its label.
    pub label_of: Vec<u32>,
    /// The labels; null stays null below the last level.
    pub labels: Vec<Option<String>>,
    /// `m` of the Loss: how many of the `domain_size` values share each label.
    pub sizes: Vec<u64>,
}

/// Why a hierarchy cannot be built. Names columns, levels, table lines and counts, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HierarchyError {
    /// The table's text is wrong at this line, counted from 1.
    Table { line: u64, message: String },
    /// Level `level` is not a union of the level below it.
    NotARefinement { level: usize, message: String },
    /// Values of the source that the table does not know.
    Unknown { values: u64 },
    /// Values of the source that are not of the type that the hierarchy needs.
    Type { values: u64, expected: &'static str },
}

impl Hierarchy {
    /// Builds the levels over the values of a domain; `table` is the text of the CSV table that a
    /// [`HierarchySpec::Table`] names.
    pub fn build(
        spec: &HierarchySpec,
        table: Option<&str>,
        domain: &Domain,
        unknown: UnknownValues,
    ) -> Result<Self, HierarchyError> {
        let _ = (spec, table, domain, unknown);
        unreachable!("built in the next commit")
    }

    /// The index of the `*` level.
    pub fn top(&self) -> usize {
        self.levels.len() - 1
    }
}
