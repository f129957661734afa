//! Sheets of workbooks: xlsx, xlsb, xls and ods. Read twice: first for the names and kinds of the columns.

mod book;
mod header;
mod merged;
mod parts;
mod value;
mod xlsb;

use std::path::{Path, PathBuf};

use self::book::Workbook;
use self::header::Header;
use self::merged::{Row, each_row};
use self::value::Fault;
use super::cells::{Kind, Rows, Value, changed, schema};
use super::fed::{Fed, Feed};
use super::reader::Reader;
use crate::error::{Error, Place, Result};
use crate::spec::SheetSpec;

/// Records of a batch.
const BATCH: usize = 32 << 10;

/// The records of one sheet of each workbook; the columns are matched by name.
///
/// A column is of whole numbers, numbers, booleans, dates or date-times where all its cells are, otherwise of text. A
/// record without any cell is none. The value of a merged range stands for all its cells (xlsx and xls tell them).
///
/// # Errors
/// A password; a sheet or header that is not there; a formula's error that is not among `nulls`; a number of more than
/// 15 digits, of which the workbook has lost some; a cell in a column without a name.
pub(super) fn reader(files: Vec<PathBuf>, asked: SheetSpec, nulls: Vec<String>) -> Result<Box<dyn Reader>> {
    let Some(first) = files.first().cloned() else { return Err(Error::internal("there are no files")) };
    Fed::start(&first, move |feed| read(&files, &asked, &nulls, feed))
}

fn read(files: &[PathBuf], asked: &SheetSpec, nulls: &[String], feed: &Feed) -> Result<()> {
    let (mut names, mut kinds, mut headers) = (Vec::<String>::new(), Vec::<Kind>::new(), Vec::new());
    for (number, path) in files.iter().enumerate() {
        parts::check(path, asked.book)?;
        let mut found = vec![];
        let header = each_record(path, asked, nulls, |record| {
            found.resize(record.len().max(found.len()), Kind::Nothing);
            found.iter_mut().zip(record).for_each(|(kind, cell)| *kind = kind.with(cell));
            Ok(())
        })?;
        found.resize(header.len(), Kind::Nothing);
        headers.push(header.clone());
        if number == 0 {
            (names, kinds) = (header, found);
            continue;
        }
        super::formats::alike(path, &names, &header)?;
        for (name, kind) in header.iter().zip(found) {
            let at = names.iter().position(|known| known == name).ok_or_else(changed)?;
            kinds[at] = kinds[at].and(kind);
        }
    }
    let schema = schema(names.iter().zip(kinds));
    feed.schema(schema.clone())?;
    for (path, header) in files.iter().zip(&headers) {
        let mut rows = Rows::new(schema.clone());
        let places = names.iter().map(|name| header.iter().position(|other| other == name));
        let places: Vec<usize> = places.collect::<Option<_>>().ok_or_else(changed)?;
        let again = each_record(path, asked, nulls, |record| {
            if record.len() != header.len() {
                return Err(changed());
            }
            rows.add(places.iter().map(|&place| &record[place]))?;
            if rows.rows() == BATCH { feed.batch(rows.batch()?, path) } else { Ok(()) }
        })?;
        if again != *header {
            return Err(changed());
        }
        feed.batch(rows.batch()?, path)?;
    }
    Ok(())
}

/// Hands each record on, a cell for each column of the header; gives the header's names.
fn each_record(
    path: &Path,
    asked: &SheetSpec,
    nulls: &[String],
    mut work: impl FnMut(&[Value<'static>]) -> Result<()>,
) -> Result<Vec<String>> {
    let mut book = Workbook::open(path, asked)?;
    let merged = book.merged()?;
    let mut header = Header::new(path, asked, book.tells_merged());
    let (mut record, mut number) = (Vec::new(), 0u64);
    each_row(&mut book, path, merged, nulls, |row| {
        if header.takes(row)? {
            return Ok(());
        }
        if !row.own {
            return Ok(());
        }
        number += 1;
        record.clear();
        record.resize(header.columns()?.len(), Value::Null);
        for (column, cell) in std::mem::take(&mut row.cells) {
            let name = header.columns()?.iter().position(|(at, _)| *at == column);
            let at = |name: Option<&String>| {
                let line = Some(u64::from(row.number) + 1);
                Place { path: Some(path.into()), row: Some(number), line, column: name.cloned() }
            };
            let Some(place) = name else {
                let message = format!("the cell {} stands in a column without a name", row.cell(column));
                return Err(Error::input(message).at(at(None)).with_help(
                    "name the column in the header, or clear the cell; `header_row` says which row the header is",
                ));
            };
            let name = &header.columns()?[place].1;
            record[place] = cell.map_err(|fault| fault.told(&row.cell(column)).at(at(Some(name))))?;
        }
        work(&record)
    })?;
    header.names()
}

#[cfg(test)]
mod tests;
