//! Residual identifiers: what names people in a release although it should not.
//!
//! Three searches over every released cell, and over the other texts that are published with it. The detectors know
//! forms ([`Detector::find`]); the source's own identifiers are looked for as they are ([`Identifiers`]), whatever
//! their form; and each column as a whole is asked for its kind, as a column of names has no form in any one cell.
//!
//! Names of columns and files, the texts of footers and the report are fed as columns of their own, such as
//! `report.json`, line by line. No value is kept or told: only columns, kinds and counts.

mod cell;
mod identifiers;
mod pieces;

use hashbrown::{HashMap, HashSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::change::{dropping, listed};
use super::{AttackOutcome, Change, Looked, Sampling};
use crate::detect::{Column, Detector, Kind, Sort};
use crate::error::{Error, Result};
use crate::treatment::redact;

use self::cell::{Found, Search};
pub use identifiers::Identifiers;
use identifiers::Shape;

/// Cells of a column by which its kind is decided.
const JUDGED: u64 = 20_000;

/// What the cells of a released column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Looked through piece by piece.
    Text,
    /// A cell is one piece; decimals are none.
    Number,
    /// Random digits: only looked for among the source's identifiers, as a whole.
    Token,
    /// Not looked at.
    Date,
}

/// The search through one release. Parts that saw other cells are merged.
pub struct Residual<'a> {
    detector: &'a Detector,
    identifiers: &'a Identifiers,
    /// How many kept identifiers have a shape.
    shapes: HashMap<Shape, u64>,
    columns: Vec<State>,
}

struct State {
    name: String,
    form: Form,
    cells: u64,
    /// In the cells as they are.
    found: Found,
    /// In the cells of texts as redaction would leave them.
    redacted: Found,
    judge: Column,
    judged: u64,
}

/// What was found in one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Residue {
    pub column: String,
    pub what: What,
    pub cells: u64,
    /// No more than chance would give; told, not counted.
    pub chance: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Cells in which the detectors found the kind.
    Pattern(Kind),
    /// Cells with an identifier of the source.
    SourceValue,
    /// The column is of this kind as a whole.
    Column(Kind),
}

impl<'a> Residual<'a> {
    /// `columns` are the released ones and the other texts, each with its form.
    pub fn new(detector: &'a Detector, identifiers: &'a Identifiers, columns: &[(String, Form)]) -> Self {
        let state = |(name, form): &(String, Form)| State {
            name: name.clone(),
            form: *form,
            cells: 0,
            found: Found::default(),
            redacted: Found::default(),
            judge: Column::new(name),
            judged: 0,
        };
        Self { detector, identifiers, shapes: identifiers.shapes(), columns: columns.iter().map(state).collect() }
    }

    /// Looks at a cell that stands `count` times; nulls need not be fed.
    ///
    /// Feed distinct values with their counts where columns have few: the same is found in less time.
    ///
    /// # Errors
    /// [`Error::Internal`] for a column that was not announced.
    pub fn feed(&mut self, column: usize, cell: &str, count: u64) -> Result<()> {
        let Some(state) = self.columns.get_mut(column) else {
            return Err(Error::Internal("a column was not announced to the search for identifiers".into()));
        };
        state.cells += count;
        let decimal = state.form == Form::Number && !whole(cell);
        if state.form == Form::Date || decimal {
            return Ok(());
        }
        let search = Search { detector: self.detector, identifiers: self.identifiers, shapes: &self.shapes };
        let seen = search.cell(state.form, cell);
        if matches!(state.form, Form::Text | Form::Number) && state.judged < JUDGED {
            state.judge.feed(self.detector, Some(cell));
            state.judged += 1;
        }
        if state.form == Form::Text {
            // what the detectors do not find stays as it is
            let left = match seen.kinds.is_empty() {
                true => None,
                false => Some(search.cell(state.form, &redacted(self.detector, cell))),
            };
            state.redacted.add(left.as_ref().unwrap_or(&seen), count);
        }
        state.found.add(&seen, count);
        Ok(())
    }

    /// Adds what another search for the same found in other cells.
    ///
    /// The kind of a column is decided by the cells that the first of the two saw.
    pub fn merge(&mut self, other: Self) {
        for (own, more) in self.columns.iter_mut().zip(other.columns) {
            own.cells += more.cells;
            own.found.merge(more.found);
            own.redacted.merge(more.redacted);
            if own.judged == 0 {
                (own.judge, own.judged) = (more.judge, more.judged);
            }
        }
    }

    /// What was found, column by column.
    pub fn found(&self) -> Vec<Residue> {
        self.columns.iter().flat_map(|state| state.residues(&state.found)).collect()
    }

    /// `residual_patterns`, `residual_values` and `residual_columns`; each names the columns that it found something in.
    ///
    /// A trial of the first two is a cell, a success one that holds what the detectors take for an identifier, or an
    /// identifier of the source; of the third a trial is a column. What chance explains is no success: check digits
    /// that a tenth of random numbers pass, and numbers of a length of which so many are identifiers that some meet.
    /// The estimate of the latter takes numbers for spread evenly over their length.
    pub fn outcomes(&self) -> Vec<AttackOutcome> {
        self.outcomes_of(|state| Some(&state.found))
    }

    /// Changes after which less is found in the columns of an outcome: redacting its texts, where the claim allows
    /// redacted text, and dropping its other columns; then dropping all of them.
    pub fn changes(&self, outcome: &AttackOutcome, redacting: bool) -> Vec<Vec<Change>> {
        let named = |state: &State| outcome.columns.contains(&state.name);
        // a column is of its kind as a whole: there is nothing to redact
        let redactable =
            |state: &State| redacting && state.form == Form::Text && outcome.id != "residual_columns" && named(state);
        let columns = |which: &dyn Fn(&State) -> bool| -> Vec<&str> {
            self.columns.iter().filter(|&state| which(state)).map(|state| state.name.as_str()).collect()
        };
        let texts = columns(&redactable);
        let others = columns(&|state: &State| named(state) && !redactable(state));
        let after = |view: &dyn for<'s> Fn(&'s State) -> Option<&'s Found>| {
            let found = self.outcomes_of(view).into_iter().find(|after| after.id == outcome.id);
            found.filter(AttackOutcome::attempted).unwrap_or_else(|| AttackOutcome::nothing_there(&outcome.id))
        };
        let mut groups = Vec::new();
        if !texts.is_empty() {
            let left = after(&|state| match (redactable(state), named(state)) {
                (true, _) => Some(&state.redacted),
                (false, named) => (!named).then_some(&state.found),
            });
            let drop = if others.is_empty() { String::new() } else { format!(", {}", dropping(others)) };
            groups.push(vec![Change::new(format!("redact {}{drop}", listed(texts)), left)]);
        }
        let left = after(&|state| (!named(state)).then_some(&state.found));
        groups.push(vec![Change::new(dropping(columns(&named)), left)]);
        groups
    }

    /// The outcomes on what a view shows of each column; nothing of a column that is not there.
    fn outcomes_of<'s>(&'s self, view: impl Fn(&'s State) -> Option<&'s Found>) -> Vec<AttackOutcome> {
        let shown: Vec<(&State, &Found)> =
            self.columns.iter().filter_map(|state| Some((state, view(state)?))).collect();
        let found: Vec<Residue> = shown.iter().flat_map(|(state, found)| state.residues(found)).collect();
        let fed = |(state, _): &&(&State, &Found)| state.cells > 0;
        let cells = |forms: &[Form]| -> u64 {
            shown.iter().filter(|(state, _)| forms.contains(&state.form)).map(|(state, _)| state.cells).sum()
        };
        let of = |id: &str, trials: u64, per_column: bool, wanted: fn(What) -> bool| {
            let hits = || found.iter().filter(move |residue| wanted(residue.what) && !residue.chance);
            let mut columns: Vec<String> = hits().map(|residue| residue.column.clone()).collect();
            columns.dedup();
            let successes = match per_column {
                true => columns.len() as u64,
                // a cell may hold several kinds: no more than the cells of the column
                false => {
                    let own = |state: &State| {
                        let here = hits().filter(|residue| residue.column == state.name).map(|residue| residue.cells);
                        here.sum::<u64>().min(state.cells)
                    };
                    shown.iter().map(|(state, _)| own(state)).sum()
                }
            };
            AttackOutcome::new(id, successes, trials, None).on(columns)
        };
        let looked = shown.iter().filter(fed).count() as u64;
        let patterns = cells(&[Form::Text, Form::Number]);
        let all = patterns + cells(&[Form::Token]);
        let mut subjects: HashSet<u64> = HashSet::new();
        for (_, found) in shown.iter().filter(|(_, found)| found.beyond_chance()) {
            subjects.extend(&found.hits);
        }
        let released = Looked { rows: all, of: all };
        let values = Sampling { source: self.identifiers.looked(), released };
        // dates and tokens hold no patterns: having looked is an attempt
        let blank = |trials: u64| if trials == 0 { looked } else { 0 };
        vec![
            of(
                "residual_patterns",
                patterns,
                false,
                |what| matches!(what, What::Pattern(kind) if kind.sort() == Sort::Identifier),
            )
            .not_asked(blank(patterns)),
            of("residual_values", all, false, |what| what == What::SourceValue)
                .not_asked(blank(all))
                .subjects(self.identifiers.scaled(subjects.len() as u64))
                .sampled(values),
            of("residual_columns", looked, true, |what| matches!(what, What::Column(_))),
        ]
    }
}

impl State {
    fn residues(&self, found: &Found) -> Vec<Residue> {
        let residue = |what, cells, chance| Residue { column: self.name.clone(), what, cells, chance };
        let patterns = found.kinds.iter().filter(|(_, counts)| counts.cells > 0);
        let mut residues: Vec<Residue> =
            patterns.map(|(&kind, counts)| residue(What::Pattern(kind), counts.cells, counts.by_chance())).collect();
        if found.known > 0 {
            residues.push(residue(What::SourceValue, found.known, !found.beyond_chance()));
        }
        let kind = if self.judged > 0 { self.judge.finish().kind } else { None };
        let kind = kind.filter(|candidate| candidate.kind.sort() == Sort::Identifier);
        residues.extend(kind.map(|candidate| residue(What::Column(candidate.kind), self.cells, false)));
        residues
    }
}

/// The text as [`Redact`](crate::treatment::Redact) would release it.
fn redacted(detector: &Detector, text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    redact(detector, text, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A whole number, perhaps one that a float holds.
fn whole(cell: &str) -> bool {
    let digits = cell.strip_suffix(".0").unwrap_or(cell);
    !digits.is_empty() && digits.bytes().all(|sign| sign.is_ascii_digit())
}

#[cfg(test)]
mod tests;
