//! What happens to the source's columns before anything counts them: a reader around a reader.
//!
//! Each kind of step is a stage in a file of its own. Records go through the stages batch by batch, with the place
//! that they come from, so that an error in the last step still tells the record of the file. Only `sql` holds the whole
//! table, and `join` and `deduplicate` hold another table or keys. Steps on cells are kernels over Arrow arrays, since
//! they tell which cell failed and how many changed; `filter` and `sql` are run by Polars.

mod batch;
mod cast;
mod code;
mod date;
mod deduplicate;
mod derive;
mod each;
mod errors;
mod filter;
mod join;
mod known;
mod record;
mod rename;
mod sql;
mod steps;
mod tables;
#[cfg(test)]
mod tests;
mod text;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use self::batch::{Records, without_nulls};
use self::errors::{find, in_place, in_step, internal, is_new, wrong};
pub use self::known::Codes;
pub use self::record::RecordTest;
pub(super) use self::steps::files;
pub use self::steps::readable;
use self::steps::{columns, stage};
use super::interrupted;
use super::reader::Reader;
use crate::error::Result;
pub use crate::risk::preparation::Told;
use crate::spec::prepare::Step;

/// One step at work.
trait Stage: Send {
    /// The columns after the step.
    fn schema(&self) -> SchemaRef;

    /// What becomes of the next records; `told` gets the cells, the records are counted outside.
    fn apply(&mut self, records: Records, told: &mut Told) -> Result<Option<Records>>;

    /// What is left after the last records.
    fn finish(&mut self, _told: &mut Told) -> Result<Vec<Records>> {
        Ok(Vec::new())
    }

    /// Whether records go, come or change places.
    fn moves_records(&self) -> bool {
        false
    }
}

/// What the steps did so far; complete once the reader has given its last batch.
#[derive(Debug, Clone, Default)]
pub struct Counts(Arc<Mutex<Vec<Told>>>);

impl Counts {
    /// One entry for each step, in the order of the file.
    pub fn told(&self) -> Vec<Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, told: &[Told]) {
        told.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Most bytes of records that a step `sql` holds.
pub const SQL_LIMIT: usize = 4 << 30;

/// Records of a reader as the steps leave them: the same source and steps give the same records in the same order.
pub struct Prepared {
    inner: Box<dyn Reader>,
    /// Texts that mean null; the steps see null in their place.
    nulls: Vec<String>,
    stages: Vec<Box<dyn Stage>>,
    told: Vec<Told>,
    counts: Counts,
    ready: VecDeque<RecordBatch>,
    origin: Option<Arc<PathBuf>>,
    /// Records of the file before the next batch.
    row: u64,
    ended: bool,
}

impl Prepared {
    /// Puts the steps around a reader, whose texts among `nulls` become null before the first one; relative paths of tables count from `base`. Tables that steps name are read now.
    ///
    /// # Errors
    /// Columns that are not there, types that a step cannot work on, tables that cannot be read or joined.
    pub fn new(inner: Box<dyn Reader>, nulls: &[String], steps: &[Step], base: &Path) -> Result<Self> {
        Self::bounded(inner, nulls, steps, base, SQL_LIMIT)
    }

    fn bounded(
        inner: Box<dyn Reader>,
        nulls: &[String],
        steps: &[Step],
        base: &Path,
        sql_limit: usize,
    ) -> Result<Self> {
        let (mut schema, mut stages, mut told) = (inner.schema(), Vec::new(), Vec::new());
        for (at, step) in steps.iter().enumerate() {
            let stage = stage(step, &schema, base, sql_limit).map_err(|error| in_step(error, at, step))?;
            schema = stage.schema();
            stages.push(stage);
            let as_of = if let Step::Derive(derive) = step { derive.as_of.clone() } else { None };
            let name = step.name().to_owned();
            told.push(Told { step: name, columns: columns(step), as_of, ..Told::default() });
        }
        let counts = Counts::default();
        counts.set(&told);
        let (ready, origin) = (VecDeque::new(), None);
        Ok(Self { inner, nulls: nulls.to_vec(), stages, told, counts, ready, origin, row: 0, ended: false })
    }

    /// What the steps did, to be asked after the last batch.
    pub fn counts(&self) -> Counts {
        self.counts.clone()
    }

    /// One entry for each step: what it did so far.
    pub fn told(&self) -> Vec<Told> {
        self.told.clone()
    }

    /// Sends records through the stages from `from` on.
    fn through(&mut self, from: usize, records: Records) -> Result<()> {
        let mut records = Some(records);
        for at in from..self.stages.len() {
            let Some(coming) = records else { return Ok(()) };
            let told = &mut self.told[at];
            told.rows_in += coming.cells.num_rows() as u64;
            records = self.stages[at].apply(coming, told).map_err(|error| in_place(error, at, &told.step))?;
            told.rows_out += records.as_ref().map_or(0, |records| records.cells.num_rows() as u64);
        }
        self.ready.extend(records.map(|records| records.cells).filter(|cells| cells.num_rows() > 0));
        Ok(())
    }

    /// The next batch of the reader with the places of its records.
    fn read(&mut self) -> Result<Option<Records>> {
        let Some(cells) = self.inner.next()? else { return Ok(None) };
        let cells = without_nulls(cells, &self.nulls)?;
        let origin = self.inner.origin();
        if self.origin.as_ref().map(|known| known.as_ref()) != origin.as_ref() {
            (self.origin, self.row) = (origin.map(Arc::new), 0);
        }
        let before = self.row;
        self.row += cells.num_rows() as u64;
        Ok(Some(Records { cells, rows: (before + 1..=self.row).collect(), origin: self.origin.clone() }))
    }
}

impl Reader for Prepared {
    fn schema(&self) -> SchemaRef {
        self.stages.last().map_or_else(|| self.inner.schema(), |stage| stage.schema())
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.ready.is_empty() && !self.ended {
            interrupted()?;
            match self.read()? {
                Some(records) => self.through(0, records)?,
                None => {
                    self.ended = true;
                    for at in 0..self.stages.len() {
                        let told = &mut self.told[at];
                        let left = self.stages[at].finish(told).map_err(|error| in_place(error, at, &told.step))?;
                        for records in left {
                            self.told[at].rows_out += records.cells.num_rows() as u64;
                            self.through(at + 1, records)?;
                        }
                    }
                }
            }
            self.counts.set(&self.told);
        }
        Ok(self.ready.pop_front())
    }

    /// The file of the last batch; `None` where a step moves records, since places in the file would mislead then.
    fn origin(&self) -> Option<PathBuf> {
        if self.stages.iter().any(|stage| stage.moves_records()) {
            return None;
        }
        self.inner.origin()
    }
}
