//! Blocks of a CSV text from all over its files, where the whole is too much to read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::blocks::{Block, count_records, header_end, last_record_end};
use super::{Form, header, parse, reader};
use crate::error::Result;
use crate::source::{Spread, Wanted, unreadable};

/// Bytes of one block, at most, and at least; and so many records at least.
const LARGEST: u64 = 1 << 20;
const SMALLEST: u64 = 4 << 10;
const FEWEST: u64 = 16;
/// Blocks that the records are taken from, if they are not too small then.
const BLOCKS: u64 = 64;
/// Bytes from which the size of a record is estimated.
const FIRST: u64 = 256 << 10;
/// How many lines are tried as the start of a record.
const TRIES: usize = 50;

/// About `rows` records in blocks spread evenly over the files; `None` if that is about all there are.
pub(in crate::source) fn spread(
    files: &[PathBuf],
    form: &Form,
    wanted: &[Wanted],
    rows: u64,
) -> Result<Option<Spread>> {
    let sizes = files.iter().map(|file| {
        let size = File::open(file).and_then(|file| file.metadata()).map(|data| data.len());
        size.map_err(|source| unreadable(file, source))
    });
    let sizes: Vec<u64> = sizes.collect::<Result<_>>()?;
    let total: u64 = sizes.iter().sum();
    let Some(record) = bytes_of_record(&files[0], form)? else { return Ok(None) };
    let needed = rows.saturating_mul(record);
    if needed >= total / 2 {
        return Ok(None);
    }
    let size = (needed / BLOCKS).clamp(SMALLEST.max(FEWEST * record), LARGEST.max(FEWEST * record));
    let mut spread = Spread { blocks: 0, whole: false, share: 0.0, ..Spread::default() };
    let mut read = 0;
    for ((file, path), &bytes) in files.iter().enumerate().zip(&sizes) {
        let names = header(path, form.delimiter, form.encoding)?;
        let here = needed as f64 / size as f64 * bytes as f64 / total as f64;
        let count = (here.ceil() as u64).max(1).min(bytes.div_ceil(size));
        for number in 0..count {
            let start = bytes.saturating_sub(size) / (count - 1).max(1) * number;
            spread.blocks += 1;
            let block = block(path, start, size, form, names.len())?;
            let Some(bytes) = block else {
                spread.unclear += 1;
                continue;
            };
            read += bytes.len() as u64;
            let count = count_records(&bytes, form.delimiter);
            let block = Block { file, bytes, first_row: spread.records, count, ..Block::default() };
            match parse(&block, path, &names, form, wanted) {
                Ok(batch) => spread.add(batch),
                Err(_) => spread.unclear += 1,
            }
        }
    }
    // nothing fits: reading it all tells what is wrong, and where
    if spread.records == 0 {
        return Ok(None);
    }
    spread.share = read as f64 / total.max(1) as f64;
    Ok(Some(spread))
}

/// How many bytes a record has, as the first ones of a file tell; `None` if the file is small.
fn bytes_of_record(path: &Path, form: &Form) -> Result<Option<u64>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    file.take(FIRST).read_to_end(&mut bytes).map_err(|source| unreadable(path, source))?;
    if (bytes.len() as u64) < FIRST {
        return Ok(None);
    }
    let records = count_records(&bytes, form.delimiter).max(1);
    Ok(Some(bytes.len() as u64 / records + 1))
}

/// Whole records of about `size` bytes from `start` on; `None` if none are to be seen there.
fn block(path: &Path, start: u64, size: u64, form: &Form, fields: usize) -> Result<Option<Vec<u8>>> {
    let mut file = File::open(path).map_err(|source| unreadable(path, source))?;
    let mut bytes = Vec::new();
    // one byte before: where it ends a line, the block begins with a line
    let from = start.saturating_sub(1);
    file.seek(SeekFrom::Start(from)).map_err(|source| unreadable(path, source))?;
    file.take(size + start - from).read_to_end(&mut bytes).map_err(|source| unreadable(path, source))?;
    let first = match start {
        0 => Some(header_end(&bytes)),
        _ => record_start(&bytes, form, fields),
    };
    let Some(first) = first else { return Ok(None) };
    bytes.drain(..first);
    let end = last_record_end(&bytes, form.delimiter);
    Ok(end.map(|end| {
        bytes.truncate(end);
        bytes
    }))
}

/// The first line from which on three records have as many fields as the header: a line feed may stand in quotes.
fn record_start(bytes: &[u8], form: &Form, fields: usize) -> Option<usize> {
    let lines = bytes.iter().enumerate().filter(|&(_, &byte)| byte == b'\n').map(|(at, _)| at + 1);
    let right = |&at: &usize| {
        let rest = &bytes[at..];
        let ninth = rest.iter().enumerate().filter(|&(_, &byte)| byte == b'\n').nth(8);
        let rest = &rest[..ninth.map_or(rest.len(), |(end, _)| end)];
        let mut reader = reader(rest, form.delimiter);
        let mut record = csv::ByteRecord::new();
        let mut next = || matches!(reader.read_byte_record(&mut record), Ok(true)) && record.len() == fields;
        next() && next() && next()
    };
    lines.take(TRIES).find(right)
}
