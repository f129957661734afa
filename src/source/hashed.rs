//! One number for records, where no file has bytes that could be hashed.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, SchemaRef, TimestampMicrosecondType};
use sha2::{Digest, Sha256};

use super::{Source, interrupted};
use crate::error::{Error, Result};

/// SHA-256 over names, types and values in the order in which they come; batches leave no trace, and parts can be hashed
/// at the same time.
///
/// Hashed are: the number of columns; of each its name and a letter for its type; then the digest of each part: an object
/// of a store, or all records where there are no objects. A part without records leaves no trace either. Its digest is
/// over the cells record by record, each a byte that says whether it is there and its value. Texts go with their length
/// before them; numbers are little endian, 8 bytes each (of dates 4, of booleans 1). Both kinds of text are one.
pub(super) struct Hashed(Sha256);

impl Hashed {
    /// # Errors
    /// A column of a type that no reader gives.
    pub fn new(schema: &SchemaRef) -> Result<Self> {
        let mut hash = Sha256::new();
        hash.update((schema.fields().len() as u64).to_le_bytes());
        for field in schema.fields() {
            hash.update((field.name().len() as u64).to_le_bytes());
            hash.update(field.name().as_bytes());
            hash.update([letter(field.data_type())?]);
        }
        Ok(Self(hash))
    }

    /// Adds the next part.
    pub fn add(&mut self, part: Part) {
        if part.records > 0 {
            self.0.update(part.finish());
        }
    }

    /// The digest in hex.
    pub fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// The records of a part.
#[derive(Default)]
pub(super) struct Part {
    hash: Sha256,
    bytes: Vec<u8>,
    records: u64,
}

impl Part {
    /// Adds records, whose columns are those of the schema.
    ///
    /// # Errors
    /// A column of another type; the user's wish to stop.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        interrupted()?;
        for row in 0..batch.num_rows() {
            batch.columns().iter().try_for_each(|cells| cell(cells, row, &mut self.bytes))?;
        }
        self.hash.update(&self.bytes);
        self.bytes.clear();
        self.records += batch.num_rows() as u64;
        Ok(())
    }

    fn finish(mut self) -> [u8; 32] {
        std::mem::take(&mut self.hash).finalize().into()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.bytes);
    }
}

impl Source {
    /// The digest of the records, in hex, where they come from no file of this machine; `None` where they do.
    ///
    /// # Errors
    /// Those of the store; a temporary file that cannot be read.
    pub fn records_digest(&self) -> Option<Result<String>> {
        match (&self.taken, &self.objects) {
            (Some(taken), _) => self.files.is_empty().then(|| taken.digest()),
            (None, Some(objects)) => Some(objects.digest()),
            (None, None) => None,
        }
    }
}

fn letter(kind: &DataType) -> Result<u8> {
    Ok(match kind {
        DataType::Utf8 | DataType::Utf8View => b't',
        DataType::Int64 => b'i',
        DataType::Float64 => b'n',
        DataType::Boolean => b'b',
        DataType::Date32 => b'd',
        DataType::Timestamp(..) => b's',
        _ => return Err(Error::internal("a kept column has another type")),
    })
}

fn cell(cells: &ArrayRef, row: usize, bytes: &mut Vec<u8>) -> Result<()> {
    if cells.is_null(row) {
        bytes.push(0);
        return Ok(());
    }
    bytes.push(1);
    let mut text = |text: &str| {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    };
    match cells.data_type() {
        DataType::Utf8 => text(cells.as_string::<i32>().value(row)),
        DataType::Utf8View => text(cells.as_string_view().value(row)),
        DataType::Int64 => bytes.extend(cells.as_primitive::<Int64Type>().value(row).to_le_bytes()),
        DataType::Float64 => bytes.extend(cells.as_primitive::<Float64Type>().value(row).to_le_bytes()),
        DataType::Boolean => bytes.push(u8::from(cells.as_boolean().value(row))),
        DataType::Date32 => bytes.extend(cells.as_primitive::<Date32Type>().value(row).to_le_bytes()),
        DataType::Timestamp(..) => {
            bytes.extend(cells.as_primitive::<TimestampMicrosecondType>().value(row).to_le_bytes());
        }
        _ => return Err(Error::internal("a kept column has another type")),
    }
    Ok(())
}
