//! What classes are counted in: cells under some node, of one kind or another.

use super::groups::Field;
use super::judge::Conditions;
use super::meter::Meter;

/// The way from a finer node to a coarser one.
pub(super) struct Way<'a> {
    /// One per quasi column.
    pub columns: Vec<Column<'a>>,
    /// Of the columns whose labels change.
    pub changes: Vec<Change<'a>>,
}

/// A column on the way from a finer node to a coarser one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    pub field: Field,
    /// The number of labels at the finer level and at the coarser one.
    pub labels: (usize, usize),
    /// From the labels at the finer level to those at the coarser one; `None` if they are the same.
    pub coarser: Option<&'a [u32]>,
}

/// How the labels of one column become coarser: what is to be flipped in a key, by its label.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    pub field: Field,
    pub flips: &'a [u64],
}

/// What a node is judged and measured by.
pub(super) struct Rules<'a> {
    pub conditions: &'a Conditions<'a>,
    pub meter: &'a Meter,
    /// Of the quasi columns, then of the sensitive columns that are counted.
    pub fields: &'a [Field],
    pub values: Values,
}

impl Rules<'_> {
    /// The fields that tell classes apart.
    pub fn quasi(&self) -> &[Field] {
        &self.fields[..self.fields.len() - self.values.fields.len()]
    }
}

/// The sensitive columns of cells.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    /// Sensitive columns of the table.
    pub columns: usize,
    /// Of those that are counted: the place in the table, the field in a key and the number of values.
    pub fields: Vec<(usize, Field, usize)>,
}

/// A counted and judged node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    /// See [`super::judge::Judged::least`].
    pub least: u64,
    /// Records withheld and the metric, if the node is a solution that was asked for.
    pub solution: Option<(u64, f64)>,
}

/// The cells under some node.
pub(super) trait Cells: Send + Sync + Sized {
    /// Memory that one count leaves to the next.
    type Desk: Default + Send;

    fn number(&self) -> usize;

    /// Bytes held.
    fn bytes(&self) -> usize;

    /// The cells of a coarser node.
    fn raised(&self, way: &Way, desk: &mut Self::Desk) -> Self;

    /// Judges the node with these levels, which is some way from that of the cells. Measures it if it is a
    /// solution and `asked` says so of the number of records withheld.
    fn tell(
        &self,
        way: &Way,
        levels: &[u16],
        rules: &Rules,
        desk: &mut Self::Desk,
        asked: &dyn Fn(u64) -> bool,
    ) -> Told;
}
