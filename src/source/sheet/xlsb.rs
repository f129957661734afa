//! The cells of a binary workbook, looked at before a library reads them: it passes over kinds that it does not know, takes
//! what a short record lacks from the one before, and ends at a row that cannot be.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::Row;
use super::book::unread;
use crate::error::{Error, Place, Result};
use crate::spec::Book;

/// Rows and columns of a sheet.
const ROWS: u32 = 1 << 20;
const COLUMNS: u32 = 1 << 14;
/// What is looked at of a record.
const START: usize = 16;

/// A record's number, its length and its first bytes, the others zero.
struct Record {
    number: u16,
    length: u64,
    start: [u8; START],
}

impl Record {
    fn word(&self, at: usize) -> u32 {
        u32::from_le_bytes([self.start[at], self.start[at + 1], self.start[at + 2], self.start[at + 3]])
    }
}

/// The next record; `None` at the end.
///
/// # Errors
/// Those of reading; an end inside a record.
fn next(part: &mut impl Read) -> io::Result<Option<Record>> {
    let mut byte = [0];
    if part.read(&mut byte)? == 0 {
        return Ok(None);
    }
    let mut number = u16::from(byte[0]);
    if number & 0x80 != 0 {
        part.read_exact(&mut byte)?;
        number = number & 0x7f | u16::from(byte[0] & 0x7f) << 7;
    }
    let mut length = 0;
    for place in 0..4 {
        part.read_exact(&mut byte)?;
        length |= u64::from(byte[0] & 0x7f) << (7 * place);
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let mut start = [0; START];
    let known = length.min(START as u64);
    part.read_exact(&mut start[..known as usize])?;
    let rest = length - known;
    if io::copy(&mut part.take(rest), &mut io::sink())? < rest {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(Record { number, length, start }))
}

/// How many texts the part of shared texts has.
pub(super) fn texts(part: &mut impl Read) -> u32 {
    let mut part = BufReader::new(part);
    let mut count = 0;
    while let Ok(Some(record)) = next(&mut part) {
        count += u32::from(record.number == 19);
    }
    count
}

/// Looks at the cells of a sheet; `texts` are shared.
///
/// # Errors
/// A record that is too short, or speaks of a row, a column or a text that is not there; a cell that is not read.
///
/// # References
/// [MS-XLSB] 2.3, 2.4: records and their numbers.
pub(super) fn look(part: &mut impl Read, path: &Path, texts: Option<u32>) -> Result<()> {
    let mut part = BufReader::new(part);
    let damaged = || unread(path, Book::Xlsb);
    let (mut inside, mut row) = (false, 0);
    loop {
        // where a part ends too early is told by what reads it
        let Ok(Some(record)) = next(&mut part) else { return Ok(()) };
        match record.number {
            0x91 => inside = true,
            0x92 => return Ok(()),
            _ => {}
        }
        if !inside {
            continue;
        }
        let least = match record.number {
            0 => 4,
            1 => 8,
            3 | 4 | 10 => 9,
            2 | 6 | 7 | 8 => 12,
            5 | 9 => 16,
            11 | 14 => return Err(failed(path, row, &record)),
            12 | 13 | 15..=18 | 62 => return Err(unknown(path, row)),
            _ => continue,
        };
        let (length, first) = (record.length, record.word(0));
        let whole = match record.number {
            0 => first < ROWS,
            6 | 8 => first < COLUMNS && (length - least.min(length)) / 2 >= u64::from(record.word(8)),
            7 => first < COLUMNS && record.word(8) < texts.unwrap_or(0),
            _ => first < COLUMNS,
        };
        if length < least || !whole {
            let line = Some(u64::from(row) + 1);
            return Err(damaged().at(Place { path: Some(path.into()), line, ..Place::default() }));
        }
        if record.number == 0 {
            row = first;
        }
    }
}

fn failed(path: &Path, row: u32, record: &Record) -> Error {
    let cell = match record.number {
        11 => Row { number: row, cells: BTreeMap::new(), own: false }.cell(record.word(0).min(COLUMNS)),
        _ => "a cell".to_owned(),
    };
    let place = Place { path: Some(path.into()), line: Some(u64::from(row) + 1), ..Place::default() };
    let message = format!("{cell} of a sheet holds the error of a formula, which is not read in an xlsb workbook");
    Error::input(message).at(place).with_help("mend the formula, or save the workbook as xlsx")
}

fn unknown(path: &Path, row: u32) -> Error {
    let place = Place { path: Some(path.into()), line: Some(u64::from(row) + 1), ..Place::default() };
    Error::input("a row of a sheet has cells of a kind that is not read")
        .at(place)
        .with_help("open the workbook in a spreadsheet program and save it as xlsx")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record with up to 127 bytes.
    fn record(number: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = match number {
            0..128 => vec![number as u8],
            _ => vec![number as u8 | 0x80, (number >> 7) as u8],
        };
        bytes.push(data.len() as u8);
        bytes.extend(data);
        bytes
    }

    fn looked(records: &[(u16, &[u8])]) -> Result<()> {
        let (begin, end) = (record(0x91, &[]), record(0x92, &[]));
        let records = records.iter().map(|(number, data)| record(*number, data)).collect::<Vec<_>>().concat();
        look(&mut &[begin, records, end].concat()[..], Path::new("a.xlsb"), Some(2))
    }

    fn cell(column: u32, value: &[u8]) -> Vec<u8> {
        [&column.to_le_bytes()[..], &[0; 4], value].concat()
    }

    #[test]
    fn what_would_be_read_in_another_way_is_refused() {
        let row = |row: u32| [&row.to_le_bytes()[..], &[0; 13]].concat();
        let real = cell(1, &[0; 8]);
        let good: [(u16, &[u8]); 4] =
            [(0, &row(0)), (5, &real), (7, &cell(2, &[1, 0, 0, 0])), (6, &cell(3, &[1, 0, 0, 0, 65, 0]))];
        assert!(looked(&good).is_ok());
        let cases: [(u16, &[u8], &str); 9] = [
            (0, &row(ROWS), "damaged"),
            (5, &real[..15], "damaged"),
            (5, &cell(COLUMNS, &[0; 8]), "damaged"),
            (7, &cell(0, &[2, 0, 0, 0]), "damaged"),
            (6, &cell(0, &[2, 0, 0, 0, 65, 0]), "damaged"),
            (11, &cell(1, &[42, 0, 0]), "B1 of a sheet holds the error of a formula"),
            (13, &[0; 8], "of a kind that is not read"),
            (18, &[0; 8], "of a kind that is not read"),
            (62, &cell(0, &[0; 8]), "of a kind that is not read"),
        ];
        for (number, data, says) in cases {
            let Err(error) = looked(&[&good[..1], &[(number, data)]].concat()) else { panic!("{number} was read") };
            let shown = error.render(false);
            assert!(error.exit_code() == 4 && shown.contains(says) && shown.contains("line 1"), "{number}: {shown}");
        }
        // nothing outside of the cells is a cell
        assert!(look(&mut &record(13, &[0; 8])[..], Path::new("a.xlsb"), None).is_ok());
    }
}
