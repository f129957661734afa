//! [`SourceSheet`]: what another machine that sees the same files or objects needs to read them as this one does.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::hive::Keys;
use super::stamp::Stamps;
use super::store::{Objects, ObjectsSheet};
use super::{Source, Wanted, input};
use crate::error::{Error, Result};
use crate::spec::{Encoding, SourceFormat};
use crate::written::{Reader, Writer, Written, broken, ensure};

/// A source that is read where it lies, how it is read, and what it looked like.
#[derive(Debug)]
pub struct SourceSheet {
    place: InPlace,
    columns: Vec<String>,
    nulls: Vec<String>,
}

/// Where records lie that several machines can read.
#[derive(Debug)]
enum InPlace {
    Files {
        format: Format,
        files: Vec<PathBuf>,
        keys: Keys,
        /// Of each file: its size, and when it was changed last, in seconds.
        seen: Vec<[i128; 2]>,
    },
    Objects(ObjectsSheet),
}

/// The formats of files that are read in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv { delimiter: u8, encoding: Encoding },
    Parquet,
    Hive,
}

fn alone(why: &str) -> Error {
    Error::Usage {
        message: format!("the source cannot be read by several machines: {why}"),
        help: Some("give its records as Parquet or CSV in a store or a folder that all see, or run on one".into()),
    }
}

impl Format {
    fn of(format: &SourceFormat) -> Result<Self> {
        Ok(match format {
            SourceFormat::Csv { delimiter, encoding } => Self::Csv { delimiter: *delimiter, encoding: *encoding },
            SourceFormat::Parquet => Self::Parquet,
            SourceFormat::Hive => Self::Hive,
            _ => return Err(alone("it is of a format that is not read in place")),
        })
    }

    pub(super) fn meant(self) -> SourceFormat {
        match self {
            Self::Csv { delimiter, encoding } => SourceFormat::Csv { delimiter, encoding },
            Self::Parquet => SourceFormat::Parquet,
            Self::Hive => SourceFormat::Hive,
        }
    }
}

impl Source {
    /// What another machine that sees the same paths, or reaches the same store, needs to open this source.
    ///
    /// # Errors
    /// [`Error::Usage`] where the records are not read in place, where subjects are drawn, and for a relative path
    /// where there is no working folder.
    pub fn shared(&self) -> Result<SourceSheet> {
        if self.taken.is_some() {
            return Err(alone("its records were taken in by this one"));
        }
        if self.draw.is_some() {
            return Err(alone("its subjects are drawn"));
        }
        let place = match &self.objects {
            Some(objects) => InPlace::Objects(objects.sheet(Format::of(&objects.form)?)),
            None => {
                let format = Format::of(&self.format)?;
                let absolute =
                    |path: &PathBuf| std::path::absolute(path).map_err(|_| alone("a path of it is relative"));
                let files = self.files.iter().map(absolute).collect::<Result<_>>()?;
                InPlace::Files { format, files, keys: self.keys.clone(), seen: self.stamps.seen() }
            }
        };
        Ok(SourceSheet { place, columns: self.columns.clone(), nulls: self.nulls.clone() })
    }

    /// Opens a source that another machine described; nothing is asked of a store yet.
    ///
    /// # Errors
    /// A file that is not there, cannot be read, or has another size or time of change than the other machine saw.
    pub fn from_shared(sheet: &SourceSheet) -> Result<Self> {
        let SourceSheet { place, columns, nulls } = sheet;
        match place {
            InPlace::Files { format, files, keys, seen } => {
                let stamps = Stamps::of(files)?;
                let here = stamps.seen();
                if let Some(file) = (0..files.len()).find(|&file| here.get(file) != seen.get(file)) {
                    return Err(other(&files[file]));
                }
                let source = Self::of(format.meant(), columns.clone(), nulls);
                Ok(Self { files: files.clone(), keys: keys.clone(), stamps, ..source })
            }
            InPlace::Objects(sheet) => {
                let objects = Objects::from_sheet(sheet, columns)?;
                let source = Self::of(objects.form.clone(), columns.clone(), nulls);
                Ok(Self { objects: Some(Arc::new(objects)), ..source })
            }
        }
    }
}

fn other(path: &Path) -> Error {
    let help = "all machines must see one folder, or copies with the size and time of each file";
    input(path, "the file is not the one that the other machine sees".into(), Some(help.into()))
}

impl Written for Format {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Csv { delimiter, encoding } => {
                to.form(0);
                delimiter.write(to);
                encoding.write(to);
            }
            Self::Parquet => to.form(1),
            Self::Hive => to.form(2),
        }
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Ok(match from.form()? {
            0 => Self::Csv { delimiter: from.value()?, encoding: from.value()? },
            1 => Self::Parquet,
            2 => Self::Hive,
            _ => return Err(broken("a source of an unknown format")),
        })
    }
}

impl Written for SourceSheet {
    fn write(&self, to: &mut Writer) {
        to.list(&self.columns);
        to.list(&self.nulls);
        match &self.place {
            InPlace::Files { format, files, keys, seen } => {
                to.form(0);
                format.write(to);
                to.list(files);
                to.list(&keys.names);
                keys.values.iter().for_each(|values| to.labels(values));
                seen.iter().flatten().for_each(|number| number.write(to));
            }
            InPlace::Objects(objects) => {
                to.form(1);
                objects.write(to);
            }
        }
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (columns, nulls): (Vec<String>, _) = (from.list()?, from.list()?);
        ensure(columns.iter().collect::<HashSet<_>>().len() == columns.len(), "a column is there twice")?;
        let place = match from.form()? {
            0 => files(from, &columns)?,
            1 => {
                let objects: ObjectsSheet = from.value()?;
                ensure(objects.columns() == columns.len(), "a column has no type")?;
                InPlace::Objects(objects)
            }
            _ => return Err(broken("a source of an unknown place")),
        };
        Ok(Self { place, columns, nulls })
    }
}

fn files(from: &mut Reader, columns: &[String]) -> Result<InPlace> {
    let (format, files): (_, Vec<PathBuf>) = (from.value()?, from.list()?);
    let absolute = !files.is_empty() && files.iter().all(|path| path.is_absolute());
    ensure(absolute, "a source has no files, or one with a relative path")?;
    let names: Vec<String> = from.list()?;
    ensure(names.iter().all(|name| columns.contains(name)), "a key of folders is no column")?;
    let mut values = Vec::new();
    for _ in files.iter().filter(|_| !names.is_empty()) {
        let these = from.labels()?;
        ensure(these.len() == names.len(), "a file has not one value for each key")?;
        values.push(these);
    }
    let seen = files.iter().map(|_| Ok([from.value()?, from.value()?])).collect::<Result<_>>()?;
    Ok(InPlace::Files { format, files, keys: Keys { names, values }, seen })
}

impl Written for Wanted {
    fn write(&self, to: &mut Writer) {
        self.name.write(to);
        self.kind.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        Ok(Self { name: from.value()?, kind: from.value()? })
    }
}
