//! The parser that knows what is wrong with a text, and where.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};

use super::blocks::{Block, count_lines, count_records};
use super::quotes::{QuoteError, check_quotes};
use super::{Form, encoding_help, reader};
use crate::error::{Error, Place, Result};
use crate::source::typed::{CORRECT, Untypable, typed};
use crate::source::{Wanted, input};
use crate::spec::Encoding;

/// UTF-8 from the declared encoding; the error is the byte that is wrong. A byte order mark goes.
pub(super) fn decode(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, usize> {
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

/// The wanted columns of a block, with the number of its records.
pub(super) fn columns(
    block: &Block,
    path: &Path,
    header: &[String],
    form: &Form,
    wanted: &[Wanted],
) -> Result<(Vec<ArrayRef>, usize)> {
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
            Some(encoding_help(form.encoding)),
        )
    })?;
    if let Err(QuoteError::Stray(at)) = check_quotes(text.as_bytes(), form.delimiter) {
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
    let mut reader = reader(text.as_ref(), form.delimiter);
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
    for (mut builder, column) in builders.into_iter().zip(wanted) {
        let text: ArrayRef = Arc::new(builder.finish());
        let typed = typed(&text, &column.kind, form.nulls).map_err(|wrong| match wrong {
            Untypable::Column(error) => error,
            Untypable::Cell(cell) => {
                let line = block.lines + line_of(&block.bytes, form.delimiter, cell.row);
                let message = format!("expected {}", cell.expected);
                error(cell.row as u64 + 1, line, Some(&column.name), message, Some(CORRECT.to_owned()))
            }
        })?;
        cells.push(typed);
    }
    Ok((cells, rows as usize))
}

/// The line in the block on which a record starts, from 1.
fn line_of(bytes: &[u8], delimiter: u8, row: usize) -> u64 {
    let mut reader = reader(bytes, delimiter);
    let mut record = csv::ByteRecord::new();
    for _ in 0..=row {
        if !matches!(reader.read_byte_record(&mut record), Ok(true)) {
            return 0;
        }
    }
    record.position().map_or(0, csv::Position::line)
}
