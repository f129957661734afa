//! CSV read once and in order from wherever its bytes come.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::blocks::{Block, Blocks};
use super::{Form, names, parse};
use crate::error::Result;
use crate::source::{Wanted, input, named_twice};
use crate::spec::{ColumnType, Encoding};

/// The records of one text, all cells text; the empty cell is null.
pub(in crate::source) struct Text {
    /// For messages.
    path: PathBuf,
    delimiter: u8,
    encoding: Encoding,
    names: Vec<String>,
    wanted: Vec<Wanted>,
    blocks: Blocks,
    first: Option<Block>,
    /// Records that were read.
    records: u64,
}

impl Text {
    /// Reads the header.
    ///
    /// # Errors
    /// An empty text, a header that cannot be read or has a name twice; what the reader fails with.
    pub fn new(path: PathBuf, text: Box<dyn Read + Send>, delimiter: u8, encoding: Encoding) -> Result<Self> {
        let mut blocks = Blocks::over(&path, text, delimiter);
        let Some(block) = blocks.next()? else { return Err(input(&path, "the input is empty".into(), None)) };
        let names = names(&block, &path, delimiter, encoding)?;
        named_twice(&path, &names)?;
        let block = block.without_header(delimiter);
        let wanted = names.iter().map(|name| Wanted { name: name.clone(), kind: ColumnType::Text }).collect();
        Ok(Self { path, delimiter, encoding, names, wanted, blocks, first: Some(block), records: 0 })
    }

    pub fn schema(&self) -> SchemaRef {
        let field = |name: &String| Field::new(name, DataType::Utf8, true);
        Arc::new(Schema::new(self.names.iter().map(field).collect::<Vec<_>>()))
    }

    /// The next records.
    ///
    /// # Errors
    /// Those of the text, each with its place, and those of the reader.
    pub fn next(&mut self) -> Result<Option<RecordBatch>> {
        let block = match self.first.take() {
            Some(block) => Some(block),
            None => self.blocks.next()?,
        };
        let Some(mut block) = block else { return Ok(None) };
        block.records = self.records;
        self.records += block.count;
        let form = Form { delimiter: self.delimiter, encoding: self.encoding, nulls: &[] };
        Ok(Some(parse(&block, &self.path, &self.names, &form, &self.wanted)?.cells))
    }
}
