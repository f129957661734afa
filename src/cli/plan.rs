//! `tuomin plan`: what a run would do and what it would cost, without writing anything.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::certify;
use super::counting::{self, Counts};
use super::meaning::Meaning;
use super::prepare::{self, Prepared};
use super::recode::{self, Asked, Chosen};
use crate::engine::Engine;
use crate::error::{Reason, Result};
use crate::privacy::Quality;
use crate::release::certificate::{LevelChosen, SearchTold};
use crate::risk::figure;
use crate::risk::quality::DataQuality;
use crate::search::{self, Alternatives, Choice};
use crate::spec::RecodingKind;
use crate::table::tally::Memory;

/// How many of the best recodings are told.
const BEST: usize = 5;

/// What a run of a pipeline would do.
#[derive(Serialize)]
pub struct Plan {
    pub name: String,
    pub records: u64,
    pub subjects: u64,
    /// Distinct combinations of the quasi columns, and of the sensitive columns that models speak of.
    pub combinations: u64,
    /// One line for each column that no search decides on.
    pub recipe: Vec<String>,
    pub quasi: Vec<String>,
    /// The recoding that a run would release; absent where it would be refused.
    pub found: Option<Planned>,
    /// Why there would be no release.
    pub refused: Option<Reason>,
    /// What came of the rules of quality; absent where the pipeline has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<DataQuality>,
    /// What else could be chosen, in one level for all records.
    pub alternatives: Alternatives,
}

/// The recoding that a run would release. What only written files can show is not there.
#[derive(Serialize)]
pub struct Planned {
    pub levels: Vec<LevelChosen>,
    pub search: SearchTold,
    pub quality: Option<Quality>,
}

/// Counts and searches as a run does, and writes nothing.
///
/// # Errors
/// Those of the pipeline file and of the source.
pub fn plan(pipeline: &Path, meaning: &Meaning) -> Result<Plan> {
    let prepared = prepare::read(pipeline, meaning)?;
    let source = counting::open(&Engine::Local, &prepared, &std::env::temp_dir())?;
    let recipe = counting::recipe(&Engine::Local, &prepared, &source, "plan", &Memory::spill)?;
    let counts = counting::count(&Engine::Local, &prepared, &source, &recipe, &Memory::spill)?;
    let asked = Asked::new(&prepared, &counts)?;
    let (found, refused) = match recode::choose(&prepared, &counts, &asked) {
        Ok(chosen) => (Some(planned(&prepared, &counts, &chosen)), None),
        Err(reason) => (None, Some(reason)),
    };
    // a run looks at the quality first
    let unkept = counts.quality.as_ref().and_then(|quality| quality.unkept().into_iter().next());
    let (found, refused) = if unkept.is_some() { (None, unkept) } else { (found, refused) };
    let alternatives = alternatives(&prepared, &counts, &asked);
    let quasi: Vec<String> = counts.hierarchies.iter().map(|hierarchy| hierarchy.column.clone()).collect();
    let lines = recipe.to_string();
    let decided = lines.lines().zip(&recipe.columns).filter(|(_, column)| !quasi.contains(&column.name));
    Ok(Plan {
        name: prepared.pipeline.name.clone(),
        records: counts.table.total_records(),
        subjects: counts.table.total_subjects(),
        combinations: counts.table.combinations() as u64,
        recipe: decided.map(|(line, _)| line.to_owned()).collect(),
        quasi,
        found,
        refused,
        quality: counts.quality,
        alternatives,
    })
}

/// What else could be chosen; levels as the pipeline file counts them, those that may not be released too.
pub fn alternatives(prepared: &Prepared, counts: &Counts, asked: &Asked) -> Alternatives {
    let mut alternatives =
        asked.with_goal(prepared, |goal| search::alternatives(&counts.table, &counts.hierarchies, goal, BEST));
    let finest: Vec<usize> = prepared.quasi().iter().map(|column| column.levels.finest).collect();
    for choice in alternatives.by_risk.iter_mut().chain(&mut alternatives.best) {
        choice.levels.iter_mut().zip(&finest).for_each(|(level, first)| *level += first);
    }
    alternatives
}

fn planned(prepared: &Prepared, counts: &Counts, chosen: &Chosen) -> Planned {
    Planned {
        levels: (0..counts.hierarchies.len()).map(|column| certify::level(prepared, counts, chosen, column)).collect(),
        search: chosen.told(prepared),
        quality: chosen.quality(counts, prepared),
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: u64| figure(number as f64);
        writeln!(f, "plan        {}", self.name)?;
        writeln!(
            f,
            "source      {} records of {} subjects, {} combinations",
            count(self.records),
            count(self.subjects),
            count(self.combinations)
        )?;
        match (&self.found, &self.refused) {
            (Some(found), _) => found.fmt(f)?,
            (None, Some(reason)) => {
                writeln!(f, "refused     {}", reason.message)?;
                if let Some(help) = &reason.help {
                    writeln!(f, "            {help}")?;
                }
            }
            (None, None) => {}
        }
        if let Some(quality) = &self.quality {
            tested(f, quality)?;
        }
        writeln!(f, "\nother columns")?;
        self.recipe.iter().try_for_each(|line| writeln!(f, "  {}", line.trim_end()))?;
        self.alternatives(f)
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let search = &self.search;
        let how = match (search.recoding, search.proven_optimal) {
            (RecodingKind::Global, true) => "the proven optimum".into(),
            (RecodingKind::Global, false) => format!("not proven optimal, at least {}", figure(search.lower_bound)),
            _ => "not proven optimal".into(),
        };
        writeln!(f, "recoding    {} {}, {how}", search.metric, figure(search.value))?;
        writeln!(f, "withheld    {} records", figure(search.suppressed_records as f64))?;
        for level in &self.levels {
            match level.level {
                Some(at) => writeln!(f, "  {}: {} (level {at} of {})", level.column, level.name, level.of)?,
                None => writeln!(f, "  {}: {}", level.column, level.name)?,
            }
        }
        Ok(())
    }
}

impl Plan {
    fn alternatives(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = &self.alternatives;
        let proven = if others.proven { "" } else { ", not all proven optimal" };
        writeln!(f, "\nrisk against {}{proven}: levels of {}", others.metric, self.quasi.join(", "))?;
        choices(f, &others.by_risk)?;
        writeln!(f, "\nthe best under the conditions")?;
        choices(f, &others.best)?;
        writeln!(f, "\nwhat each column costs: {} of the others, and if it were not released", others.metric)?;
        let told = |value: Option<f64>| value.map_or_else(|| "-".into(), figure);
        for column in &others.columns {
            writeln!(f, "{:>12} {:>12}  {}", told(column.now), told(column.removed), column.column)?;
        }
        let gain = |column: &&search::ColumnCost| column.gain();
        let most = others.columns.iter().filter(|column| gain(column).is_some());
        let most = most.max_by(|a, b| a.gain().unwrap_or(0.0).total_cmp(&b.gain().unwrap_or(0.0)));
        if let Some(column) = most.filter(|column| column.gain().is_some_and(|gain| gain > 0.0)) {
            writeln!(f, "`{}` costs most", column.column)?;
        }
        Ok(())
    }
}

/// The scores, and one line for each rule.
fn tested(f: &mut fmt::Formatter<'_>, quality: &DataQuality) -> fmt::Result {
    let count = |number: u64| figure(number as f64);
    writeln!(f, "\nquality of the source (GB/T 36344)")?;
    for score in &quality.dimensions {
        let found = score.score.map_or_else(|| "not tested".into(), figure);
        let limit = score.limit.map_or_else(String::new, |limit| format!(" (≥ {})", figure(limit)));
        writeln!(f, "  {} {found}{limit}", score.dimension.word())?;
    }
    writeln!(f, "{:>12} {:>12}  rule", "tested", "failed")?;
    for rule in &quality.rules {
        let column = rule.column.as_ref().map_or_else(String::new, |column| format!(" of {column}"));
        let (tested, failed) = (count(rule.tested), count(rule.failed));
        writeln!(f, "{tested:>12} {failed:>12}  {}{column}, {}", rule.rule, rule.dimension.word())?;
    }
    Ok(())
}

/// One line for each: k, the metric, what is withheld, the levels.
fn choices(f: &mut fmt::Formatter<'_>, choices: &[Choice]) -> fmt::Result {
    writeln!(f, "{:>12} {:>12} {:>12} {:>12}", "k", "metric", "withheld", "classes")?;
    for choice in choices {
        let k = choice.smallest_class.map_or_else(|| "-".into(), |k| figure(k as f64));
        let levels: Vec<String> = choice.levels.iter().map(ToString::to_string).collect();
        let withheld = figure(choice.suppressed_records as f64);
        let (value, classes) = (figure(choice.value), figure(choice.classes as f64));
        writeln!(f, "{k:>12} {value:>12} {withheld:>12} {classes:>12}  {}", levels.join(" "))?;
    }
    Ok(())
}
