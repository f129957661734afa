//! [`Beside`]: what stands beside the cells of a column in the rows of a batch.

use arrow::array::ArrayRef;

use crate::error::{Error, Result};

/// What a treatment may look at beside its own cells. What [`Needs`] does not ask for may be left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// Which records of the source the cells are of.
    pub rows: Option<Rows<'a>>,
    /// The subject of each cell.
    pub subject: Option<&'a ArrayRef>,
    /// The cells of [`Needs::other`].
    pub other: Option<&'a ArrayRef>,
}

/// The records of some cells, as numbers in the source from 0: what makes a draw repeat itself wherever a batch is
/// cut.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The number of the batch's first record.
    pub first: u64,
    /// The place in the batch of each cell's record; all of them, in order, where it is absent.
    pub kept: Option<&'a [u32]>,
}

/// What a treatment needs beside its cells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// The subjects, where the pipeline knows them.
    pub subject: bool,
    /// Another column, read as numbers.
    pub other: Option<String>,
}

impl Rows<'_> {
    pub(super) fn number(&self, cell: usize) -> u64 {
        self.first + self.kept.map_or(cell as u64, |kept| u64::from(kept[cell]))
    }
}

impl<'a> Beside<'a> {
    /// Cells from this record of the source on, with nothing beside them.
    pub fn from_row(first: u64) -> Self {
        Self { rows: Some(Rows { first, kept: None }), ..Self::default() }
    }

    pub(super) fn rows(&self, cells: &ArrayRef) -> Result<Rows<'a>> {
        let missing = || Error::Internal("a treatment was not told the rows of its cells".into());
        let rows = self.rows.ok_or_else(missing)?;
        match rows.kept {
            Some(kept) if kept.len() != cells.len() => Err(missing()),
            _ => Ok(rows),
        }
    }

    pub(super) fn subject(&self, cells: &ArrayRef) -> Result<&'a ArrayRef> {
        let missing = || Error::Internal("a treatment was not told the subjects of its cells".into());
        self.subject.filter(|subject| subject.len() == cells.len()).ok_or_else(missing)
    }

    pub(super) fn other(&self, cells: &ArrayRef) -> Result<&'a ArrayRef> {
        let missing = || Error::Internal("a treatment was not told its second column".into());
        self.other.filter(|other| other.len() == cells.len()).ok_or_else(missing)
    }
}
