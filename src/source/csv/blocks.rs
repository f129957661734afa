//! A text cut into blocks of whole records.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::reader;
use super::survey::Survey;
use crate::error::{Error, Place, Result};
use crate::source::compressed::{reading, unread};

/// Bytes read at once, and about the size of a block.
const BLOCK: usize = 4 << 20;
/// A record longer than this is an error: most likely a quote that is never closed.
const LONGEST_RECORD: usize = 256 << 20;

/// Whole records of one file.
#[derive(Default)]
pub(super) struct Block {
    pub file: usize,
    pub bytes: Vec<u8>,
    /// Lines of the file before this block.
    pub lines: u64,
    /// Records of the file before this block.
    pub records: u64,
    /// Records of the source before this block.
    pub first_row: u64,
    /// Records of this block.
    pub count: u64,
}

impl Block {
    /// Takes the header away from the first block of a file.
    pub fn without_header(mut self, delimiter: u8) -> Self {
        let end = header_end(&self.bytes);
        self.lines += count_lines(&self.bytes[..end]);
        self.bytes.drain(..end);
        self.count = count_records(&self.bytes, delimiter);
        self
    }
}

/// The memory of blocks that are done with, for others.
#[derive(Clone, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    pub fn back(&self, bytes: Vec<u8>) {
        if let Ok(mut free) = self.0.lock() {
            free.push(bytes);
        }
    }

    /// Without a byte, and with room for so many.
    fn with_room(&self, room: usize) -> Vec<u8> {
        let free = self.0.lock().ok().and_then(|mut free| free.pop());
        let mut bytes = free.unwrap_or_default();
        bytes.clear();
        bytes.reserve(room);
        bytes
    }
}

/// Cuts a file into blocks of whole records.
pub(super) struct Blocks {
    path: PathBuf,
    text: Box<dyn Read + Send>,
    delimiter: u8,
    buffers: Buffers,
    rest: Vec<u8>,
    lines: u64,
    done: bool,
}

impl Blocks {
    pub fn open(path: &Path, delimiter: u8, buffers: &Buffers) -> Result<Self> {
        Ok(Self::over(path, reading(path)?, delimiter).with(buffers))
    }

    /// Begins after so many lines of a text.
    pub fn after(self, lines: u64) -> Self {
        Self { lines, ..self }
    }

    /// Lines of the text before the next block.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// With buffers that others give back.
    pub fn with(self, buffers: &Buffers) -> Self {
        Self { buffers: buffers.clone(), ..self }
    }

    /// Over a text that is opened already; `path` is for messages.
    pub fn over(path: &Path, text: Box<dyn Read + Send>, delimiter: u8) -> Self {
        let (buffers, rest) = (Buffers::default(), Vec::new());
        Self { path: path.into(), text, delimiter, buffers, rest, lines: 0, done: false }
    }

    pub fn next(&mut self) -> Result<Option<Block>> {
        if self.done {
            return Ok(None);
        }
        let mut bytes = self.buffers.with_room(self.rest.len() + BLOCK);
        bytes.append(&mut self.rest);
        let mut survey = Survey::new(self.delimiter);
        survey.add(&bytes);
        loop {
            let from = bytes.len();
            bytes.reserve(BLOCK);
            let read = (&mut self.text).take(BLOCK as u64).read_to_end(&mut bytes);
            let read = read.map_err(|source| unread(&self.path, source))?;
            if read == 0 {
                self.done = true;
                if survey.open() {
                    return Err(self.unclosed());
                }
                let records = survey.all_records();
                return Ok((!bytes.is_empty()).then(|| self.block(bytes, survey.all.lines, records)));
            }
            survey.add(&bytes[from..]);
            if survey.whole.bytes > 0 {
                self.rest.extend_from_slice(&bytes[survey.whole.bytes..]);
                bytes.truncate(survey.whole.bytes);
                return Ok(Some(self.block(bytes, survey.whole.lines, survey.whole_records())));
            }
            if bytes.len() > LONGEST_RECORD {
                return Err(self.unclosed());
            }
        }
    }

    fn block(&mut self, bytes: Vec<u8>, lines: u64, records: Option<u64>) -> Block {
        let count = records.unwrap_or_else(|| parsed_records(&bytes, self.delimiter));
        let block = Block { bytes, lines: self.lines, count, ..Block::default() };
        self.lines += lines;
        block
    }

    fn unclosed(&self) -> Error {
        Error::Input {
            message: "a quote is opened and never closed".into(),
            place: Some(Place { path: Some(self.path.clone()), line: Some(self.lines + 1), ..Place::default() }),
            help: Some("it begins on this line or after it".into()),
        }
    }
}

pub(super) fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&b| b == b'\n').count() as u64
}

/// Records as the parser will see them: empty lines are none, and a lone carriage return ends one.
pub(super) fn count_records(bytes: &[u8], delimiter: u8) -> u64 {
    let mut survey = Survey::new(delimiter);
    survey.add(bytes);
    survey.all_records().unwrap_or_else(|| parsed_records(bytes, delimiter))
}

fn parsed_records(bytes: &[u8], delimiter: u8) -> u64 {
    let mut reader = reader(bytes, delimiter);
    let mut record = csv::ByteRecord::new();
    let mut count = 0;
    while let Ok(true) = reader.read_byte_record(&mut record) {
        count += 1;
    }
    count
}

/// The end of the last whole record.
pub(super) fn last_record_end(bytes: &[u8], delimiter: u8) -> Option<usize> {
    let mut survey = Survey::new(delimiter);
    survey.add(bytes);
    Some(survey.whole.bytes).filter(|&end| end > 0)
}

/// The end of the first record.
pub(super) fn header_end(bytes: &[u8]) -> usize {
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
