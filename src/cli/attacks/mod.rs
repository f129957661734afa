//! The attacks of a run on its own release, against the files as they were written.

mod footers;
mod judge;
mod look;
mod published;
mod relink;
mod tokens;
mod wp216;

use std::path::PathBuf;
use std::sync::Mutex;

use arrow::array::{ArrayRef, AsArray, UInt32Array};
use arrow::datatypes::DataType;
use rand::seq::index::sample;

use self::footers::Footers;
use super::evidence::Suspicions;
use super::prepare::{Prepared, random_secret};
use crate::detect::Detector;
use crate::engine::{self, ApplyPlan, Made, OrderSample, Output, SampledRows, Spills};
use crate::error::{Error, Result};
use crate::release::encryption::RecipientKey;
use crate::release::measure::{Measured, Question, Wrong, measure};
use crate::risk::Conditions;
use crate::risk::attack::Looked;
use crate::risk::attack::relink::Relink;
use crate::risk::attack::residual::{Form, Identifiers};
use crate::secret::stream;
use crate::source::Source;
use crate::treatment::Repeats;

pub use look::Look;
pub use published::Published;

/// Released rows that the attacks start from.
pub const SAMPLED_ROWS: u64 = 50_000;

/// Rows of a larger source whose identifiers are looked for in the release.
const IDENTIFIED_ROWS: u64 = 250_000;
/// Of a source with more rows than these, fewer records are looked for: each must be held against every released row.
const LARGE: u64 = 1_000_000;
const FEWER_TARGETS: usize = 5_000;

/// What an attacker can make of a released column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Quasi,
    /// Follows from the source's record.
    Measure,
    /// Nobody can compute it without the draws: noise, shifted dates, swapped cells.
    Drawn,
    /// Nobody can compute it without the key.
    Pseudonym,
}

impl Sight {
    fn computable(self) -> bool {
        matches!(self, Self::Quasi | Self::Measure)
    }
}

fn sight(output: &Output) -> Sight {
    match &output.made {
        Made::Label(_) => Sight::Quasi,
        Made::Treated { treatment, .. } if treatment.is_pseudonym() => Sight::Pseudonym,
        Made::Treated { treatment, .. } => match treatment.repeats() {
            Repeats::Always => Sight::Measure,
            Repeats::WithinRelease | Repeats::Never => Sight::Drawn,
        },
    }
}

/// What the attacks start from.
pub struct Given<'a> {
    pub prepared: &'a Prepared,
    pub source: &'a Source,
    pub plan: &'a ApplyPlan<'a>,
    pub suspicions: &'a Suspicions,
    pub conditions: &'a Conditions,
    /// Records whose source and release are known.
    pub sampled: &'a SampledRows,
    /// Where sampled rows stood in the source.
    pub order: &'a OrderSample,
    /// Which released columns know a row again: not those that another run draws anew.
    pub recognized: &'a [usize],
    /// The files as they were written.
    pub files: &'a [PathBuf],
    /// The key that the files of this dataset are encrypted for; `None` where they are not.
    pub recipient: Option<&'a RecipientKey>,
    pub spills: Spills<'a>,
}

/// The released columns that the same source gives again in another run.
pub fn repeatable(plan: &ApplyPlan) -> Vec<usize> {
    (0..plan.outputs.len()).filter(|&at| sight(&plan.outputs[at]).computable()).collect()
}

/// What the attacks know before they see the files; each worker's [`Look`] refers to it.
pub struct Attacks<'a> {
    given: &'a Given<'a>,
    detector: Detector,
    identifiers: Identifiers,
    /// The identifiers of so many rows, of so many, are looked for.
    identified: Looked,
    sights: Vec<Sight>,
    /// Names of the released columns, and how their cells are searched for identifiers.
    forms: Vec<(String, Form)>,
    k: u64,
    /// Place of the released subject token.
    subject: Option<usize>,
    /// Whether a token links several records of a subject.
    trails: bool,
    relink: Mutex<Option<Relink>>,
    footers: Footers,
    /// The subject of each sampled record.
    subjects: Option<Vec<u64>>,
    /// The sampled records that are looked for, in random order.
    targets: UInt32Array,
    source_rows: u64,
}

impl<'a> Attacks<'a> {
    /// Prepares the attacks: with records whose source and release are known, and with the identifiers of the source.
    pub fn new(given: &'a Given<'a>) -> Result<Self> {
        let Given { plan, sampled, conditions, .. } = *given;
        let hasher = &given.order.hasher;
        let sights: Vec<Sight> = plan.outputs.iter().map(sight).collect();
        let released = sampled.released.columns();
        let form = |(output, cells): (&Output, &ArrayRef)| {
            let form = match (sight(output), cells.data_type()) {
                (Sight::Pseudonym, _) => Form::Token,
                (_, DataType::Int64 | DataType::Float64) => Form::Number,
                (_, DataType::Date32) => Form::Date,
                _ => Form::Text,
            };
            (output.name.clone(), form)
        };
        let subjects = plan.subject.map(|at| hasher.cells(sampled.source.column(at))).transpose()?;
        let source_rows = plan.table.total_records();
        let most = if source_rows > LARGE { FEWER_TARGETS } else { usize::MAX };
        let rows = sampled.positions.len();
        let targets = sample(&mut stream(&random_secret()?, "targets", 0), rows, rows.min(most));
        let targets: UInt32Array = targets.into_iter().map(|row| row as u32).collect();
        let images = released.iter().map(|cells| taken(cells, &targets)).collect::<Result<Vec<_>>>()?;
        let rows = if source_rows > IDENTIFIED_ROWS { IDENTIFIED_ROWS } else { u64::MAX };
        let (identifiers, seen) = engine::identifiers(given.source, given.suspicions.identifiers(), rows)?;
        let place = |name: &String| plan.outputs.iter().position(|output| output.name == *name);
        let subject = conditions.subject_token.as_ref().and_then(place);
        Ok(Self {
            given,
            detector: Detector::new(),
            identified: Looked { rows: seen, of: source_rows },
            identifiers,
            forms: plan.outputs.iter().zip(released).map(form).collect(),
            k: conditions.k,
            trails: subject.is_some() && plan.table.total_subjects() < source_rows,
            subject,
            footers: Footers::new(given.files, given.source)?,
            relink: Mutex::new(Some(relink::prepared(plan, &images, hasher, &sights)?)),
            subjects,
            targets,
            source_rows,
            sights,
        })
    }

    /// Reads the written files once: measures them as a stranger would, and looks for all that the attacks need.
    pub fn measure(&self) -> Result<(Measured, Look<'_>)> {
        let Given { conditions, order, files, spills, .. } = *self.given;
        let (sensitive, subject) = (conditions.sensitive(), conditions.subject_token.as_deref());
        let question = Question { quasi: &conditions.quasi, sensitive: &sensitive, subject, key: None };
        let parts = engine::parts(question.columns(), subject.is_some(), spills, &random_secret()?)?;
        let workers = parts.into_iter().map(|part| (part, Look::new(order, self))).collect();
        let (measured, looks) = measure(files, &question, workers).map_err(own_file)?;
        let mut seen = Look::new(order, self);
        looks.into_iter().for_each(|look| seen.merge(look));
        Ok((measured, seen))
    }

    fn places(&self, sight: Sight) -> Vec<usize> {
        (0..self.sights.len()).filter(|&at| self.sights[at] == sight).collect()
    }

    fn names(&self, sight: Sight) -> Vec<String> {
        self.places(sight).into_iter().map(|at| self.forms[at].0.clone()).collect()
    }
}

/// A fault in a file that this run wrote itself.
fn own_file(wrong: Wrong) -> Error {
    match wrong {
        Wrong::Error(error) => error,
        Wrong::File(file, what) => Error::Internal(format!("file {file} of the release: {what}")),
    }
}

/// These cells, in this order.
fn taken(cells: &ArrayRef, rows: &UInt32Array) -> Result<ArrayRef> {
    arrow::compute::take(cells, rows, None).map_err(|error| Error::Internal(error.to_string()))
}

/// A column as text, whatever its type.
fn texts(cells: &ArrayRef) -> Result<arrow::array::StringArray> {
    let cells = arrow::compute::cast(cells, &DataType::Utf8).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(cells.as_string::<i32>().clone())
}

fn panicked() -> Error {
    Error::Internal("a worker panicked".into())
}
