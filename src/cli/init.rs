//! `tuomin init`: looks at a table and drafts a pipeline for it.

mod file;
mod meaning;
mod observe;
mod sets;
mod told;

use std::io::Write;
use std::path::{Path, PathBuf};

use self::file::Guessed;
pub(super) use self::file::local;
use self::meaning::{Found, subject};
use self::told::{Told, ToldColumn};
use crate::error::{Error, Result};
use crate::source::{Source, Wanted};
use crate::spec::draft::{Clue, Draft, DraftColumn, propose};
use crate::spec::{self, ColumnType, SourceFormat};

/// Look at a table and draft a pipeline file for it, on the safe side
#[derive(clap::Args)]
pub struct Arguments {
    /// A file (CSV, NDJSON, Parquet, Arrow IPC or a workbook), a folder of Parquet, or a pattern with `*`; of this
    /// machine: drafts are made of files, not of databases or stores
    data: PathBuf,
    /// The pipeline file to write; named like the data, in this folder, unless it is given
    #[arg(long)]
    out: Option<PathBuf>,
    /// About how many records are read, in blocks from all over the data
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    rows: u64,
    /// The encoding of CSV text; guessed unless it is given
    #[arg(long, value_parser = ["utf-8", "gb18030", "gbk"])]
    encoding: Option<String>,
    /// The character between CSV cells; guessed unless it is given
    #[arg(long)]
    delimiter: Option<char>,
    /// The sheet of a workbook, by name or number; the first one unless it is given
    #[arg(long)]
    sheet: Option<String>,
    /// Print the columns as JSON, for programs
    #[arg(long)]
    pub json: bool,
}

/// Looks at the data, writes the pipeline file and tells what was found.
///
/// # Errors
/// A pipeline file that is there already; those of the source; a table of which nothing can be released.
pub fn init(arguments: &Arguments) -> Result<Told> {
    let stem = arguments.data.file_stem().and_then(|stem| stem.to_str()).unwrap_or("draft").replace('*', "");
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from(format!("{stem}.toml")));
    if out.exists() {
        return Err(exists(&out));
    }
    let Guessed { spec, told: encoding } =
        file::guess(&arguments.data, arguments.encoding.as_deref(), arguments.delimiter, &arguments.sheet)?;
    let source = Source::open(&spec, Path::new("."))?;
    let text = |name: &String| Wanted { name: name.clone(), kind: ColumnType::Text };
    let wanted: Vec<Wanted> = source.columns.iter().map(text).collect();
    let spread = source.spread(&wanted, arguments.rows)?;
    if spread.records == 0 {
        let place = crate::error::Place { path: source.origin(0), ..Default::default() };
        return Err(Error::input("the input has no records").at(place));
    }
    let seen = observe::observe(&source.columns, &spread);
    let found: Vec<Found> = seen.into_iter().map(Found::new).collect();
    let subject = subject(&found);
    let sets = sets::sets(&found, &spread, subject)?;
    let typed = !matches!(spec.format, SourceFormat::Csv { .. });
    let columns: Vec<DraftColumn> = found
        .iter()
        .enumerate()
        .map(|(number, column)| {
            let clue = Clue {
                header: &column.finding.header,
                meaning: column.meaning,
                facts: &column.facts,
                typed,
                singled_out: sets.alone[number],
            };
            let found = column.lines(sets.alone[number], sets.suda[number]);
            DraftColumn { header: column.finding.header.clone(), proposal: propose(&clue), found }
        })
        .collect();
    let mut draft = Draft {
        name: stem,
        path: file::seen_from(&arguments.data, &out),
        format: spec.format.clone(),
        nulls: nulls(&found),
        subject: subject.map(|at| (found[at].finding.header.clone(), meaning::why_subject(&found[at]))),
        notes: Vec::new(),
        health: found.iter().any(Found::of_health),
        columns,
    };
    if !draft.complete() {
        return Err(Error::input("every column names somebody or is free text: nothing of it can be released")
            .with_help("add the columns that the use needs, such as ages, districts and amounts"));
    }
    let told = Told {
        pipeline: out,
        source: arguments.data.clone(),
        encoding,
        records: spread.records,
        whole: spread.whole,
        blocks: spread.blocks,
        unclear_blocks: spread.unclear,
        share: spread.share,
        subject: draft.subject.as_ref().map(|(name, _)| name.clone()),
        columns: found
            .iter()
            .zip(&draft.columns)
            .enumerate()
            .map(|(n, (found, column))| ToldColumn::new(found, column, sets.alone[n]))
            .collect(),
        sets: sets.smallest,
    };
    draft.notes = told.notes();
    write(&told.pipeline, &draft)?;
    Ok(told)
}

/// The words for 'no value' that occur in any column, each once.
fn nulls(found: &[Found]) -> Vec<&'static str> {
    let mut words: Vec<&str> = found.iter().flat_map(|column| column.facts.words_for_nothing()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Writes the draft where nothing was; what `tuomin check` would not accept is not written.
fn write(out: &Path, draft: &Draft) -> Result<()> {
    let text = draft.text();
    if let Err(found) = spec::parse(&text, &spec::embedded_rules()) {
        let first = found.first().map(|found| found.message.clone()).unwrap_or_default();
        return Err(Error::internal(format!("the draft would not pass `tuomin check`: {first}")));
    }
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(out);
    let mut file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(out),
        _ => Error::environment(out, "could not write the pipeline file", error),
    })?;
    file.write_all(text.as_bytes()).map_err(|error| Error::environment(out, "could not write the pipeline file", error))
}

fn exists(out: &Path) -> Error {
    Error::usage(format!("`{}` is there already and is not overwritten", out.display()))
        .with_help("name another file with `--out`")
}
