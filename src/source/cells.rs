//! Cells of sources that tell no types for their columns: each column becomes what all its cells are, or text.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::error::{Error, Result};
use crate::table::intern::{date_text, number_text};

/// Whole numbers up to here are floats without loss.
const EXACT: u64 = 1 << 53;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Text(Cow<'a, str>),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01, by the clock on the wall.
    Moment(i64),
}

impl Value<'_> {
    /// The text that stands for the cell in a column of text.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Null => return None,
            Self::Text(text) => Cow::Borrowed(text),
            Self::Integer(number) => number.to_string().into(),
            Self::Number(number) => number_text(*number).into(),
            Self::Boolean(truth) => truth.to_string().into(),
            Self::Date(days) => date_text(*days).into(),
            Self::Moment(moment) => moment_text(*moment).into(),
        })
    }
}

/// `YYYY-MM-DD HH:MM:SS`, with as many digits of the second as are needed.
pub(super) fn moment_text(micros: i64) -> String {
    let Some(moment) = chrono::DateTime::from_timestamp_micros(micros) else { return String::new() };
    moment.naive_utc().format("%Y-%m-%d %H:%M:%S%.f").to_string()
}

/// What all cells of a column seen so far are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    #[default]
    Nothing,
    /// With `large` there is one that no float is equal to.
    Integer {
        large: bool,
    },
    Number,
    Boolean,
    Date,
    Moment,
    Text,
}

impl Kind {
    /// The kind with one more cell.
    pub fn with(self, value: &Value) -> Self {
        self.and(match value {
            Value::Null => Self::Nothing,
            Value::Text(_) => Self::Text,
            Value::Integer(number) => Self::Integer { large: number.unsigned_abs() > EXACT },
            Value::Number(_) => Self::Number,
            Value::Boolean(_) => Self::Boolean,
            Value::Date(_) => Self::Date,
            Value::Moment(_) => Self::Moment,
        })
    }

    /// The kind of the cells of both.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, other) | (other, Self::Nothing) => other,
            (one, other) if one == other => one,
            (Self::Integer { .. }, Self::Integer { .. }) => Self::Integer { large: true },
            (Self::Integer { large: false }, Self::Number) | (Self::Number, Self::Integer { large: false }) => {
                Self::Number
            }
            (Self::Date, Self::Moment) | (Self::Moment, Self::Date) => Self::Moment,
            _ => Self::Text,
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Integer { .. } => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::Moment => DataType::Timestamp(TimeUnit::Microsecond, None),
            // an empty column can then be declared as anything
            Self::Nothing | Self::Text => DataType::Utf8,
        }
    }
}

pub(super) fn schema<'a>(columns: impl Iterator<Item = (&'a String, Kind)>) -> SchemaRef {
    Arc::new(Schema::new(columns.map(|(name, kind)| Field::new(name, kind.data_type(), true)).collect::<Vec<_>>()))
}

/// Makes batches from cells.
pub(super) struct Rows {
    schema: SchemaRef,
    columns: Vec<Column>,
    rows: usize,
}

enum Column {
    Text(StringBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Moment(TimestampMicrosecondBuilder),
}

impl Rows {
    pub fn new(schema: SchemaRef) -> Self {
        let column = |field: &Arc<Field>| match field.data_type() {
            DataType::Int64 => Column::Integer(Int64Builder::new()),
            DataType::Float64 => Column::Number(Float64Builder::new()),
            DataType::Boolean => Column::Boolean(BooleanBuilder::new()),
            DataType::Date32 => Column::Date(Date32Builder::new()),
            DataType::Timestamp(..) => Column::Moment(TimestampMicrosecondBuilder::new()),
            _ => Column::Text(StringBuilder::new()),
        };
        Self { columns: schema.fields().iter().map(column).collect(), schema, rows: 0 }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a record: a cell for each column.
    ///
    /// # Errors
    /// A cell that is not of the kind that its column has: the source has changed since that was found.
    pub fn add<'a>(&mut self, cells: impl Iterator<Item = &'a Value<'a>>) -> Result<()> {
        self.rows += 1;
        let mut added = 0;
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            added += 1;
            match (column, cell) {
                (Column::Text(cells), cell) => cells.append_option(cell.text()),
                (Column::Integer(cells), Value::Integer(number)) => cells.append_value(*number),
                (Column::Integer(cells), Value::Null) => cells.append_null(),
                (Column::Number(cells), Value::Number(number)) => cells.append_value(*number),
                (Column::Number(cells), Value::Integer(number)) => cells.append_value(*number as f64),
                (Column::Number(cells), Value::Null) => cells.append_null(),
                (Column::Boolean(cells), Value::Boolean(truth)) => cells.append_value(*truth),
                (Column::Boolean(cells), Value::Null) => cells.append_null(),
                (Column::Date(cells), Value::Date(days)) => cells.append_value(*days),
                (Column::Date(cells), Value::Null) => cells.append_null(),
                (Column::Moment(cells), Value::Moment(moment)) => cells.append_value(*moment),
                (Column::Moment(cells), Value::Date(days)) => cells.append_value(i64::from(*days) * 86_400_000_000),
                (Column::Moment(cells), Value::Null) => cells.append_null(),
                _ => return Err(changed()),
            }
        }
        if added == self.columns.len() { Ok(()) } else { Err(changed()) }
    }

    /// What was added since the last batch.
    pub fn batch(&mut self) -> Result<RecordBatch> {
        self.rows = 0;
        let columns = self.columns.iter_mut().map(|column| -> ArrayRef {
            match column {
                Column::Text(cells) => Arc::new(cells.finish()),
                Column::Integer(cells) => Arc::new(cells.finish()),
                Column::Number(cells) => Arc::new(cells.finish()),
                Column::Boolean(cells) => Arc::new(cells.finish()),
                Column::Date(cells) => Arc::new(cells.finish()),
                Column::Moment(cells) => Arc::new(cells.finish()),
            }
        });
        RecordBatch::try_new(self.schema.clone(), columns.collect())
            .map_err(|_| Error::internal("cells do not make a batch"))
    }
}

pub(super) fn changed() -> Error {
    Error::input("the input changed while reading")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_what_all_its_cells_are_or_text() {
        let kind = |cells: &[Value]| cells.iter().fold(Kind::Nothing, |kind, cell| kind.with(cell));
        let (text, large) = (Value::Text("a".into()), Value::Integer(1 << 60));
        assert_eq!(kind(&[Value::Null]), Kind::Nothing);
        assert_eq!(kind(&[Value::Integer(1), Value::Null, Value::Number(0.5)]), Kind::Number);
        assert_eq!(kind(&[large.clone(), Value::Integer(1)]), Kind::Integer { large: true });
        assert_eq!(kind(&[large.clone(), Value::Number(0.5)]), Kind::Text);
        assert_eq!(kind(&[Value::Number(0.5), large]), Kind::Text);
        assert_eq!(kind(&[Value::Date(1), Value::Moment(1)]), Kind::Moment);
        assert_eq!(kind(&[Value::Boolean(true), Value::Integer(1)]), Kind::Text);
        assert_eq!(kind(&[text, Value::Integer(1)]), Kind::Text);
    }

    #[test]
    fn texts_lose_nothing() {
        let text = |value: Value| value.text().unwrap().into_owned();
        assert_eq!(text(Value::Number(0.1)), "0.1");
        assert_eq!(text(Value::Date(19_782)), "2024-02-29");
        assert_eq!(text(Value::Moment(19_782 * 86_400_000_000 + 1_500_000)), "2024-02-29 00:00:01.500");
        assert_eq!(text(Value::Moment(-1_000_000)), "1969-12-31 23:59:59");
    }
}
