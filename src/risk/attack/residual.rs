//! Residual identifiers: what names people in a release although it should not.
//!
//! Three searches over every released cell, and over the other texts that are published with it. The detectors know
//! forms ([`Detector::find`]); the source's own identifiers are looked for as they are ([`Identifiers`]), whatever
//! their form; and each column as a whole is asked for its kind, as a column of names has no form in any one cell.
//!
//! Names of columns and files, the texts of footers and the report are fed as columns of their own, such as
//! `report.json`, line by line. No value is kept or told: only columns, kinds and counts.

mod identifiers;
mod pieces;

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackOutcome, Looked, Sampling};
use crate::detect::{Checked, Column, Detector, Kind, Sort};
use crate::error::{Error, Result};

pub use identifiers::Identifiers;
use identifiers::Shape;

/// Cells of a column by which its kind is decided.
const JUDGED: u64 = 20_000;
/// More than chance: such a coincidence comes once in a thousand columns.
const RARE: f64 = 1e-3;
/// Standard deviations of the same rarity, one-sided.
const DEVIATIONS: f64 = 3.09;
/// A random number passes a check digit so often, at least.
const CHECK_BY_CHANCE: f64 = 0.1;

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
    kinds: BTreeMap<Kind, Counts>,
    /// Cells with an identifier of the source.
    known: u64,
    /// Which ones.
    hits: HashSet<u64>,
    /// Identifiers expected by chance.
    chance: f64,
    judge: Column,
    judged: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Cells that hold the kind.
    cells: u64,
    /// Cells that are nothing but the kind, its check digit right.
    passed: u64,
    /// Cells of the same form whose check digit is wrong.
    failed: u64,
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
            kinds: BTreeMap::new(),
            known: 0,
            hits: HashSet::new(),
            chance: 0.0,
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
        if matches!(state.form, Form::Text | Form::Number) {
            state.look(self.detector, cell, count);
        }
        let mut found = false;
        let (identifiers, shapes) = (self.identifiers, &self.shapes);
        let mut probe = |piece: &str| {
            if let Some(shape) = Shape::of(piece)
                && let Some(&alike) = shapes.get(&shape)
            {
                state.chance += alike as f64 / shape.space();
                if let Some(hash) = identifiers.find(piece) {
                    found = true;
                    state.hits.insert(hash);
                }
            }
        };
        match state.form {
            Form::Text => pieces::each(cell, identifiers.han_lengths(), &mut probe),
            _ => pieces::whole(cell, &mut probe),
        }
        state.known += if found { count } else { 0 };
        Ok(())
    }

    /// Adds what another search for the same found in other cells.
    ///
    /// The kind of a column is decided by the cells that the first of the two saw.
    pub fn merge(&mut self, other: Self) {
        for (own, more) in self.columns.iter_mut().zip(other.columns) {
            own.cells += more.cells;
            own.known += more.known;
            own.hits.extend(more.hits);
            own.chance += more.chance;
            for (kind, counts) in more.kinds {
                let held = own.kinds.entry(kind).or_default();
                held.cells += counts.cells;
                held.passed += counts.passed;
                held.failed += counts.failed;
            }
            if own.judged == 0 {
                (own.judge, own.judged) = (more.judge, more.judged);
            }
        }
    }

    /// What was found, column by column.
    pub fn found(&self) -> Vec<Residue> {
        let of = |state: &State| {
            let residue = |what, cells, chance| Residue { column: state.name.clone(), what, cells, chance };
            let mut found: Vec<Residue> = Vec::new();
            let patterns = state.kinds.iter().filter(|(_, counts)| counts.cells > 0);
            found
                .extend(patterns.map(|(&kind, counts)| residue(What::Pattern(kind), counts.cells, counts.by_chance())));
            if state.known > 0 {
                let chance = !beyond_chance(state.hits.len() as u64, state.chance);
                found.push(residue(What::SourceValue, state.known, chance));
            }
            let kind = if state.judged > 0 { state.judge.finish().kind } else { None };
            let kind = kind.filter(|candidate| candidate.kind.sort() == Sort::Identifier);
            found.extend(kind.map(|candidate| residue(What::Column(candidate.kind), state.cells, false)));
            found
        };
        self.columns.iter().flat_map(of).collect()
    }

    /// `residual_patterns`, `residual_values` and `residual_columns`; each names the columns that it found something in.
    ///
    /// A trial of the first two is a cell, a success one that holds what the detectors take for an identifier, or an
    /// identifier of the source; of the third a trial is a column. What chance explains is no success: check digits
    /// that a tenth of random numbers pass, and numbers of a length of which so many are identifiers that some meet.
    /// The estimate of the latter takes numbers for spread evenly over their length.
    pub fn outcomes(&self) -> Vec<AttackOutcome> {
        let found = self.found();
        let fed = |state: &&State| state.cells > 0;
        let cells = |forms: &[Form]| -> u64 {
            self.columns.iter().filter(|state| forms.contains(&state.form)).map(|state| state.cells).sum()
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
                    self.columns.iter().map(own).sum()
                }
            };
            AttackOutcome::new(id, successes, trials, None).on(columns)
        };
        let looked = self.columns.iter().filter(fed).count() as u64;
        let patterns = cells(&[Form::Text, Form::Number]);
        let all = patterns + cells(&[Form::Token]);
        let mut subjects: HashSet<u64> = HashSet::new();
        for state in self.columns.iter().filter(|state| beyond_chance(state.hits.len() as u64, state.chance)) {
            subjects.extend(&state.hits);
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
    /// Asks the detectors.
    fn look(&mut self, detector: &Detector, cell: &str, count: u64) {
        let mut kinds: Vec<Kind> = Vec::new();
        for found in detector.find(cell) {
            if !kinds.contains(&found.kind) {
                kinds.push(found.kind);
            }
            if found.checked == Checked::Passed && found.start == 0 && found.end == cell.len() {
                self.kinds.entry(found.kind).or_default().passed += count;
            }
        }
        for kind in &kinds {
            self.kinds.entry(*kind).or_default().cells += count;
        }
        let coded = (12..=19).contains(&cell.len()) && cell.bytes().all(|sign| sign.is_ascii_alphanumeric());
        if coded && kinds.is_empty() {
            for kind in detector.whole(cell).failed.iter() {
                self.kinds.entry(kind).or_default().failed += count;
            }
        }
        if self.judged < JUDGED {
            self.judge.feed(detector, Some(cell));
            self.judged += 1;
        }
    }
}

impl Counts {
    /// Whether all cells with the kind are such whose check digit random numbers would pass as often.
    fn by_chance(&self) -> bool {
        let alike = (self.passed + self.failed) as f64;
        let expected = CHECK_BY_CHANCE * alike;
        let most = expected + DEVIATIONS * (expected * (1.0 - CHECK_BY_CHANCE)).sqrt();
        self.failed > 0 && self.cells == self.passed && self.passed as f64 <= most
    }
}

/// A whole number, perhaps one that a float holds.
fn whole(cell: &str) -> bool {
    let digits = cell.strip_suffix(".0").unwrap_or(cell);
    !digits.is_empty() && digits.bytes().all(|sign| sign.is_ascii_digit())
}

/// Whether so many hits are more than chance gives where `expected` are: less than one in a thousand (Poisson).
fn beyond_chance(hits: u64, expected: f64) -> bool {
    if hits == 0 {
        return false;
    }
    if expected > 100.0 {
        return hits as f64 > expected + DEVIATIONS * expected.sqrt() + 1.0;
    }
    // the chance of fewer hits than these, term by term
    let (mut term, mut fewer) = ((-expected).exp(), 0.0);
    for i in 0..hits.min(1000) {
        fewer += term;
        term *= expected / (i + 1) as f64;
    }
    1.0 - fewer < RARE
}

#[cfg(test)]
mod tests;
