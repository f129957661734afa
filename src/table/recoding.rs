//! What every combination is released as.

use super::{Classes, EquivalenceTable, Hierarchy, LocalRecoding};

/// One level per quasi column, and the combinations that are withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recoding {
    /// The level of each quasi column, in the table's order.
    pub levels: Vec<usize>,
    /// Per combination of the table: withheld or not. Whole classes are withheld, never parts.
    pub suppressed: Vec<bool>,
}

/// A recoding of any kind with what its labels are read from.
#[derive(Debug, Clone, Copy)]
pub enum Recoded<'a> {
    /// One level per column for all records.
    Global { hierarchies: &'a [Hierarchy], recoding: &'a Recoding },
    /// Labels that each class has as coarse as it needs them. A row is looked up by its labels at level 0.
    Local { hierarchies: &'a [Hierarchy], recoding: &'a LocalRecoding },
}

impl<'a> Recoded<'a> {
    /// The labels that a quasi column is released with; null stays null below `*`.
    pub fn labels(&self, column: usize) -> &'a [Option<String>] {
        match self {
            Self::Global { hierarchies, recoding } => &hierarchies[column].levels[recoding.levels[column]].labels,
            Self::Local { recoding, .. } => &recoding.columns[column].labels,
        }
    }

    /// The index of the label that a column of a combination is released with.
    pub fn label(&self, table: &EquivalenceTable, column: usize, combination: usize) -> u32 {
        match self {
            Self::Global { hierarchies, recoding } => {
                let level = &hierarchies[column].levels[recoding.levels[column]];
                level.label_of[table.codes[column][combination] as usize]
            }
            Self::Local { recoding, .. } => recoding.columns[column].label_of[combination],
        }
    }

    /// Per combination: withheld or not.
    pub fn suppressed(&self) -> &'a [bool] {
        match self {
            Self::Global { recoding, .. } => &recoding.suppressed,
            Self::Local { recoding, .. } => &recoding.suppressed,
        }
    }

    /// The released classes, withheld ones among them.
    pub fn classes(&self, table: &EquivalenceTable) -> Classes {
        match self {
            Self::Global { hierarchies, recoding } => table.classes(hierarchies, &recoding.levels),
            Self::Local { recoding, .. } => recoding.classes(table),
        }
    }

    /// Whether any value of a column is released as less than itself. `finest` is the level that the
    /// hierarchy begins with.
    pub fn generalizes(&self, column: usize, finest: usize) -> bool {
        match self {
            Self::Global { recoding, .. } => recoding.levels[column] + finest > 0,
            Self::Local { recoding, .. } => {
                let labels = &recoding.columns[column];
                let shown = labels.label_of.iter().zip(&recoding.suppressed).filter(|(_, withheld)| !**withheld);
                finest > 0 || shown.into_iter().any(|(&label, _)| labels.sizes[label as usize] > 1)
            }
        }
    }
}
