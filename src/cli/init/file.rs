//! What can be told of a file before it is read: format, encoding, delimiter.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use crate::cli::risk::in_sheet;
use crate::error::{Error, Place, Result};
use crate::source::{first_bytes, is_packed};
use crate::spec::{Encoding, SourceFormat, SourceSpec, Subject};

/// A source as it was guessed, and how that is told.
pub(super) struct Guessed {
    pub spec: SourceSpec,
    pub told: String,
}

/// Bytes of one look, and how many looks there are.
const LOOK: u64 = 256 << 10;
const LOOKS: u64 = 32;

/// Guesses what is not given. Folders and patterns without an ending are Parquet, as in pipelines.
///
/// # Errors
/// A file that is not there; an ending that tells no format; text in another encoding.
pub(super) fn guess(
    data: &Path,
    encoding: Option<&str>,
    delimiter: Option<char>,
    sheet: &Option<String>,
) -> Result<Guessed> {
    local(data)?;
    let ending = data.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    let spec = |format| SourceSpec { path: data.into(), format, subject: Subject::Row, nulls: Vec::new() };
    let told = SourceFormat::of_name(&data.to_string_lossy(), b',', Encoding::Utf8);
    let named = match told.map(|format| in_sheet(format, sheet)).transpose()? {
        Some(SourceFormat::Csv { .. }) => None,
        Some(SourceFormat::Sheet(sheet)) => Some((SourceFormat::Sheet(sheet), "a sheet of a workbook")),
        Some(SourceFormat::Ndjson) => Some((SourceFormat::Ndjson, "NDJSON")),
        Some(SourceFormat::Ipc) => Some((SourceFormat::Ipc, "Arrow IPC")),
        Some(format) => Some((format, "Parquet")),
        None if ending.is_empty() || ending.contains('*') || data.is_dir() => Some((SourceFormat::Parquet, "Parquet")),
        None => {
            return Err(Error::usage("the ending of the file does not tell its format").with_help(
                "CSV (`.csv`, `.tsv`, `.txt`, also `.gz` and `.zst`), NDJSON (`.ndjson`, `.jsonl`), Parquet (`.parquet`), Arrow IPC (`.arrow`, `.feather`) and workbooks (`.xlsx`, `.xls`, `.ods`) are read",
            ));
        }
    };
    if let Some((format, told)) = named {
        return Ok(Guessed { spec: spec(format), told: told.into() });
    }
    let looks = match data.to_string_lossy().contains('*') {
        true => Vec::new(), // a pattern: the first file is opened by the source
        false => looks(data)?,
    };
    let (coding, mut told) = match encoding {
        Some("gb18030") => (Encoding::Gb18030, "GB18030, as given".to_owned()),
        Some("gbk") => (Encoding::Gbk, "GBK, as given".to_owned()),
        Some(_) => (Encoding::Utf8, "UTF-8, as given".to_owned()),
        None => coding(data, &looks)?,
    };
    let between = match delimiter {
        Some(given) => u8::try_from(given).ok().filter(u8::is_ascii).ok_or_else(|| {
            Error::usage("the delimiter is not an ASCII character").with_help("usual ones are `,`, `;` and `|`")
        })?,
        None => between(looks.first().map_or(&[][..], Vec::as_slice), &ending),
    };
    if between != b',' {
        let shown = if between == b'\t' { "tab".to_owned() } else { format!("`{}`", char::from(between)) };
        told += &format!(", {shown} between cells");
    }
    Ok(Guessed { spec: spec(SourceFormat::Csv { delimiter: between, encoding: coding }), told })
}

/// Refuses an address where a file is wanted; it is not shown, since it may hold a password.
///
/// # Errors
/// [`Error::Usage`] for `postgres://…`, `s3://…` and the like.
pub(in crate::cli) fn local(data: &Path) -> Result<()> {
    if !data.to_string_lossy().contains("://") {
        return Ok(());
    }
    Err(Error::usage("this is an address: files of this machine are read here, no databases and no stores").with_help(
        "export some records to a file and name that file; in the pipeline that it drafts then replace `path` by \
         `database = { … }` or an `s3://` path",
    ))
}

/// Parts of a file: its start, and whole lines from all over it.
fn looks(path: &Path) -> Result<Vec<Vec<u8>>> {
    if is_packed(path) {
        // only its start can be read without the rest
        let mut bytes = first_bytes(path, LOOK * LOOKS)?;
        if bytes.len() as u64 == LOOK * LOOKS {
            bytes.truncate(bytes.iter().rposition(|&b| b == b'\n').map_or(bytes.len(), |at| at + 1));
        }
        return Ok(vec![bytes]);
    }
    let place = || Place { path: Some(path.into()), ..Place::default() };
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::input("the input is not there").at(place()),
        _ => Error::environment(path, "could not read the input", error),
    };
    let mut file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let count = if size <= LOOK * LOOKS { size.div_ceil(LOOK) } else { LOOKS };
    let mut looks = Vec::new();
    for number in 0..count {
        let start = if size <= LOOK * LOOKS { number * LOOK } else { (size - LOOK) / (LOOKS - 1) * number };
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start)).map_err(failed)?;
        (&mut file).take(LOOK).read_to_end(&mut bytes).map_err(failed)?;
        // a look may begin and end inside a character, but not at a line's end
        let first =
            if start == 0 { 0 } else { bytes.iter().position(|&b| b == b'\n').map_or(bytes.len(), |at| at + 1) };
        let last = match number + 1 == count {
            true => bytes.len(),
            false => bytes.iter().rposition(|&b| b == b'\n').map_or(bytes.len(), |at| at + 1),
        };
        looks.push(bytes.get(first..last.max(first)).unwrap_or_default().to_vec());
    }
    Ok(looks)
}

/// UTF-8 if all looks are, otherwise GB18030 if all are that.
fn coding(path: &Path, looks: &[Vec<u8>]) -> Result<(Encoding, String)> {
    let first = looks.first().map_or(&[][..], Vec::as_slice);
    let place = Place { path: Some(path.into()), ..Place::default() };
    if first.starts_with(&[0xff, 0xfe]) || first.starts_with(&[0xfe, 0xff]) {
        return Err(Error::input("the text is UTF-16").at(place).with_help("save it as UTF-8 or GB18030"));
    }
    if looks.iter().all(|look| std::str::from_utf8(look).is_ok()) {
        let mark = if first.starts_with("\u{feff}".as_bytes()) { " with a byte order mark" } else { "" };
        return Ok((Encoding::Utf8, format!("UTF-8{mark}, as guessed")));
    }
    let chinese =
        |look: &Vec<u8>| encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(look).is_some();
    if looks.iter().all(chinese) {
        return Ok((Encoding::Gb18030, "GB18030, as guessed".into()));
    }
    Err(Error::input("the text is neither UTF-8 nor GB18030")
        .at(place)
        .with_help("say which it is with `--encoding`: then its first wrong byte is told"))
}

/// The character that stands most often in the header, among those that usually stand between cells.
fn between(start: &[u8], ending: &str) -> u8 {
    let header = start.split(|&b| b == b'\n').next().unwrap_or_default();
    let usual = if ending == "tsv" { b"\t,;|" } else { b",;\t|" };
    let count = |byte: &u8| header.iter().filter(|&b| b == byte).count();
    let most = usual.iter().map(count).max().unwrap_or(0);
    usual.iter().copied().find(|byte| count(byte) == most).unwrap_or(b',')
}

/// The path of the data as seen from the folder of the pipeline file; absolute where no relative one is known.
pub(super) fn seen_from(data: &Path, out: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.into());
    // only the part without a pattern is on the disk
    let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
    let folder = absolute(out).parent().map(Path::to_path_buf).unwrap_or_default();
    let (folder, data_folder) =
        (real(folder), real(absolute(data).parent().map(Path::to_path_buf).unwrap_or_default()));
    let from: Vec<Component> = folder.components().collect();
    let to: Vec<Component> = data_folder.components().collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut path = PathBuf::new();
    from[shared..].iter().for_each(|_| path.push(".."));
    to[shared..].iter().for_each(|part| path.push(part));
    path.push(data.file_name().unwrap_or_default());
    path.to_string_lossy().into_owned()
}
