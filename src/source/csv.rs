//! CSV in UTF-8, GBK or GB18030: cut at record ends by one thread, decoded and parsed by the workers.

mod blocks;
mod characters;
mod columns;
mod cut;
mod gb18030;
mod marks;
mod masks;
mod quotes;
mod regular;
mod spread;
mod stream;
mod strict;
mod survey;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};

use self::blocks::{Block, Blocks, Buffers, header_end};
use super::{Batch, Wanted, fan_out, input};
use crate::error::{Error, Place, Result};
use crate::spec::Encoding;

pub use cut::Span;
pub(super) use cut::{scan_span, spans};
pub(super) use spread::spread;
pub(super) use stream::Stream;

/// How the text is written.
pub(super) struct Form<'a> {
    pub delimiter: u8,
    pub encoding: Encoding,
    pub nulls: &'a [String],
}

/// The names in the first record.
pub(super) fn header(path: &Path, delimiter: u8, encoding: Encoding) -> Result<Vec<String>> {
    // before anything else: in UTF-16 there are bytes that look like quotes
    utf16(path, &super::first_bytes(path, 2)?)?;
    let mut blocks = Blocks::open(path, delimiter, &Buffers::default())?;
    let Some(block) = blocks.next()? else { return Err(input(path, "the input is empty".into(), None)) };
    names(&block, path, delimiter, encoding)
}

/// # Errors
/// A text that begins with the mark of UTF-16.
fn utf16(path: &Path, start: &[u8]) -> Result<()> {
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        let help = "save it as UTF-8 or GB18030: in Excel as `CSV UTF-8`, elsewhere with `iconv -f utf-16 -t utf-8`";
        return Err(input(path, "the text is UTF-16, which is not read".into(), Some(help.into())));
    }
    Ok(())
}

/// The names in the first record of the first block.
fn names(block: &Block, path: &Path, delimiter: u8, encoding: Encoding) -> Result<Vec<String>> {
    utf16(path, &block.bytes)?;
    let end = header_end(&block.bytes);
    let place = Place { path: Some(path.into()), line: Some(1), ..Place::default() };
    let text = strict::decode(&block.bytes[..end], encoding).map_err(|_| Error::Input {
        message: "the header is not text in the declared encoding".into(),
        place: Some(place.clone()),
        help: Some(encoding_help(encoding)),
    })?;
    let mut reader = reader(text.as_ref(), delimiter);
    let mut record = csv::StringRecord::new();
    let unclear =
        |_| Error::Input { message: "the header cannot be read".into(), place: Some(place.clone()), help: None };
    reader.read_record(&mut record).map_err(unclear)?;
    Ok(record.iter().map(|name| name.trim().to_owned()).collect())
}

/// The names in the first record of a text that is opened already; `path` is for messages.
pub(super) fn names_of(path: &Path, text: Box<dyn Read + Send>, form: &Form) -> Result<Vec<String>> {
    let Some(block) = Blocks::over(path, text, form.delimiter).next()? else {
        return Err(input(path, "the input is empty".into(), None));
    };
    names(&block, path, form.delimiter, form.encoding)
}

/// See [`super::Source::scan`].
pub(super) fn scan<W: Send>(
    files: &[PathBuf],
    form: &Form,
    wanted: &[Wanted],
    workers: Vec<W>,
    enough: &AtomicBool,
    work: impl Fn(&mut W, &Batch) -> Result<()> + Sync,
) -> Result<(Vec<W>, u64)> {
    // whatever is wrong with a header is told before anything is read
    files.iter().try_for_each(|file| header(file, form.delimiter, form.encoding).map(|_| ()))?;
    let open = |file: usize| super::compressed::reading(&files[file]);
    scan_texts(&Texts { paths: files, open: &open }, form, wanted, workers, enough, work)
}

/// Texts that are opened one after the other.
pub(super) struct Texts<'a> {
    /// For messages.
    pub paths: &'a [PathBuf],
    pub open: &'a dyn Fn(usize) -> Result<Box<dyn Read + Send>>,
}

/// As [`scan`], wherever the texts come from.
pub(super) fn scan_texts<W: Send>(
    texts: &Texts,
    form: &Form,
    wanted: &[Wanted],
    workers: Vec<W>,
    enough: &AtomicBool,
    work: impl Fn(&mut W, &Batch) -> Result<()> + Sync,
) -> Result<(Vec<W>, u64)> {
    let total = AtomicU64::new(0);
    let buffers = Buffers::default();
    let handle = |worker: &mut W, (header, block): (Arc<Vec<String>>, Block)| {
        let batch = parse(&block, &texts.paths[block.file], &header, form, wanted)?;
        buffers.back(block.bytes);
        work(worker, &batch)
    };
    let workers = fan_out(workers, enough, handle, |push| {
        let mut rows = 0;
        for (file, path) in texts.paths.iter().enumerate() {
            let mut blocks = Blocks::over(path, (texts.open)(file)?, form.delimiter).with(&buffers);
            let mut header = None;
            let mut records = 0;
            while let Some(mut block) = blocks.next()? {
                let header = match &header {
                    Some(header) => Arc::clone(header),
                    None => {
                        let names = Arc::new(names(&block, path, form.delimiter, form.encoding)?);
                        block = block.without_header(form.delimiter);
                        header.insert(names).clone()
                    }
                };
                (block.file, block.records, block.first_row) = (file, records, rows);
                records += block.count;
                rows += block.count;
                if block.count > 0 {
                    push((header, block))?;
                }
            }
        }
        total.store(rows, Ordering::Relaxed);
        Ok(())
    })?;
    Ok((workers, total.into_inner()))
}

fn reader<T: AsRef<[u8]> + ?Sized>(text: &T, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_ref())
}

fn encoding_help(encoding: Encoding) -> String {
    match encoding {
        Encoding::Utf8 => "if the file comes from a Chinese office system, try `encoding = \"gb18030\"`".into(),
        Encoding::Gb18030 | Encoding::Gbk => "if the file is UTF-8, leave `encoding` out".into(),
    }
}

/// Decodes and parses one block, strictly.
fn parse(block: &Block, path: &Path, header: &[String], form: &Form, wanted: &[Wanted]) -> Result<Batch> {
    let (cells, rows) = match regular::columns(block, header, form, wanted) {
        Some(parsed) => parsed,
        None => strict::columns(block, path, header, form, wanted)?,
    };
    let field = |(column, cells): (&Wanted, &ArrayRef)| Field::new(&column.name, cells.data_type().clone(), true);
    let fields: Vec<Field> = wanted.iter().zip(&cells).map(field).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let cells = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), cells, &options)
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Batch { first_row: block.first_row, rows: None, cells })
}
