//! Certified Parquet: written without a word about source, host or writer, sealed by its footer.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataBuilder, ParquetMetaDataWriter};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::staging;
use crate::error::{Error, Result};

/// The footer's key under which the signed statement stands.
pub const CERTIFICATE_KEY: &str = "tuomin.certificate";

const WHAT: &str = "could not write the release";

fn failed(path: &Path, source: std::io::Error) -> Error {
    staging::failed(WHAT, path, source)
}

/// An error of the writer: that of the file system where it comes from there.
fn unwritten(path: &Path, error: ParquetError) -> Error {
    let other = |what: String| Error::Environment {
        message: format!("{WHAT}: {what}"),
        path: Some(path.into()),
        source: None,
        help: None,
    };
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(source) => failed(path, *source),
            Err(source) => other(source.to_string()),
        },
        error => other(error.to_string()),
    }
}

/// Writes batches as row groups of one file, zstd, dictionary-encoded; syncs it.
pub fn write(
    file: File,
    path: &Path,
    schema: &SchemaRef,
    groups: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<()> {
    let level = ZstdLevel::try_new(1).map_err(|e| unwritten(path, e))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by("tuomin".into())
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .build();
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let mut writer =
        ArrowWriter::try_new_with_options(file, schema.clone(), options).map_err(|e| unwritten(path, e))?;
    for group in groups {
        writer.write(&group?).and_then(|()| writer.flush()).map_err(|e| unwritten(path, e))?;
    }
    writer.finish().map_err(|e| unwritten(path, e))?;
    writer.inner_mut().sync_all().map_err(|e| failed(path, e))
}

/// Replaces the footer by one that carries the certificate; the data pages stay as they are.
pub fn seal(path: &Path, certificate: &str) -> Result<()> {
    let mut file = File::options().read(true).write(true).open(path).map_err(|e| failed(path, e))?;
    let metadata =
        ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| unwritten(path, e))?.metadata().clone();
    let end = data_end(&metadata);
    let old = metadata.file_metadata();
    let entry = KeyValue::new(CERTIFICATE_KEY.to_owned(), certificate.to_owned());
    let footer = FileMetaData::new(
        old.version(),
        old.num_rows(),
        old.created_by().map(str::to_owned),
        Some(vec![entry]),
        old.schema_descr_ptr(),
        old.column_orders().cloned(),
    );
    let sealed = ParquetMetaDataBuilder::new(footer).set_row_groups(metadata.row_groups().to_vec()).build();
    file.set_len(end).map_err(|e| failed(path, e))?;
    file.seek(SeekFrom::End(0)).map_err(|e| failed(path, e))?;
    let mut bytes = Vec::new();
    ParquetMetaDataWriter::new_with_tracked(parquet::file::writer::TrackedWrite::new(&mut bytes), &sealed)
        .finish()
        .map_err(|e| unwritten(path, e))?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(|e| failed(path, e))
}

/// Where the last column chunk ends.
fn data_end(metadata: &ParquetMetaData) -> u64 {
    let ends = metadata.row_groups().iter().flat_map(|group| group.columns()).map(|column| {
        let (start, length) = column.byte_range();
        start + length
    });
    ends.max().unwrap_or(4)
}

/// Whether the values of a text column repeat so much that a dictionary is the quicker way to read them: its
/// pages hold fewer than four bytes per row.
fn repeats(metadata: &ParquetMetaData, column: usize) -> bool {
    let groups = metadata.row_groups();
    let bytes: i64 = groups.iter().filter_map(|group| group.columns().get(column)).map(|c| c.uncompressed_size()).sum();
    bytes < metadata.file_metadata().num_rows().saturating_mul(4)
}

/// A file of a release, opened as a stranger would, text that repeats as dictionaries.
pub struct Part {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    /// Text as text, however it is read.
    schema: SchemaRef,
}

impl Part {
    /// # Errors
    /// A text for `verify`: what is wrong with the file.
    pub fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|e| format!("it cannot be opened: {}", e.kind()))?;
        let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new().with_skip_arrow_metadata(true))
            .map_err(|_| "its footer is not that of a Parquet file, or is damaged".to_owned())?;
        let text = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
        let field = |(column, field): (usize, &Arc<Field>)| match field.data_type() {
            DataType::Utf8 if repeats(plain.metadata(), column) => {
                Field::new(field.name(), text.clone(), field.is_nullable())
            }
            _ => field.as_ref().clone(),
        };
        let fields: Vec<Field> = plain.schema().fields().iter().enumerate().map(field).collect();
        use DataType::{Boolean, Date32, Dictionary, Float64, Int64, Utf8};
        if !fields
            .iter()
            .all(|field| matches!(field.data_type(), Dictionary(..) | Utf8 | Int64 | Float64 | Date32 | Boolean))
        {
            return Err("its columns have types that releases do not have".to_owned());
        }
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
        let metadata = ArrowReaderMetadata::try_new(plain.metadata().clone(), options)
            .map_err(|_| "its columns have types that releases do not have".to_owned())?;
        Ok(Self { path: path.into(), metadata, schema: plain.schema().clone() })
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub fn groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    pub fn metadata(&self) -> &ParquetMetaData {
        self.metadata.metadata()
    }

    /// The signed statement in the footer, and nothing else may be there.
    pub fn certificate(&self) -> Option<&str> {
        match self.metadata().file_metadata().key_value_metadata()?.as_slice() {
            [only] if only.key == CERTIFICATE_KEY => only.value.as_deref(),
            _ => None,
        }
    }

    /// All columns of a row group.
    pub fn read(&self, group: usize) -> Result<Vec<ArrayRef>, String> {
        let damaged = |_| "its data pages are damaged".to_owned();
        // opened anew: clones of one handle share their position, and row groups are read at the same time
        let file = File::open(&self.path).map_err(|e| format!("it cannot be read: {}", e.kind()))?;
        let rows = usize::try_from(self.metadata().row_group(group).num_rows())
            .map_err(|_| "its row counts are not numbers".to_owned())?;
        let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_row_groups(vec![group])
            .with_batch_size(rows.max(1))
            .build()
            .map_err(|_| "its data pages are damaged".to_owned())?;
        let batch = match reader.next() {
            Some(batch) => batch.map_err(damaged)?,
            None => RecordBatch::new_empty(self.metadata.schema().clone()),
        };
        if batch.num_rows() != rows || reader.next().is_some() {
            return Err("its row groups hold other numbers of rows than its footer says".into());
        }
        Ok(batch.columns().to_vec())
    }
}
