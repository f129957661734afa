//! Which files a source has, which columns, and how its records are read where they are not read in place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::hive::{self, Keys};
use super::reader::Reader;
use super::store::Objects;
use super::tables::{Form, Tables};
use super::{compressed, csv, database, files, input, named_twice, ndjson, not_taken, parquet, sheet, tables};
use crate::error::{Error, Place, Result};
use crate::spec::{SourceFormat, SourceSpec};

/// Records that can be read once, in order.
pub struct Opened {
    pub reader: Box<dyn Reader>,
    /// The files of this machine that they come from, in ascending order.
    pub files: Vec<PathBuf>,
    /// The objects of a store that they come from.
    pub objects: Option<Arc<Objects>>,
}

/// Opens a source of any format to be read once: what stands before a preparation.
///
/// # Errors
/// Missing, empty or unreadable files; files of one source whose columns differ; two columns with one name. Those of
/// databases and stores.
pub fn reader(spec: &SourceSpec, base: &Path) -> Result<Opened> {
    match &spec.format {
        SourceFormat::Database(database) => {
            let reader = database::reader(database, base)?;
            return Ok(Opened { reader, files: Vec::new(), objects: None });
        }
        SourceFormat::Store(store) => {
            let objects = Arc::new(Objects::open(store, base)?);
            return Ok(Opened { reader: objects.reader()?, files: Vec::new(), objects: Some(objects) });
        }
        _ => {}
    }
    let found = Found::new(spec, base)?;
    let reader: Box<dyn Reader> = match &spec.format {
        SourceFormat::Csv { delimiter, encoding } => {
            Box::new(csv::Stream::new(found.files.clone(), *delimiter, *encoding, &found.columns))
        }
        SourceFormat::Parquet | SourceFormat::Hive => {
            Box::new(Tables::open(found.files.clone(), Form::Parquet, found.keys)?)
        }
        SourceFormat::Ipc => Box::new(Tables::open(found.files.clone(), Form::Ipc, found.keys)?),
        SourceFormat::Ndjson => ndjson::reader(found.files.clone(), spec.nulls.clone())?,
        SourceFormat::Sheet(asked) => sheet::reader(found.files.clone(), asked.clone(), spec.nulls.clone())?,
        SourceFormat::Database(_) | SourceFormat::Store(_) => return Err(not_taken()),
    };
    Ok(Opened { reader, files: found.files, objects: None })
}

/// What is known before any record is read.
pub(super) struct Found {
    pub files: Vec<PathBuf>,
    pub keys: Keys,
    /// Names of all columns; empty where only reading tells them.
    pub columns: Vec<String>,
    /// Whether the records are read from the files in each pass.
    pub in_place: bool,
}

impl Found {
    /// # Errors
    /// See [`reader`].
    pub fn new(spec: &SourceSpec, base: &Path) -> Result<Self> {
        let path = base.join(&spec.path);
        let by_name = spec.format == SourceFormat::Parquet && path.is_dir() && hive::is_partitioned(&path);
        let (files, keys) = match spec.format {
            SourceFormat::Hive if !path.is_dir() => {
                return Err(input(&path, "`hive` is of no use: this is not a folder".into(), None));
            }
            SourceFormat::Hive => hive::partitioned(&path)?,
            _ if by_name => hive::partitioned(&path)?,
            _ => (files(&path, &spec.format)?, Keys::default()),
        };
        let in_place = match &spec.format {
            SourceFormat::Csv { .. } => !files.iter().any(|file| compressed::is_packed(file)),
            SourceFormat::Parquet | SourceFormat::Hive => true,
            _ => false,
        };
        let mut columns: Option<Vec<String>> = None;
        for file in &files {
            let mut these = match &spec.format {
                SourceFormat::Csv { delimiter, encoding } => csv::header(file, *delimiter, *encoding)?,
                SourceFormat::Parquet | SourceFormat::Hive => parquet::columns(file)?,
                SourceFormat::Ipc => tables::columns(file, Form::Ipc)?,
                SourceFormat::Ndjson | SourceFormat::Sheet(_) => break,
                SourceFormat::Database(_) | SourceFormat::Store(_) => return Err(not_taken()),
            };
            if let Some(both) = keys.names.iter().find(|name| these.contains(name)) {
                return Err(input(file, format!("`{both}` is a column of the file and a key of its folder"), None));
            }
            these.extend(keys.names.iter().cloned());
            named_twice(file, &these)?;
            match &columns {
                Some(first) => alike(file, first, &these)?,
                None => columns = Some(these),
            }
        }
        Ok(Self { files, keys, columns: columns.unwrap_or_default(), in_place })
    }
}

/// Refuses a file whose columns are not those of the first one, in whatever order.
pub(super) fn alike(file: &Path, first: &[String], these: &[String]) -> Result<()> {
    let wrong = |name: &String, message: &str| {
        let place = Place { path: Some(file.into()), column: Some(name.clone()), ..Place::default() };
        Err(Error::input(message).at(place))
    };
    if let Some(missing) = first.iter().find(|name| !these.contains(name)) {
        return wrong(missing, "this file does not have the column, the first file does");
    }
    match these.iter().find(|name| !first.contains(name)) {
        Some(extra) => wrong(extra, "this file has the column, the first file does not"),
        None => Ok(()),
    }
}
