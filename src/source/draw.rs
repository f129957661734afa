//! A random part of the subjects: who is in it is decided by a key that dies with the run.

use arrow::array::{Array, AsArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::{cast, take_record_batch};
use arrow::datatypes::DataType;
use sha2::{Digest, Sha256};

use super::{Batch, Wanted};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// Draws each subject, with all its records or none, with one probability and apart from all others.
///
/// Scans of one source with one draw see the same records. Without a subject column every record is drawn by
/// its place. The key must be random, and nobody may keep it: whoever has it knows who was drawn.
#[derive(Debug)]
pub struct Draw {
    subject: Option<Wanted>,
    rate: f64,
    key: Secret<[u8; 32]>,
}

impl Draw {
    /// `rate` is the probability, 0 to 1, of a subject to be drawn.
    pub fn new(subject: Option<Wanted>, rate: f64, key: Secret<[u8; 32]>) -> Self {
        Self { subject, rate, key }
    }

    /// The column that has to be read beside the wanted ones.
    pub(super) fn subject(&self) -> Option<&Wanted> {
        self.subject.as_ref()
    }

    /// The drawn records of a batch, or with `rest` the others; the last column of `batch` is the subject's, where
    /// there is one, and is left out. A record without a subject is on both sides: it is an error wherever
    /// subjects are counted.
    pub(super) fn of(&self, batch: &Batch, rest: bool) -> Result<Batch> {
        let internal = |error: arrow::error::ArrowError| Error::Internal(error.to_string());
        let count = batch.cells.num_rows();
        let columns = batch.cells.num_columns() - usize::from(self.subject.is_some());
        let rows: Vec<u32> = match &self.subject {
            None => (0..count as u32).filter(|&row| self.draws(&batch.row(row).to_be_bytes()) != rest).collect(),
            Some(_) => {
                let subjects = cast(batch.cells.column(columns), &DataType::Utf8).map_err(internal)?;
                let subjects = subjects.as_string::<i32>();
                let in_part = |row: u32| {
                    subjects.is_null(row as usize) || self.draws(subjects.value(row as usize).as_bytes()) != rest
                };
                (0..count as u32).filter(|&row| in_part(row)).collect()
            }
        };
        let released = batch.cells.project(&(0..columns).collect::<Vec<_>>()).map_err(internal)?;
        let rows = UInt32Array::from(rows);
        let cells = match columns {
            0 => {
                let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
                RecordBatch::try_new_with_options(released.schema(), Vec::new(), &options).map_err(internal)?
            }
            _ => take_record_batch(&released, &rows).map_err(internal)?,
        };
        Ok(Batch { first_row: batch.first_row, rows: Some(rows.values().to_vec()), cells })
    }

    fn draws(&self, subject: &[u8]) -> bool {
        let mut hash = Sha256::new_with_prefix(self.key.expose());
        hash.update(subject);
        let digest: [u8; 32] = hash.finalize().into();
        let head = digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        // 2⁻⁵³ of the draws at most fall on the wrong side
        ((head >> 11) as f64) < self.rate * (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;
    use crate::spec::ColumnType;

    fn batch(first_row: u64, subjects: &[Option<&str>]) -> Batch {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..subjects.len() as i64));
        let subjects: ArrayRef = Arc::new(StringArray::from(subjects.to_vec()));
        let cells = RecordBatch::try_from_iter_with_nullable([("n", numbers, true), ("id", subjects, true)]).unwrap();
        Batch { first_row, rows: None, cells }
    }

    fn draw(rate: f64, key: u8) -> Draw {
        let subject = Wanted { name: "id".into(), kind: ColumnType::Text };
        Draw::new(Some(subject), rate, Secret::new([key; 32]))
    }

    #[test]
    fn a_subject_is_drawn_whole_and_the_rest_is_the_rest() {
        let names: Vec<String> = (0..2000).map(|i| format!("s{}", i % 500)).collect();
        let cells: Vec<Option<&str>> = names.iter().map(|name| Some(name.as_str())).collect();
        let (draw, all) = (draw(0.3, 7), batch(10, &cells));
        let (drawn, rest) = (draw.of(&all, false).unwrap(), draw.of(&all, true).unwrap());
        let subjects = |batch: &Batch| {
            let rows = batch.rows.as_ref().unwrap();
            rows.iter().map(|&row| row % 500).collect::<std::collections::BTreeSet<u32>>()
        };
        assert!(subjects(&drawn).is_disjoint(&subjects(&rest)));
        assert_eq!(subjects(&drawn).len() + subjects(&rest).len(), 500);
        assert_eq!(drawn.cells.num_rows(), 4 * subjects(&drawn).len());
        // 500 draws with probability 0.3: mean 150, standard deviation 10.2
        assert!((100..200).contains(&subjects(&drawn).len()));
        assert_eq!(drawn.row(0), 10 + u64::from(drawn.rows.as_ref().unwrap()[0]));
        assert_eq!(drawn.cells.num_columns(), 1);
    }

    #[test]
    fn all_or_nobody_and_another_key_draws_others() {
        let names: Vec<String> = (0..200).map(|i| format!("s{i}")).collect();
        let cells: Vec<Option<&str>> = names.iter().map(|name| Some(name.as_str())).collect();
        let all = batch(0, &cells);
        let rows = |draw: Draw| draw.of(&all, false).unwrap().rows.unwrap();
        assert_eq!(rows(draw(1.0, 1)).len(), 200);
        assert_eq!(rows(draw(0.0, 1)).len(), 0);
        assert_ne!(rows(draw(0.5, 1)), rows(draw(0.5, 2)));
        assert_eq!(rows(draw(0.5, 1)), rows(draw(0.5, 1)));
    }

    #[test]
    fn a_record_without_a_subject_is_on_both_sides() {
        let all = batch(0, &[None]);
        assert_eq!(draw(0.5, 1).of(&all, false).unwrap().cells.num_rows(), 1);
        assert_eq!(draw(0.5, 1).of(&all, true).unwrap().cells.num_rows(), 1);
    }
}
