//! Certified Parquet: written without a word about source, host or writer, sealed by its footer; encrypted for its
//! recipient where the pipeline asks for it.

mod coded;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataBuilder, ParquetMetaDataWriter};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use super::digest::{Digests, leaves, tree};
use super::encryption::RecipientKey;
use super::staging;
use crate::error::{Error, Result};

/// The footer's key under which the signed statement stands.
pub const CERTIFICATE_KEY: &str = "tuomin.certificate";

/// How hard zstd tries.
const LEVEL: i32 = 1;

const WHAT: &str = "could not write the release";

/// Said of an encrypted file to whoever gave no key.
pub const ENCRYPTED: &str = "it is encrypted, and no key was given: `--decryption-key` names the recipient's";

/// Whether a Parquet file's footer is encrypted, by the four bytes that end it.
///
/// # Errors
/// Those of reading.
pub fn is_encrypted(file: &mut File) -> std::io::Result<bool> {
    let mut end = [0; 4];
    if file.seek(SeekFrom::End(0))? < 4 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut end)?;
    file.rewind()?;
    Ok(&end == b"PARE")
}

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

/// Writes row groups, the columns of each, to one file, zstd; syncs it. Groups without rows are left out.
///
/// # Errors
/// Those of [`written`].
pub fn write(
    file: File,
    path: &Path,
    schema: &SchemaRef,
    groups: impl Iterator<Item = Result<Vec<ArrayRef>>>,
) -> Result<()> {
    let file = written(file, path, schema, groups)?;
    file.sync_all().map_err(|e| staging::failed(WHAT, path, e))
}

/// As [`write()`], to whatever takes bytes, which is given back; `path` is for messages.
///
/// Columns that come as dictionaries of text are written as such, other texts plain.
///
/// # Errors
/// Those of the groups and of the file system.
pub fn written<W: Write + Send>(
    mut to: W,
    path: &Path,
    schema: &SchemaRef,
    groups: impl Iterator<Item = Result<Vec<ArrayRef>>>,
) -> Result<W> {
    let failed = |error| unwritten(path, error);
    let texts = schema.fields().iter().filter(|field| *field.data_type() == DataType::Utf8);
    let properties = texts.fold(properties().map_err(failed)?, |properties, field| {
        properties.set_column_dictionary_enabled(ColumnPath::new(vec![field.name().clone()]), false)
    });
    let writer = writer(&mut to, schema, properties.build()).map_err(failed)?;
    let (mut writer, columns) = writer.into_serialized_writer().map_err(failed)?;
    for (number, group) in groups.enumerate() {
        let cells = group?;
        if cells.first().is_some_and(|cells| !cells.is_empty()) {
            write_group(&mut writer, &columns, number, schema, &cells).map_err(failed)?;
        }
    }
    // its own way to give back what it wrote to tells errors of the file system as texts
    writer.finish().map_err(failed)?;
    drop(writer);
    Ok(to)
}

fn write_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    columns: &ArrowRowGroupWriterFactory,
    number: usize,
    schema: &Schema,
    cells: &[ArrayRef],
) -> Result<(), ParquetError> {
    let described = writer.schema_descr().columns().to_vec();
    let mut group = writer.next_row_group()?;
    let columns = columns.create_column_writers(number)?;
    for (at, ((cells, field), mut column)) in cells.iter().zip(schema.fields()).zip(columns).enumerate() {
        match cells.as_dictionary_opt::<UInt32Type>() {
            Some(cells) => {
                let (bytes, close) = coded::chunk(cells, described[at].clone(), LEVEL)?;
                group.append_column(&bytes, close)?;
            }
            None => {
                for leaf in compute_leaves(field, cells)? {
                    column.write(&leaf)?;
                }
                column.close()?.append_to_row_group(&mut group)?;
            }
        }
    }
    group.close().map(|_| ())
}

/// How every file is written.
fn properties() -> Result<WriterPropertiesBuilder, ParquetError> {
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_created_by("tuomin".into())
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true))
}

fn writer<W: Write + Send>(
    to: W,
    schema: &SchemaRef,
    properties: WriterProperties,
) -> Result<ArrowWriter<W>, ParquetError> {
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(to, schema.clone(), options)
}

/// Writes a file of the release anew, encrypted for its recipient and with the certificate in its footer, and puts it
/// in the place of the plain one. Row groups and values stay as they are.
///
/// # Errors
/// Those of the file system; [`Error::Internal`] where the encrypted file does not hold what the plain one held.
pub fn seal_encrypted(path: &Path, certificate: &str, key: &RecipientKey, logical: &Digests) -> Result<()> {
    let own = |what: String| Error::Internal(format!("a file of the release could not be encrypted: {what}"));
    let part = Part::open(path, None).map_err(own)?;
    let aside = path.with_extension("encrypted");
    let file = File::options().create_new(true).write(true).mode(0o600).open(&aside).map_err(|e| failed(&aside, e))?;
    let properties = properties().map_err(|e| unwritten(path, e))?;
    let properties = properties.with_file_encryption_properties(key.encrypting()?).build();
    let schema = part.metadata.schema().clone();
    let mut writer = writer(file, &schema, properties).map_err(|e| unwritten(path, e))?;
    for group in 0..part.groups() {
        crate::source::interrupted()?;
        let batch = part.batch(group).map_err(own)?;
        writer.write(&batch).and_then(|()| writer.flush()).map_err(|e| unwritten(path, e))?;
    }
    writer.append_key_value_metadata(KeyValue::new(CERTIFICATE_KEY.to_owned(), certificate.to_owned()));
    writer.finish().map_err(|e| unwritten(path, e))?;
    writer.inner_mut().sync_all().map_err(|e| failed(path, e))?;
    std::fs::rename(&aside, path).map_err(|e| failed(path, e))?;
    // what ships is what was measured
    let written = Part::open(path, Some(key)).map_err(own)?;
    if written.certificate() != Some(certificate) || written.logical_digest().map_err(own)? != *logical {
        return Err(own("it does not hold what was certified".into()));
    }
    Ok(())
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
    /// Opens a file, with the recipient's key where it is encrypted; the key is not used for a plain file.
    ///
    /// # Errors
    /// A text for `verify`: what is wrong with the file.
    pub fn open(path: &Path, key: Option<&RecipientKey>) -> Result<Self, String> {
        let mut file = File::open(path).map_err(|e| format!("it cannot be opened: {}", e.kind()))?;
        let mut options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let encrypted = is_encrypted(&mut file).map_err(|e| format!("it cannot be read: {}", e.kind()))?;
        match (encrypted, key) {
            (true, None) => return Err(ENCRYPTED.into()),
            (true, Some(key)) => {
                let properties = key.decrypting().map_err(|_| "its key cannot be used".to_owned())?;
                options = options.with_file_decryption_properties(properties);
            }
            (false, _) => {}
        }
        let plain = ArrowReaderMetadata::load(&file, options).map_err(|_| match encrypted {
            true => "this key does not open it, or its footer is damaged".to_owned(),
            false => "its footer is not that of a Parquet file, or is damaged".to_owned(),
        })?;
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

    /// The digest over all values: see [`tree`].
    ///
    /// # Errors
    /// A text: what is wrong with the file.
    pub fn logical_digest(&self) -> Result<Digests, String> {
        let told = |error: Error| error.to_string();
        let groups =
            (0..self.groups()).into_par_iter().map(|group| leaves(&self.schema, &self.read(group)?).map_err(told));
        tree(&self.schema, &groups.collect::<Result<Vec<_>, _>>()?).map_err(told)
    }

    /// All columns of a row group.
    pub fn read(&self, group: usize) -> Result<Vec<ArrayRef>, String> {
        Ok(self.batch(group)?.columns().to_vec())
    }

    fn batch(&self, group: usize) -> Result<RecordBatch, String> {
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
        Ok(batch)
    }
}
