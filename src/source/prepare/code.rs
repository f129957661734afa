//! Codes become what a code table says of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;

use super::each::{Each, Text, text_kernel};
use super::tables::{self, CodeTable};
use crate::error::{Error, Place, Result};
use crate::spec::prepare::{Code, UnknownCodes};

/// Cells are compared as they are: leading zeros count, blanks too.
///
/// # Errors
/// A table that cannot be read, that has not the columns, or that says two things of one code.
pub(super) fn code(schema: &SchemaRef, step: &Code, base: &Path) -> Result<Each> {
    let (table, path) = table(step, base)?;
    let column = |name: &String| {
        table.columns.iter().position(|column| column == name).ok_or_else(|| Error::Input {
            message: format!("the code table has no column `{name}`"),
            place: path.clone().map(at_file),
            help: Some(format!("its columns are {}", table.columns.join(", "))),
        })
    };
    let from = step.from.as_ref().map_or(Ok(0), column)?;
    let to = column(&step.to)?;
    let province = step.table == "gbt2260" && step.to == "province" && from == 0;
    let ranges = step.table == "icd10" && from == 0;
    let known = known(&table, from, to).map_err(|line| Error::Input {
        message: "the code table says two things of one code".into(),
        place: path.clone().map(|path| Place { line: Some(line), ..at_file(path) }),
        help: Some("leave one of them out, or look up another column with `from`".into()),
    })?;
    let look_up = move |cell: &str| -> Option<String> {
        if ranges {
            return tables::icd10_range(cell).and_then(|range| known.get(range).cloned());
        }
        let above =
            || (province && tables::is_district(cell)).then(|| known.get(&format!("{}0000", &cell[..2]))).flatten();
        known.get(cell).or_else(above).cloned()
    };
    let unknown = step.unknown;
    let work = move |cell: &str| match (look_up(cell), unknown) {
        (Some(text), _) => Text::To(text),
        (None, UnknownCodes::Keep) => Text::Kept,
        (None, _) => Text::Failed,
    };
    let (each, strict, expected) = (Each::new(schema), unknown == UnknownCodes::Error, "a code that the table has");
    match &step.into {
        None => each.change(&step.column, |kind| text_kernel(kind, work), expected, strict),
        Some(into) => each.add(&step.column, into, |kind| text_kernel(kind, work), expected, strict),
    }
}

/// The table of a step, and its path if it is the user's own.
pub(super) fn table(step: &Code, base: &Path) -> Result<(CodeTable, Option<PathBuf>)> {
    match tables::built_in(&step.table) {
        Some(table) => Ok((table, None)),
        None => {
            let path = base.join(&step.table);
            Ok((read(&path)?, Some(path)))
        }
    }
}

/// What the table says of each code; an empty cell says nothing. The error is the line that contradicts one before.
fn known(table: &CodeTable, from: usize, to: usize) -> Result<HashMap<String, String>, u64> {
    let mut known: HashMap<String, String> = HashMap::with_capacity(table.rows.len());
    for (line, row) in &table.rows {
        if row[from].is_empty() || row[to].is_empty() {
            continue;
        }
        let before = known.insert(row[from].clone(), row[to].clone());
        if before.is_some_and(|before| before != row[to]) {
            return Err(*line);
        }
    }
    Ok(known)
}

fn at_file(path: PathBuf) -> Place {
    Place { path: Some(path), ..Place::default() }
}

fn read(path: &Path) -> Result<CodeTable> {
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::InvalidData => Error::Input {
            message: "the code table is not text in UTF-8".into(),
            place: Some(at_file(path.into())),
            help: None,
        },
        _ => Error::Environment {
            message: "could not read the code table".into(),
            path: Some(path.into()),
            source: Some(source),
            help: None,
        },
    })?;
    tables::parse(&text).map_err(|line| Error::Input {
        message: "the code table cannot be read".into(),
        place: Some(Place { line: Some(line), ..at_file(path.into()) }),
        help: Some("its first line names its columns, and every line has as many cells".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_contradicts_itself_is_told_with_its_line() {
        let table = tables::parse("code,name\n1,a\n2,b\n1,a\n").unwrap();
        assert_eq!(known(&table, 0, 1).unwrap().len(), 2);
        let table = tables::parse("code;name\n1;a\n2;b\n1;c\n").unwrap();
        assert_eq!(known(&table, 0, 1), Err(4));
        assert_eq!(tables::parse("code,name\n1\n").unwrap_err(), 2);
        assert_eq!(known(&tables::parse("a,b\n,x\n,y\n").unwrap(), 0, 1).unwrap().len(), 0);
    }

    #[test]
    fn unreadable_tables_are_told() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("none.csv")).unwrap_err().exit_code(), 5);
        let path = folder.path().join("gbk.csv");
        std::fs::write(&path, [0xd6, 0xd0, b'\n']).unwrap();
        assert_eq!(read(&path).unwrap_err().exit_code(), 4);
    }
}
