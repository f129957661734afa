//! `[source]`: which files, in which form, and who the subjects are.

use std::path::{Path, PathBuf};

use super::remote;
use crate::spec::findings::Check;
use crate::spec::pipeline::{Encoding, SourceFormat, SourceSpec, Subject};
use crate::spec::raw::{RawFormat, RawSource};
use crate::spec::words::{later_format, quoted};

pub(super) fn source(check: &mut Check) -> Option<SourceSpec> {
    let raw: RawSource = check.part(&["source"])?;
    let mut raw = raw;
    let subject = subject(check, &raw);
    let nulls = std::mem::take(&mut raw.nulls);
    if let Some(database) = raw.database.take() {
        for key in ["path", "store", "format", "delimiter", "encoding"] {
            let at = ["source", key];
            if check.has(&at) {
                let message = format!("{} is of no use: the source is a database", quoted(key));
                check.add_help(check.at_key(&at), message, "leave it out");
            }
        }
        let format = remote::database(check, database).map(|spec| SourceFormat::Database(Box::new(spec)));
        return Some(SourceSpec { path: PathBuf::new(), format: format?, subject: subject?, nulls });
    }
    let Some(path) = raw.path.clone() else {
        let help = "say `path = \"data.csv\"`, or `database = { … }`";
        check.add_help(check.at_key(&["source"]), "nothing says where the data are", help);
        return None;
    };
    let format = format(check, &raw, &path);
    if path.trim().is_empty() {
        check.add(check.at(&["source", "path"]), "`path` is empty");
        return None;
    }
    if path.starts_with("s3://") {
        let store = remote::store(check, &path, raw.store.take(), format?)?;
        return Some(SourceSpec {
            path: PathBuf::new(),
            format: SourceFormat::Store(Box::new(store)),
            subject: subject?,
            nulls,
        });
    }
    if raw.store.is_some() {
        let help = "leave it out, or say `path = \"s3://bucket/…\"`";
        check.add_help(check.at_key(&["source", "store"]), "`store` is of no use: the source is local", help);
    }
    Some(SourceSpec { path: PathBuf::from(path), format: format?, subject: subject?, nulls })
}

fn format(check: &mut Check, raw: &RawSource, path: &str) -> Option<SourceFormat> {
    let format = match raw.format {
        Some(format) => format,
        None => format_of(check, path)?,
    };
    if format == RawFormat::Csv {
        let delimiter = delimiter(check, raw.delimiter.unwrap_or(','))?;
        return Some(SourceFormat::Csv { delimiter, encoding: raw.encoding.unwrap_or(Encoding::Utf8) });
    }
    for key in ["delimiter", "encoding"] {
        let path = ["source", key];
        if check.has(&path) {
            let message = format!("{} is of no use: the source is Parquet", quoted(key));
            check.add_help(check.at_key(&path), message, "leave it out, or say `format = \"csv\"`");
        }
    }
    Some(SourceFormat::Parquet)
}

/// The format that a path's extension tells; folders and patterns without one are Parquet.
fn format_of(check: &mut Check, path: &str) -> Option<RawFormat> {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
    let Some(extension) = extension.filter(|extension| !extension.contains('*')) else {
        return Some(RawFormat::Parquet);
    };
    match extension.as_str() {
        "csv" | "tsv" | "txt" => Some(RawFormat::Csv),
        "parquet" | "pq" => Some(RawFormat::Parquet),
        other => {
            let (message, help) = later_format(other).unwrap_or_else(|| {
                let message = format!("the extension {} does not tell the format", quoted(other));
                (message, "say `format = \"csv\"` or `format = \"parquet\"`".to_owned())
            });
            check.add_help(check.at(&["source", "path"]), message, help);
            None
        }
    }
}

fn delimiter(check: &mut Check, delimiter: char) -> Option<u8> {
    let byte = u8::try_from(delimiter).ok().filter(u8::is_ascii);
    let usable = byte.filter(|&byte| !byte.is_ascii_alphanumeric() && !b"\"\r\n\0".contains(&byte));
    if usable.is_none() {
        let help = "usual ones are `,`, `;`, `|` and `\\t`";
        check.add_help(check.at(&["source", "delimiter"]), "this character cannot stand between cells", help);
    }
    usable
}

fn subject(check: &mut Check, raw: &RawSource) -> Option<Subject> {
    let help = "name the column that tells the subjects apart: `subject = \"account_no\"`; or declare that every \
                record is a subject of its own: `subject_is_row = true`";
    match (&raw.subject, raw.subject_is_row) {
        (Some(column), None) if !column.trim().is_empty() => Some(Subject::Column(column.clone())),
        (Some(_), None) => {
            check.add_help(check.at(&["source", "subject"]), "`subject` is empty", help);
            None
        }
        (None, Some(true)) => Some(Subject::Row),
        (None, Some(false)) => {
            check.add_help(check.at(&["source", "subject_is_row"]), "nothing says who the subjects are", help);
            None
        }
        (None, None) => {
            check.add_help(check.at_key(&["source"]), "nothing says who the subjects are", help);
            None
        }
        (Some(_), Some(_)) => {
            let message = "`subject` and `subject_is_row` cannot both be given";
            check.add_help(check.at_key(&["source", "subject_is_row"]), message, "leave one of them out");
            None
        }
    }
}
