//! What a Parquet file says beside its cells: statistics, dictionaries, page index, bloom filters, footer texts.
//!
//! A reader of cells does not see these, and a program that suppressed a value after its statistics were taken leaves
//! the value there. Two questions: is any value in them that no released cell has ([`Metadata::values`]), and does any
//! text tell where, on what and by whom the file was made ([`Metadata::traces`])?
//!
//! What is read from the footer comes as [`FileFacts`]; the cells are struck off as they are read again, so that
//! memory is that of the metadata alone.

mod traces;

use hashbrown::HashMap;

use super::{AttackOutcome, Looked, Sampling};
use crate::error::{Error, Result};

pub use traces::{Allowed, Trace};

/// What a file says beside its cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// The name of the file within the release.
    pub name: String,
    /// Writer and version, as the footer has it.
    pub created_by: Option<String>,
    /// Key-value metadata of the footer and of the columns.
    pub key_values: Vec<(String, Option<String>)>,
    /// Other texts of the footer: names of columns, root of the schema, a serialized Arrow schema in plain text.
    pub texts: Vec<String>,
    /// Column chunks of all row groups.
    pub chunks: Vec<ChunkFacts>,
}

/// What a file says of one column of one row group. Values are written as the cells are: whole numbers and decimals in
/// their shortest form, dates as `2024-01-31`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChunkFacts {
    pub group: usize,
    pub column: String,
    /// Minima and maxima of the chunk and of its pages, and the values of its dictionary.
    pub values: Vec<Stated>,
    pub null_count: Option<u64>,
    /// Whether there is a bloom filter: anyone asks it for values, and it cannot be read for what else it holds.
    pub bloom_filter: bool,
}

/// A value that stands outside the cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stated {
    /// As a cell should have it.
    Value(String),
    /// The beginning of a value: a minimum that was cut.
    Start(String),
    /// A maximum that was cut and made greater in its last sign.
    StartBelow(String),
}

/// The metadata of a release while its cells are read.
#[derive(Debug)]
pub struct Metadata {
    files: Vec<FileFacts>,
    /// By file, row group and column.
    places: HashMap<(usize, usize, String), Open>,
    rows: u64,
}

/// What of a chunk is not accounted for yet.
#[derive(Debug)]
struct Open {
    exact: HashMap<String, u64>,
    starts: Vec<Stated>,
    stated: u64,
    nulls: u64,
    null_count: Option<u64>,
    seen: bool,
}

impl Metadata {
    pub fn new(files: Vec<FileFacts>) -> Self {
        let mut places = HashMap::new();
        for (file, facts) in files.iter().enumerate() {
            for chunk in &facts.chunks {
                let place = places.entry((file, chunk.group, chunk.column.clone())).or_insert_with(|| Open {
                    exact: HashMap::new(),
                    starts: Vec::new(),
                    stated: 0,
                    nulls: 0,
                    null_count: None,
                    seen: false,
                });
                place.null_count = chunk.null_count.or(place.null_count);
                for stated in &chunk.values {
                    place.stated += 1;
                    match stated {
                        Stated::Value(text) => *place.exact.entry(text.clone()).or_insert(0) += 1,
                        cut => place.starts.push(cut.clone()),
                    }
                }
            }
        }
        Self { files, places, rows: 0 }
    }

    /// Strikes off what the cells of a column chunk account for; its cells may come in several parts.
    ///
    /// # Errors
    /// [`Error::Internal`] for a chunk that the metadata does not have.
    pub fn feed<'a>(
        &mut self,
        file: usize,
        group: usize,
        column: &str,
        cells: impl IntoIterator<Item = Option<&'a str>>,
    ) -> Result<()> {
        let Some(open) = self.places.get_mut(&(file, group, column.to_owned())) else {
            return Err(Error::Internal("a column chunk is not in the metadata".into()));
        };
        open.seen = true;
        for cell in cells {
            self.rows += 1;
            let Some(text) = cell else {
                open.nulls += 1;
                continue;
            };
            if !open.exact.is_empty() {
                open.exact.remove(text);
            }
            if !open.starts.is_empty() {
                open.starts.retain(|start| !accounts(text, start));
            }
        }
        Ok(())
    }

    /// `metadata_values`: values and null counts in statistics, dictionaries and page index that the released cells do
    /// not account for.
    ///
    /// A trial is a value that stands there; a bloom filter is one too and always a success. A chunk whose cells were
    /// not fed accounts for nothing. Files that state no value at all are not formed, each: they have nothing to give.
    pub fn values(&self) -> AttackOutcome {
        let (mut trials, mut successes, mut silent) = (0, 0, 0);
        let mut columns: Vec<String> = Vec::new();
        for (file, facts) in self.files.iter().enumerate() {
            let before = trials;
            // several entries of one chunk were put together
            let mut chunks: Vec<(usize, &String)> = facts.chunks.iter().map(|c| (c.group, &c.column)).collect();
            chunks.sort_unstable();
            chunks.dedup();
            for (group, column) in chunks {
                let Some(open) = self.places.get(&(file, group, column.clone())) else { continue };
                let blooms = facts.chunks.iter().filter(|c| c.group == group && c.column == *column && c.bloom_filter);
                let blooms = blooms.count() as u64;
                let nulls = open.null_count.map(|count| u64::from(!open.seen || count != open.nulls));
                let left = open.exact.values().sum::<u64>() + open.starts.len() as u64 + blooms + nulls.unwrap_or(0);
                trials += open.stated + blooms + u64::from(nulls.is_some());
                successes += left;
                if left > 0 && !columns.contains(column) {
                    columns.push(column.clone());
                }
            }
            silent += u64::from(trials == before);
        }
        self.dressed(AttackOutcome::new("metadata_values", successes, trials, None).not_asked(silent).on(columns))
    }

    /// `metadata_traces`: texts that tell of path, host or user, or stand under a key that releases do not have; with
    /// what was found, by file and never by value.
    ///
    /// A trial is a text: the name of each file, its writer, the keys and values of its metadata, its other texts.
    pub fn traces(&self, allowed: &Allowed) -> (AttackOutcome, Vec<(String, Trace)>) {
        let mut found = Vec::new();
        let mut trials = 0;
        for file in &self.files {
            let mut hold = |trace: Option<Trace>| {
                trials += 1;
                found.extend(trace.map(|trace| (file.name.clone(), trace)));
            };
            hold(allowed.trace(&file.name));
            if let Some(writer) = &file.created_by {
                hold(allowed.writer(writer));
            }
            for (key, value) in &file.key_values {
                hold(allowed.key(key));
                if let Some(value) = value {
                    hold(allowed.trace(value));
                }
            }
            file.texts.iter().for_each(|text| hold(allowed.trace(text)));
        }
        (self.dressed(AttackOutcome::new("metadata_traces", found.len() as u64, trials, None)), found)
    }

    fn dressed(&self, outcome: AttackOutcome) -> AttackOutcome {
        let released = Looked { rows: self.rows, of: self.rows };
        outcome.sampled(Sampling { source: Looked::default(), released })
    }
}

/// Whether a cell explains a cut value.
fn accounts(cell: &str, stated: &Stated) -> bool {
    match stated {
        Stated::Value(text) => cell == text,
        Stated::Start(start) => cell.starts_with(start.as_str()),
        Stated::StartBelow(start) => {
            let mut rest = start.chars();
            let last = rest.next_back();
            let kept = rest.as_str();
            // the sign that was made greater is greater than the cell's own
            cell.strip_prefix(kept).is_some_and(|cell| cell.chars().next().is_some_and(|own| Some(own) < last))
        }
    }
}

#[cfg(test)]
mod tests;
