//! Records for which an expression is true.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use polars::prelude::{DataType, Expr, IntoLazy, PolarsResult};

use super::{Records, Stage, Told, find, wrong};
use crate::error::Result;
use crate::source::exchange;
use crate::spec::sql;

/// The name of the expression's value beside the columns.
const KEPT: &str = "\u{1}kept";

pub(super) struct Filter {
    schema: SchemaRef,
    /// Places of the columns that the expression may speak of.
    needed: Vec<usize>,
    expression: Expr,
}

impl Filter {
    /// # Errors
    /// What is no expression over the cells of one record, columns that are not there, values that are not true or
    /// false.
    pub fn new(schema: &SchemaRef, text: &str) -> Result<Self> {
        let (names, expression) = parse(text)?;
        names.iter().try_for_each(|name| find(schema, name).map(|_| ()))?;
        let needed =
            (0..schema.fields().len()).filter(|&at| at == 0 || text.contains(schema.field(at).name())).collect();
        let filter = Self { schema: schema.clone(), needed, expression };
        let kind = filter.evaluate(&RecordBatch::new_empty(schema.clone())).map(|(kind, _)| kind);
        match kind {
            Ok(DataType::Boolean) => Ok(filter),
            Ok(_) => Err(wrong("the expression is not true or false", HELP)),
            Err(_) => {
                Err(wrong("the expression cannot be used on these columns", "see that the types fit, and cast before"))
            }
        }
    }

    /// The type of the expression, and the places where it is true.
    fn evaluate(&self, cells: &RecordBatch) -> Result<(DataType, Vec<u32>)> {
        let part = cells.project(&self.needed).map_err(super::internal)?;
        let frame = exchange::to_frame(&part)?;
        let kept = || -> PolarsResult<_> {
            let frame = frame.lazy().with_columns([self.expression.clone().alias(KEPT)]).collect()?;
            let column = frame.column(KEPT)?.as_materialized_series().clone();
            let kind = column.dtype().clone();
            let Ok(values) = column.bool() else { return Ok((kind, Vec::new())) };
            let places = values.iter().zip(0u32..).filter(|(value, _)| *value == Some(true)).map(|(_, place)| place);
            Ok((kind, places.collect()))
        };
        // Polars' messages may quote cells
        kept().map_err(|_| {
            wrong("the expression cannot be told of some record", "a number is too large, or a text is none")
        })
    }
}

impl Stage for Filter {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn apply(&mut self, records: Records, _: &mut Told) -> Result<Option<Records>> {
        let (_, places) = self.evaluate(&records.cells)?;
        if places.len() == records.cells.num_rows() {
            return Ok(Some(records));
        }
        if places.is_empty() { Ok(None) } else { records.take(&places).map(Some) }
    }

    fn moves_records(&self) -> bool {
        true
    }
}

const HELP: &str = "write a SQL expression over the columns, such as `age >= 18 AND city = '天津'`";

/// The columns of an expression, and the expression itself.
pub(super) fn parse(text: &str) -> Result<(Vec<String>, Expr)> {
    // before Polars reads the text: it opens the files that functions name
    let names = sql::expression(text).map_err(|(_, message)| wrong(message, HELP))?;
    let expression = polars::sql::sql_expr(text).map_err(|_| wrong("this is no expression of SQL", HELP))?;
    Ok((names.into_iter().map(|(_, name)| name).collect(), expression))
}
