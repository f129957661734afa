//! Parquet objects: the footer, then the wanted columns of a row group, each in few requests.

use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::reader::{ChunkReader, Length};

use super::object::Object;
use crate::error::{Error, Place, Result};
use crate::store::{Bytes, at, cut_up};

/// Bytes of the end of an object that are asked for first: most footers are shorter.
const END: u64 = 64 << 10;
/// Bytes between two columns that are rather read than asked for apart.
const GAP: u64 = 256 << 10;
/// Records per batch.
const BATCH: usize = 8192;

/// What an object tells of itself at its end.
pub struct Footer {
    metadata: ArrowReaderMetadata,
    schema: SchemaRef,
}

impl Footer {
    /// # Errors
    /// Those of the store; what is no Parquet; a column whose type is not read.
    pub fn read(object: &Object) -> Result<Self> {
        let wrong = || at(Error::input("the object is not Parquet, or it is damaged"), &object.meta);
        let size = object.meta.size;
        let mut from = size.saturating_sub(END);
        let metadata = loop {
            let end = object.store.pieces(&object.meta, cut_up(from..size))?.concat();
            let mut reader = ParquetMetaDataReader::new();
            match reader.try_parse_sized(&Bytes::from(end), size) {
                Ok(()) => break reader.finish().map_err(|_| wrong())?,
                Err(ParquetError::NeedMoreData(needed)) if (needed as u64) > size - from && needed as u64 <= size => {
                    from = size - needed as u64;
                }
                Err(_) => return Err(wrong()),
            }
        };
        let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), ArrowReaderOptions::new());
        let metadata = metadata.map_err(|_| wrong())?;
        if metadata.metadata().row_groups().iter().any(|group| group.num_rows() < 0) {
            return Err(wrong());
        }
        let fields = metadata.schema().fields().iter().map(|field| {
            let Some(kind) = ours(field.data_type()) else {
                let error = Error::input(format!("columns of the type `{}` are not read", field.data_type()));
                let place = Place { column: Some(field.name().clone()), ..Place::default() };
                return Err(at(error.at(place), &object.meta));
            };
            Ok(Field::new(field.name(), kind, true))
        });
        let schema = Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?));
        Ok(Self { metadata, schema })
    }

    /// The columns, of types as a reader gives them.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Records of each row group.
    pub fn groups(&self) -> Vec<u64> {
        let groups = self.metadata.metadata().row_groups().iter();
        groups.map(|group| group.num_rows().unsigned_abs()).collect()
    }

    /// What the footer says by this name.
    pub fn told(&self, name: &str) -> Option<String> {
        let entries = self.metadata.metadata().file_metadata().key_value_metadata()?;
        entries.iter().find(|entry| entry.key == name)?.value.clone()
    }

    /// Fetches a row group, of it the columns of these names.
    ///
    /// # Errors
    /// Those of the store.
    pub fn fetch(&self, object: &Object, group: usize, columns: &[&str]) -> Result<Fetched> {
        let damaged = || damaged(object);
        let roots = self.metadata.schema().fields().iter().enumerate();
        let roots = roots.filter(|(_, field)| columns.contains(&field.name().as_str())).map(|(root, _)| root);
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), roots);
        let group_told = self.metadata.metadata().row_groups().get(group).ok_or_else(damaged)?;
        let leaves = group_told.columns().iter().enumerate().filter(|(leaf, _)| mask.leaf_included(*leaf));
        let mut ranges = Vec::new();
        for (_, leaf) in leaves {
            let (start, length) = leaf.byte_range();
            let end = start.checked_add(length).filter(|&end| end <= object.meta.size).ok_or_else(damaged)?;
            ranges.push(start..end);
        }
        let mut parts = Vec::new();
        for range in joined(ranges) {
            let bytes = object.store.pieces(&object.meta, cut_up(range.clone()))?.concat();
            parts.push((range.start, Bytes::from(bytes)));
        }
        let part = Part { parts: Arc::new(parts), size: object.meta.size };
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(part, self.metadata.clone())
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_batch_size(BATCH)
            .build()
            .map_err(|_| damaged())?;
        Ok(Fetched { object: object.clone(), reader, left: group_told.num_rows().unsigned_abs() })
    }
}

fn damaged(object: &Object) -> Error {
    at(Error::input("the object is damaged: a part of it cannot be read as Parquet"), &object.meta)
}

/// Ranges in ascending order, those that are near each other in one.
fn joined(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(GAP) => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// Parts of an object, each with its place.
#[derive(Clone)]
struct Part {
    parts: Arc<Vec<(u64, Bytes)>>,
    size: u64,
}

impl Part {
    /// The bytes from a place on to the end of its part.
    fn from(&self, start: u64) -> parquet::errors::Result<Bytes> {
        let within = |(place, bytes): &&(u64, Bytes)| *place <= start && start - *place <= bytes.len() as u64;
        let (place, bytes) =
            self.parts.iter().rev().find(within).ok_or_else(|| ParquetError::EOF("not fetched".into()))?;
        Ok(bytes.slice((start - place) as usize..))
    }
}

impl Length for Part {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Part {
    type T = Cursor<Bytes>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Cursor<Bytes>> {
        self.from(start).map(Cursor::new)
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let bytes = self.from(start)?;
        match length <= bytes.len() {
            true => Ok(bytes.slice(..length)),
            false => Err(ParquetError::EOF("not fetched".into())),
        }
    }
}

/// A row group that is here.
pub struct Fetched {
    object: Object,
    reader: ParquetRecordBatchReader,
    /// Records that are still to come.
    left: u64,
}

impl Fetched {
    /// The next records, in the order of `wanted` and of its types.
    ///
    /// # Errors
    /// Damaged pages, other records than the footer says; a number beyond 64 signed bits.
    pub fn next(&mut self, wanted: &SchemaRef) -> Result<Option<RecordBatch>> {
        let Some(batch) = self.reader.next() else {
            return if self.left == 0 { Ok(None) } else { Err(damaged(&self.object)) };
        };
        let batch = batch.map_err(|_| damaged(&self.object))?;
        self.left = self.left.checked_sub(batch.num_rows() as u64).ok_or_else(|| damaged(&self.object))?;
        let column = |field: &Arc<Field>| {
            let cells = batch.column_by_name(field.name()).ok_or_else(|| Error::internal("a column went away"))?;
            converted(cells, field).map_err(|error| at(error, &self.object.meta))
        };
        let columns = wanted.fields().iter().map(column).collect::<Result<Vec<ArrayRef>>>()?;
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(wanted.clone(), columns, &options);
        batch.map(Some).map_err(|_| Error::internal("columns of one batch differ in length"))
    }
}

fn converted(cells: &ArrayRef, field: &Field) -> Result<ArrayRef> {
    // a zone is only how a moment is shown: its count is of UTC
    let options = CastOptions { safe: true, ..CastOptions::default() };
    let cast = cast_with_options(cells, field.data_type(), &options);
    let cast = cast.map_err(|_| Error::internal("a column cannot become what was announced"))?;
    // a cell that does not fit becomes null: then it is refused
    if cast.logical_null_count() != cells.logical_null_count() {
        let place = Place { column: Some(field.name().clone()), ..Place::default() };
        let message = format!("a cell does not fit into {}", field.data_type());
        return Err(Error::input(message).at(place));
    }
    Ok(cast)
}

/// What cells of a type become; `None` where they are not read.
fn ours(kind: &DataType) -> Option<DataType> {
    Some(match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            DataType::Utf8
        }
        DataType::Dictionary(_, values) if matches!(**values, DataType::Utf8 | DataType::LargeUtf8) => DataType::Utf8,
        DataType::Time32(_) | DataType::Time64(_) => DataType::Utf8,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => DataType::Int64,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => DataType::Float64,
        DataType::Boolean => DataType::Boolean,
        DataType::Date32 => DataType::Date32,
        DataType::Timestamp(TimeUnit::Second | TimeUnit::Millisecond | TimeUnit::Microsecond, _) => {
            DataType::Timestamp(TimeUnit::Microsecond, None)
        }
        // as text: nothing below a microsecond is lost
        DataType::Timestamp(TimeUnit::Nanosecond, _) => DataType::Utf8,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_asked_for_together() {
        let far = 10 * GAP;
        assert_eq!(joined(vec![far..far + 5, 0..10, 10 + GAP..20 + GAP]), [0..20 + GAP, far..far + 5]);
        assert_eq!(joined(vec![0..100, 20..30, far..far + 1]), [0..100, far..far + 1]);
        assert!(joined(Vec::new()).is_empty());
    }

    #[test]
    fn a_part_gives_only_what_was_fetched() {
        let parts = vec![(10, Bytes::from(vec![1u8; 5])), (100, Bytes::from(vec![2u8; 5]))];
        let part = Part { parts: Arc::new(parts), size: 200 };
        assert_eq!(part.get_bytes(12, 3).unwrap().as_ref(), [1; 3]);
        assert_eq!(part.get_bytes(100, 5).unwrap().as_ref(), [2; 5]);
        for (start, length) in [(12, 4), (9, 1), (16, 1), (99, 2), (105, 1)] {
            assert!(part.get_bytes(start, length).is_err(), "{start} {length}");
        }
    }
}
