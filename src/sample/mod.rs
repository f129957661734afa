//! Synthetic data that look like the real thing: row `i` follows from seed, dataset and `i` alone.
//!
//! No row describes a real person, household or enterprise. Identifiers keep the form and the check digits
//! of real ones; weights, prices and relations are plausible, not statistics.

mod care;
mod codes;
mod diagnosis;
mod draw;
mod electricity;
mod employment;
mod enterprise;
mod gas;
mod groups;
mod heating;
mod hospital;
mod household;
mod industry;
pub mod labelled;
mod orders;
mod patient;
mod permutation;
mod person;
#[cfg(test)]
mod provider_tests;
mod school;
mod sheet;
#[cfg(test)]
mod tests;
mod text;
mod tianjin;
mod transit;
mod water;

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef};

use crate::error::{Error, Result};

/// The datasets that can be made.
pub const NAMES: &[&str] = &[
    electricity::NAME,
    enterprise::NAME,
    hospital::NAME,
    water::NAME,
    gas::NAME,
    heating::NAME,
    transit::NAME,
    school::NAME,
    care::NAME,
    orders::NAME,
    employment::NAME,
];

/// Rows that share one random stream: ranges that start at a multiple of it are made without waste.
pub const BLOCK: u64 = 4096;

/// The columns of a dataset; `None` if there is none of this name.
pub fn schema(name: &str) -> Option<SchemaRef> {
    let columns: &[(&str, DataType)] = match name {
        electricity::NAME => &electricity::COLUMNS,
        enterprise::NAME => &enterprise::COLUMNS,
        hospital::NAME => &hospital::COLUMNS,
        water::NAME => &water::COLUMNS,
        gas::NAME => &gas::COLUMNS,
        heating::NAME => &heating::COLUMNS,
        transit::NAME => &transit::COLUMNS,
        school::NAME => &school::COLUMNS,
        care::NAME => &care::COLUMNS,
        orders::NAME => &orders::COLUMNS,
        employment::NAME => &employment::COLUMNS,
        _ => return None,
    };
    let fields: Vec<Field> = columns.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect();
    Some(Arc::new(Schema::new(fields)))
}

/// Makes `rows`, counted from 0, of a dataset.
///
/// However the rows are cut into ranges, they are the same; ranges may be made in parallel. A batch holds
/// about 300 bytes a row. Identifiers are distinct among the first 80 million rows (of pupils among the first
/// 35 million), those of patients, households and others with several rows among them.
///
/// # Errors
/// [`Error::Usage`] if there is no dataset of this name.
pub fn batch(name: &str, seed: u64, rows: Range<u64>) -> Result<RecordBatch> {
    let Some(schema) = schema(name) else {
        let help = format!("there are {}", NAMES.join(", "));
        return Err(Error::Usage { message: format!("no sample is called `{name}`"), help: Some(help) });
    };
    let first = rows.start - rows.start % BLOCK;
    let whole = first..rows.end.max(rows.start);
    let columns = match name {
        electricity::NAME => electricity::columns(seed, whole, BLOCK),
        hospital::NAME => hospital::columns(seed, whole, BLOCK),
        water::NAME => water::columns(seed, whole, BLOCK),
        gas::NAME => gas::columns(seed, whole, BLOCK),
        heating::NAME => heating::columns(seed, whole, BLOCK),
        transit::NAME => transit::columns(seed, whole, BLOCK),
        school::NAME => school::columns(seed, whole, BLOCK),
        care::NAME => care::columns(seed, whole, BLOCK),
        orders::NAME => orders::columns(seed, whole, BLOCK),
        employment::NAME => employment::columns(seed, whole, BLOCK),
        _ => enterprise::columns(seed, whole, BLOCK),
    };
    let batch = RecordBatch::try_new(schema, columns).map_err(|error| Error::Internal(error.to_string()))?;
    let skipped = (rows.start - first) as usize;
    Ok(batch.slice(skipped, batch.num_rows() - skipped))
}

/// Writes a batch as CSV text; nulls are empty cells, numbers have no needless zeros.
///
/// # Errors
/// [`Error::Internal`] if a column is neither text nor a number.
pub fn to_csv(batch: &RecordBatch, header: bool) -> Result<String> {
    let internal = |error: csv::Error| Error::Internal(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::with_capacity(batch.num_rows() * 300));
    if header {
        writer.write_record(batch.schema().fields().iter().map(|field| field.name())).map_err(internal)?;
    }
    for row in 0..batch.num_rows() {
        for column in batch.columns() {
            match column.data_type() {
                _ if column.is_null(row) => writer.write_field(""),
                DataType::Utf8 => writer.write_field(column.as_string::<i32>().value(row)),
                DataType::Int64 => writer.write_field(column.as_primitive::<Int64Type>().value(row).to_string()),
                DataType::Float64 => writer.write_field(column.as_primitive::<Float64Type>().value(row).to_string()),
                other => return Err(Error::Internal(format!("no CSV form for {other}"))),
            }
            .map_err(internal)?;
        }
        writer.write_record(None::<&[u8]>).map_err(internal)?;
    }
    let bytes = writer.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Error::Internal(error.to_string()))
}
