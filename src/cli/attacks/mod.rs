//! The attacks of a run on its own release, against the files as they were written.

mod footers;
mod look;
mod published;
mod tokens;
mod wp216;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::datatypes::DataType;
use rand::seq::index::sample;

use self::footers::Footers;
use self::look::{floats, is_number, known};
use super::earlier::{self, Known as Labels, Own};
use super::evidence::Suspicions;
use super::prepare::{Prepared, random_secret};
use crate::detect::Detector;
use crate::engine::{self, ApplyPlan, Made, OrderSample, Output, RowHasher, SampledRows, Spills};
use crate::error::{Error, Result};
use crate::release::measure::{Measured, Question, Wrong, measure};
use crate::risk::attack::change::listed;
use crate::risk::attack::fingerprints::Advice;
use crate::risk::attack::relink::{Bounds, Coarser, Compared, Known, Part, Relink, Relinked};
use crate::risk::attack::residual::{Form, Identifiers};
use crate::risk::attack::tokens::{Domain, KeyFact, enumeration};
use crate::risk::attack::{AttackOutcome, Change, Looked, ordered, ordered_changes};
use crate::risk::{Conditions, figure};
use crate::secret::stream;
use crate::source::Source;
use crate::spec::{Claim, Role};
use crate::treatment::Repeats;

pub use look::Look;
pub use published::Published;

/// Released rows that the attacks start from.
pub const SAMPLED_ROWS: u64 = 50_000;

/// Rows of a large source whose identifiers are looked for in the release.
const IDENTIFIED_ROWS: u64 = 250_000;
/// Of a source with more rows than these, fewer records are looked for: each must be held against every released row.
const LARGE: u64 = 1_000_000;
const FEWER_TARGETS: usize = 5_000;
/// Subjects whose trails are tried.
const TRAILS: usize = 2_000;
/// A measure that is rare at its ends only may be cut there, this share at each.
const CUT: f64 = 0.01;

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
        let rows = if source_rows > LARGE { IDENTIFIED_ROWS } else { u64::MAX };
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
            relink: Mutex::new(Some(relink(plan, &images, hasher, &sights)?)),
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
        let question = Question { quasi: &conditions.quasi, sensitive: &sensitive, subject };
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

    /// Ends the attacks and holds each against what the rules allow it; `seen` is what all workers saw.
    ///
    /// `folder` holds all releases of the dataset, `release` is the id of this one where the ledger has it already.
    pub fn outcomes(
        &self,
        mut seen: Look,
        measured: &Measured,
        folder: &Path,
        release: Option<&str>,
    ) -> Result<Vec<AttackOutcome>> {
        let Given { prepared, plan, sampled, conditions, source, spills, .. } = *self.given;
        let explained = || Labels::all(prepared, plan);
        let own = Own { release, measured, conditions, known: &explained, tokens: &seen.marks, spills };
        let earlier = earlier::attacks(folder, &own)?;
        let control = engine::control(source, plan, SAMPLED_ROWS)?;
        let secrets = secrets(prepared);
        let written = &measured.table;
        for (at, domain) in self.places(Sight::Quasi).into_iter().zip(&written.domains) {
            for label in domain.values().iter().flatten() {
                seen.residual.feed(at, label, 1)?;
            }
        }
        // held against its limit first: what would help is only computed where it is not met
        let judged = |outcome: AttackOutcome| outcome.judged(conditions);
        let mut outcomes = Vec::new();
        for mut outcome in seen.residual.outcomes() {
            if outcome.id == "residual_values" {
                outcome.sampling.source = self.identified;
            }
            let counted = match outcome.id.as_str() {
                "residual_columns" => "columns of identifiers",
                _ => "cells with an identifier",
            };
            let redacting = conditions.claim == Claim::Deidentified;
            outcomes.push(judged(outcome).helped(counted, |outcome| seen.residual.changes(outcome, redacting)));
        }
        for outcome in self.footers.outcomes()? {
            // whatever stands beside the cells of a column goes with the column
            outcomes.push(match outcome.id.as_str() {
                "metadata_values" => judged(outcome).helped("values outside the cells", without_columns),
                _ => outcome,
            });
        }
        let relink = self.relink.lock().map_err(|_| panicked())?.take();
        let relinked = relink.ok_or_else(|| Error::Internal("the attacks were ended twice".into()))?.finish();
        let advice = relink_advice(&relinked);
        let whose = |subjects: &Vec<u64>| self.targets.values().iter().map(|&row| subjects[row as usize]).collect();
        let subjects: Option<Vec<u64>> = self.subjects.as_ref().map(whose);
        let found = relinked.outcomes(self.source_rows, subjects.as_deref());
        outcomes.extend(found.into_iter().map(|outcome| outcome.advised(advice.clone())));
        let measures = self.names(Sight::Measure);
        for (column, outcome) in seen.homogeneity.outcomes(&measures).into_iter().enumerate() {
            let changes = |_: &AttackOutcome| seen.homogeneity.changes(column, &measures[column]);
            outcomes.push(judged(outcome).helped("values named rightly", changes));
        }
        for outcome in seen.fingerprints.near_unique().into_iter().map(judged) {
            let numbers = seen.numbers.iter_mut().find(|(at, _)| outcome.columns.contains(&self.forms[*at].0));
            let numbers = numbers.filter(|_| outcome.met() == Some(false));
            let advice = numbers.and_then(|(_, numbers)| numbers.round_and_cut(CUT)).map(|advice| told(&advice));
            outcomes.push(match advice {
                Some(_) => outcome.advised(advice),
                None => outcome.helped("records with a rare value", without_columns),
            });
        }
        for (_, numbers) in &mut seen.numbers {
            let outcome = judged(numbers.extremes());
            outcomes.push(outcome.helped("ends that few subjects hold", |_| numbers.extremes_changes()));
        }
        outcomes.extend(self.orders(sampled, conditions)?);
        for outcome in tokens::tried(self.given, &seen.written, &self.detector)?.into_iter().map(judged) {
            outcomes.push(match outcome.id.as_str() {
                "token_enumeration" => outcome.helped("restored tokens", ephemeral_key),
                _ => outcome.helped("tokens that anyone computes", without_columns),
            });
        }
        outcomes.extend(self.of_tokens(&seen, conditions));
        if let Some(subject) = self.subject.filter(|_| self.trails) {
            let seed = random_secret()?;
            let draws = || stream(&seed, "trails", 0);
            let known: Vec<String> = [Sight::Quasi, Sight::Measure].map(|sight| self.names(sight)).concat();
            for outcome in seen.trails.unicity(TRAILS, &mut draws(), &known) {
                let (id, token) = (outcome.id.clone(), &self.forms[subject].0);
                let changes = |_: &AttackOutcome| seen.points.changes(&id, &known, token, TRAILS, draws);
                outcomes.push(judged(outcome).helped("trails that are alone", changes));
            }
        }
        let written = wp216::Written { columns: &seen.written, of: seen.rows };
        let seed = random_secret()?;
        let subjects = self.subjects.as_deref();
        outcomes.extend(wp216::outcomes(self.given, control.as_ref(), &written, &secrets, subjects, &seed)?);
        outcomes.extend(earlier);
        let applies = |id: &str| match id {
            "relink_quasi" => !self.places(Sight::Quasi).is_empty(),
            "relink_measures" | "homogeneity" | "near_unique_value" => !self.places(Sight::Measure).is_empty(),
            "extreme_values" => !seen.numbers.is_empty(),
            "token_enumeration" | "token_unkeyed" | "token_frequency" => !seen.tokens.is_empty(),
            "token_reuse_columns" => seen.tokens.len() > 1,
            "inference" => self.names(Sight::Measure).iter().any(|name| secrets.contains(name)),
            id if id.starts_with("trail_unicity") => self.trails,
            _ => true,
        };
        let nothing = conditions.rules.attacks.keys().filter(|id| !applies(id));
        outcomes.extend(nothing.map(|id| AttackOutcome::nothing_there(id)));
        Ok(outcomes.into_iter().map(judged).collect())
    }

    /// Whether a column tells where in the source a record stood.
    fn orders(&self, sampled: &SampledRows, conditions: &Conditions) -> Result<Vec<AttackOutcome>> {
        let computable = (0..self.sights.len()).filter(|&at| self.sights[at].computable());
        let outcome = |at: usize| {
            let ranks = ranks(sampled.released.column(at))?;
            let (name, positions) = (&self.forms[at].0, &sampled.positions);
            let outcome = ordered(name, &ranks, positions, self.source_rows, self.k).judged(conditions);
            let changes = |_: &AttackOutcome| ordered_changes(name, &ranks, positions, self.source_rows, self.k);
            Ok(outcome.helped("records whose place is guessed", changes))
        };
        computable.map(outcome).collect()
    }

    /// Whether tokens can be computed, betray themselves by their frequency, or link columns.
    fn of_tokens(&self, seen: &Look, conditions: &Conditions) -> Vec<AttackOutcome> {
        let on = |at: usize, outcome: AttackOutcome| outcome.on([self.forms[at].0.clone()]).judged(conditions);
        let mut outcomes: Vec<AttackOutcome> = Vec::new();
        for (index, (at, counts, set)) in seen.tokens.iter().enumerate() {
            // the attacker is given the frequencies of the source: those of the release are the same but for
            // withheld records
            let once = self.subject == Some(*at) && !self.trails;
            let outcome = match once {
                true => AttackOutcome::new("token_frequency", 0, seen.rows, None), // each occurs once, as its value does
                false => counts.matched(counts),
            };
            outcomes.push(on(*at, outcome).helped("tokens known by how often they occur", without_columns));
            for (other, _, others) in &seen.tokens[index + 1..] {
                let names = [*at, *other].map(|at| self.forms[at].0.clone());
                let last = |outcome: &AttackOutcome| {
                    [vec![Change::drop_all(outcome.columns.last().map(String::as_str), &outcome.id)]]
                };
                let outcome = set.reused("token_reuse_columns", others, 16).on(names).judged(conditions);
                outcomes.push(outcome.helped("tokens that link both columns", last));
            }
        }
        outcomes
    }
}

/// The search for records by all that is known of them, and what would happen if a measure were rounded.
fn relink(plan: &ApplyPlan, released: &[ArrayRef], hasher: &RowHasher, sights: &[Sight]) -> Result<Relink> {
    let seen = |sight: Sight| match sight {
        Sight::Quasi => Some(Part::Quasi),
        Sight::Measure => Some(Part::Measure),
        Sight::Drawn | Sight::Pseudonym => None,
    };
    let columns = plan.outputs.iter().zip(sights).filter_map(|(output, &sight)| {
        Some(Known { name: output.name.clone(), part: seen(sight)?, compared: Compared::Equal })
    });
    let hashes = released.iter().map(|cells| hasher.cells(cells)).collect::<Result<Vec<_>>>()?;
    let images = known(&hashes, released, sights)?;
    let mut relink = Relink::new(columns.collect(), &images, Bounds::default());
    let visible = released.iter().zip(sights).filter(|(_, sight)| sight.computable());
    for (column, (cells, _)) in visible.enumerate().filter(|(_, (cells, _))| is_number(cells.data_type())) {
        if let Some(step) = coarse_step(&floats(cells)?) {
            relink.what_if(Coarser::round(column, step), &images);
        }
    }
    Ok(relink)
}

/// A round step of about the spread of the values; `None` where they do not vary.
fn coarse_step(values: &[f64]) -> Option<f64> {
    let values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let spread = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len().max(1) as f64).sqrt();
    let power = 10f64.powf(spread.log10().floor());
    (spread > 0.0 && power.is_finite())
        .then(|| [5.0, 2.0, 1.0].map(|n| n * power).into_iter().find(|step| *step <= spread))?
}

/// The change that leaves the fewest records to be found by all columns.
fn relink_advice(relinked: &Relinked) -> Option<String> {
    let before = relinked.by_all.len() as u64;
    let rounded = relinked.repaired.iter().map(|repaired| (repaired.by_all.1, repaired.sentence(relinked.targets)));
    let dropped = relinked.most_telling().map(|(column, left)| {
        (
            left,
            format!(
                "drop `{column}`: re-linkable records fall from {before} to {left} of {} attacked",
                relinked.targets
            ),
        )
    });
    let (left, sentence) = rounded.chain(dropped).min_by_key(|(left, _)| *left)?;
    (left < before).then_some(sentence)
}

fn told(advice: &Advice) -> String {
    let mut changes = Vec::new();
    changes.extend(advice.step.map(|step| format!("round `{}` to {}", advice.column, figure(step))));
    changes.extend(advice.bottom.map(|bottom| format!("let {} stand for all below", figure(bottom))));
    changes.extend(advice.top.map(|top| format!("let {} stand for all above", figure(top))));
    let (before, after) = (figure(advice.rare_before as f64), figure(advice.rare_after as f64));
    format!("{}: records with a rare value fall from {before} to {after}", changes.join(", "))
}

/// Making the tokens with a key that dies with the release.
fn ephemeral_key(outcome: &AttackOutcome) -> [Vec<Change>; 1] {
    let change = format!("give {} tokens with an ephemeral key", listed(outcome.columns.iter().map(String::as_str)));
    [vec![Change::new(change, enumeration(KeyFact::Ephemeral, &Domain::of_list(0), outcome.trials, 0))]]
}

/// Dropping all columns of an outcome.
fn without_columns(outcome: &AttackOutcome) -> [Vec<Change>; 1] {
    [vec![Change::drop_all(outcome.columns.iter().map(String::as_str), &outcome.id)]]
}

/// The columns that somebody would like to learn of a person.
fn secrets(prepared: &Prepared) -> Vec<String> {
    let sensitive = prepared.pipeline.columns.iter().filter(|column| column.role == Role::Sensitive);
    sensitive.map(|column| column.name.clone()).collect()
}

/// A fault in a file that this run wrote itself.
fn own_file(wrong: Wrong) -> Error {
    match wrong {
        Wrong::Error(error) => error,
        Wrong::File(file, what) => Error::Internal(format!("file {file} of the release: {what}")),
    }
}

/// The rank of each cell in the order of the values, nulls first.
fn ranks(cells: &ArrayRef) -> Result<Vec<u32>> {
    arrow::compute::rank(cells, None).map_err(|error| Error::Internal(error.to_string()))
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
