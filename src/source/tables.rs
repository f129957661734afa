//! Files of Arrow tables, read in order: Arrow IPC, and Parquet where it is not read in place.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::{can_cast_types, cast};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::ipc::reader::{FileReader, StreamReader};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::decoding::decoding;
use super::hive::Keys;
use super::reader::Reader;
use super::{input, ipc, unreadable};
use crate::error::{Error, Place, Result};

/// Records of a batch.
const BATCH: usize = 64 << 10;

/// What the files are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Ipc,
    Parquet,
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, arrow::error::ArrowError>> + Send>;

/// The records of the files. Columns are matched by name; nested and binary ones are left out.
///
/// Small and unsigned numbers become Int64 (UInt64 text), Float32 becomes Float64, decimals text, dictionaries their
/// values, time stamps microseconds: finer ones lose what is finer.
pub(super) struct Tables {
    files: Vec<PathBuf>,
    form: Form,
    keys: Keys,
    schema: SchemaRef,
    next: usize,
    batches: Option<Batches>,
}

impl Tables {
    /// # Errors
    /// Files that are not of the form; a column of one type in one file and of another in the next.
    pub fn open(files: Vec<PathBuf>, form: Form, keys: Keys) -> Result<Self> {
        let mut schema: Option<SchemaRef> = None;
        for path in &files {
            let (found, _) = batches(path, form)?;
            let mut fields = Vec::new();
            for field in found.fields() {
                if let Some(kind) = kept(path, field)? {
                    fields.push(Field::new(field.name(), kind, true));
                }
            }
            fields.extend(keys.names.iter().map(|name| Field::new(name, DataType::Utf8, true)));
            let Some(first) = &schema else {
                schema = Some(Arc::new(Schema::new(fields)));
                continue;
            };
            let other = fields.iter().find(|field| first.field_with_name(field.name()).ok() != Some(*field));
            if let Some(other) = other {
                let place = Place { path: Some(path.clone()), column: Some(other.name().clone()), ..Place::default() };
                return Err(Error::input("the column is of another type than in the first file").at(place));
            }
        }
        let schema = schema.ok_or_else(|| Error::internal("there are no files"))?;
        Ok(Self { files, form, keys, schema, next: 0, batches: None })
    }
}

/// The names of the columns of a file that can be read.
pub(super) fn columns(path: &Path, form: Form) -> Result<Vec<String>> {
    let (schema, _) = batches(path, form)?;
    let mut names = Vec::new();
    for field in schema.fields() {
        if kept(path, field)?.is_some() {
            names.push(field.name().clone());
        }
    }
    Ok(names)
}

impl Reader for Tables {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if self.batches.is_none() {
                let Some(path) = self.files.get(self.next) else { return Ok(None) };
                self.batches = Some(batches(path, self.form)?.1);
                self.next += 1;
            }
            let Some(batches) = &mut self.batches else { continue };
            let path = &self.files[self.next - 1];
            let Some(batch) = decoding(|| batches.next()).ok_or_else(|| damaged(path, self.form))? else {
                self.batches = None;
                continue;
            };
            let batch = batch.map_err(|_| damaged(path, self.form))?;
            return normal(&batch, &self.schema, path, &self.keys, self.next - 1).map(Some);
        }
    }

    fn origin(&self) -> Option<PathBuf> {
        self.files.get(self.next.saturating_sub(1)).cloned()
    }
}

fn damaged(path: &Path, form: Form) -> Error {
    let (message, help) = match form {
        Form::Ipc => (
            "this is not Arrow IPC that can be read, or it is damaged",
            "compressed buffers are not read: write the file without compression, or as Parquet",
        ),
        Form::Parquet => return super::parquet::unreadable(path),
    };
    input(path, message.into(), Some(help.into()))
}

fn batches(path: &Path, form: Form) -> Result<(SchemaRef, Batches)> {
    decoding(|| opened(path, form)).unwrap_or_else(|| Err(damaged(path, form)))
}

fn opened(path: &Path, form: Form) -> Result<(SchemaRef, Batches)> {
    let wrong = || damaged(path, form);
    let mut file = File::open(path).map_err(|source| unreadable(path, source))?;
    if form == Form::Parquet {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|_| wrong())?;
        let reader = reader.with_batch_size(BATCH).build().map_err(|_| wrong())?;
        return Ok((arrow::array::RecordBatchReader::schema(&reader), Box::new(reader)));
    }
    if !ipc::lengths_hold(&mut file) {
        return Err(wrong());
    }
    file.rewind().map_err(|source| unreadable(path, source))?;
    let mut start = Vec::new();
    (&mut file).take(6).read_to_end(&mut start).map_err(|source| unreadable(path, source))?;
    file.rewind().map_err(|source| unreadable(path, source))?;
    let file = BufReader::new(file);
    if start == ipc::MAGIC {
        let reader = FileReader::try_new(file, None).map_err(|_| wrong())?;
        return Ok((reader.schema(), Box::new(reader)));
    }
    let reader = StreamReader::try_new(Seen { inner: file, ended: false }, None).map_err(|_| wrong())?;
    Ok((reader.schema(), Box::new(Whole { reader, done: false })))
}

/// A stream that is an error where it ends without its end, and where more stands behind it.
///
/// The library takes the end of a file for the end of its stream: cut off between two batches it would be a shorter
/// table. Written streams have an end of their own.
struct Whole<R: Read> {
    reader: StreamReader<Seen<R>>,
    done: bool,
}

impl<R: Read> Iterator for Whole<R> {
    type Item = Result<RecordBatch, arrow::error::ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let batch = self.reader.next();
        if batch.is_none() {
            self.done = true;
            let file = self.reader.get_mut();
            if file.ended || !matches!(file.read(&mut [0]), Ok(0)) {
                return Some(Err(arrow::error::ArrowError::IpcError(
                    "the stream has no end, or more behind it".into(),
                )));
            }
        }
        batch
    }
}

/// A file of which is known whether anybody has read beyond its end.
struct Seen<R> {
    inner: R,
    ended: bool,
}

impl<R: Read> Read for Seen<R> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.ended |= read == 0 && !bytes.is_empty();
        Ok(read)
    }
}

/// The type in which a column is read; `None` where it is left out.
fn kept(path: &Path, field: &Field) -> Result<Option<DataType>> {
    use DataType as T;
    let value = match field.data_type() {
        T::Dictionary(_, value) => value.as_ref(),
        other => other,
    };
    Ok(Some(match value {
        T::Utf8 | T::Null => T::Utf8,
        T::LargeUtf8 | T::Utf8View => T::Utf8View,
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => T::Int64,
        T::Float16 | T::Float32 | T::Float64 => T::Float64,
        T::Boolean => T::Boolean,
        T::Date32 | T::Date64 => T::Date32,
        T::Timestamp(_, None) => T::Timestamp(TimeUnit::Microsecond, None),
        T::Timestamp(_, Some(zone)) if ["UTC", "Z", "+00:00", "Etc/UTC"].contains(&zone.as_ref()) => {
            T::Timestamp(TimeUnit::Microsecond, None)
        }
        T::Timestamp(_, Some(_)) => {
            let place = Place { path: Some(path.into()), column: Some(field.name().clone()), ..Place::default() };
            return Err(Error::input("time stamps in a time zone are not read")
                .at(place)
                .with_help("write them as local time without a zone, or in UTC"));
        }
        T::UInt64 | T::Time32(_) | T::Time64(_) => T::Utf8,
        T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..) | T::Decimal256(..) => T::Utf8,
        _ => return Ok(None),
    }))
}

/// The columns of the schema, by name, in its types.
fn normal(batch: &RecordBatch, schema: &SchemaRef, path: &Path, keys: &Keys, file: usize) -> Result<RecordBatch> {
    let cells = |field: &Arc<Field>| -> Result<ArrayRef> {
        if let Some(key) = keys.names.iter().position(|name| name == field.name()) {
            let value = keys.values[file][key].as_deref();
            return Ok(Arc::new(StringArray::from(vec![value; batch.num_rows()])));
        }
        let place = || Place { path: Some(path.into()), column: Some(field.name().clone()), ..Place::default() };
        let cells = batch
            .column_by_name(field.name())
            .ok_or_else(|| Error::input("the column is not in this file").at(place()))?;
        let unread = || Error::input("the column's values cannot be read").at(place());
        let cells = match cells.data_type() {
            DataType::Dictionary(_, value) => &cast(cells, value).map_err(|_| unread())?,
            _ => cells,
        };
        if cells.data_type() == field.data_type() {
            return Ok(cells.clone());
        }
        // of times in UTC the zone's name goes, the clock stays
        let cells = match cells.data_type() {
            DataType::Timestamp(unit, Some(_)) => {
                &cast(cells, &DataType::Timestamp(*unit, Some("+00:00".into()))).map_err(|_| unread())?
            }
            _ => cells,
        };
        if !can_cast_types(cells.data_type(), field.data_type()) {
            return Err(unread());
        }
        let made = cast(cells, field.data_type()).map_err(|_| unread())?;
        // a cast that fails gives null
        if made.logical_null_count() == cells.logical_null_count() { Ok(made) } else { Err(unread()) }
    };
    let columns = schema.fields().iter().map(cells).collect::<Result<_>>()?;
    RecordBatch::try_new(schema.clone(), columns).map_err(|_| damaged(path, Form::Ipc))
}

#[cfg(test)]
mod tests;
