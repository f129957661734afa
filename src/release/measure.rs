//! Pass 3: what is in the written files, read as a stranger reads them.

use std::path::PathBuf;
use std::sync::Mutex;

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use rayon::prelude::*;

use super::digest::{Digests, leaves, tree};
use super::encryption::RecipientKey;
use super::parquet::Part;
use crate::error::{Error, Result};
use crate::table::EquivalenceTable;
use crate::table::tally::{NullOr, TallyPart, finish};

/// What the files of a release hold.
pub struct Measured {
    pub schema: SchemaRef,
    pub rows: u64,
    /// The logical digest of each file, in their order.
    pub digests: Vec<Digests>,
    /// Classes over the released quasi columns.
    pub table: EquivalenceTable,
    /// Certificates in the footers, in the order of the files.
    pub certificates: Vec<Option<String>>,
}

/// What to look for.
pub struct Question<'a> {
    /// Columns that make the classes.
    pub quasi: &'a [String],
    /// Columns whose values are counted in each class.
    pub sensitive: &'a [String],
    /// The column whose distinct values are the subjects; without it every record is one.
    pub subject: Option<&'a str>,
    /// What opens encrypted files.
    pub key: Option<&'a RecipientKey>,
}

impl Question<'_> {
    /// How many columns the parts of the tally count.
    pub fn columns(&self) -> usize {
        self.quasi.len() + self.sensitive.len()
    }
}

/// Looks at the released rows while they are measured; each worker has one.
pub trait Witness: Send {
    /// Sees consecutive rows of the files, every column in the order of the schema; `first_row` is the number of rows
    /// of the release before them.
    ///
    /// # Errors
    /// Whatever ends the measuring.
    fn see(&mut self, first_row: u64, columns: &[ArrayRef]) -> Result<()>;
}

/// Looks at nothing.
impl Witness for () {
    fn see(&mut self, _: u64, _: &[ArrayRef]) -> Result<()> {
        Ok(())
    }
}

/// A file that is not what it should be: its index and what is wrong.
#[derive(Debug)]
pub enum Wrong {
    File(usize, String),
    Error(Error),
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Reads all files once: digests, classes and witnesses together, row groups in parallel.
///
/// Each worker has a tally part to count [`Question::columns`] with, and a witness; there are one or more. The
/// witnesses come back in any order.
///
/// # Errors
/// A file that cannot be read, whose columns differ from the first one's, or that lacks a column.
pub fn measure<W: Witness>(
    files: &[PathBuf],
    question: &Question,
    workers: Vec<(TallyPart, W)>,
) -> Result<(Measured, Vec<W>), Wrong> {
    let opened =
        files.iter().enumerate().map(|(i, file)| Part::open(file, question.key).map_err(|e| Wrong::File(i, e)));
    let opened: Vec<Part> = opened.collect::<Result<_, _>>()?;
    let Some(first) = opened.first() else { return Err(Error::Internal("a release without files".into()).into()) };
    let schema = first.schema().clone();
    if let Some(other) = opened.iter().position(|part| part.schema() != &schema) {
        return Err(Wrong::File(other, "its columns differ from those of the first file".into()));
    }
    let place =
        |name: &str| schema.index_of(name).map_err(|_| Wrong::File(0, format!("the column `{name}` is not in it")));
    let names: Vec<String> = question.quasi.iter().chain(question.sensitive).cloned().collect();
    let counted = names.iter().map(|name| place(name)).collect::<Result<Vec<_>, _>>()?;
    let subject = question.subject.map(place).transpose()?;

    let mut groups: Vec<(usize, usize, u64)> = Vec::new();
    let mut rows = 0u64;
    for (index, part) in opened.iter().enumerate() {
        for group in 0..part.groups() {
            groups.push((index, group, rows));
            let here = part.metadata().row_group(group).num_rows();
            rows += u64::try_from(here).map_err(|_| Wrong::File(index, "its row counts are not numbers".into()))?;
        }
    }
    let workers = Mutex::new(workers);
    let work = |&(index, group, first_row): &(usize, usize, u64)| {
        crate::source::interrupted()?;
        let columns = opened[index].read(group).map_err(|what| Wrong::File(index, what))?;
        let leaves = leaves(&schema, &columns)?;
        let count = columns.first().map_or(0, |cells| cells.len());
        crate::engine::seen(count);
        let counted: Vec<_> = counted.iter().map(|&at| columns[at].clone()).collect();
        let worker = workers.lock().map_err(|_| panicked())?.pop();
        let (mut part, mut witness) = worker.ok_or_else(|| Error::Internal("more workers than tallies".into()))?;
        part.add(&counted, subject.map(|at| &columns[at]), count).map_err(|error| match error {
            NullOr::Error(error) => Wrong::Error(error),
            NullOr::Null(_) => Wrong::File(index, "a record has no subject".into()),
        })?;
        witness.see(first_row, &columns)?;
        workers.lock().map_err(|_| panicked())?.push((part, witness));
        Ok::<_, Wrong>(leaves)
    };
    let leaves = groups.par_iter().map(work).collect::<Result<Vec<_>, Wrong>>()?;
    let mut digests = Vec::with_capacity(opened.len());
    for index in 0..opened.len() {
        let of_file = groups.iter().zip(&leaves).filter(|((file, ..), _)| *file == index);
        let of_file: Vec<_> = of_file.map(|(_, leaves)| leaves.clone()).collect();
        digests.push(tree(&schema, &of_file)?);
    }
    let workers = workers.into_inner().map_err(|_| panicked())?;
    let (parts, witnesses): (Vec<_>, Vec<_>) = workers.into_iter().unzip();
    let table = finish(&names, parts)?.with_sensitive(question.sensitive.len());
    let certificates = opened.iter().map(|part| part.certificate().map(str::to_owned)).collect();
    Ok((Measured { schema, rows, digests, table, certificates }, witnesses))
}

fn panicked() -> Error {
    Error::Internal("a worker panicked".into())
}
