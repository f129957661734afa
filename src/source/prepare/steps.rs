//! From the steps of the pipeline file to stages.

use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;

use super::errors::in_step;
use super::{Stage, cast, code, date, deduplicate, derive, filter, join, rename, sql, text};
use crate::error::{Error, Result};
use crate::spec::prepare::Step;

/// Checks what of the steps can be told without data: the SQL, and the code tables that they name.
///
/// # Errors
/// [`Error::Usage`] for a text that is not SQL, and those of code tables.
pub fn readable(steps: &[Step], base: &Path) -> Result<()> {
    for (at, step) in steps.iter().enumerate() {
        let sql = match step {
            Step::Filter(text) => filter::parse(text).is_ok(),
            Step::Sql(step) => sql::parse(step.query()).is_ok(),
            Step::Code(step) => {
                code::table(step, base).map_err(|error| in_step(error, at, &Step::Code(step.clone())))?;
                true
            }
            _ => true,
        };
        if !sql {
            return Err(Error::Usage {
                message: format!("step {} (`{}`) is not SQL that can be read", at + 1, step.name()),
                help: Some("see that quotes and parentheses are closed, and that the functions are there".into()),
            });
        }
    }
    Ok(())
}

/// The files that steps read beside the source, in the order of the steps: tables that are joined, code tables.
///
/// # Errors
/// A table is not there.
pub fn files(steps: &[Step], base: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let named = match step {
            Step::Join(join) => join::opened(&join.source, base).map(|opened| opened.files),
            Step::Sql(sql) => {
                let tables = sql.tables().map(|(_, table)| Ok(join::opened(table, base)?.files));
                tables.collect::<Result<Vec<_>>>().map(|files| files.concat())
            }
            Step::Code(code) => code::table(code, base).map(|(_, path)| path.into_iter().collect()),
            _ => continue,
        };
        files.extend(named.map_err(|error| in_step(error, at, step))?);
    }
    Ok(files)
}

/// Makes a step ready for the columns that come to it.
pub(super) fn stage(step: &Step, schema: &SchemaRef, base: &Path, sql_limit: usize) -> Result<Box<dyn Stage>> {
    Ok(match step {
        Step::Rename(map) => Box::new(rename::Rename::new(schema, map)?),
        Step::Cast(step) => Box::new(cast::cast(schema, step)?),
        Step::Date(step) => Box::new(date::dates(schema, step)?),
        Step::Trim(columns) => Box::new(text::trim(schema, columns)?),
        Step::HalfWidth(columns) => Box::new(text::half_width(schema, columns)?),
        Step::Upper(columns) => Box::new(text::upper(schema, columns)?),
        Step::Lower(columns) => Box::new(text::lower(schema, columns)?),
        Step::Replace(step) => Box::new(text::replace(schema, step)?),
        Step::Code(step) => Box::new(code::code(schema, step, base)?),
        Step::Derive(step) => Box::new(derive::derive(schema, step)?),
        Step::Filter(text) => Box::new(filter::Filter::new(schema, text)?),
        Step::Join(step) => Box::new(join::Joined::new(schema, step, base)?),
        Step::Deduplicate(keys) => Box::new(deduplicate::Deduplicate::new(schema, keys)?),
        Step::Sql(step) => Box::new(sql::Whole::new(schema, step, base, sql_limit)?),
    })
}

/// The columns that a step speaks of.
pub(super) fn columns(step: &Step) -> Vec<String> {
    use crate::spec::prepare::Keys;
    match step {
        Step::Rename(map) => map.iter().map(|(old, new)| format!("{old} → {new}")).collect(),
        Step::Cast(step) => step.columns.keys().cloned().collect(),
        Step::Date(step) => step.columns.clone(),
        Step::Trim(columns) | Step::HalfWidth(columns) | Step::Upper(columns) | Step::Lower(columns) => columns.clone(),
        Step::Replace(step) => vec![step.column.clone()],
        Step::Code(step) => [&step.column].into_iter().chain(&step.into).cloned().collect(),
        Step::Derive(step) => vec![step.from.clone(), step.column.clone()],
        Step::Join(step) => step.on.iter().chain(&step.columns).cloned().collect(),
        Step::Deduplicate(Keys::Columns(columns)) => columns.clone(),
        Step::Deduplicate(Keys::All(_)) | Step::Filter(_) | Step::Sql(_) => Vec::new(),
    }
}
