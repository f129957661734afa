//! Polars frames as arrow-rs batches, without copying, by the Arrow C data interface.
#![expect(unsafe_code, reason = "both sides are the C structs of the Arrow C data interface")]

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, make_array};
use arrow::datatypes::{Field, Schema};
use arrow::ffi;
use polars::prelude::*;

use crate::error::{Error, Result};

const _: () = assert!(size_of::<polars_arrow::ffi::ArrowArray>() == size_of::<ffi::FFI_ArrowArray>());
const _: () = assert!(size_of::<polars_arrow::ffi::ArrowSchema>() == size_of::<ffi::FFI_ArrowSchema>());

/// The chunks of a frame as batches; text becomes Utf8View.
pub fn to_batches(frame: &mut DataFrame) -> Result<Vec<RecordBatch>> {
    frame.align_chunks_par();
    (0..frame.first_col_n_chunks())
        .map(|chunk| {
            let columns = frame.columns().iter().map(|column| to_array(column.as_materialized_series(), chunk));
            let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) =
                columns.collect::<Result<Vec<_>>>()?.into_iter().unzip();
            RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(foreign)
        })
        .collect()
}

/// The fields that a frame's columns have as batches.
pub fn fields(frame: &DataFrame) -> Result<Vec<Field>> {
    let field = |column: &Column| {
        let field = polars_arrow::ffi::export_field_to_c(&column.field().to_arrow(CompatLevel::newest()));
        // SAFETY: as in `to_array`.
        let field = unsafe { std::mem::transmute::<polars_arrow::ffi::ArrowSchema, ffi::FFI_ArrowSchema>(field) };
        Field::try_from(&field).map_err(foreign)
    };
    frame.columns().iter().map(field).collect()
}

/// A batch as a frame; both kinds of text become Polars' own.
pub fn to_frame(batch: &RecordBatch) -> Result<DataFrame> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, cells)| to_series(field, cells));
    let columns: Vec<Column> = columns.map(|series| series.map(Column::from)).collect::<Result<_>>()?;
    DataFrame::new(batch.num_rows(), columns).map_err(foreign)
}

fn to_series(field: &Field, cells: &ArrayRef) -> Result<Series> {
    let schema = ffi::FFI_ArrowSchema::try_from(field).map_err(foreign)?;
    let array = ffi::FFI_ArrowArray::new(&cells.to_data());
    // SAFETY: as in `to_array`, the other way; `release` runs once, with the Polars array.
    let (array, schema) = unsafe {
        (
            std::mem::transmute::<ffi::FFI_ArrowArray, polars_arrow::ffi::ArrowArray>(array),
            std::mem::transmute::<ffi::FFI_ArrowSchema, polars_arrow::ffi::ArrowSchema>(schema),
        )
    };
    // SAFETY: the schema was just exported.
    let field = unsafe { polars_arrow::ffi::import_field_from_c(&schema) }.map_err(foreign)?;
    // SAFETY: `array` was just exported with the type of this field.
    let array = unsafe { polars_arrow::ffi::import_array_from_c(array, field.dtype().clone()) }.map_err(foreign)?;
    Series::try_from((&field, vec![array])).map_err(foreign)
}

fn foreign(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a batch could not be handed over: {error}"))
}

fn to_array(series: &Series, chunk: usize) -> Result<(Field, ArrayRef)> {
    let level = CompatLevel::newest();
    let field = polars_arrow::ffi::export_field_to_c(&series.field().to_arrow(level));
    let array = polars_arrow::ffi::export_array_to_c(series.to_arrow(chunk, level));
    // SAFETY: both types are the `repr(C)` structs that the Arrow C data interface prescribes, of equal
    // size as asserted above; ownership moves with the value, so `release` runs once.
    let (array, field) = unsafe {
        (
            std::mem::transmute::<polars_arrow::ffi::ArrowArray, ffi::FFI_ArrowArray>(array),
            std::mem::transmute::<polars_arrow::ffi::ArrowSchema, ffi::FFI_ArrowSchema>(field),
        )
    };
    let kind = Field::try_from(&field).map_err(foreign)?;
    // SAFETY: `array` was just exported with this very field.
    let data = unsafe { ffi::from_ffi(array, &field) }.map_err(foreign)?;
    Ok((kind, make_array(data)))
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::{Date32Type, Float64Type, Int64Type};

    use super::*;

    #[test]
    fn every_type_that_sources_make_crosses_with_its_nulls() {
        let text = Column::new("t".into(), [Some("天津市南开区鞍山西道"), None, Some("a")]);
        let integers = Column::new("i".into(), [Some(1i64), None, Some(-3)]);
        let numbers = Column::new("n".into(), [Some(1.5f64), None, Some(-0.5)]);
        let dates = Column::new("d".into(), [Some(1i32), None, Some(-1)]).cast(&DataType::Date).expect("dates");
        let mut frame = DataFrame::new_infer_height(vec![text, integers, numbers, dates]).expect("a frame");
        let batch = to_batches(&mut frame).expect("batches").remove(0);
        let texts: Vec<_> = batch.column(0).as_string_view().iter().collect();
        assert_eq!(texts, [Some("天津市南开区鞍山西道"), None, Some("a")]);
        assert_eq!(batch.column(1).as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(1), None, Some(-3)]);
        assert_eq!(
            batch.column(2).as_primitive::<Float64Type>().iter().collect::<Vec<_>>(),
            [Some(1.5), None, Some(-0.5)]
        );
        assert_eq!(batch.column(3).as_primitive::<Date32Type>().iter().collect::<Vec<_>>(), [Some(1), None, Some(-1)]);
    }
}
