//! The rows that name the columns.

use std::path::{Path, PathBuf};

use super::Row;
use super::merged::letters;
use crate::error::{Error, Place, Result};
use crate::source::input;
use crate::spec::SheetSpec;

/// Gathers the header from the rows as they come.
pub(super) struct Header {
    path: PathBuf,
    /// From 0, once it is known.
    first: Option<u32>,
    rows: u32,
    given: bool,
    /// Whether merged cells have been filled.
    filled: bool,
    /// By column from 0, the parts of the name from top to bottom.
    parts: std::collections::BTreeMap<u32, Vec<(u32, String)>>,
    columns: Option<Vec<(u32, String)>>,
}

impl Header {
    pub fn new(path: &Path, asked: &SheetSpec, filled: bool) -> Self {
        let first = asked.header_row.map(|row| row.saturating_sub(1));
        let (rows, given) = (asked.header_rows, first.is_some());
        Self { path: path.into(), first, rows, given, filled, parts: std::collections::BTreeMap::new(), columns: None }
    }

    /// Whether the row belongs to the header or stands above it.
    ///
    /// # Errors
    /// With the first row below the header: those of [`Self::columns`].
    pub fn takes(&mut self, row: &Row) -> Result<bool> {
        if self.first.is_none() && row.own {
            self.first = Some(row.number);
        }
        let Some(first) = self.first else { return Ok(true) };
        if row.number < first {
            return Ok(true);
        }
        if row.number >= first + self.rows {
            if self.columns.is_none() {
                self.columns = Some(self.made()?);
            }
            return Ok(false);
        }
        for (column, cell) in &row.cells {
            let cell = cell.as_ref().map_err(|fault| fault.told(&row.cell(*column)).at(self.place()))?;
            let text = cell.text().unwrap_or_default().trim().to_owned();
            if !text.is_empty() {
                self.parts.entry(*column).or_default().push((row.number, text));
            }
        }
        Ok(true)
    }

    /// The columns with a name, by their number from 0.
    pub fn columns(&self) -> Result<&[(u32, String)]> {
        self.columns.as_deref().ok_or_else(|| Error::internal("the header is not known yet"))
    }

    /// The names, once all rows have come.
    pub fn names(&mut self) -> Result<Vec<String>> {
        if self.columns.is_none() {
            self.columns = Some(self.made()?);
        }
        Ok(self.columns()?.iter().map(|(_, name)| name.clone()).collect())
    }

    fn place(&self) -> Place {
        let line = self.first.map(|row| u64::from(row) + 1);
        Place { path: Some(self.path.clone()), line, ..Place::default() }
    }

    fn made(&self) -> Result<Vec<(u32, String)>> {
        let Some(first) = self.first.filter(|_| !self.parts.is_empty()) else {
            return Err(match self.given {
                true => Error::input("there is no header in this row").at(self.place()),
                false => input(&self.path, "the sheet is empty".into(), None),
            });
        };
        let mut columns: Vec<(u32, String)> = Vec::new();
        for (column, parts) in &self.parts {
            if !self.filled && parts.first().is_some_and(|(row, _)| *row > first) {
                let help = "this form of workbook does not tell which cells are merged: save it as xlsx";
                let message = "the header's first row has an empty cell above a name";
                return Err(Error::input(message).at(self.place()).with_help(help));
            }
            let mut texts: Vec<&str> = parts.iter().map(|(_, text)| text.as_str()).collect();
            // merged from top to bottom it is one name
            texts.dedup();
            let name = texts.join("_");
            if let Some((other, _)) = columns.iter().find(|(_, known)| *known == name) {
                // without a header the names are cells: they are not told
                let help = "if this row is a title, say `header_row`; if the header has two rows, `header_rows = 2`";
                let message = format!("columns {} and {} have the same name", letters(*other), letters(*column));
                return Err(Error::input(message).at(self.place()).with_help(help));
            }
            columns.push((*column, name));
        }
        Ok(columns)
    }
}
