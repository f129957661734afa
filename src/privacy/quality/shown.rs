//! What a recoding shows of every combination.

use crate::table::{Classes, EquivalenceTable, Hierarchy, Level};

/// A recoding of a table: a level for every column of every combination, and what is withheld.
pub struct Shown<'a> {
    pub table: &'a EquivalenceTable,
    pub hierarchies: &'a [Hierarchy],
    /// The classes of combinations with the same labels, withheld ones too.
    pub classes: Classes,
    /// Per combination.
    suppressed: &'a [bool],
    /// Per column and combination.
    levels: Vec<Vec<u32>>,
}

impl<'a> Shown<'a> {
    /// `level` tells the level of a column for a combination, `suppressed` which combinations are withheld.
    ///
    /// The same label on two levels is not the same to a reader who knows the hierarchy, and makes two classes.
    pub fn new(
        table: &'a EquivalenceTable,
        hierarchies: &'a [Hierarchy],
        suppressed: &'a [bool],
        level: impl Fn(usize, usize) -> usize,
    ) -> Self {
        let rows = 0..table.combinations();
        let levels: Vec<Vec<u32>> =
            (0..hierarchies.len()).map(|column| rows.clone().map(|row| level(column, row) as u32).collect()).collect();
        let mut shown = Self { table, hierarchies, classes: Classes::default(), suppressed, levels };
        shown.classes = table.grouped(hierarchies.len(), |column, row| shown.label(column, row) as u32);
        shown
    }

    pub fn columns(&self) -> usize {
        self.hierarchies.len()
    }

    /// All records.
    pub fn records(&self) -> u64 {
        self.table.total_records()
    }

    /// Withheld records.
    pub fn withheld(&self) -> u64 {
        self.rows().filter(|&row| self.is_withheld(row)).map(|row| self.table.records[row]).sum()
    }

    /// The combinations that have records.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        (0..self.table.combinations()).filter(|&row| self.table.records[row] > 0)
    }

    pub fn is_withheld(&self, row: usize) -> bool {
        self.suppressed[row]
    }

    /// The records of each class that is released.
    pub fn released(&self) -> Vec<u64> {
        let mut released = vec![0; self.classes.records.len()];
        for row in self.rows().filter(|&row| !self.is_withheld(row)) {
            released[self.classes.class_of[row] as usize] += self.table.records[row];
        }
        released.retain(|&records| records > 0);
        released
    }

    pub fn level_of(&self, column: usize, row: usize) -> usize {
        self.levels[column][row] as usize
    }

    pub fn level(&self, column: usize, row: usize) -> &Level {
        &self.hierarchies[column].levels[self.level_of(column, row)]
    }

    /// The label of a combination before anything is withheld, numbered through over the column's levels.
    pub fn label(&self, column: usize, row: usize) -> usize {
        let before = &self.hierarchies[column].levels[..self.level_of(column, row)];
        let first: usize = before.iter().map(|level| level.labels.len()).sum();
        first + self.level(column, row).label_of[self.table.codes[column][row] as usize] as usize
    }

    /// How many labels [`Self::label`] numbers.
    pub fn labels(&self, column: usize) -> usize {
        self.hierarchies[column].levels.iter().map(|level| level.labels.len()).sum()
    }

    /// `m`: how many values of the domain share the label, before anything is withheld.
    pub fn shared(&self, column: usize, row: usize) -> u64 {
        let level = self.level(column, row);
        level.sizes[level.label_of[self.table.codes[column][row] as usize] as usize]
    }

    /// `m` as it is released: the whole domain for a withheld record.
    pub fn shared_after(&self, column: usize, row: usize) -> u64 {
        if self.is_withheld(row) { self.hierarchies[column].domain_size } else { self.shared(column, row) }
    }

    /// `Σ of(row)` over all records.
    pub fn sum(&self, of: impl Fn(usize) -> u64) -> u128 {
        self.rows().map(|row| u128::from(self.table.records[row]) * u128::from(of(row))).sum()
    }
}
