//! What is not read where it lies is taken in once, and kept encrypted until the run ends.
//!
//! The records lie in a temporary file that has no name any more, as Parquet of which all columns and the footer are
//! encrypted (modular encryption, AES-256-GCM) under a random key. The key is in memory only: when the process ends,
//! however it does, nobody can read what may be left on the disk. `parquet` keeps copies of the key of its own as long
//! as the intake lives.

mod file;
mod scan;

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::datatypes::{DataType, FieldRef, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{Compression, ZstdLevel};
use parquet::encryption::decrypt::FileDecryptionProperties;
use parquet::encryption::encrypt::FileEncryptionProperties;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use rand::TryRng;
use rand::rngs::SysRng;

use self::file::{Handles, Temporary, unusable};
use super::hashed::{Hashed, Part};
use super::reader::Reader;
use super::{Wanted, interrupted};
use crate::error::{Error, Place, Result};
use crate::secret::Secret;
use crate::spec::ColumnType;

/// Records of a row group.
const GROUP: usize = 128 << 10;

/// The records of a source, each once, in the order in which they came.
pub struct Intake {
    schema: SchemaRef,
    metadata: ArrowReaderMetadata,
    handles: Handles,
    /// Records before each row group, and last the number of all.
    starts: Vec<u64>,
    /// From which record on they come from which file.
    origins: Vec<(u64, Option<PathBuf>)>,
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Intake({} columns, {} records)", self.schema.fields().len(), self.records())
    }
}

impl Intake {
    /// Takes in all records of a reader; `folder` is the folder of the temporary file, and has to be there.
    ///
    /// # Errors
    /// Those of the reader; two columns with one name, or no column; a folder that cannot be written, a full disk.
    pub fn new(reader: &mut dyn Reader, folder: &Path) -> Result<Self> {
        let Temporary { file, handles } = file::temporary(folder)?;
        Self::kept(reader, folder, file, handles)
    }

    fn kept(reader: &mut dyn Reader, folder: &Path, file: File, handles: Handles) -> Result<Self> {
        let schema = reader.schema();
        checked(&schema, reader.origin())?;
        let mut key = Secret::new([0u8; 32]);
        SysRng
            .try_fill_bytes(key.expose_mut())
            .map_err(|_| Error::surroundings(None, "the system gave no randomness"))?;
        let properties = properties(&key).map_err(|error| unwritten(folder, error))?;
        let mut writer =
            ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(|error| unwritten(folder, error))?;
        let (mut records, mut origins) = (0u64, Vec::<(u64, Option<PathBuf>)>::new());
        while let Some(batch) = reader.next()? {
            interrupted()?;
            if batch.num_rows() == 0 {
                continue;
            }
            let origin = reader.origin();
            if origins.last().is_none_or(|(_, last)| *last != origin) {
                origins.push((records, origin));
            }
            records += batch.num_rows() as u64;
            writer.write(&batch).map_err(|error| unwritten(folder, error))?;
        }
        writer.finish().map_err(|error| unwritten(folder, error))?;
        if origins.is_empty() {
            origins.push((0, reader.origin()));
        }
        let decrypting = FileDecryptionProperties::builder(key.expose().to_vec()).build();
        let options = ArrowReaderOptions::new().with_file_decryption_properties(decrypting.map_err(|_| damaged())?);
        let metadata = handles.with(|file| ArrowReaderMetadata::load(file, options).map_err(|_| damaged()))?;
        let mut starts = vec![0u64];
        for group in metadata.metadata().row_groups() {
            let before = starts.last().copied().unwrap_or(0);
            starts.push(before + u64::try_from(group.num_rows()).map_err(|_| damaged())?);
        }
        if starts.last() != Some(&records) || metadata.schema().fields() != schema.fields() {
            return Err(damaged());
        }
        Ok(Self { schema, metadata, handles, starts, origins })
    }

    /// The columns as the reader gave them.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The digest of the records as they came, in hex: see `Hashed`.
    ///
    /// # Errors
    /// A temporary file that cannot be read.
    pub fn digest(&self) -> Result<String> {
        let all = |field: &FieldRef| Wanted { name: field.name().clone(), kind: ColumnType::Text };
        let wanted: Vec<Wanted> = self.schema.fields().iter().map(all).collect();
        let mut hashed = Hashed::new(&self.schema)?;
        // a part for each origin: the first begins with the first record
        let mut ends = self.origins.iter().skip(1).map(|&(start, _)| start);
        let (mut part, mut end, mut seen) = (Part::default(), ends.next(), 0u64);
        for group in 0..self.starts.len() - 1 {
            for mut batch in self.group(group, &wanted)? {
                while let Some(here) = end.filter(|end| end - seen < batch.num_rows() as u64).map(|end| end - seen) {
                    part.add(&batch.slice(0, here as usize))?;
                    hashed.add(std::mem::take(&mut part));
                    batch = batch.slice(here as usize, batch.num_rows() - here as usize);
                    (end, seen) = (ends.next(), seen + here);
                }
                part.add(&batch)?;
                seen += batch.num_rows() as u64;
            }
        }
        hashed.add(part);
        Ok(hashed.finish())
    }

    /// How many records were taken in.
    pub fn records(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// The place of a record, which counts from 0, in the file that it comes from.
    fn place(&self, record: Option<u64>, column: &str) -> Place {
        let at = self.origins.partition_point(|(start, _)| *start <= record.unwrap_or(0)).saturating_sub(1);
        let (start, path) = self.origins.get(at).cloned().unwrap_or_default();
        let row = record.map(|record| record - start + 1);
        Place { path, row, column: Some(column.to_owned()), line: None }
    }
}

/// Refuses what a reader must not give.
fn checked(schema: &SchemaRef, origin: Option<PathBuf>) -> Result<()> {
    let at = || Place { path: origin.clone(), ..Place::default() };
    if schema.fields().is_empty() {
        return Err(Error::input("the input has no columns").at(at()));
    }
    let mut names: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
    names.sort();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::input(format!("two columns are named `{}`", twice[0])).at(at()));
    }
    for field in schema.fields() {
        match field.data_type() {
            DataType::Utf8 | DataType::Utf8View | DataType::Int64 | DataType::Float64 => {}
            DataType::Boolean | DataType::Date32 | DataType::Timestamp(TimeUnit::Microsecond, None) => {}
            other => return Err(Error::internal(format!("a reader gave a column of type {other}"))),
        }
        if !field.is_nullable() {
            return Err(Error::internal("a reader gave a column that has no nulls"));
        }
    }
    Ok(())
}

fn properties(key: &Secret<[u8; 32]>) -> Result<WriterProperties, ParquetError> {
    let encrypting = FileEncryptionProperties::builder(key.expose().to_vec()).build()?;
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(GROUP))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .with_file_encryption_properties(encrypting)
        .build())
}

fn damaged() -> Error {
    Error::surroundings(None, "the temporary file with the source's records is damaged")
        .with_help("somebody has changed it, or the disk fails: run again, with `--out` on another disk")
}

/// An error of the writer: that of the file system where it comes from there.
fn unwritten(folder: &Path, error: ParquetError) -> Error {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(source) => unusable(folder, *source),
            Err(_) => Error::internal("the source's records could not be kept"),
        },
        _ => Error::internal("the source's records could not be kept"),
    }
}

#[cfg(test)]
mod tests;
