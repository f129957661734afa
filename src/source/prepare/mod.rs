//! What happens to the source's columns before anything counts them: a reader around a reader.
//!
//! Each kind of step is a stage in a file of its own. Records go through the stages batch by batch, with the place
//! that they come from, so that an error in the last step still tells the record of the file. Only `sql` holds the whole
//! table, and `join` and `deduplicate` hold another table or keys. Steps on cells are kernels over Arrow arrays, since
//! they tell which cell failed and how many changed; `filter` and `sql` are run by Polars.

mod cast;
mod code;
mod date;
mod deduplicate;
mod derive;
mod each;
mod filter;
mod join;
mod known;
mod record;
mod rename;
mod sql;
mod tables;
#[cfg(test)]
mod tests;
mod text;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, RecordBatch, StringArray, StringViewArray};
use arrow::datatypes::{DataType, Schema, SchemaRef};

pub use self::known::Codes;
pub use self::record::RecordTest;
use super::interrupted;
use super::reader::Reader;
use crate::error::{Error, Place, Result};
pub use crate::risk::preparation::Told;
use crate::spec::prepare::Step;

/// Consecutive records with the places that they come from.
#[derive(Debug, Clone)]
pub(super) struct Records {
    cells: RecordBatch,
    /// Of each record its number in its file, from 1.
    rows: Vec<u64>,
    origin: Option<Arc<PathBuf>>,
}

impl Records {
    /// Where a cell comes from.
    fn place(&self, index: usize, column: &str) -> Place {
        let path = self.origin.as_ref().map(|path| path.as_ref().clone());
        Place { path, row: self.rows.get(index).copied(), line: None, column: Some(column.to_owned()) }
    }

    /// The same records with other cells.
    fn with(&self, cells: RecordBatch) -> Self {
        Self { cells, rows: self.rows.clone(), origin: self.origin.clone() }
    }

    /// The records at these places, in this order.
    fn take(&self, places: &[u32]) -> Result<Self> {
        let indices = arrow::array::UInt32Array::from(places.to_vec());
        let cells = arrow::compute::take_record_batch(&self.cells, &indices).map_err(internal)?;
        let rows = places.iter().map(|&place| self.rows[place as usize]).collect();
        Ok(Self { cells, rows, origin: self.origin.clone() })
    }
}

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

/// A batch in which the texts that mean null are null.
fn without_nulls(batch: RecordBatch, nulls: &[String]) -> Result<RecordBatch> {
    if nulls.is_empty() {
        return Ok(batch);
    }
    let clean = |cells: &ArrayRef| match each::texts(cells) {
        Some(texts) => {
            let kept = texts.map(|text| text.filter(|text| nulls.iter().all(|null| null != text)));
            match cells.data_type() {
                DataType::Utf8 => Arc::new(kept.collect::<StringArray>()) as ArrayRef,
                _ => Arc::new(kept.collect::<StringViewArray>()),
            }
        }
        None => cells.clone(),
    };
    RecordBatch::try_new(batch.schema(), batch.columns().iter().map(clean).collect()).map_err(internal)
}

/// Checks what of the steps can be told without data: the SQL, and the code tables that they name.
///
/// # Errors
/// [`Error::Usage`] for a text that is not SQL, and those of code tables.
pub fn readable(steps: &[Step], base: &Path) -> Result<()> {
    for (at, step) in steps.iter().enumerate() {
        let sql = match step {
            Step::Filter(text) => filter::parse(text).is_ok(),
            Step::Sql(step) => sql::parse(step.query()).is_ok(),
            Step::Code(step) => {
                code::table(step, base).map_err(|error| in_step(error, at, &Step::Code(step.clone())))?;
                true
            }
            _ => true,
        };
        if !sql {
            return Err(Error::Usage {
                message: format!("step {} (`{}`) is not SQL that can be read", at + 1, step.name()),
                help: Some("see that quotes and parentheses are closed, and that the functions are there".into()),
            });
        }
    }
    Ok(())
}

/// The files that steps read beside the source, in the order of the steps: tables that are joined, code tables.
///
/// # Errors
/// A table is not there.
pub(super) fn files(steps: &[Step], base: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let named = match step {
            Step::Join(join) => join::opened(&join.source, base).map(|opened| opened.files),
            Step::Sql(sql) => {
                let tables = sql.tables().map(|(_, table)| Ok(join::opened(table, base)?.files));
                tables.collect::<Result<Vec<_>>>().map(|files| files.concat())
            }
            Step::Code(code) => code::table(code, base).map(|(_, path)| path.into_iter().collect()),
            _ => continue,
        };
        files.extend(named.map_err(|error| in_step(error, at, step))?);
    }
    Ok(files)
}

/// Makes a step ready for the columns that come to it.
fn stage(step: &Step, schema: &SchemaRef, base: &Path, sql_limit: usize) -> Result<Box<dyn Stage>> {
    Ok(match step {
        Step::Rename(map) => Box::new(rename::Rename::new(schema, map)?),
        Step::Cast(step) => Box::new(cast::cast(schema, step)?),
        Step::Date(step) => Box::new(date::dates(schema, step)?),
        Step::Trim(columns) => Box::new(text::trim(schema, columns)?),
        Step::HalfWidth(columns) => Box::new(text::half_width(schema, columns)?),
        Step::Upper(columns) => Box::new(text::upper(schema, columns)?),
        Step::Lower(columns) => Box::new(text::lower(schema, columns)?),
        Step::Replace(step) => Box::new(text::replace(schema, step)?),
        Step::Code(step) => Box::new(code::code(schema, step, base)?),
        Step::Derive(step) => Box::new(derive::derive(schema, step)?),
        Step::Filter(text) => Box::new(filter::Filter::new(schema, text)?),
        Step::Join(step) => Box::new(join::Joined::new(schema, step, base)?),
        Step::Deduplicate(keys) => Box::new(deduplicate::Deduplicate::new(schema, keys)?),
        Step::Sql(step) => Box::new(sql::Whole::new(schema, step, base, sql_limit)?),
    })
}

/// The columns that a step speaks of.
fn columns(step: &Step) -> Vec<String> {
    use crate::spec::prepare::Keys;
    match step {
        Step::Rename(map) => map.iter().map(|(old, new)| format!("{old} → {new}")).collect(),
        Step::Cast(step) => step.columns.keys().cloned().collect(),
        Step::Date(step) => step.columns.clone(),
        Step::Trim(columns) | Step::HalfWidth(columns) | Step::Upper(columns) | Step::Lower(columns) => columns.clone(),
        Step::Replace(step) => vec![step.column.clone()],
        Step::Code(step) => [&step.column].into_iter().chain(&step.into).cloned().collect(),
        Step::Derive(step) => vec![step.from.clone(), step.column.clone()],
        Step::Join(step) => step.on.iter().chain(&step.columns).cloned().collect(),
        Step::Deduplicate(Keys::Columns(columns)) => columns.clone(),
        Step::Deduplicate(Keys::All(_)) | Step::Filter(_) | Step::Sql(_) => Vec::new(),
    }
}

/// The place of a column, or an error that helps with the nearest name.
fn find(schema: &Schema, name: &str) -> Result<usize> {
    schema.index_of(name).map_err(|_| {
        let names = schema.fields().iter().map(|field| field.name());
        let near = names.max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)));
        let near = near.filter(|near| strsim::jaro(near, name) > 0.6);
        Error::Input {
            message: format!("column `{name}` is not there"),
            place: None,
            help: near.map(|near| format!("there is a column `{near}`")),
        }
    })
}

/// Refuses a second column with a name.
fn is_new(schema: &Schema, name: &str) -> Result<()> {
    match schema.index_of(name) {
        Ok(_) => {
            Err(wrong(format!("there is a column `{name}` already"), "choose another name, or rename the first one"))
        }
        Err(_) => Ok(()),
    }
}

fn wrong(message: impl Into<String>, help: &str) -> Error {
    Error::Input { message: message.into(), place: None, help: Some(help.to_owned()) }
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a step of the preparation failed: {error}"))
}

/// Says of an error which step it was.
fn in_step(error: Error, at: usize, step: &Step) -> Error {
    in_place(error, at, step.name())
}

fn in_place(error: Error, at: usize, step: &str) -> Error {
    match error {
        Error::Input { message, place, help } => {
            Error::Input { message: format!("step {} (`{step}`): {message}", at + 1), place, help }
        }
        other => other,
    }
}
