//! [`SourceSheet`]: what another machine that sees the same files needs to read them as this one does.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::hive::Keys;
use super::stamp::Stamps;
use super::{Source, Wanted, input};
use crate::error::{Error, Result};
use crate::spec::{Encoding, SourceFormat};
use crate::written::{Reader, Writer, Written, broken, ensure};

/// The files of a source that is read in place, how they are read, and what they looked like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSheet {
    format: InPlace,
    files: Vec<PathBuf>,
    columns: Vec<String>,
    keys: Keys,
    nulls: Vec<String>,
    /// Of each file: its size, and when it was changed last, in seconds.
    seen: Vec<[i128; 2]>,
}

/// The formats that are read in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InPlace {
    Csv { delimiter: u8, encoding: Encoding },
    Parquet,
    Hive,
}

fn alone(why: &str) -> Error {
    Error::Usage {
        message: format!("the source cannot be read by several machines: {why}"),
        help: Some("give its records as Parquet or CSV in a folder that all machines see, or run on one".into()),
    }
}

impl Source {
    /// What another machine that sees the same paths needs to open this source.
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
        let format = match &self.format {
            SourceFormat::Csv { delimiter, encoding } => InPlace::Csv { delimiter: *delimiter, encoding: *encoding },
            SourceFormat::Parquet => InPlace::Parquet,
            SourceFormat::Hive => InPlace::Hive,
            _ => return Err(alone("it is of a format that is not read in place")),
        };
        let absolute = |path: &PathBuf| std::path::absolute(path).map_err(|_| alone("a path of it is relative"));
        Ok(SourceSheet {
            format,
            files: self.files.iter().map(absolute).collect::<Result<_>>()?,
            columns: self.columns.clone(),
            keys: self.keys.clone(),
            nulls: self.nulls.clone(),
            seen: self.stamps.seen(),
        })
    }

    /// Opens a source that another machine described.
    ///
    /// # Errors
    /// A file that is not there, cannot be read, or has another size or time of change than the other machine saw.
    pub fn from_shared(sheet: &SourceSheet) -> Result<Self> {
        let stamps = Stamps::of(&sheet.files)?;
        let here = stamps.seen();
        if let Some(file) = (0..sheet.files.len()).find(|&file| here.get(file) != sheet.seen.get(file)) {
            return Err(other(&sheet.files[file]));
        }
        Ok(Self {
            format: match sheet.format {
                InPlace::Csv { delimiter, encoding } => SourceFormat::Csv { delimiter, encoding },
                InPlace::Parquet => SourceFormat::Parquet,
                InPlace::Hive => SourceFormat::Hive,
            },
            files: sheet.files.clone(),
            columns: sheet.columns.clone(),
            beside: Vec::new(),
            keys: sheet.keys.clone(),
            nulls: sheet.nulls.clone(),
            taken: None,
            preparation: Vec::new(),
            stamps,
            draw: None,
        })
    }
}

fn other(path: &Path) -> Error {
    let help = "all machines must see one folder, or copies with the size and time of each file";
    input(path, "the file is not the one that the other machine sees".into(), Some(help.into()))
}

impl Written for InPlace {
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
        self.format.write(to);
        to.list(&self.files);
        to.list(&self.columns);
        to.list(&self.keys.names);
        self.keys.values.iter().for_each(|values| to.labels(values));
        to.list(&self.nulls);
        self.seen.iter().flatten().for_each(|number| number.write(to));
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let format = from.value()?;
        let (files, columns): (Vec<PathBuf>, Vec<String>) = (from.list()?, from.list()?);
        let absolute = !files.is_empty() && files.iter().all(|path| path.is_absolute());
        ensure(absolute, "a source has no files, or one with a relative path")?;
        ensure(columns.iter().collect::<HashSet<_>>().len() == columns.len(), "a column is there twice")?;
        let names: Vec<String> = from.list()?;
        ensure(names.iter().all(|name| columns.contains(name)), "a key of folders is no column")?;
        let mut values = Vec::new();
        for _ in files.iter().filter(|_| !names.is_empty()) {
            let these = from.labels()?;
            ensure(these.len() == names.len(), "a file has not one value for each key")?;
            values.push(these);
        }
        let nulls = from.list()?;
        let seen = files.iter().map(|_| Ok([from.value()?, from.value()?])).collect::<Result<_>>()?;
        Ok(Self { format, files, columns, keys: Keys { names, values }, nulls, seen })
    }
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
