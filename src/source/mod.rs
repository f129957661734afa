//! Rows come from here, whatever the format: as typed Arrow batches, in order, to several workers at once.

mod cells;
mod compressed;
mod csv;
mod database;
mod decoding;
mod draw;
mod exchange;
mod fan_out;
mod fed;
mod files;
pub mod formats;
mod hashed;
mod hive;
pub mod intake;
mod ipc;
mod named;
mod ndjson;
mod parquet;
mod pieces;
pub mod prepare;
pub mod reader;
mod remote;
mod shared;
mod sheet;
mod stamp;
mod store;
mod tables;
mod typed;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use ::arrow::array::RecordBatch;

pub use decoding::decodes;
pub use draw::Draw;
pub use named::Dataset;
pub use pieces::{Piece, changed};
pub(crate) use remote::{authorities, secret};
pub use shared::SourceSheet;
#[cfg(test)]
pub(crate) use store::example as example_of_store;

use self::fan_out::{fan_out, in_order};
use self::files::{files, matches};
use self::formats::{Found, Opened};
use self::hive::Keys;
use self::intake::Intake;
use self::reader::Reader;
use self::stamp::Stamps;
use self::store::Objects;
use crate::error::{Error, Place, Result};
use crate::spec::prepare::Step;
use crate::spec::{ColumnType, SourceFormat, SourceSpec};

/// A source whose files are there and whose columns are known; its rows are read by [`Source::scan`].
#[derive(Debug, Clone)]
pub struct Source {
    pub format: SourceFormat,
    /// In ascending order; none where the records do not come from files of this machine.
    pub files: Vec<PathBuf>,
    /// Names of all columns, in the order of the files.
    pub columns: Vec<String>,
    /// Files that a preparation reads beside these: tables that it joins, code tables.
    pub beside: Vec<PathBuf>,
    keys: Keys,
    nulls: Vec<String>,
    /// The objects of a store that the records come from.
    objects: Option<Arc<Objects>>,
    /// The records, where they are read neither from the files nor from the objects.
    taken: Option<Arc<Intake>>,
    /// What the preparation did, step by step; empty where there is none.
    pub preparation: Vec<prepare::Told>,
    /// Of all files, from before anything was read of them.
    stamps: Stamps,
    /// What pieces are made of, of each file or object, once somebody asked.
    groups: Arc<OnceLock<Vec<Vec<pieces::Group>>>>,
    /// Scans see the drawn records only, or with `true` the others.
    draw: Option<(Arc<Draw>, bool)>,
}

/// A column as the pipeline wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub name: String,
    pub kind: ColumnType,
}

/// Typed cells of consecutive records: text as Utf8 or Utf8View, integers as Int64, numbers as Float64,
/// dates as Date32.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Records of the source before the block that this batch was read from.
    pub first_row: u64,
    /// Place in that block of each record, where not all of them are in the batch.
    pub rows: Option<Vec<u32>>,
    pub cells: RecordBatch,
}

impl Batch {
    /// Records of the source before the record at `index` of the batch.
    pub fn row(&self, index: u32) -> u64 {
        self.first_row + u64::from(self.place(index))
    }

    /// Place in the block of the record at `index` of the batch.
    pub fn place(&self, index: u32) -> u32 {
        self.rows.as_ref().map_or(index, |rows| rows[index as usize])
    }
}

/// Records from all over a source, in the order of the files: see [`Source::spread`].
#[derive(Debug, Clone, Default)]
pub struct Spread {
    /// Cells of consecutive records; between two batches some may have been left out. `first_row` counts what was
    /// read.
    pub batches: Vec<Batch>,
    /// Records that were read.
    pub records: u64,
    /// Whether these are all.
    pub whole: bool,
    /// Blocks that the records were taken from.
    pub blocks: u64,
    /// Blocks among them that could not be read as records and were left out.
    pub unclear: u64,
    /// Which share of the source was read, 0 to 1: of the bytes of CSV, of the records of Parquet.
    pub share: f64,
}

impl Spread {
    fn add(&mut self, batch: Batch) {
        self.records += batch.cells.num_rows() as u64;
        self.batches.push(batch);
    }
}

/// Set by a signal: long loops stop with [`interrupted`].
pub static STOP: AtomicBool = AtomicBool::new(false);

/// # Errors
/// If the user asked to stop.
pub fn interrupted() -> Result<()> {
    if STOP.load(Ordering::Relaxed) {
        return Err(Error::Environment {
            message: "interrupted, nothing was published".into(),
            path: None,
            source: None,
            help: None,
        });
    }
    Ok(())
}

impl Source {
    /// Finds the files and reads the names of their columns, with [`Self::open_in`] in the system's folder for
    /// temporary files.
    ///
    /// # Errors
    /// Those of [`Self::open_in`].
    pub fn open(spec: &SourceSpec, base: &Path) -> Result<Self> {
        Self::open_in(spec, base, &std::env::temp_dir())
    }

    /// Finds the files and reads the names of their columns. Relative paths count from `base`. What is not read in
    /// place (sheets, NDJSON, Arrow IPC, packed CSV, records of databases and stores) is taken in here, encrypted,
    /// into `folder`.
    ///
    /// # Errors
    /// Missing, empty or unreadable files; files of one source whose columns differ; two columns with one
    /// name. Those of [`Self::taken_in`].
    pub fn open_in(spec: &SourceSpec, base: &Path, folder: &Path) -> Result<Self> {
        let found = match &spec.format {
            SourceFormat::Database(_) | SourceFormat::Store(_) => None,
            _ => Some(Found::new(spec, base)?).filter(|found| found.in_place),
        };
        let Some(Found { files, keys, columns, .. }) = found else {
            let Opened { reader, files, objects } = formats::reader(spec, base)?;
            let stamps = Stamps::of(&files)?;
            let taken = Self::taken_in(reader, spec.format.clone(), &spec.nulls, folder)?;
            return Ok(Self { files, stamps, objects, ..taken });
        };
        let stamps = Stamps::of(&files)?;
        Ok(Self { files, keys, stamps, ..Self::of(spec.format.clone(), columns, &spec.nulls) })
    }

    /// Finds the objects of a store, whose records are then read where they are; several machines can do that.
    ///
    /// # Errors
    /// A source that is of no store; those of [`Self::open_in`].
    pub fn open_objects(spec: &SourceSpec, base: &Path) -> Result<Self> {
        let SourceFormat::Store(store) = &spec.format else {
            return Err(Error::internal("the source is of no store"));
        };
        let objects = Objects::open(store, base)?;
        let columns = objects.schema.fields().iter().map(|field| field.name().clone()).collect();
        let source = Self::of(spec.format.clone(), columns, &spec.nulls);
        Ok(Self { objects: Some(Arc::new(objects)), ..source })
    }

    /// The source as these steps leave it, taken in to an encrypted file in `folder`; as [`Self::open_in`] where there
    /// are none. Paths count from `base`.
    ///
    /// # Errors
    /// Those of [`Self::open_in`], of [`prepare::Prepared`] and of [`Self::taken_in`].
    pub fn prepared(spec: &SourceSpec, steps: &[Step], base: &Path, folder: &Path) -> Result<Self> {
        if steps.is_empty() {
            return Self::open_in(spec, base, folder);
        }
        let Opened { reader, files, objects } = formats::reader(spec, base)?;
        let beside = prepare::files(steps, base)?;
        let stamps = Stamps::of(&[&files[..], &beside].concat())?;
        let reader = prepare::Prepared::new(reader, &spec.nulls, steps, base)?;
        let counts = reader.counts();
        let taken = Self::taken_in(Box::new(reader), spec.format.clone(), &spec.nulls, folder)?;
        Ok(Self { preparation: counts.told(), files, objects, beside, stamps, ..taken })
    }

    /// Whether the files still are what they were before anything was read of them.
    ///
    /// # Errors
    /// A file was changed, replaced or taken away: what was read at different times need not go together.
    pub fn unchanged(&self) -> Result<()> {
        self.stamps.unchanged()
    }

    /// What belongs to the source's digest beside the bytes of a file: what the names of its folders tell.
    pub fn told_by_folders(&self, file: usize) -> Vec<(&str, Option<&str>)> {
        let values = self.keys.values.get(file).map_or(&[][..], Vec::as_slice);
        self.keys.names.iter().map(String::as_str).zip(values.iter().map(Option::as_deref)).collect()
    }

    /// Takes in all records of a reader: they are kept, encrypted, in a temporary file in `folder`, which has to be
    /// there. Texts among `nulls` are read as null; `format` is what the pipeline calls the source.
    ///
    /// # Errors
    /// Those of [`Intake::new`].
    pub fn taken_in(
        mut reader: Box<dyn Reader>,
        format: SourceFormat,
        nulls: &[String],
        folder: &Path,
    ) -> Result<Self> {
        let taken = Intake::new(reader.as_mut(), folder)?;
        let columns = taken.schema().fields().iter().map(|field| field.name().clone()).collect();
        Ok(Self { taken: Some(Arc::new(taken)), ..Self::of(format, columns, nulls) })
    }

    /// A source whose records are nowhere yet.
    fn of(format: SourceFormat, columns: Vec<String>, nulls: &[String]) -> Self {
        Self {
            format,
            files: Vec::new(),
            columns,
            beside: Vec::new(),
            keys: Keys::default(),
            nulls: nulls.to_vec(),
            objects: None,
            taken: None,
            preparation: Vec::new(),
            stamps: Stamps::default(),
            groups: Arc::default(),
            draw: None,
        }
    }

    /// What the records come from, for messages, and for what a release must not tell: files or objects.
    pub fn origins(&self) -> Vec<PathBuf> {
        match &self.objects {
            Some(objects) => objects.keys(),
            None => self.files.clone(),
        }
    }

    /// The one of this number among [`Self::origins`].
    pub fn origin(&self, number: usize) -> Option<PathBuf> {
        match &self.objects {
            Some(objects) => objects.key(number),
            None => self.files.get(number).cloned(),
        }
    }

    /// Bytes of what the records come from; 0 for a database.
    pub fn bytes(&self) -> u64 {
        let size = |file: &PathBuf| std::fs::metadata(file).map_or(0, |data| data.len());
        self.files.iter().map(size).sum::<u64>() + self.objects.as_ref().map_or(0, |objects| objects.bytes())
    }

    /// What the footers of Parquet objects of a store say by a name.
    pub fn told_by_objects(&self, name: &str) -> Vec<String> {
        self.objects.as_ref().map(|objects| objects.told(name)).unwrap_or_default()
    }

    /// The same source, of which only drawn records are seen.
    pub fn drawn(self, draw: Draw) -> Self {
        Self { draw: Some((Arc::new(draw), false)), ..self }
    }

    /// The records that were not drawn; `None` where all are seen.
    pub fn undrawn(&self) -> Option<Self> {
        let (draw, rest) = self.draw.as_ref()?;
        Some(Self { draw: Some((draw.clone(), !rest)), ..self.clone() })
    }

    /// Reads the wanted columns of all records (of the drawn ones, if only these are seen) and hands each batch to one of the workers; gives the
    /// workers back with the number of records. Which worker gets which batch is left to chance.
    ///
    /// # Errors
    /// Those of the data (a ragged record, bytes that are not text, a cell that is not of its type), each
    /// with its place, and those of the workers. A column that is not there.
    ///
    /// Stops early, without an error, once a worker has set `enough`; batches come in order to one worker.
    pub fn scan<W, F>(&self, wanted: &[Wanted], workers: Vec<W>, enough: &AtomicBool, work: F) -> Result<(Vec<W>, u64)>
    where
        W: Send,
        F: Fn(&mut W, &Batch) -> Result<()> + Sync,
    {
        for column in wanted {
            if !self.columns.contains(&column.name) {
                return Err(self.missing(&column.name));
            }
        }
        let Some((draw, rest)) = &self.draw else { return self.scan_all(wanted, workers, enough, work) };
        let with: Vec<Wanted> = wanted.iter().chain(draw.subject()).cloned().collect();
        let seen = AtomicU64::new(0);
        let work = |worker: &mut W, batch: &Batch| {
            let batch = draw.of(batch, *rest)?;
            seen.fetch_add(batch.cells.num_rows() as u64, Ordering::Relaxed);
            if batch.cells.num_rows() == 0 { Ok(()) } else { work(worker, &batch) }
        };
        let (workers, _) = self.scan_all(&with, workers, enough, work)?;
        Ok((workers, seen.into_inner()))
    }

    fn scan_all<W, F>(&self, wanted: &[Wanted], workers: Vec<W>, enough: &AtomicBool, work: F) -> Result<(Vec<W>, u64)>
    where
        W: Send,
        F: Fn(&mut W, &Batch) -> Result<()> + Sync,
    {
        match (&self.taken, &self.objects) {
            (Some(taken), _) => return taken.scan(&self.nulls, wanted, workers, enough, work),
            (None, Some(objects)) => return objects.scan(&self.nulls, wanted, workers, enough, work),
            (None, None) => {}
        }
        match &self.format {
            SourceFormat::Csv { delimiter, encoding } => {
                let form = csv::Form { delimiter: *delimiter, encoding: *encoding, nulls: &self.nulls };
                csv::scan(&self.files, &form, wanted, workers, enough, work)
            }
            SourceFormat::Parquet | SourceFormat::Hive => {
                parquet::scan(&self.files, &self.keys, &self.nulls, wanted, workers, enough, work)
            }
            _ => Err(not_taken()),
        }
    }

    /// Reads the wanted columns of about `rows` records, in blocks that are spread evenly over the files; all
    /// records where there are not many more.
    ///
    /// A block of CSV begins where records seem to begin: nothing before it is read, so a block in which that cannot
    /// be told is left out, and counted. Which blocks are read depends on the sizes of the files alone.
    ///
    /// # Errors
    /// Those of [`Source::scan`].
    pub fn spread(&self, wanted: &[Wanted], rows: u64) -> Result<Spread> {
        let part = match (&self.taken, &self.format) {
            (Some(taken), _) => taken.spread(&self.nulls, wanted, rows)?,
            (None, SourceFormat::Csv { delimiter, encoding }) => {
                let form = csv::Form { delimiter: *delimiter, encoding: *encoding, nulls: &self.nulls };
                csv::spread(&self.files, &form, wanted, rows)?
            }
            (None, SourceFormat::Parquet | SourceFormat::Hive) => {
                parquet::spread(&self.files, &self.keys, &self.nulls, wanted, rows)?
            }
            (None, _) => return Err(not_taken()),
        };
        if let Some(part) = part {
            return Ok(part);
        }
        let keep = |batches: &mut Vec<Batch>, batch: &Batch| {
            batches.push(batch.clone());
            Ok(())
        };
        let (mut kept, records) = self.scan(wanted, vec![Vec::new()], &AtomicBool::new(false), keep)?;
        let batches = kept.pop().unwrap_or_default();
        Ok(Spread { batches, records, whole: true, blocks: 1, unclear: 0, share: 1.0 })
    }

    /// The error for a column that the input has not; helps with the nearest name.
    pub fn missing(&self, name: &str) -> Error {
        let near = self.columns.iter().max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)));
        // a name that is much longer may be a record that was taken for the header
        let alike = |near: &&String| strsim::jaro(near, name) > 0.6 && near.chars().count() <= name.chars().count() + 4;
        let help = match (near.filter(alike), &self.format, self.columns.len()) {
            (Some(near), ..) => Some(format!("the input has a column `{near}`")),
            (None, SourceFormat::Csv { .. }, 1) => {
                Some("the input has one column: `delimiter` says what its fields are separated by".to_owned())
            }
            _ => None,
        };
        Error::Input {
            message: format!("column `{name}` is not in the input"),
            place: Some(Place { path: self.origin(0), ..Place::default() }),
            help,
        }
    }
}

/// The first bytes of a text, at most `most`, unpacked where its name says that it is packed.
///
/// # Errors
/// A file that cannot be opened or unpacked.
pub fn first_bytes(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let text = compressed::reading(path)?;
    text.take(most).read_to_end(&mut bytes).map_err(|source| compressed::unread(path, source))?;
    Ok(bytes)
}

/// Whether a text is packed, by the ending of its name.
pub fn is_packed(path: &Path) -> bool {
    compressed::is_packed(path)
}

/// The error of a file in which two columns have one name. It tells their numbers: without a header the names are cells.
fn named_twice(path: &Path, names: &[String]) -> Result<()> {
    let twice = names.iter().enumerate().find_map(|(at, name)| Some((names[..at].iter().position(|n| n == name)?, at)));
    let Some((first, second)) = twice else { return Ok(()) };
    let help = "rename one; a file without a header needs one: its first record is taken for it";
    Err(input(path, format!("columns {} and {} have the same name", first + 1, second + 1), Some(help.into())))
}

/// An input error at a file.
fn input(path: &Path, message: String, help: Option<String>) -> Error {
    Error::Input { message, place: Some(Place { path: Some(path.into()), ..Place::default() }), help }
}

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    match source.kind() {
        std::io::ErrorKind::NotFound => input(path, "the input is not there".into(), None),
        _ => Error::Environment {
            message: "could not read the input".into(),
            path: Some(path.into()),
            source: Some(source),
            help: None,
        },
    }
}

fn not_taken() -> Error {
    Error::internal("a source that is not read in place was not taken in")
}
