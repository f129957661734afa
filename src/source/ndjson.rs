//! NDJSON: an object on each line. Nested objects become columns `a.b`, arrays stay JSON, as text.

mod json;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use self::json::Wrong;
use super::cells::{Kind, Rows, Value, changed, schema};
use super::compressed::{reading, unread};
use super::fed::{Fed, Feed};
use super::input;
use super::reader::Reader;
use crate::error::{Error, Place, Result};

/// Records of a batch.
const BATCH: usize = 32 << 10;
/// A line longer than this is an error.
const LONGEST: u64 = 256 << 20;

/// The records of the files: their columns are those of all objects, in the order in which they come first.
///
/// # Errors
/// See [`Reader::next`]. A line that is no object, or in which a key stands twice.
pub(super) fn reader(files: Vec<PathBuf>, nulls: Vec<String>) -> Result<Box<dyn Reader>> {
    let Some(first) = files.first().cloned() else { return Err(Error::internal("there are no files")) };
    Fed::start(&first, move |feed| read(&files, &nulls, feed))
}

fn read(files: &[PathBuf], nulls: &[String], feed: &Feed) -> Result<()> {
    let (mut places, mut names, mut kinds) = (HashMap::<String, usize>::new(), Vec::<String>::new(), Vec::new());
    for path in files {
        each_object(
            path,
            nulls,
            |name, value| {
                let place = *places.entry(name).or_insert_with_key(|name| {
                    names.push(name.clone());
                    kinds.push(Kind::Nothing);
                    names.len() - 1
                });
                kinds[place] = kinds[place].with(&value);
                Ok(())
            },
            || Ok(()),
        )?;
    }
    if names.is_empty() {
        return Err(input(&files[0], "the input is empty".into(), None));
    }
    let schema = schema(names.iter().zip(kinds));
    feed.schema(schema.clone())?;
    for path in files {
        let state = std::cell::RefCell::new((Rows::new(schema.clone()), vec![Value::Null; names.len()]));
        let cell = |name: String, value: Value<'static>| {
            let place = *places.get(&name).ok_or_else(changed)?;
            state.borrow_mut().1[place] = value;
            Ok(())
        };
        let end = || {
            let (rows, record) = &mut *state.borrow_mut();
            rows.add(record.iter())?;
            record.fill(Value::Null);
            if rows.rows() == BATCH { feed.batch(rows.batch()?, path) } else { Ok(()) }
        };
        each_object(path, nulls, cell, end)?;
        feed.batch(state.into_inner().0.batch()?, path)?;
    }
    Ok(())
}

/// Hands on the cells of each object of a file, by column, and says where each object ends.
fn each_object(
    path: &Path,
    nulls: &[String],
    mut cell: impl FnMut(String, Value<'static>) -> Result<()>,
    mut end: impl FnMut() -> Result<()>,
) -> Result<()> {
    let mut text = BufReader::with_capacity(1 << 20, reading(path)?);
    let (mut line, mut number, mut row) = (Vec::new(), 0u64, 0u64);
    loop {
        line.clear();
        let read = (&mut text).take(LONGEST).read_until(b'\n', &mut line).map_err(|source| unread(path, source))?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        let bytes = if number == 1 { line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line) } else { &line };
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() {
            continue;
        }
        row += 1;
        let wrong = |message: &str| {
            let place = Place { path: Some(path.into()), row: Some(row), line: Some(number), column: None };
            Error::input(message).at(place)
        };
        if read as u64 == LONGEST {
            return Err(wrong("the line is longer than 256 MiB"));
        }
        if line.starts_with(&[0xff, 0xfe]) || line.starts_with(&[0xfe, 0xff]) {
            return Err(wrong("the text is UTF-16").with_help("save it as UTF-8"));
        }
        let object = json::object(bytes).map_err(|found| match found {
            Wrong::Text => wrong("the line is not a JSON object")
                .with_help("each line holds one whole object, in UTF-8, and no list"),
            Wrong::Twice => wrong("a key stands twice in the object"),
            Wrong::Digits => {
                wrong("a number has more digits than can be kept").with_help("write identifiers as text, in quotes")
            }
        })?;
        let mut seen = std::collections::HashSet::new();
        for (name, value) in json::flat(object) {
            if !seen.insert(name.clone()) {
                return Err(wrong("a key stands twice in the object, once with a dot and once nested"));
            }
            let null = matches!(&value, Value::Text(text) if nulls.iter().any(|null| null == text));
            cell(name, if null { Value::Null } else { value })?;
        }
        end()?;
    }
}

#[cfg(test)]
mod tests;
