//! Cells as databases write them in text, and the Arrow arrays made of them.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono::{Datelike, NaiveDate, NaiveDateTime};

use crate::error::{Error, Place, Result};

const EPOCH: i32 = 719_163; // 1970-01-01, counted from the year 1

/// What a column's cells become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Number,
    Bool,
    Date,
    /// A moment, in UTC where the database knows its zone.
    Moment,
}

impl Kind {
    fn arrow(self) -> DataType {
        match self {
            Kind::Text => DataType::Utf8,
            Kind::Integer => DataType::Int64,
            Kind::Number => DataType::Float64,
            Kind::Bool => DataType::Boolean,
            Kind::Date => DataType::Date32,
            Kind::Moment => DataType::Timestamp(TimeUnit::Microsecond, None),
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Kind::Text => "text in UTF-8",
            Kind::Integer => "a whole number from -9223372036854775808 to 9223372036854775807",
            Kind::Number => "a number",
            Kind::Bool => "true or false: 1 or 0",
            Kind::Date => "a calendar date of the years 1 to 9999",
            Kind::Moment => "a moment of the years 1 to 9999",
        }
    }
}

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Bool(BooleanBuilder),
    Date(Date32Builder),
    Moment(TimestampMicrosecondBuilder),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Builder::Text(StringBuilder::new()),
            Kind::Integer => Builder::Integer(Int64Builder::new()),
            Kind::Number => Builder::Number(Float64Builder::new()),
            Kind::Bool => Builder::Bool(BooleanBuilder::new()),
            Kind::Date => Builder::Date(Date32Builder::new()),
            Kind::Moment => Builder::Moment(TimestampMicrosecondBuilder::new()),
        }
    }

    /// `None` where the cell is not of the kind.
    fn push(&mut self, cell: Option<&str>) -> Option<()> {
        match (self, cell) {
            (Builder::Text(cells), cell) => cells.append_option(cell),
            (Builder::Integer(cells), None) => cells.append_null(),
            (Builder::Integer(cells), Some(text)) => cells.append_value(text.parse().ok()?),
            (Builder::Number(cells), None) => cells.append_null(),
            (Builder::Number(cells), Some(text)) => cells.append_value(text.parse().ok()?),
            (Builder::Bool(cells), None) => cells.append_null(),
            (Builder::Bool(cells), Some(text)) => cells.append_value(match text {
                "t" | "1" => true,
                "f" | "0" => false,
                _ => return None,
            }),
            (Builder::Date(cells), None) => cells.append_null(),
            (Builder::Date(cells), Some(text)) => cells.append_value(day(text)?),
            (Builder::Moment(cells), None) => cells.append_null(),
            (Builder::Moment(cells), Some(text)) => cells.append_value(moment(text)?),
        }
        Some(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Text(cells) => Arc::new(cells.finish()),
            Builder::Integer(cells) => Arc::new(cells.finish()),
            Builder::Number(cells) => Arc::new(cells.finish()),
            Builder::Bool(cells) => Arc::new(cells.finish()),
            Builder::Date(cells) => Arc::new(cells.finish()),
            Builder::Moment(cells) => Arc::new(cells.finish()),
        }
    }
}

/// Days since 1970-01-01 of `YYYY-MM-DD`; not of `infinity` or years before the first.
fn day(text: &str) -> Option<i32> {
    let days = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|day| (1..=9999).contains(&day.year()))?;
    Some(days.num_days_from_ce() - EPOCH)
}

/// Microseconds since 1970-01-01 of `YYYY-MM-DD hh:mm:ss[.ffffff][+00]`.
fn moment(text: &str) -> Option<i64> {
    let text = text.strip_suffix("+00").unwrap_or(text);
    let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
    (1..=9999).contains(&moment.year()).then(|| moment.and_utc().timestamp_micros())
}

/// Records until they are a batch.
pub(super) struct Rows {
    pub schema: SchemaRef,
    columns: Vec<(String, Kind, Builder)>,
    rows: usize,
    bytes: usize,
    /// Records of the batches before.
    before: u64,
}

/// A batch is full with so many records, or so many bytes of text.
const MOST_ROWS: usize = 8192;
const MOST_BYTES: usize = 4 << 20;

impl Rows {
    pub fn new(columns: Vec<(String, Kind)>) -> Self {
        let field = |(name, kind): &(String, Kind)| Field::new(name, kind.arrow(), true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let columns = columns.into_iter().map(|(name, kind)| (name, kind, Builder::new(kind))).collect();
        Self { schema, columns, rows: 0, bytes: 0, before: 0 }
    }

    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Adds one record; `cell` gives the text of each of its cells, `None` for null.
    ///
    /// # Errors
    /// A cell that is not of its column's kind: where, not what.
    pub fn add<'r>(&mut self, cell: impl Fn(usize) -> Result<Option<&'r [u8]>>) -> Result<()> {
        for (index, (name, kind, cells)) in self.columns.iter_mut().enumerate() {
            let bytes = cell(index)?;
            self.bytes += bytes.map_or(0, <[u8]>::len);
            let pushed = match bytes.map(std::str::from_utf8).transpose() {
                Ok(text) => cells.push(text),
                Err(_) => None,
            };
            if pushed.is_none() {
                let row = Some(self.before + self.rows as u64 + 1);
                let place = Place { row, column: Some(name.clone()), ..Place::default() };
                let help = "a `query` can leave the record out, or cast the column to text";
                return Err(Error::input(format!("expected {}", kind.expected())).at(place).with_help(help));
            }
        }
        self.rows += 1;
        Ok(())
    }

    pub fn full(&self) -> bool {
        self.rows >= MOST_ROWS || self.bytes >= MOST_BYTES
    }

    /// The records since the last batch; `None` where there are none.
    pub fn batch(&mut self) -> Result<Option<RecordBatch>> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.before += self.rows as u64;
        (self.rows, self.bytes) = (0, 0);
        let arrays = self.columns.iter_mut().map(|(_, _, cells)| cells.finish()).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays);
        batch.map(Some).map_err(|_| Error::internal("columns of one batch differ in length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_of_utc_and_days_are_real() {
        assert_eq!(moment("1970-01-01 00:00:01.5+00"), Some(1_500_000));
        assert_eq!(moment("1969-12-31 23:59:59"), Some(-1_000_000));
        for wrong in ["infinity", "0044-03-15 BC", "1970-01-01 00:00:01+08", "0000-00-00 00:00:00"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
        assert_eq!(day("1970-01-02"), Some(1));
        assert_eq!(day("0000-00-00"), None);
    }

    #[test]
    fn a_cell_of_another_kind_says_where_and_not_what() {
        let mut rows = Rows::new(vec![("n".into(), Kind::Integer)]);
        rows.add(|_| Ok(None)).expect("null");
        let error = rows.add(|_| Ok(Some(b"66666666666666666666"))).expect_err("beyond i64").render(false);
        assert!(error.contains("row 2, column `n`") && !error.contains("666666"), "{error}");
    }
}
