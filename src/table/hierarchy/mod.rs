//! Hierarchies: how the values of a column grow coarser, level by level.

mod date;
mod interval;
mod levels;
mod prefix;
mod suppress;
mod table;
#[cfg(test)]
mod tests;
mod words;
mod written;

use std::fmt;

pub use words::level_name_zh;

use super::Domain;
use crate::spec::{HierarchySpec, UnknownValues};

/// What the last level shows, and what values unknown to a table become.
pub const STAR: &str = "*";

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
    /// `m` of the Loss: how many of the `domain_size` values share each label. A value that a table does
    /// not know is released as `*`, which stands for all `domain_size` of them.
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

impl fmt::Display for HierarchyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table { line, message } => write!(f, "line {line}: {message}"),
            Self::NotARefinement { level, message } => {
                write!(f, "level {level} is not a union of the level below it: {message}")
            }
            Self::Unknown { values } => write!(f, "the hierarchy does not know {values} distinct values"),
            Self::Type { values, expected } => write!(f, "{values} distinct values are not {expected}"),
        }
    }
}

impl std::error::Error for HierarchyError {}

impl Hierarchy {
    /// Builds the levels over the values of a domain; `table` is the text of the CSV table that a
    /// [`HierarchySpec::Table`] names, and is not looked at for other kinds.
    ///
    /// Null is a label of its own on every level below `*`.
    ///
    /// # Errors
    /// A table that is empty, ragged or says two things of one value; levels that are not unions of the
    /// levels below them; values that the table does not know (with [`UnknownValues::Error`]) or that are
    /// not of the type that the kind needs. No error tells a value.
    pub fn build(
        spec: &HierarchySpec,
        table: Option<&str>,
        domain: &Domain,
        unknown: UnknownValues,
    ) -> Result<Self, HierarchyError> {
        let hierarchy = match spec {
            HierarchySpec::Table { .. } => match table {
                Some(text) => table::build(text, domain, unknown)?,
                None => return Err(HierarchyError::Table { line: 1, message: "the table has no text".into() }),
            },
            HierarchySpec::Interval { widths, origin, bottom, top } => {
                interval::build(widths, *origin, *bottom, *top, domain)?
            }
            HierarchySpec::Prefix { lengths } => prefix::build(lengths, domain)?,
            HierarchySpec::Date { periods } => date::build(periods, domain)?,
            HierarchySpec::Suppress => suppress::build(domain),
        };
        levels::check_refinement(&hierarchy.levels)?;
        Ok(hierarchy)
    }

    /// The hierarchy over a domain whose values have these labels, on each level one, finest first; `labels` has
    /// an equal number for each value, in the domain's order. Levels are named by their number.
    pub fn of_labels(domain: &Domain, labels: &[&[Option<String>]]) -> Self {
        let height = labels.first().map_or(0, |labels| labels.len());
        let level = |at: usize| levels::level(at.to_string(), labels.iter().map(|labels| labels[at].clone()));
        let levels = (0..height).map(level).collect();
        Self { column: domain.column.clone(), levels, domain_size: domain.len() as u64 }
    }

    /// The hierarchy over the labels that a table has at `level`, as the text of a table.
    ///
    /// # Errors
    /// Those of the table; a level that it has not.
    pub fn table_above(text: &str, level: usize) -> Result<String, HierarchyError> {
        table::above(text, level)
    }

    /// The index of the `*` level.
    pub fn top(&self) -> usize {
        self.levels.len() - 1
    }

    /// What a value is released as: the label at `level` of the value with this code; `None` is null.
    pub fn label(&self, level: usize, code: u32) -> Option<&str> {
        let level = &self.levels[level];
        level.labels[level.label_of[code as usize] as usize].as_deref()
    }
}
