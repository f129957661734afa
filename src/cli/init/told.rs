//! What was found and proposed, as a table and as JSON.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::meaning::{Found, percent, rounded};
use super::sets::SmallSet;
use crate::detect::{Candidate, Kind};
use crate::risk::figure;
use crate::spec::Role;
use crate::spec::draft::{DraftColumn, Proposed};

/// What `init` found and wrote.
#[derive(Serialize)]
pub struct Told {
    pub pipeline: PathBuf,
    pub source: PathBuf,
    /// Format and encoding, and whether they were guessed.
    pub encoding: String,
    /// Records that were read.
    pub records: u64,
    /// Whether these are all.
    pub whole: bool,
    pub blocks: u64,
    /// Blocks that could not be read as records and were left out.
    pub unclear_blocks: u64,
    /// Share of the source that was read, 0 to 1.
    pub share: f64,
    pub subject: Option<String>,
    pub columns: Vec<ToldColumn>,
    /// The smallest sets of columns that single out more than a twentieth of the subjects read.
    pub sets: Vec<SmallSet>,
}

/// One line of the table.
#[derive(Serialize)]
pub struct ToldColumn {
    pub column: String,
    pub kind: Option<Kind>,
    /// From 0 to 1; absent where no kind was found.
    pub confidence: Option<f64>,
    /// Distinct values as a share of the values.
    pub distinct_share: f64,
    /// Of the subjects read, by this column alone.
    pub singled_out: Option<f64>,
    pub role: Role,
    pub treatment: String,
    pub why: String,
    /// All kinds that anything speaks for, best first.
    pub candidates: Vec<Candidate>,
}

impl ToldColumn {
    pub(super) fn new(found: &Found, column: &DraftColumn, singled_out: Option<f64>) -> Self {
        Self {
            column: column.header.clone(),
            kind: found.kind(),
            confidence: found.finding.kind.as_ref().map(|candidate| candidate.confidence),
            distinct_share: found.facts.distinct_share(),
            singled_out,
            role: column.proposal.role,
            treatment: treatment(&column.proposal.treatment),
            why: column.proposal.why.clone(),
            candidates: found.finding.candidates.clone(),
        }
    }
}

fn treatment(treatment: &Proposed) -> String {
    match treatment {
        Proposed::Drop => "drop".into(),
        Proposed::Keep => "keep".into(),
        Proposed::Round(step) => format!("round {}", figure(*step)),
        Proposed::Date(_) => "year or more".into(),
        Proposed::Interval(bands) => format!("bands of {}", figure(bands.widths.first().copied().unwrap_or(0.0))),
        Proposed::Prefix(lengths) => format!("prefix {}", lengths.first().copied().unwrap_or(0)),
        Proposed::Suppress => "as it is or *".into(),
    }
}

impl Told {
    /// How much was read.
    fn read(&self) -> String {
        let records = figure(self.records as f64);
        let mut text = match self.whole {
            true => format!("{records} records, read wholly"),
            false => format!(
                "{records} records read, {} % of the data, in {} blocks spread evenly over it",
                percent(self.share),
                figure(self.blocks as f64)
            ),
        };
        if self.unclear_blocks > 0 {
            text += &format!(
                "; {} blocks could not be read as records and were left out",
                figure(self.unclear_blocks as f64)
            );
        }
        text
    }

    /// Lines for the top of the pipeline file.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!("Read: {}. {}.", self.read(), self.encoding)];
        if !self.whole {
            notes.push("What is rare may stand in the part that was not read. Shares of distinct values and of singled out subjects are those of what was read, and larger than those of the whole.".into());
        }
        if !self.sets.is_empty() {
            notes.push(
                "The smallest sets of columns that single out more than 5 % of the subjects read, as they are:".into(),
            );
            notes.extend(
                self.sets.iter().map(|set| format!("- {}: {} %", set.columns.join(" + "), percent(set.singled_out))),
            );
        }
        notes
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "source      {}", self.source.display())?;
        writeln!(f, "read        {}", self.read())?;
        writeln!(f, "format      {}", self.encoding)?;
        writeln!(f, "subject     {}", self.subject.as_deref().map_or("every record".into(), shown))?;
        writeln!(
            f,
            "\n{:>10} {:>10}  {:<11} {:<14} {:<24} column",
            "confidence", "distinct", "role", "treatment", "kind"
        )?;
        for column in &self.columns {
            let confidence = column.confidence.map_or_else(|| "-".into(), |confidence| figure(rounded(confidence)));
            let share = column.distinct_share;
            let distinct = if share > 0.0 && share < 0.001 { "<0.1 %".into() } else { format!("{} %", percent(share)) };
            let role = match column.role {
                Role::Identifier => "identifier",
                Role::Quasi => "quasi",
                Role::Sensitive => "sensitive",
                Role::Insensitive => "insensitive",
            };
            let kind = column.kind.map_or_else(|| "-".into(), |kind| kind.to_string());
            let name = shown(&column.column);
            writeln!(f, "{confidence:>10} {distinct:>10}  {role:<11} {:<14} {kind:<24} {name}", column.treatment)?;
        }
        if !self.sets.is_empty() {
            writeln!(f, "\nsmallest sets of columns that single out more than 5 % of the subjects read")?;
            for set in &self.sets {
                let columns: Vec<String> = set.columns.iter().map(|column| shown(column)).collect();
                writeln!(f, "{:>10}  {}", format!("{} %", percent(set.singled_out)), columns.join(" + "))?;
            }
        }
        writeln!(f, "\nwritten     {}", self.pipeline.display())?;
        writeln!(f, "            fill in its declaration, read it line by line, then `tuomin plan` it")
    }
}

/// A name that cannot steer the terminal.
fn shown(name: &str) -> String {
    name.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}
