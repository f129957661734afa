//! A source cut into pieces that several machines can read, each by itself.

use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::{Batch, Source, Wanted, not_taken, parquet};
use crate::error::{Error, Result};
use crate::spec::SourceFormat;

/// Consecutive records of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Place in the source's files or objects.
    pub file: usize,
    /// Records of the file before these.
    pub offset: u64,
    pub rows: u64,
    /// Records of the source before these.
    pub first_row: u64,
}

impl Source {
    /// Cuts the source into pieces of at least `rows` records, as far as the files or objects are that long: row groups
    /// of Parquet stay whole, and each file of CSV is one piece.
    ///
    /// # Errors
    /// A source that is not read in place, or whose records are drawn: other machines cannot read it. Files that
    /// cannot be read.
    pub fn pieces(&self, rows: u64) -> Result<Vec<Piece>> {
        self.shared()?;
        let mut pieces: Vec<Piece> = Vec::new();
        let mut first_row = 0;
        for file in 0..self.objects.as_ref().map_or(self.files.len(), |objects| objects.objects.len()) {
            let groups = match (&self.format, &self.objects) {
                (_, Some(objects)) => objects.groups(file)?,
                (SourceFormat::Csv { .. }, _) => {
                    vec![self.only(file).scan(&[], vec![()], &AtomicBool::new(false), |(), _| Ok(()))?.1]
                }
                (SourceFormat::Parquet | SourceFormat::Hive, _) => parquet::groups(&self.files[file])?,
                _ => return Err(not_taken()),
            };
            let mut offset = 0;
            for group in groups {
                match pieces.last_mut().filter(|last| last.file == file && last.rows < rows) {
                    Some(last) => last.rows += group,
                    None if group > 0 => pieces.push(Piece { file, offset, rows: group, first_row }),
                    None => {}
                }
                offset += group;
                first_row += group;
            }
        }
        Ok(pieces)
    }

    /// The same source with only this file.
    fn only(&self, file: usize) -> Self {
        let mut only = self.clone();
        only.files = vec![self.files[file].clone()];
        only.keys.values = self.keys.values.get(file).cloned().into_iter().collect();
        only
    }

    /// Reads the wanted columns of a piece, batch by batch, in order.
    ///
    /// # Errors
    /// Those of [`Source::scan`]; another number of records than the piece has: the input changed.
    pub fn scan_piece(
        &self,
        piece: &Piece,
        wanted: &[Wanted],
        mut work: impl FnMut(&Batch) -> Result<()> + Send,
    ) -> Result<()> {
        if let Some(column) = wanted.iter().find(|column| !self.columns.contains(&column.name)) {
            return Err(self.missing(&column.name));
        }
        let mut rows = 0u64;
        let mut placed = |batch: &Batch| {
            rows += batch.cells.num_rows() as u64;
            work(&Batch { first_row: batch.first_row + piece.first_row, ..batch.clone() })
        };
        if let Some(objects) = &self.objects {
            objects.scan_part(piece.file, &self.nulls, wanted, (piece.offset, piece.rows), &mut placed)?;
            return if rows == piece.rows { Ok(()) } else { Err(changed()) };
        }
        if piece.file >= self.files.len() {
            return Err(Error::internal("a piece is of no file"));
        }
        let only = self.only(piece.file);
        match &self.format {
            SourceFormat::Parquet | SourceFormat::Hive => {
                parquet::scan_part(
                    &only.files,
                    &only.keys,
                    &only.nulls,
                    wanted,
                    (piece.offset, piece.rows),
                    &mut placed,
                )?;
            }
            _ => {
                let place = |work: &mut &mut (dyn FnMut(&Batch) -> Result<()> + Send), batch: &Batch| work(batch);
                let worker: &mut (dyn FnMut(&Batch) -> Result<()> + Send) = &mut placed;
                only.scan(wanted, vec![worker], &AtomicBool::new(false), place)?;
            }
        }
        match rows == piece.rows {
            true => Ok(()),
            false => Err(changed()),
        }
    }
}

/// The error of a source that is another than it was.
pub fn changed() -> Error {
    Error::Input {
        message: "the input changed while it was read".into(),
        place: None,
        help: Some("run again when nothing writes to it".into()),
    }
}
