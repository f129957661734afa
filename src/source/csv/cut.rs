//! Texts of which several machines read a part each: cut where records end.

use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::blocks::{Block, Blocks, Buffers};
use super::{Form, parse};
use crate::error::Result;
use crate::source::{Batch, Wanted};

/// Where whole records of a text are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Bytes of the text before them; 0 where they begin with the header.
    pub at: u64,
    pub bytes: u64,
    /// Lines of the text before them.
    pub lines: u64,
}

/// Cuts a text into spans of some MiB each, with the records of each; `path` is for messages.
///
/// # Errors
/// Those of the text, as far as they are seen by who only looks for the ends of records.
pub fn spans(path: &Path, text: Box<dyn Read + Send>, form: &Form) -> Result<Vec<(Span, u64)>> {
    let buffers = Buffers::default();
    let mut blocks = Blocks::over(path, text, form.delimiter).with(&buffers);
    let (mut spans, mut at, mut lines) = (Vec::new(), 0, 0);
    while let Some(mut block) = blocks.next()? {
        crate::source::interrupted()?;
        let span = Span { at, bytes: block.bytes.len() as u64, lines };
        (at, lines) = (at + span.bytes, blocks.lines());
        if spans.is_empty() {
            block = block.without_header(form.delimiter);
        }
        spans.push((span, block.count));
        buffers.back(block.bytes);
    }
    Ok(spans)
}

/// Reads the records of a span, whose bytes are all of `text`, in order; `records` are those of the whole text before
/// them, and `header` its names. `first_row` of the batches counts from the span.
///
/// # Errors
/// Those of the text, each with its place in the whole of it, and those of `work`.
pub fn scan_span(
    (path, text): (&Path, Box<dyn Read + Send>),
    (span, records): (Span, u64),
    header: &[String],
    form: &Form,
    wanted: &[Wanted],
    work: &mut (dyn FnMut(&Batch) -> Result<()> + Send),
) -> Result<()> {
    let buffers = Buffers::default();
    let mut blocks = Blocks::over(path, text, form.delimiter).with(&buffers).after(span.lines);
    let (mut rows, mut first) = (0, span.at == 0);
    while let Some(mut block) = blocks.next()? {
        crate::source::interrupted()?;
        if std::mem::take(&mut first) {
            block = block.without_header(form.delimiter);
        }
        let block = Block { records: records + rows, first_row: rows, ..block };
        rows += block.count;
        if block.count > 0 {
            work(&parse(&block, path, header, form, wanted)?)?;
        }
        buffers.back(block.bytes);
    }
    Ok(())
}
