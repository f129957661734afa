//! Whether an expression is true of each record, for the quality of a source.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType as ArrowType, Field, Schema};
use polars::prelude::{DataType, Expr, IntoLazy, PolarsResult};

use super::filter::parse;
use super::{internal, wrong};
use crate::error::{Error, Result};
use crate::source::{Wanted, exchange};
use crate::spec::{ColumnType, sql};

/// The name of the expression's value beside the columns.
const PASSED: &str = "\u{1}passed";

/// A rule for whole records, ready to be tested.
#[derive(Debug)]
pub struct RecordTest {
    /// The columns that it speaks of, each once.
    columns: Vec<Wanted>,
    expression: Expr,
}

impl RecordTest {
    /// `columns` are those that the expression may speak of.
    ///
    /// # Errors
    /// [`Error::Usage`] for what is no expression over the cells of one record, speaks of other columns or of none, or is
    /// not true or false.
    pub fn new(text: &str, columns: &[Wanted]) -> Result<Self> {
        let usage = |message: &str, help: &str| Error::Usage { message: message.into(), help: Some(help.into()) };
        let help = "write a SQL expression that is true of a good record, such as `a + b <= c`";
        let (_, expression) = parse(text)
            .map_err(|_| usage("it is not SQL that can be read", "see that quotes and parentheses are closed"))?;
        let declared: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let names = sql::columns(text, &declared).map_err(|(_, message)| usage(&message, help))?;
        let mut names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
        names.sort();
        names.dedup();
        let column = |name: &String| columns.iter().find(|column| column.name == *name).cloned();
        let columns: Option<Vec<Wanted>> = names.iter().map(column).collect();
        let columns = columns.filter(|columns| !columns.is_empty());
        let columns = columns.ok_or_else(|| usage("it speaks of columns that are not in the pipeline", help))?;
        let test = Self { columns, expression };
        let fields = test.columns.iter().map(|column| Field::new(&column.name, arrow_type(&column.kind), true));
        let empty = RecordBatch::new_empty(Arc::new(Schema::new(fields.collect::<Vec<_>>())));
        match test.evaluate(&empty).map(|(kind, _)| kind) {
            Ok(DataType::Boolean) => Ok(test),
            Ok(_) => Err(usage("it is not true or false", help)),
            Err(_) => Err(usage("it cannot be used on these columns", "see that the types fit: `type = \"number\"`")),
        }
    }

    /// The columns that [`Self::test`] is given, in this order.
    pub fn columns(&self) -> &[Wanted] {
        &self.columns
    }

    /// How many of some records the expression is true or false of, and of how many it is false.
    ///
    /// # Errors
    /// It cannot be told of some record; without a cell in it.
    pub fn test(&self, cells: &[ArrayRef]) -> Result<(u64, u64)> {
        let named = self.columns.iter().zip(cells).map(|(column, cells)| (&column.name, cells.clone(), true));
        let batch = RecordBatch::try_from_iter_with_nullable(named).map_err(internal)?;
        let counted = self.evaluate(&batch).map(|(_, counted)| counted);
        counted.map_err(|_| wrong("it cannot be told of some record", "a number is too large, or a text is none"))
    }

    /// The type of the expression, and what [`Self::test`] tells. Polars' messages may quote cells.
    fn evaluate(&self, cells: &RecordBatch) -> Result<(DataType, (u64, u64)), ()> {
        let frame = exchange::to_frame(cells).map_err(|_| ())?;
        let counted = || -> PolarsResult<_> {
            let frame = frame.lazy().with_columns([self.expression.clone().alias(PASSED)]).collect()?;
            let column = frame.column(PASSED)?.as_materialized_series();
            let kind = column.dtype().clone();
            let Ok(values) = column.bool() else { return Ok((kind, (0, 0))) };
            let failed = values.iter().filter(|value| *value == Some(false)).count();
            Ok((kind, ((values.len() - values.null_count()) as u64, failed as u64)))
        };
        counted().map_err(|_| ())
    }
}

/// The type of a column's cells as they are read.
fn arrow_type(kind: &ColumnType) -> ArrowType {
    match kind {
        ColumnType::Text => ArrowType::Utf8,
        ColumnType::Integer => ArrowType::Int64,
        ColumnType::Number => ArrowType::Float64,
        ColumnType::Date { .. } => ArrowType::Date32,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Date32Array, Float64Array, Int64Array, StringArray, StringViewArray};

    use super::*;

    fn columns() -> Vec<Wanted> {
        let date = ColumnType::Date { format: "%Y-%m-%d".into() };
        let kinds = [("文本", ColumnType::Text), ("i", ColumnType::Integer), ("n", ColumnType::Number), ("d", date)];
        kinds.into_iter().map(|(name, kind)| Wanted { name: name.into(), kind }).collect()
    }

    fn test(text: &str, cells: Vec<ArrayRef>) -> (u64, u64) {
        RecordTest::new(text, &columns()).unwrap().test(&cells).unwrap()
    }

    #[test]
    fn records_of_which_it_is_unknown_are_not_tested() {
        let i: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3), Some(4)]));
        let n: ArrayRef = Arc::new(Float64Array::from(vec![Some(0.5), Some(0.5), None, Some(9.0)]));
        assert_eq!(test("n <= i", vec![i.clone(), n.clone()]), (2, 1));
        assert_eq!(test("i IS NOT NULL AND n IS NOT NULL", vec![i.clone(), n]), (4, 2));
        assert_eq!(test("i > 0", vec![i.slice(1, 1)]), (0, 0));
        assert_eq!(test("i > 0", vec![i.slice(0, 0)]), (0, 0));
        assert_eq!(test("i = i", vec![i]), (3, 0), "a column is there once, however often it is named");
    }

    #[test]
    fn texts_and_dates_have_their_types() {
        let texts: ArrayRef =
            Arc::new(StringViewArray::from(vec![Some("天津"), Some("longer than twelve bytes"), None]));
        assert_eq!(test("length(文本) = 2", vec![texts]), (2, 1));
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
        let days: ArrayRef = Arc::new(Date32Array::from(vec![0, 19_782]));
        let day = vec![Wanted { name: "day".into(), kind: columns()[3].kind.clone() }];
        let by_word = RecordTest::new("day > DATE '2024-01-01'", &day).unwrap();
        assert_eq!(
            by_word.test(std::slice::from_ref(&days)).unwrap(),
            (2, 1),
            "a column may be called like a word of SQL"
        );
        assert_eq!(test("d >= DATE '2024-01-01' AND 文本 = 'a'", vec![days, texts]), (2, 2));
    }

    #[test]
    fn what_cannot_be_tested_is_told_before_any_record() {
        for (text, said) in [
            ("nowhere > 1", "not in the pipeline"),
            ("1 = 1", "not in the pipeline"),
            ("i + 1", "not true or false"),
            ("i >", "not SQL"),
            ("read_csv('x')", "not SQL"),
            ("length(i) > 1", "on these columns"),
        ] {
            let error = RecordTest::new(text, &columns()).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn no_message_quotes_a_cell() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["SECRET"]));
        let test = RecordTest::new("CAST(文本 AS bigint) > 1", &columns()).unwrap();
        let error = test.test(&[texts]).unwrap_err();
        assert!(error.exit_code() == 4 && !error.render(false).contains("SECRET"), "{error}");
    }
}
