//! Cells of a column added up, and the decision.

use super::detector::Detector;
use super::finding::{ColumnFinding, Distinct};

/// A column under observation. Cells are fed one by one; none is kept.
#[derive(Debug, Clone)]
pub struct Column {
    header: String,
    rows: u64,
    nulls: u64,
}

impl Column {
    pub fn new(header: &str) -> Self {
        Self { header: header.to_owned(), rows: 0, nulls: 0 }
    }

    /// Takes a cell into account; `None` is a null.
    pub fn feed(&mut self, _detector: &Detector, cell: Option<&str>) {
        self.rows += 1;
        self.nulls += u64::from(cell.is_none_or(str::is_empty));
    }

    /// Decides on what was fed so far.
    pub fn finish(&self) -> ColumnFinding {
        ColumnFinding {
            header: self.header.clone(),
            rows: self.rows,
            nulls: self.nulls,
            distinct: Distinct::Exactly(0),
            kind: None,
            candidates: Vec::new(),
            inside: Vec::new(),
            lengths: None,
            remarks: Vec::new(),
        }
    }
}
