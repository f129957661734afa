//! Which recoding: the globally optimal level of each column under the conditions.
//!
//! The way: [`optimal`] goes through the lattice of all choices of levels from the coarsest to the finest
//! (`lattice`, `explore`; `anytime` where that would take too long), skips what provably is not better
//! (`meter`), counts the classes of a node from those of a finer one that was counted before (`hubs`), tells
//! what is withheld (`judge`), and counts the best once more from the table itself (`classed`).
//!
//! Cells come in two kinds (`counting`): those of which nothing but the number of records is asked, in few
//! bytes (`narrow`, `dense`), and all others (`groups`, `desk`).

mod alternatives;
mod anytime;
mod best;
mod cells;
mod census;
mod classed;
mod counting;
mod dense;
mod desk;
mod explore;
mod goal;
mod groups;
mod hubs;
mod judge;
mod lattice;
pub mod local;
#[cfg(test)]
mod made;
mod meter;
mod microaggregate;
mod narrow;
mod space;
#[cfg(test)]
mod tests;

pub use alternatives::{Alternatives, Choice, ColumnCost, alternatives};
pub use cells::{CellsError, LeastK, Reading, least_k, suppress_cells, suppressed_cells};
pub use goal::{Budget, Goal, Metric};
pub use microaggregate::{MicroaggregateError, Microaggregated, microaggregate};

use crate::privacy::{KAnonymity, smallest_class};
use crate::table::{EquivalenceTable, Hierarchy, Level, Recoding, STAR};
use judge::{Conditions, Plain};
use space::{Solved, Space};

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Found(Found),
    /// No level of any column reaches the goal.
    Unreachable(Unreachable),
    /// The budget was spent before a solution was found, or that there is none.
    Undecided {
        lattice_size: u128,
        nodes_checked: u64,
    },
}

/// The best that was found, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub recoding: Recoding,
    /// The metric that was to be made as small as possible.
    pub value: f64,
    /// What it is at least, whatever the recoding.
    pub lower_bound: f64,
    /// Whether no other recoding is better.
    pub proven_optimal: bool,
    /// Loss, 0 to 1: see [`loss()`](crate::privacy::loss()).
    pub loss: f64,
    /// The part of each column: its mean `(m − 1)/(d − 1)` over all records.
    pub column_loss: Vec<f64>,
    pub suppressed_records: u64,
    /// Classes that are released.
    pub classes: u64,
    /// The smallest released class, in distinct subjects; `None` if nothing is released.
    pub smallest_class: Option<u64>,
    /// Nodes of the lattice: the product of the numbers of levels.
    pub lattice_size: u128,
    /// Nodes whose classes were counted.
    pub nodes_checked: u64,
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreachable {
    /// The largest k that any node reaches within the suppression limit, whatever the other conditions.
    pub best_k: u64,
    pub best_levels: Vec<usize>,
    /// The conditions that no node reaches, each by itself; empty if there are only none that reach all.
    pub unmet: Vec<&'static str>,
    /// The column without which (released as `*`) the other columns lose least at the asked k, or, where
    /// even that reaches nothing, the column with the most distinct values.
    pub costliest_column: usize,
    pub lattice_size: u128,
    pub nodes_checked: u64,
}

/// Finds the full-domain recoding that makes the metric of `goal` least, over the whole lattice.
///
/// A class is withheld if it has fewer than `k` distinct subjects or breaks one of the models; then, as long as
/// the remaining classes break a condition on all of them together, the smallest of them (in distinct
/// subjects; of equal ones the first in the order of the table). What withholds more than
/// [`suppressible`](crate::privacy::suppressible) records is not a solution. Of equal metrics (to 12 digits)
/// the one with fewer withheld records wins, then the lexicographically smaller levels. Exact also where
/// subjects spread over several combinations, and where conditions that hold are lost again by coarser levels.
/// Runs on all threads; their number changes nothing, not even [`Found::nodes_checked`].
///
/// A lattice of more than 2^24 nodes is not searched whole, nor is one with a budget: then
/// [`Found::proven_optimal`] tells whether the search came to its end all the same. Without a budget such a
/// search ends after some 10,000 nodes.
///
/// `hierarchies` stand in the order of the table's columns and are over its domains. The models are over the
/// table.
pub fn optimal(table: &EquivalenceTable, hierarchies: &[Hierarchy], goal: &Goal) -> Outcome {
    let space = Space::new(table, hierarchies, goal);
    let conditions = Conditions::new(goal, table);
    let solved = space.solve(&conditions, &space.meter(), 1);
    if let Some(best) = solved.best.first() {
        return Outcome::Found(found(&space, &conditions, best, &solved));
    }
    if solved.open.is_some() {
        return Outcome::Undecided { lattice_size: space.lattice_size(), nodes_checked: solved.checked };
    }
    Outcome::Unreachable(unreachable(&space, goal, solved.checked))
}

fn unreachable(space: &Space, goal: &Goal, mut checked: u64) -> Unreachable {
    let (table, limit) = (space.table, Conditions::new(goal, space.table).limit);
    let best_k = best_k(space, limit);
    let reached = space.solve(&Conditions::new(&only_k(goal, best_k), table), &space.meter(), 1);
    checked += reached.checked;
    let mut unmet = Vec::new();
    if best_k < goal.k {
        unmet.push(crate::privacy::PrivacyModel::id(&KAnonymity { k: goal.k }));
    }
    let mut alone = |goal: Goal, id: &'static str| {
        let solved = Space::new(table, space.original, &goal).solve(&Conditions::new(&goal, table), &space.meter(), 1);
        checked += solved.checked;
        if solved.best.is_empty() && solved.open.is_none() && !unmet.contains(&id) {
            unmet.push(id);
        }
    };
    for model in goal.models.chunks(1) {
        alone(Goal { models: model, ..only_k(goal, 1) }, model[0].id());
    }
    for model in goal.table_models.chunks(1) {
        alone(Goal { table_models: model, ..only_k(goal, 1) }, model[0].id());
    }
    let (costliest_column, more) = costliest_column(space, goal);
    Unreachable {
        best_k,
        best_levels: reached.best.first().map_or_else(|| space.coarsest(), |best| best.levels.clone()),
        unmet,
        costliest_column,
        lattice_size: space.lattice_size(),
        nodes_checked: checked + more,
    }
}

/// The goal with k-anonymity alone.
fn only_k<'a>(goal: &Goal<'a>, k: u64) -> Goal<'a> {
    Goal { k, models: &[], table_models: &[], strict: false, ..*goal }
}

/// The largest k that some node reaches, given that not everything may be withheld: the coarsest node's.
fn best_k(space: &Space, limit: u64) -> u64 {
    let classes = space.table.classes(space.original, &space.coarsest());
    let mut sizes: Vec<(u64, u64)> = classes.subjects.into_iter().zip(classes.records).collect();
    sizes.sort_unstable();
    let mut withheld = 0;
    let stays = sizes.into_iter().find(|&(_, records)| {
        withheld += records;
        withheld > limit
    });
    stays.map_or(0, |(subjects, _)| subjects)
}

/// Lattices larger than this are not searched whole to tell which column costs most.
const MOST_FOR_COSTS: u128 = 1 << 16;

/// Nodes that are counted at most to tell what one column costs there.
const NODES_FOR_COSTS: u64 = 500;

/// See [`Unreachable::costliest_column`]; also the number of nodes whose classes were counted for it.
fn costliest_column(space: &Space, goal: &Goal) -> (usize, u64) {
    let (table, mut goal) = (space.table, only_k(goal, goal.k));
    if space.lattice_size() > MOST_FOR_COSTS {
        goal.budget.nodes = Some(NODES_FOR_COSTS);
    }
    let mut checked = 0;
    let mut least: Option<(f64, usize)> = None;
    for column in 0..space.original.len() {
        let without = starred(table, space.original, column);
        let levels = starred_levels(goal.levels, column);
        let goal = Goal { levels: &levels, ..goal };
        let space = Space::new(table, &without, &goal);
        let conditions = Conditions::new(&goal, table);
        let solved = space.solve(&conditions, &space.meter(), 1);
        checked += solved.checked;
        let Some(best) = solved.best.first() else { continue };
        let found = found(&space, &conditions, best, &solved);
        let others = found.column_loss.iter().sum::<f64>() - found.column_loss[column];
        if least.is_none_or(|(loss, _)| others < loss) {
            least = Some((others, column));
        }
    }
    let columns = (0..table.domains.len()).rev();
    let widest = || columns.max_by_key(|&column| table.domains[column].len()).unwrap_or(0);
    (least.map_or_else(widest, |(_, column)| column), checked)
}

/// The hierarchies where one column has the level `*` alone.
fn starred(table: &EquivalenceTable, hierarchies: &[Hierarchy], column: usize) -> Vec<Hierarchy> {
    let mut without = hierarchies.to_vec();
    let (values, size) = (table.domains[column].len(), without[column].domain_size);
    let star =
        Level { name: STAR.into(), label_of: vec![0; values], labels: vec![Some(STAR.into())], sizes: vec![size] };
    without[column].levels = vec![star];
    without
}

/// The levels that may be released, for [`starred`] hierarchies.
fn starred_levels(levels: &[Vec<usize>], column: usize) -> Vec<Vec<usize>> {
    let mut levels = levels.to_vec();
    levels.get_mut(column).into_iter().for_each(Vec::clear);
    levels
}

/// Tells of the chosen levels what the table says, counted once more the plain way.
fn found(space: &Space, conditions: &Conditions, best: &space::Solution, solved: &Solved) -> Found {
    let (table, levels) = (space.table, best.levels.clone());
    let mut plain = Plain::new(table, classed::classes(table, space.original, &levels));
    let mut withheld = Vec::new();
    conditions.judge(&mut plain, &mut withheld);
    let classes = plain.classes;
    let mut gone = vec![false; classes.records.len()];
    withheld.iter().for_each(|&class| gone[class as usize] = true);
    let suppressed: Vec<bool> = classes.class_of.iter().map(|&class| gone[class as usize]).collect();
    let suppressed_records = table.records.iter().zip(&suppressed).filter(|(_, s)| **s).map(|(n, _)| n).sum();
    let present = classes.records.iter().zip(&gone).filter(|&(&records, gone)| records > 0 && !gone);
    let released = present.count() as u64;
    let smallest_class = smallest_class(&classes, &suppressed);
    let recoding = Recoding { levels, suppressed };
    let loss = classed::losses(table, space.original, &recoding);
    Found {
        recoding,
        value: best.value,
        lower_bound: solved.open.map_or(best.value, |open| open.min(best.value)),
        proven_optimal: solved.open.is_none(),
        loss: loss.total,
        column_loss: loss.columns,
        suppressed_records,
        classes: released,
        smallest_class,
        lattice_size: space.lattice_size(),
        nodes_checked: solved.checked,
    }
}
