//! A SELECT over the whole table.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use polars::prelude::{DataFrame, DataType, IntoLazy, PolarsResult, SortMultipleOptions, TimeUnit, col};
use polars::sql::{SQLContext, extract_table_identifiers};

use super::join::load;
use super::{Records, Stage, Told, internal, wrong};
use crate::error::{Error, Result};
use crate::source::exchange;
use crate::spec::prepare::Sql;
use crate::spec::sql;

/// Holds all records until the last has come.
///
/// The result is ordered by its columns, from left to right, nulls first, whatever `ORDER BY` says: groups and joins
/// come in an order of chance, and the same source must give the same records.
pub(super) struct Whole {
    /// The columns that come.
    from: SchemaRef,
    schema: SchemaRef,
    query: String,
    tables: Vec<(String, DataFrame)>,
    held: Vec<RecordBatch>,
    bytes: usize,
    limit: usize,
}

impl Whole {
    /// `limit` is the most bytes of records that are held, with those of the other tables.
    ///
    /// # Errors
    /// What is not one SELECT over known tables, tables that cannot be read, results of types that columns have not.
    pub fn new(schema: &SchemaRef, step: &Sql, base: &Path, limit: usize) -> Result<Self> {
        parse(step.query())?;
        let (mut tables, mut bytes) = (Vec::new(), 0);
        for (name, table) in step.tables() {
            let table = load(table, base)?;
            bytes += table.get_array_memory_size();
            tables.push((name.to_owned(), exchange::to_frame(&table)?));
        }
        let query = step.query().to_owned();
        let from = schema.clone();
        let mut whole = Self { from, schema: Arc::new(Schema::empty()), query, tables, held: Vec::new(), bytes, limit };
        let empty = exchange::to_frame(&RecordBatch::new_empty(schema.clone()))?;
        let mut result = whole.run(empty)?.map_err(|_| {
            wrong(
                "the query cannot be run on these columns",
                "see that the tables and columns are there, and that types fit",
            )
        })?;
        let fields = exchange::to_batches(&mut result)?.first().map_or_else(
            || exchange::fields(&result),
            |batch| Ok(batch.schema().fields().iter().map(|field| field.as_ref().clone()).collect()),
        )?;
        whole.schema = Arc::new(Schema::new(
            fields.into_iter().map(|field| Field::with_nullable(field, true)).collect::<Vec<_>>(),
        ));
        Ok(whole)
    }

    /// Runs the query; the outer error is a type that columns have not.
    fn run(&self, source: DataFrame) -> Result<PolarsResult<DataFrame>> {
        let ran = || -> PolarsResult<DataFrame> {
            let mut context = SQLContext::new();
            for (name, table) in &self.tables {
                context.register(name, table.clone().lazy());
            }
            context.register("source", source.lazy());
            context.execute(&self.query)?.collect()
        };
        let Ok(frame) = ran() else { return Ok(ran_wrong()) };
        let mut casts = Vec::new();
        for (name, kind) in frame.schema().iter() {
            let to = match kind {
                DataType::String | DataType::Int64 | DataType::Float64 | DataType::Boolean | DataType::Date => None,
                DataType::Datetime(TimeUnit::Microseconds, None) => None,
                kind if kind.is_integer() => Some(DataType::Int64),
                DataType::Float32 => Some(DataType::Float64),
                DataType::Decimal(..)
                | DataType::Categorical(..)
                | DataType::Enum(..)
                | DataType::Null
                | DataType::Time => Some(DataType::String),
                other => {
                    return Err(wrong(
                        format!("the query's column `{name}` is {other}, which columns cannot be"),
                        "make it a number, a text, a date, or true and false",
                    ));
                }
            };
            casts.extend(to.map(|to| col(name.clone()).strict_cast(to)));
        }
        let names: Vec<String> = frame.get_column_names().into_iter().map(|name| name.to_string()).collect();
        let sorted = || -> PolarsResult<DataFrame> {
            let frame = if casts.is_empty() { frame } else { frame.lazy().with_columns(casts).collect()? };
            frame.sort(&names, SortMultipleOptions::default().with_maintain_order(true))
        };
        Ok(sorted())
    }
}

/// Checks that a query is one SELECT, and SQL at all.
pub(super) fn parse(query: &str) -> Result<()> {
    const HELP: &str = "write one SELECT over `source` and the tables that the step names";
    // before Polars reads the text: it opens the files that functions name
    sql::query(query).map_err(|(_, message)| wrong(message, HELP))?;
    extract_table_identifiers(query, true, true).map(|_| ()).map_err(|_| wrong("this is not SQL", HELP))
}

/// Any error: its message is not shown, since it may quote cells.
fn ran_wrong() -> PolarsResult<DataFrame> {
    Err(polars::prelude::PolarsError::ComputeError("the query failed".into()))
}

impl Stage for Whole {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn apply(&mut self, records: Records, _: &mut Told) -> Result<Option<Records>> {
        self.bytes += records.cells.get_array_memory_size();
        if self.bytes > self.limit {
            let message = format!("more than {} MiB of records come to it", self.limit >> 20);
            return Err(wrong(message, "filter before it, keep fewer columns, or do without `sql`"));
        }
        self.held.push(records.cells);
        Ok(None)
    }

    fn finish(&mut self, _: &mut Told) -> Result<Vec<Records>> {
        let held = std::mem::take(&mut self.held);
        let whole = arrow::compute::concat_batches(&self.from, &held).map_err(internal)?;
        drop(held);
        let frame = exchange::to_frame(&whole)?;
        drop(whole);
        let mut result = self
            .run(frame)?
            .map_err(|_| wrong("the query failed on these records", "a number is too large, or a text is none"))?;
        let mut row = 0;
        let mut made = Vec::new();
        for batch in exchange::to_batches(&mut result)? {
            let batch = RecordBatch::try_new(self.schema.clone(), batch.columns().to_vec())
                .map_err(|_| Error::Internal("a query gave other types than before".into()))?;
            for start in (0..batch.num_rows()).step_by(BATCH) {
                let cells = batch.slice(start, BATCH.min(batch.num_rows() - start));
                let rows = (row + 1..=row + cells.num_rows() as u64).collect();
                row += cells.num_rows() as u64;
                made.push(Records { cells, rows, origin: None });
            }
        }
        Ok(made)
    }

    fn moves_records(&self) -> bool {
        true
    }
}

/// Records of a batch that is given on.
const BATCH: usize = 32 << 10;
