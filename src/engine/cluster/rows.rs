//! Rows that the plans of a cluster carry, and the texts that are sealed in them.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, ListArray, StructArray, UInt64Builder};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields};

use crate::error::{Error, Result};

/// First byte of a key: what a row speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A sealed combination of values, with its records.
    Combination = 0,
    /// The hash of a subject, with the name of a combination of its.
    Subject = 1,
    /// A sealed value of a column.
    Value = 2,
    /// The sealed account of a piece.
    Piece = 3,
    /// The names of the combinations that some subjects have.
    Footprint = 4,
}

impl Kind {
    /// Splits a key into its kind and the rest.
    pub fn of(key: &[u8]) -> Result<(Self, &[u8])> {
        let kinds = [Self::Combination, Self::Subject, Self::Value, Self::Piece, Self::Footprint];
        let (first, rest) = key.split_first().ok_or_else(unclear)?;
        let kind = kinds.into_iter().find(|kind| *kind as u8 == *first).ok_or_else(unclear)?;
        Ok((kind, rest))
    }
}

fn unclear() -> Error {
    Error::internal("what another machine sent cannot be read")
}

/// Rows of a count: key, combination, records, weight.
pub struct CountRows {
    keys: BinaryBuilder,
    combinations: BinaryBuilder,
    records: UInt64Builder,
    weights: UInt64Builder,
}

impl CountRows {
    pub fn new() -> Self {
        Self {
            keys: BinaryBuilder::new(),
            combinations: BinaryBuilder::new(),
            records: UInt64Builder::new(),
            weights: UInt64Builder::new(),
        }
    }

    /// The type of a row.
    pub fn fields() -> Fields {
        Fields::from(vec![
            Field::new("key", DataType::Binary, false),
            Field::new("combination", DataType::Binary, true),
            Field::new("records", DataType::UInt64, false),
            Field::new("weight", DataType::UInt64, false),
        ])
    }

    pub fn push(&mut self, kind: Kind, key: &[u8], combination: Option<&[u8]>, records: u64, weight: u64) {
        self.keys.append_value([&[kind as u8], key].concat());
        self.combinations.append_option(combination);
        self.records.append_value(records);
        self.weights.append_value(records * weight);
    }

    /// All rows as one struct array.
    pub fn finish(mut self) -> Result<ArrayRef> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.keys.finish()),
            Arc::new(self.combinations.finish()),
            Arc::new(self.records.finish()),
            Arc::new(self.weights.finish()),
        ];
        StructArray::try_new(Self::fields(), columns, None).map(|rows| Arc::new(rows) as ArrayRef).map_err(internal)
    }
}

/// Rows of treated data: the part of the release they go to, and what goes there.
pub struct PartRows {
    parts: UInt64Builder,
    sealed: BinaryBuilder,
}

impl PartRows {
    pub fn new() -> Self {
        Self { parts: UInt64Builder::new(), sealed: BinaryBuilder::new() }
    }

    pub fn fields() -> Fields {
        let field = |name: &str, kind| Field::new(name, kind, false);
        Fields::from(vec![field("part", DataType::UInt64), field("sealed", DataType::Binary)])
    }

    pub fn push(&mut self, part: u64, sealed: &[u8]) {
        self.parts.append_value(part);
        self.sealed.append_value(sealed);
    }

    pub fn finish(mut self) -> Result<ArrayRef> {
        let columns: Vec<ArrayRef> = vec![Arc::new(self.parts.finish()), Arc::new(self.sealed.finish())];
        StructArray::try_new(Self::fields(), columns, None).map(|rows| Arc::new(rows) as ArrayRef).map_err(internal)
    }
}

/// Lists of rows, one list for each of the arrays.
pub fn lists(fields: Fields, rows: &[ArrayRef]) -> Result<ArrayRef> {
    let item = Arc::new(Field::new("item", DataType::Struct(fields), false));
    let lengths = OffsetBuffer::from_lengths(rows.iter().map(|rows| rows.len()));
    let all: Vec<&dyn arrow::array::Array> = rows.iter().map(AsRef::as_ref).collect();
    let values = match all.is_empty() {
        true => arrow::array::new_empty_array(item.data_type()),
        false => arrow::compute::concat(&all).map_err(internal)?,
    };
    ListArray::try_new(item, lengths, values, None).map(|lists| Arc::new(lists) as ArrayRef).map_err(internal)
}

fn internal(error: arrow::error::ArrowError) -> Error {
    Error::Internal(format!("rows of a cluster could not be made: {error}"))
}

/// Writes texts one after the other, so that no two lists of texts are written alike.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    pub fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// A text, or null.
    pub fn text(&mut self, text: Option<&str>) {
        match text {
            None => self.number(u64::MAX),
            Some(text) => self.bytes(text.as_bytes()),
        }
    }
}

/// Reads what a [`Writer`] wrote.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn number(&mut self) -> Result<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>().ok_or_else(unclear)?;
        self.0 = rest;
        Ok(u64::from_be_bytes(*number))
    }

    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.number()?).map_err(|_| unclear())?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(unclear)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub fn text(&mut self) -> Result<Option<String>> {
        if self.0.starts_with(&u64::MAX.to_be_bytes()) {
            self.0 = &self.0[8..];
            return Ok(None);
        }
        String::from_utf8(self.bytes()?.to_vec()).map(Some).map_err(|_| unclear())
    }

    /// # Errors
    /// Something is left.
    pub fn end(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(unclear()) }
    }
}
