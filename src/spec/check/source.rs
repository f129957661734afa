//! `[source]`: which files, in which form, and who the subjects are.

use std::path::{Path, PathBuf};

use super::remote;
use crate::spec::findings::Check;
use crate::spec::pipeline::{Book, Encoding, SheetName, SheetSpec, SourceFormat, SourceSpec, Subject};
use crate::spec::raw::{RawFormat, RawSheet, RawSource};
use crate::spec::words::{later_format, quoted};

pub(super) fn source(check: &mut Check) -> Option<SourceSpec> {
    let mut raw: RawSource = check.part(&["source"])?;
    let subject = subject(check, &raw);
    let nulls = std::mem::take(&mut raw.nulls);
    if let Some(database) = raw.database.take() {
        let of_files = OF_A_FORMAT.into_iter().map(|(key, _)| key);
        for key in ["path", "store", "format"].into_iter().chain(of_files) {
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
    let told = SourceFormat::of_name(path, b',', Encoding::Utf8);
    let format = match (raw.format, told) {
        (Some(format), _) => format,
        (None, Some(told)) => named(&told)?,
        (None, None) => untold(check, path)?,
    };
    let sheet = |book| {
        let sheet = raw.sheet.clone().map(|sheet| match sheet {
            RawSheet::Number(number) => SheetName::Number(number),
            RawSheet::Name(name) => SheetName::Name(name),
        });
        let spec = SheetSpec { book, sheet, header_row: raw.header_row, header_rows: raw.header_rows.unwrap_or(1) };
        SourceFormat::Sheet(spec)
    };
    let (keys, what): (&[&str], _) = match format {
        RawFormat::Csv => (&["delimiter", "encoding"], "CSV"),
        RawFormat::Parquet => (&["hive"], "Parquet"),
        RawFormat::Xlsx | RawFormat::Xlsb | RawFormat::Xls | RawFormat::Ods => {
            (&["sheet", "header_row", "header_rows"], "a workbook")
        }
        RawFormat::Ndjson => (&[], "NDJSON"),
        RawFormat::Ipc => (&[], "Arrow IPC"),
    };
    for (key, other) in OF_A_FORMAT.into_iter().filter(|(key, _)| !keys.contains(key)) {
        let path = ["source", key];
        if check.has(&path) {
            let message = format!("{} is of no use: the source is {what}", quoted(key));
            check.add_help(check.at_key(&path), message, format!("leave it out, or say `format = \"{other}\"`"));
        }
    }
    if raw.sheet.as_ref().is_some_and(|sheet| matches!(sheet, RawSheet::Number(0))) {
        check.add(check.at(&["source", "sheet"]), "sheets are counted from 1");
    }
    if raw.hive == Some(false) {
        check.add_help(check.at(&["source", "hive"]), "`hive` can only be `true`", "leave it out");
    }
    Some(match format {
        RawFormat::Csv => {
            let delimiter = delimiter(check, raw.delimiter.unwrap_or(','))?;
            SourceFormat::Csv { delimiter, encoding: raw.encoding.unwrap_or(Encoding::Utf8) }
        }
        RawFormat::Parquet if raw.hive == Some(true) => SourceFormat::Hive,
        RawFormat::Parquet => SourceFormat::Parquet,
        RawFormat::Xlsx => sheet(Book::Xlsx),
        RawFormat::Xlsb => sheet(Book::Xlsb),
        RawFormat::Xls => sheet(Book::Xls),
        RawFormat::Ods => sheet(Book::Ods),
        RawFormat::Ndjson => SourceFormat::Ndjson,
        RawFormat::Ipc => SourceFormat::Ipc,
    })
}

/// Keys that only one format has a use for.
const OF_A_FORMAT: [(&str, &str); 6] = [
    ("delimiter", "csv"),
    ("encoding", "csv"),
    ("sheet", "xlsx"),
    ("header_row", "xlsx"),
    ("header_rows", "xlsx"),
    ("hive", "parquet"),
];

/// The word for a format of files.
fn named(format: &SourceFormat) -> Option<RawFormat> {
    Some(match format {
        SourceFormat::Csv { .. } => RawFormat::Csv,
        SourceFormat::Parquet | SourceFormat::Hive => RawFormat::Parquet,
        SourceFormat::Sheet(SheetSpec { book: Book::Xlsx, .. }) => RawFormat::Xlsx,
        SourceFormat::Sheet(SheetSpec { book: Book::Xlsb, .. }) => RawFormat::Xlsb,
        SourceFormat::Sheet(SheetSpec { book: Book::Xls, .. }) => RawFormat::Xls,
        SourceFormat::Sheet(SheetSpec { book: Book::Ods, .. }) => RawFormat::Ods,
        SourceFormat::Ndjson => RawFormat::Ndjson,
        SourceFormat::Ipc => RawFormat::Ipc,
        SourceFormat::Database(_) | SourceFormat::Store(_) => return None,
    })
}

/// The format where the path's ending tells none: folders and patterns without one are Parquet.
fn untold(check: &mut Check, path: &str) -> Option<RawFormat> {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
    let Some(extension) = extension.filter(|extension| !extension.contains('*')) else {
        return Some(RawFormat::Parquet);
    };
    let (message, help) = later_format(&extension).unwrap_or_else(|| {
        let message = format!("the extension {} does not tell the format", quoted(&extension));
        (message, "say `format = \"csv\"`, or another format".to_owned())
    });
    check.add_help(check.at(&["source", "path"]), message, help);
    None
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
