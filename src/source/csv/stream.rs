//! CSV read once and in order, where it is not read in place.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::blocks::{Block, Blocks, Buffers};
use super::{Form, header, parse};
use crate::error::Result;
use crate::source::Wanted;
use crate::source::reader::Reader;
use crate::spec::{ColumnType, Encoding};

/// The records of the files, all cells text; the empty cell is null.
pub(in crate::source) struct Stream {
    files: Vec<PathBuf>,
    delimiter: u8,
    encoding: Encoding,
    wanted: Vec<Wanted>,
    file: usize,
    open: Option<(Blocks, Vec<String>)>,
    /// Records of the file that were read.
    records: u64,
    buffers: Buffers,
}

impl Stream {
    /// `columns` are those of the first file.
    pub fn new(files: Vec<PathBuf>, delimiter: u8, encoding: Encoding, columns: &[String]) -> Self {
        let wanted = columns.iter().map(|name| Wanted { name: name.clone(), kind: ColumnType::Text }).collect();
        let buffers = Buffers::default();
        Self { files, delimiter, encoding, wanted, file: 0, open: None, records: 0, buffers }
    }

    fn block(&mut self) -> Result<Option<(Block, Vec<String>)>> {
        while let Some(path) = self.files.get(self.file) {
            let first = self.open.is_none();
            if first {
                let names = header(path, self.delimiter, self.encoding)?;
                self.open = Some((Blocks::open(path, self.delimiter, &self.buffers)?, names));
                self.records = 0;
            }
            let Some((blocks, names)) = &mut self.open else { continue };
            let Some(mut block) = blocks.next()? else {
                self.open = None;
                self.file += 1;
                continue;
            };
            if first {
                block = block.without_header(self.delimiter);
            }
            block.records = self.records;
            self.records += block.count;
            return Ok(Some((block, names.clone())));
        }
        Ok(None)
    }
}

impl Reader for Stream {
    fn schema(&self) -> SchemaRef {
        let field = |column: &Wanted| Field::new(&column.name, DataType::Utf8, true);
        Arc::new(Schema::new(self.wanted.iter().map(field).collect::<Vec<_>>()))
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some((block, names)) = self.block()? else { return Ok(None) };
        let form = Form { delimiter: self.delimiter, encoding: self.encoding, nulls: &[] };
        let batch = parse(&block, &self.files[self.file], &names, &form, &self.wanted)?;
        self.buffers.back(block.bytes);
        Ok(Some(batch.cells))
    }

    fn origin(&self) -> Option<PathBuf> {
        self.files.get(self.file).cloned()
    }
}
