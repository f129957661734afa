//! CSV in UTF-8, GBK or GB18030: cut at record ends by one thread, decoded and parsed by the workers.

mod spread;
mod stream;
mod text;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringBuilder};
use arrow::datatypes::{Field, Schema};

use super::compressed::{reading, unread};
use super::records::{Quotes, check_quotes};
use super::typed::{CORRECT, Untypable, typed};
use super::{Batch, Wanted, fan_out, input};
use crate::error::{Error, Place, Result};
use crate::spec::Encoding;

pub(super) use spread::spread;
pub(super) use stream::Stream;
pub(super) use text::Text;

/// Bytes read at once, and about the size of a block.
const BLOCK: usize = 4 << 20;
/// A record longer than this is an error: most likely a quote that is never closed.
const LONGEST_RECORD: usize = 256 << 20;

/// How the text is written.
pub(super) struct Form<'a> {
    pub delimiter: u8,
    pub encoding: Encoding,
    pub nulls: &'a [String],
}

/// Whole records of one file.
struct Block {
    file: usize,
    bytes: Vec<u8>,
    /// Lines of the file before this block.
    lines: u64,
    /// Records of the file before this block.
    records: u64,
    /// Records of the source before this block.
    first_row: u64,
}

/// The names in the first record.
pub(super) fn header(path: &Path, delimiter: u8, encoding: Encoding) -> Result<Vec<String>> {
    // before anything else: in UTF-16 there are bytes that look like quotes
    utf16(path, &super::first_bytes(path, 2)?)?;
    let mut blocks = Blocks::open(path)?;
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
    let text = decode(&block.bytes[..end], encoding).map_err(|at| Error::Input {
        message: "the header is not text in the declared encoding".into(),
        place: Some(place.clone()),
        help: Some(encoding_help(encoding, at)),
    })?;
    let mut reader = reader(text.as_ref(), delimiter, true);
    let mut record = csv::StringRecord::new();
    let unclear =
        |_| Error::Input { message: "the header cannot be read".into(), place: Some(place.clone()), help: None };
    reader.read_record(&mut record).map_err(unclear)?;
    Ok(record.iter().map(|name| name.trim().to_owned()).collect())
}

/// See [`super::Source::scan`].
pub(super) fn scan<W: Send>(
    files: &[std::path::PathBuf],
    form: &Form,
    wanted: &[Wanted],
    workers: Vec<W>,
    enough: &std::sync::atomic::AtomicBool,
    work: impl Fn(&mut W, &Batch) -> Result<()> + Sync,
) -> Result<(Vec<W>, u64)> {
    let headers = files.iter().map(|file| header(file, form.delimiter, form.encoding)).collect::<Result<Vec<_>>>()?;
    let total = std::sync::atomic::AtomicU64::new(0);
    let handle = |worker: &mut W, block: Block| {
        let path = &files[block.file];
        let batch = parse(&block, path, &headers[block.file], form, wanted)?;
        work(worker, &batch)
    };
    let workers = fan_out(workers, enough, handle, |push| {
        let mut rows = 0;
        for (file, path) in files.iter().enumerate() {
            let mut blocks = Blocks::open(path)?;
            let mut first = true;
            let mut records = 0;
            while let Some(mut block) = blocks.next()? {
                if std::mem::take(&mut first) {
                    let end = header_end(&block.bytes);
                    block.lines += count_lines(&block.bytes[..end]);
                    block.bytes.drain(..end);
                }
                let here = count_records(&block.bytes, form.delimiter);
                (block.file, block.records, block.first_row) = (file, records, rows);
                records += here;
                rows += here;
                if here > 0 {
                    push(block)?;
                }
            }
        }
        total.store(rows, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    })?;
    Ok((workers, total.into_inner()))
}

/// Cuts a file into blocks of whole records.
struct Blocks {
    path: std::path::PathBuf,
    text: Box<dyn Read + Send>,
    rest: Vec<u8>,
    quotes: Quotes,
    lines: u64,
    done: bool,
}

impl Blocks {
    fn open(path: &Path) -> Result<Self> {
        Ok(Self::over(path, reading(path)?))
    }

    /// Over a text that is opened already; `path` is for messages.
    fn over(path: &Path, text: Box<dyn Read + Send>) -> Self {
        Self { path: path.into(), text, rest: Vec::new(), quotes: Quotes::default(), lines: 0, done: false }
    }

    fn next(&mut self) -> Result<Option<Block>> {
        if self.done {
            return Ok(None);
        }
        let mut bytes = std::mem::take(&mut self.rest);
        loop {
            let from = bytes.len();
            let read = (&mut self.text).take(BLOCK as u64).read_to_end(&mut bytes);
            let read = read.map_err(|source| unread(&self.path, source))?;
            if read == 0 {
                self.done = true;
                if self.quotes.open() {
                    return Err(self.unclosed());
                }
                return Ok((!bytes.is_empty()).then(|| self.block(bytes)));
            }
            if let Some(end) = self.quotes.last_record_end(&bytes, from) {
                self.rest = bytes.split_off(end);
                return Ok(Some(self.block(bytes)));
            }
            if bytes.len() > LONGEST_RECORD {
                return Err(self.unclosed());
            }
        }
    }

    fn block(&mut self, bytes: Vec<u8>) -> Block {
        let lines = self.lines;
        self.lines += count_lines(&bytes);
        Block { file: 0, bytes, lines, records: 0, first_row: 0 }
    }

    fn unclosed(&self) -> Error {
        Error::Input {
            message: "a quote is opened and never closed".into(),
            place: Some(Place { path: Some(self.path.clone()), line: Some(self.lines + 1), ..Place::default() }),
            help: Some("it begins on this line or after it".into()),
        }
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&b| b == b'\n').count() as u64
}

/// Records as the parser will see them: empty lines are none, and a lone carriage return ends one.
fn count_records(bytes: &[u8], delimiter: u8) -> u64 {
    let whole = |line: &[u8]| line.split_last().is_none_or(|(_, before)| !before.contains(&b'\r'));
    if !bytes.contains(&b'"') && (!bytes.contains(&b'\r') || bytes.split(|&b| b == b'\n').all(whole)) {
        return bytes.split(|&b| b == b'\n').filter(|line| !line.is_empty() && *line != b"\r").count() as u64;
    }
    let mut reader = reader(bytes, delimiter, true);
    let mut record = csv::ByteRecord::new();
    let mut count = 0;
    while let Ok(true) = reader.read_byte_record(&mut record) {
        count += 1;
    }
    count
}

/// The end of the first record.
fn header_end(bytes: &[u8]) -> usize {
    let mut inside = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => inside = !inside,
            b'\n' if !inside => return at + 1,
            b'\r' if !inside && bytes.get(at + 1) != Some(&b'\n') => return at + 1,
            _ => {}
        }
    }
    bytes.len()
}

fn reader<T: AsRef<[u8]> + ?Sized>(text: &T, delimiter: u8, flexible: bool) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(flexible).delimiter(delimiter).from_reader(text.as_ref())
}

/// UTF-8 from the declared encoding; the error is the byte that is wrong. A byte order mark goes.
fn decode(bytes: &[u8], encoding: Encoding) -> Result<std::borrow::Cow<'_, str>, usize> {
    let coding = match encoding {
        Encoding::Utf8 => {
            let text = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
            return Ok(text.strip_prefix('\u{feff}').unwrap_or(text).into());
        }
        Encoding::Gbk => encoding_rs::GBK,
        Encoding::Gb18030 => encoding_rs::GB18030,
    };
    match coding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text),
        None => {
            // the longest prefix of lines that decodes tells the place
            let good = bytes
                .split_inclusive(|&b| b == b'\n')
                .take_while(|line| coding.decode_without_bom_handling_and_without_replacement(line).is_some());
            Err(good.map(<[u8]>::len).sum())
        }
    }
}

fn encoding_help(encoding: Encoding, _at: usize) -> String {
    match encoding {
        Encoding::Utf8 => "if the file comes from a Chinese office system, try `encoding = \"gb18030\"`".into(),
        Encoding::Gb18030 | Encoding::Gbk => "if the file is UTF-8, leave `encoding` out".into(),
    }
}

/// Decodes and parses one block, strictly.
fn parse(block: &Block, path: &Path, header: &[String], form: &Form, wanted: &[Wanted]) -> Result<Batch> {
    let error = |record: u64, line: u64, column: Option<&str>, message: String, help: Option<String>| Error::Input {
        message,
        place: Some(Place {
            path: Some(path.into()),
            row: Some(block.records + record),
            line: Some(line),
            column: column.map(str::to_owned),
        }),
        help,
    };
    let place = |at: usize| {
        let before = &block.bytes[..at.min(block.bytes.len())];
        let before = &before[..before.iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1)];
        (count_records(before, form.delimiter) + 1, block.lines + count_lines(before) + 1)
    };
    let text = decode(&block.bytes, form.encoding).map_err(|at| {
        let (record, line) = place(at);
        error(
            record,
            line,
            None,
            "the bytes are not text in the declared encoding".into(),
            Some(encoding_help(form.encoding, at)),
        )
    })?;
    if let Err(super::records::QuoteError::Stray(at)) = check_quotes(text.as_bytes(), form.delimiter) {
        let lines = count_lines(&text.as_bytes()[..at]);
        let record = count_records(&text.as_bytes()[..at], form.delimiter);
        let message = "a quote stands where none may be".into();
        let help = Some("a field with quotes is quoted as a whole, and its quotes are doubled".into());
        return Err(error(record.max(1), block.lines + lines + 1, None, message, help));
    }
    let at: Vec<usize> = wanted
        .iter()
        .map(|column| header.iter().position(|name| *name == column.name))
        .collect::<Option<_>>()
        .ok_or_else(|| input(path, "the columns changed while reading".into(), None))?;
    let mut builders: Vec<StringBuilder> = wanted.iter().map(|_| StringBuilder::new()).collect();
    let mut reader = reader(text.as_ref(), form.delimiter, true);
    let mut record = csv::StringRecord::new();
    let mut rows = 0u64;
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(_) => return Err(error(rows + 1, block.lines, None, "the record cannot be read".into(), None)),
        }
        rows += 1;
        if record.len() != header.len() {
            let line = block.lines + record.position().map_or(0, csv::Position::line);
            let message = format!("the record has {} fields, the header has {}", record.len(), header.len());
            return Err(error(rows, line, None, message, None));
        }
        for (builder, &at) in builders.iter_mut().zip(&at) {
            match &record[at] {
                "" => builder.append_null(),
                cell => builder.append_value(cell),
            }
        }
    }
    let mut cells: Vec<ArrayRef> = Vec::with_capacity(wanted.len());
    let mut fields = Vec::with_capacity(wanted.len());
    for (mut builder, column) in builders.into_iter().zip(wanted) {
        let text: ArrayRef = Arc::new(builder.finish());
        let typed = typed(&text, &column.kind, form.nulls).map_err(|wrong| match wrong {
            Untypable::Column(error) => error,
            Untypable::Cell(cell) => {
                let (record, line) =
                    (cell.row as u64 + 1, line_of(&text_lines(&block.bytes, form.delimiter), cell.row));
                error(
                    record,
                    block.lines + line,
                    Some(&column.name),
                    format!("expected {}", cell.expected),
                    Some(CORRECT.to_owned()),
                )
            }
        })?;
        fields.push(Field::new(&column.name, typed.data_type().clone(), true));
        cells.push(typed);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows as usize));
    let cells = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), cells, &options)
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Batch { first_row: block.first_row, rows: None, cells })
}

/// The line in the block on which each record starts, from 1.
fn text_lines(bytes: &[u8], delimiter: u8) -> Vec<u64> {
    let mut reader = reader(bytes, delimiter, true);
    let mut record = csv::ByteRecord::new();
    let mut lines = Vec::new();
    while let Ok(true) = reader.read_byte_record(&mut record) {
        lines.push(record.position().map_or(0, csv::Position::line));
    }
    lines
}

fn line_of(lines: &[u64], row: usize) -> u64 {
    lines.get(row).copied().unwrap_or(0)
}
