//! Parquet objects, read by ranges.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::objects::{Object, at};
use crate::error::{Error, Place, Result};

/// An object's records.
pub(super) struct Records {
    object: Object,
    schema: SchemaRef,
    reader: ParquetRecordBatchReader,
}

impl Records {
    /// Reads the footer.
    ///
    /// # Errors
    /// Those of the store; what is no Parquet; a column whose type is not read.
    pub fn open(object: Object) -> Result<Self> {
        let wrong = |_| {
            let error = Error::input("the object is not Parquet, or it is damaged");
            object.store.failure().unwrap_or_else(|| at(error, &object.meta))
        };
        let builder = ParquetRecordBatchReaderBuilder::try_new(object.clone()).map_err(wrong)?;
        let fields = builder.schema().fields().iter().map(|field| {
            let Some(kind) = ours(field.data_type()) else {
                let error = Error::input(format!("columns of the type `{}` are not read", field.data_type()));
                let place = Place { column: Some(field.name().clone()), ..Place::default() };
                return Err(at(error.at(place), &object.meta));
            };
            Ok(Field::new(field.name(), kind, true))
        });
        let schema = Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?));
        let reader = builder.with_batch_size(8192).build().map_err(wrong)?;
        Ok(Self { object, schema, reader })
    }

    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// The next records in the order of `wanted`, whose columns the object has.
    ///
    /// # Errors
    /// Those of the store; damaged pages; a number beyond 64 signed bits.
    pub fn next(&mut self, wanted: &SchemaRef) -> Result<Option<RecordBatch>> {
        let Some(batch) = self.reader.next() else { return Ok(None) };
        let damaged = || Error::input("the object is damaged: a part of it cannot be read as Parquet");
        let failed = |_| self.object.store.failure().unwrap_or_else(|| at(damaged(), &self.object.meta));
        let batch = batch.map_err(failed)?;
        let column = |field: &Arc<Field>| {
            let cells = batch.column_by_name(field.name()).ok_or_else(|| Error::internal("a column went away"))?;
            converted(cells, field).map_err(|error| at(error, &self.object.meta))
        };
        let columns = wanted.fields().iter().map(column).collect::<Result<Vec<ArrayRef>>>()?;
        let batch = RecordBatch::try_new(wanted.clone(), columns);
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
