//! The search: from the counts to the recoding that a release will have, or the reason why there is none.

use std::time::Instant;

use super::counting::Counts;
use super::models;
use super::prepare::Prepared;
use crate::error::{Reason, Result};
use crate::privacy::quality::Shown;
use crate::privacy::{self, Loss, Models, Quality, loss};
use crate::release::certificate::SearchTold;
use crate::risk::figure;
use crate::search::local::LocalOutcome;
use crate::search::{self, Budget, Found, Goal, Outcome, Reading, Unreachable};
use crate::spec::{ColumnSpec, Metric, RecodingKind, Statistic};
use crate::table::{EquivalenceTable, Hierarchy, LocalRecoding, Recoded};

/// The recoding that was chosen.
pub enum Chosen {
    Global(Found),
    Local(Labelled),
}

/// A recoding with labels of its own for each combination, and what it costs.
pub struct Labelled {
    pub kind: RecodingKind,
    pub recoding: LocalRecoding,
    /// What is told of each quasi column.
    pub names: Vec<String>,
    loss: Loss,
    suppressed_records: u64,
}

impl Labelled {
    fn new(kind: RecodingKind, counts: &Counts, recoding: LocalRecoding, names: Vec<String>) -> Self {
        let loss = loss::local(&counts.table, &counts.hierarchies, &recoding);
        let withheld = counts.table.records.iter().zip(&recoding.suppressed).filter(|(_, withheld)| **withheld);
        Self { kind, names, loss, suppressed_records: withheld.map(|(records, _)| records).sum(), recoding }
    }
}

impl Chosen {
    pub fn recoded<'a>(&'a self, hierarchies: &'a [Hierarchy]) -> Recoded<'a> {
        match self {
            Self::Global(found) => Recoded::Global { hierarchies, recoding: &found.recoding },
            Self::Local(found) => Recoded::Local { hierarchies, recoding: &found.recoding },
        }
    }

    pub fn suppressed_records(&self) -> u64 {
        match self {
            Self::Global(found) => found.suppressed_records,
            Self::Local(found) => found.suppressed_records,
        }
    }

    /// How many combinations the search has counted, node by node; where it has no nodes, what forty would be.
    pub fn counted(&self, counts: &Counts) -> u64 {
        let nodes = match self {
            Self::Global(found) => found.nodes_checked,
            Self::Local(_) => 40,
        };
        (counts.table.combinations() as u64).saturating_mul(nodes)
    }

    /// The part of each quasi column in the loss.
    pub fn column_loss(&self) -> &[f64] {
        match self {
            Self::Global(found) => &found.column_loss,
            Self::Local(found) => &found.loss.columns,
        }
    }

    /// What the recoding costs; `None` for labels that are on no level of the hierarchies.
    pub fn quality(&self, counts: &Counts, prepared: &Prepared) -> Option<Quality> {
        let (table, hierarchies) = (&counts.table, &counts.hierarchies[..]);
        let weights: Vec<f64> = prepared.quasi().iter().map(|column| column.weight).collect();
        match self {
            Self::Global(found) => Some(privacy::quality(table, hierarchies, &found.recoding, &weights)),
            Self::Local(found) => {
                let levels = levels(table, hierarchies, &found.recoding)?;
                let shown =
                    Shown::new(table, hierarchies, &found.recoding.suppressed, |column, row| levels[column][row]);
                Some(privacy::quality::quality_of(&shown, &weights))
            }
        }
    }

    /// What the certificate says of the search.
    pub fn told(&self, prepared: &Prepared) -> SearchTold {
        match self {
            Self::Global(found) => SearchTold {
                recoding: RecodingKind::Global,
                metric: prepared.pipeline.search.metric.id().to_owned(),
                value: found.value,
                lower_bound: found.lower_bound,
                proven_optimal: found.proven_optimal,
                lattice_size: Some(found.lattice_size.to_string()),
                nodes_checked: Some(found.nodes_checked),
                loss: found.loss,
                suppressed_records: found.suppressed_records,
            },
            Self::Local(found) => SearchTold {
                recoding: found.kind,
                metric: Metric::Loss.id().to_owned(),
                value: found.loss.total,
                lower_bound: 0.0,
                proven_optimal: false,
                lattice_size: None,
                nodes_checked: None,
                loss: found.loss.total,
                suppressed_records: found.suppressed_records,
            },
        }
    }
}

/// Per column and combination the lowest level that has the label.
fn levels(table: &EquivalenceTable, hierarchies: &[Hierarchy], recoding: &LocalRecoding) -> Option<Vec<Vec<usize>>> {
    let column = |(column, hierarchy): (usize, &Hierarchy)| {
        let labels = &recoding.columns[column];
        let level = |row: usize| {
            let (label, code) = (labels.labels[labels.label_of[row] as usize].as_deref(), table.codes[column][row]);
            match recoding.suppressed[row] {
                true => Some(hierarchy.top()),
                false => (0..hierarchy.levels.len()).find(|&level| hierarchy.label(level, code) == label),
            }
        };
        (0..table.combinations()).map(level).collect()
    };
    hierarchies.iter().enumerate().map(column).collect()
}

/// The levels of a column's hierarchy that may be released.
pub fn allowed(column: &ColumnSpec, hierarchy: &Hierarchy) -> Vec<usize> {
    let range = &column.levels;
    (0..hierarchy.levels.len()).filter(|level| !range.forbidden.contains(&(level + range.finest))).collect()
}

/// What the search asks for: shared by `run` and `plan`.
pub struct Asked {
    pub models: Models,
    weights: Vec<f64>,
    /// Per quasi column the levels of its hierarchy that may be released.
    levels: Vec<Vec<usize>>,
}

impl Asked {
    /// Prepares the models over the counts.
    pub fn new(prepared: &Prepared, counts: &Counts) -> Result<Self> {
        let privacy = &prepared.pipeline.privacy;
        let (k, fraction) = (privacy.k, privacy.sampling_fraction);
        let mut models = models::prepare(k, &privacy.models, &counts.table, &counts.trees, fraction)?;
        models.class.remove(0); // k-anonymity, which the search knows by itself
        let quasi = prepared.quasi();
        Ok(Self {
            models,
            weights: quasi.iter().map(|column| column.weight).collect(),
            levels: quasi
                .iter()
                .zip(&counts.hierarchies)
                .map(|(column, hierarchy)| allowed(column, hierarchy))
                .collect(),
        })
    }

    /// Hands the goal on; the pipeline's seconds count from here.
    pub fn with_goal<T>(&self, prepared: &Prepared, then: impl FnOnce(&Goal) -> T) -> T {
        let (privacy, search) = (&prepared.pipeline.privacy, &prepared.pipeline.search);
        let started = Instant::now();
        let over = || search.seconds.is_some_and(|most| started.elapsed().as_secs_f64() > most);
        let goal = Goal {
            models: &self.models.class,
            table_models: &self.models.table,
            strict: true,
            metric: search.metric,
            weights: &self.weights,
            levels: &self.levels,
            budget: Budget { nodes: search.nodes, over: search.seconds.is_some().then_some(&over) },
            ..Goal::new(privacy.k, privacy.suppression_limit)
        };
        then(&goal)
    }
}

/// Searches; the error is the reason for a refusal.
pub fn choose(prepared: &Prepared, counts: &Counts, asked: &Asked) -> std::result::Result<Chosen, Reason> {
    asked.with_goal(prepared, |goal| match prepared.pipeline.privacy.recoding {
        RecodingKind::Global => global(prepared, counts, goal),
        RecodingKind::Local => local(prepared, counts, goal),
        RecodingKind::Cells => cells(counts, goal),
        RecodingKind::Microaggregation => groups(prepared, counts, goal),
    })
}

fn global(prepared: &Prepared, counts: &Counts, goal: &Goal) -> std::result::Result<Chosen, Reason> {
    match search::optimal(&counts.table, &counts.hierarchies, goal) {
        Outcome::Found(found) if found.classes > 0 => Ok(Chosen::Global(found)),
        Outcome::Found(_) => Err(nothing_left()),
        Outcome::Undecided { lattice_size, nodes_checked } => Err(undecided(lattice_size, nodes_checked)),
        Outcome::Unreachable(why) => Err(unreachable(prepared, &counts.hierarchies, &why)),
    }
}

fn local(prepared: &Prepared, counts: &Counts, goal: &Goal) -> std::result::Result<Chosen, Reason> {
    let ranges: Vec<bool> = prepared.quasi().iter().map(|column| column.ranges).collect();
    match search::local::recode(&counts.table, &counts.hierarchies, goal, &ranges) {
        LocalOutcome::Found(found) => {
            let labels = found.recoding.columns.iter().map(|column| column.labels.len() as f64);
            let names =
                labels.map(|labels| format!("{} labels, as coarse as each class needs", figure(labels))).collect();
            labelled(RecodingKind::Local, counts, found.recoding, names)
        }
        LocalOutcome::Unreachable(why) => {
            let unmet: Vec<String> = why.unmet.iter().map(|id| format!("`{id}`")).collect();
            Err(match unmet.is_empty() {
                true => not_reached("no local recoding was found that keeps all conditions".into()),
                false => not_reached(format!("not even one class of all records keeps {}", unmet.join(", "))),
            })
        }
    }
}

fn cells(counts: &Counts, goal: &Goal) -> std::result::Result<Chosen, Reason> {
    let (table, hierarchies, limit) = (&counts.table, &counts.hierarchies, goal.suppression_limit);
    let recoding = search::suppress_cells(table, hierarchies, goal.k, goal.models, limit, goal.weights, Reading::Value);
    let recoding = recoding.map_err(|error| not_reached(error.to_string()))?;
    let name = |cells: u64| format!("`*` in {} of the records, otherwise the value", figure(cells as f64));
    let names = search::suppressed_cells(table, &recoding).into_iter().map(name).collect();
    labelled(RecodingKind::Cells, counts, recoding, names)
}

fn groups(prepared: &Prepared, counts: &Counts, goal: &Goal) -> std::result::Result<Chosen, Reason> {
    let (statistic, limit) = (prepared.pipeline.search.statistic, goal.suppression_limit);
    let found = search::microaggregate(&counts.table, goal.k, goal.models, limit, statistic);
    let found = found.map_err(|error| not_reached(error.to_string()))?;
    let word = match statistic {
        Statistic::Mean => "mean",
        Statistic::Median => "median",
        Statistic::Interval => "interval",
    };
    let lost = if found.sst > 0.0 { found.sse / found.sst } else { 0.0 };
    let groups = figure(found.groups as f64);
    let name = format!("{word} of each of {groups} groups, which lose {} of the variance", figure(lost));
    labelled(RecodingKind::Microaggregation, counts, found.recoding, vec![name; counts.hierarchies.len()])
}

/// A recoding, if it releases anything.
fn labelled(
    kind: RecodingKind,
    counts: &Counts,
    recoding: LocalRecoding,
    names: Vec<String>,
) -> std::result::Result<Chosen, Reason> {
    let found = Labelled::new(kind, counts, recoding, names);
    if found.suppressed_records == counts.table.total_records() {
        return Err(nothing_left());
    }
    Ok(Chosen::Local(found))
}

fn not_reached(message: String) -> Reason {
    let help = "raise `suppression_limit`, lower `k`, or weaken a model";
    Reason { condition: "search".into(), message, help: Some(help.into()) }
}

fn undecided(lattice_size: u128, nodes_checked: u64) -> Reason {
    Reason {
        condition: "search".into(),
        message: format!("no recoding was found after {nodes_checked} of {lattice_size} nodes"),
        help: Some("raise the budget in `[search]`, give the columns fewer levels, or drop a quasi column".into()),
    }
}

fn nothing_left() -> Reason {
    Reason {
        condition: "k_anonymity".into(),
        message: "every class is too small, nothing would be left to release".into(),
        help: Some("lower `k`, or let hierarchies grow coarser".into()),
    }
}

fn unreachable(prepared: &Prepared, hierarchies: &[Hierarchy], why: &Unreachable) -> Reason {
    let privacy = &prepared.pipeline.privacy;
    let column = &hierarchies[why.costliest_column].column;
    let limit = privacy.suppression_limit;
    if why.best_k < privacy.k {
        return Reason {
            condition: "k_anonymity".into(),
            message: format!(
                "no recoding reaches `k` = {} with at most {limit} of the records withheld; the best reachable is k = {}",
                privacy.k, why.best_k
            ),
            help: Some(format!(
                "`{column}` costs most: drop it or give it coarser levels, lower `k`, or raise `suppression_limit`"
            )),
        };
    }
    let unmet: Vec<String> = why.unmet.iter().map(|id| format!("`{id}`")).collect();
    let message = match unmet.is_empty() {
        true => format!("no recoding reaches all models together with at most {limit} of the records withheld"),
        false => format!("no recoding reaches {} with at most {limit} of the records withheld", unmet.join(", ")),
    };
    Reason {
        condition: why.unmet.first().copied().unwrap_or("models").into(),
        message,
        help: Some(format!(
            "weaken the model, release its column coarser, or raise `suppression_limit`; of the quasi columns \
             `{column}` costs most"
        )),
    }
}
