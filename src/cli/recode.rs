//! The search: from the counts to the recoding that a release will have, or the reason why there is none.

use std::time::Instant;

use super::counting::Counts;
use super::models;
use super::prepare::Prepared;
use crate::error::{Reason, Result};
use crate::privacy::{self, Models, Quality};
use crate::release::certificate::SearchTold;
use crate::search::{self, Budget, Found, Goal, Outcome, Unreachable};
use crate::spec::RecodingKind;
use crate::table::{Hierarchy, Recoded};

/// The recoding that was chosen.
pub enum Chosen {
    Global(Found),
}

impl Chosen {
    pub fn recoded<'a>(&'a self, hierarchies: &'a [Hierarchy]) -> Recoded<'a> {
        match self {
            Self::Global(found) => Recoded::Global { hierarchies, recoding: &found.recoding },
        }
    }

    pub fn suppressed_records(&self) -> u64 {
        match self {
            Self::Global(found) => found.suppressed_records,
        }
    }

    /// The part of each quasi column in the loss.
    pub fn column_loss(&self) -> &[f64] {
        match self {
            Self::Global(found) => &found.column_loss,
        }
    }

    /// What the recoding costs.
    pub fn quality(&self, counts: &Counts, prepared: &Prepared) -> Quality {
        let weights: Vec<f64> = prepared.quasi().iter().map(|column| column.weight).collect();
        match self {
            Self::Global(found) => privacy::quality(&counts.table, &counts.hierarchies, &found.recoding, &weights),
        }
    }

    /// What the certificate says of the search.
    pub fn told(&self, prepared: &Prepared) -> SearchTold {
        let metric = prepared.pipeline.search.metric.id().to_owned();
        match self {
            Self::Global(found) => SearchTold {
                recoding: RecodingKind::Global,
                metric,
                value: found.value,
                lower_bound: found.lower_bound,
                proven_optimal: found.proven_optimal,
                lattice_size: found.lattice_size.to_string(),
                nodes_checked: found.nodes_checked,
                loss: found.loss,
                suppressed_records: found.suppressed_records,
            },
        }
    }
}

/// What the search asks for: shared by `run` and `plan`.
pub struct Asked {
    pub models: Models,
    weights: Vec<f64>,
    /// Per quasi column the levels of its hierarchy that may be released.
    levels: Vec<Vec<usize>>,
    started: Instant,
}

impl Asked {
    /// Prepares the models over the counts.
    pub fn new(prepared: &Prepared, counts: &Counts) -> Result<Self> {
        let privacy = &prepared.pipeline.privacy;
        let (k, fraction) = (privacy.k, privacy.sampling_fraction);
        let mut models = models::prepare(k, &privacy.models, &counts.table, &counts.trees, fraction)?;
        models.class.remove(0); // k-anonymity, which the search knows by itself
        let quasi = prepared.quasi();
        let allowed = |(column, hierarchy): (&&crate::spec::ColumnSpec, &Hierarchy)| {
            let range = &column.levels;
            (0..hierarchy.levels.len()).filter(|level| !range.forbidden.contains(&(level + range.finest))).collect()
        };
        Ok(Self {
            models,
            weights: quasi.iter().map(|column| column.weight).collect(),
            levels: quasi.iter().zip(&counts.hierarchies).map(allowed).collect(),
            started: Instant::now(),
        })
    }

    /// Hands the goal on; `over` tells when the pipeline's seconds are spent.
    pub fn with_goal<T>(&self, prepared: &Prepared, then: impl FnOnce(&Goal) -> T) -> T {
        let (privacy, search) = (&prepared.pipeline.privacy, &prepared.pipeline.search);
        let over = || search.seconds.is_some_and(|most| self.started.elapsed().as_secs_f64() > most);
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

/// Searches; the outer error is a fault, the inner one the reason for a refusal.
pub fn choose(prepared: &Prepared, counts: &Counts) -> Result<std::result::Result<Chosen, Reason>> {
    let asked = Asked::new(prepared, counts)?;
    Ok(asked.with_goal(prepared, |goal| match search::optimal(&counts.table, &counts.hierarchies, goal) {
        Outcome::Found(found) if found.classes > 0 => Ok(Chosen::Global(found)),
        Outcome::Found(_) => Err(nothing_left()),
        Outcome::Undecided { lattice_size, nodes_checked } => Err(undecided(lattice_size, nodes_checked)),
        Outcome::Unreachable(why) => Err(unreachable(prepared, &counts.hierarchies, &why)),
    }))
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
