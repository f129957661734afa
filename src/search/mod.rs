//! Which recoding: the globally optimal level of each column under the conditions.
//!
//! The way: [`optimal`] goes through the lattice of all choices of levels from the coarsest to the finest
//! (`lattice`, `explore`), skips what provably is not better (`bound`), and counts the classes of a
//! node from those of a finer one that was counted before (`hubs`, `groups`).

mod bound;
mod cells;
mod census;
mod explore;
mod groups;
mod hubs;
mod lattice;
#[cfg(test)]
mod made;
mod microaggregate;
#[cfg(test)]
mod tests;

pub use cells::{CellsError, LeastK, Reading, least_k, suppress_cells, suppressed_cells};
pub use microaggregate::{MicroaggregateError, Microaggregated, Statistic, microaggregate};

use crate::privacy::{Class, KAnonymity, PrivacyModel, Union, loss, smallest_class, suppressible};
use crate::table::{EquivalenceTable, Hierarchy, Level, Recoding, STAR};
use bound::Bounds;
use explore::{Desks, Explored, Explorer};
use hubs::Hubs;
use lattice::Lattice;

/// What a recoding must reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// Least distinct subjects in a released class, at least 1.
    pub k: u64,
    /// Share of records that may be withheld, 0 to 1; the limit is `floor(share × records)`.
    pub suppression_limit: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Found(Found),
    /// No level of any column reaches the goal.
    Unreachable(Unreachable),
    /// More than 2^24 nodes: not searched, since notes are kept of every node. Fewer levels would help.
    TooLarge {
        lattice_size: u128,
    },
}

/// The optimum and how it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub recoding: Recoding,
    /// Loss, 0 to 1: see `privacy::loss`.
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
    /// The largest k that any node reaches within the suppression limit.
    pub best_k: u64,
    pub best_levels: Vec<usize>,
    /// The column without which (released as `*`) the other columns lose least at the asked k, or, where
    /// even that reaches nothing, the column with the most distinct values.
    pub costliest_column: usize,
    pub lattice_size: u128,
    pub nodes_checked: u64,
}

/// Finds the full-domain recoding with the least Loss under `goal`, over the whole lattice.
///
/// Classes with fewer than `k` distinct subjects are withheld; what withholds more than
/// [`suppressible`] records is not a solution. Of equal losses (as 64-bit floats) the one with fewer
/// withheld records wins, then the lexicographically smaller levels. Exact also where subjects spread
/// over several combinations. Runs on all threads; their number changes nothing, not even
/// [`Found::nodes_checked`].
///
/// The goal is out of reach only if the coarsest node does not reach it: that node withholds least.
///
/// `hierarchies` stand in the order of the table's columns and are over its domains.
pub fn optimal(table: &EquivalenceTable, hierarchies: &[Hierarchy], goal: &Goal) -> Outcome {
    let heights: Vec<usize> = hierarchies.iter().map(|h| h.levels.len()).collect();
    let lattice_size = lattice::size(&heights);
    let Some(lattice) = Lattice::new(heights) else { return Outcome::TooLarge { lattice_size } };
    let limit = suppressible(goal.suppression_limit, table.total_records());
    let bounds = Bounds::new(table, hierarchies);
    let search = |k| explore(table, hierarchies, &lattice, &bounds, &KAnonymity { k }, limit);

    let explored = search(goal.k);
    if let Some(best) = explored.best {
        let levels = lattice.levels(best.node);
        let found = found(table, hierarchies, &KAnonymity { k: goal.k }, levels, lattice_size, explored.checked);
        return Outcome::Found(found);
    }
    let best_k = best_k(table, hierarchies, &lattice.levels(lattice.top()), limit);
    let reached = search(best_k);
    let best_node = reached.best.map_or(lattice.top(), |best| best.node);
    let (costliest_column, checked) = costliest_column(table, hierarchies, goal.k, limit);
    Outcome::Unreachable(Unreachable {
        best_k,
        best_levels: lattice.levels(best_node),
        costliest_column,
        lattice_size,
        nodes_checked: explored.checked + reached.checked + checked,
    })
}

/// The largest k that some node reaches, given that not everything may be withheld: the coarsest node's.
fn best_k(table: &EquivalenceTable, hierarchies: &[Hierarchy], coarsest: &[usize], limit: u64) -> u64 {
    let classes = table.classes(hierarchies, coarsest);
    let mut sizes: Vec<(u64, u64)> = classes.subjects.into_iter().zip(classes.records).collect();
    sizes.sort_unstable();
    let mut withheld = 0;
    let stays = sizes.into_iter().find(|&(_, records)| {
        withheld += records;
        withheld > limit
    });
    stays.map_or(0, |(subjects, _)| subjects)
}

/// See [`Unreachable::costliest_column`]; also the number of nodes whose classes were counted for it.
fn costliest_column(table: &EquivalenceTable, hierarchies: &[Hierarchy], k: u64, limit: u64) -> (usize, u64) {
    let mut checked = 0;
    let mut least: Option<(f64, usize)> = None;
    for column in 0..hierarchies.len() {
        let mut without = hierarchies.to_vec();
        let (values, size) = (table.domains[column].len(), without[column].domain_size);
        let star =
            Level { name: STAR.into(), label_of: vec![0; values], labels: vec![Some(STAR.into())], sizes: vec![size] };
        without[column].levels = vec![star];
        let Some(lattice) = Lattice::new(without.iter().map(|h| h.levels.len()).collect()) else { continue };
        let bounds = Bounds::new(table, &without);
        let explored = explore(table, &without, &lattice, &bounds, &KAnonymity { k }, limit);
        checked += explored.checked;
        let Some(best) = explored.best else { continue };
        let found = found(table, &without, &KAnonymity { k }, lattice.levels(best.node), 0, 0);
        let others = found.column_loss.iter().sum::<f64>() - found.column_loss[column];
        if least.is_none_or(|(loss, _)| others < loss) {
            least = Some((others, column));
        }
    }
    let columns = (0..table.domains.len()).rev();
    let widest = || columns.max_by_key(|&column| table.domains[column].len()).unwrap_or(0);
    (least.map_or_else(widest, |(_, column)| column), checked)
}

/// Explores with keys as narrow as the columns allow: a lattice that is searched has at most 24 columns,
/// of which a word holds two or more.
fn explore<M: PrivacyModel>(
    table: &EquivalenceTable,
    hierarchies: &[Hierarchy],
    lattice: &Lattice,
    bounds: &Bounds,
    model: &M,
    limit: u64,
) -> Explored {
    debug_assert!(model.union() == Union::OfAny);
    macro_rules! with_words {
        ($words:literal) => {{
            let hubs = Hubs::<$words>::new(table, hierarchies, lattice);
            Explorer { lattice, bounds, hubs, model, limit, desks: Desks::default() }.explore()
        }};
    }
    match groups::fields(hierarchies).1 {
        1 => with_words!(1),
        2 => with_words!(2),
        3 | 4 => with_words!(4),
        _ => with_words!(12),
    }
}

/// Tells of the chosen levels what the table says, counted once more the plain way.
fn found(
    table: &EquivalenceTable,
    hierarchies: &[Hierarchy],
    model: &KAnonymity,
    levels: Vec<usize>,
    lattice_size: u128,
    nodes_checked: u64,
) -> Found {
    let classes = table.classes(hierarchies, &levels);
    let withheld: Vec<bool> =
        (0..classes.records.len()).map(|class| !model.holds(&Class::of(&classes, &[], class))).collect();
    let suppressed: Vec<bool> = classes.class_of.iter().map(|&class| withheld[class as usize]).collect();
    let suppressed_records = table.records.iter().zip(&suppressed).filter(|(_, s)| **s).map(|(n, _)| n).sum();
    let smallest_class = smallest_class(&classes, &suppressed);
    let recoding = Recoding { levels, suppressed };
    let loss = loss(table, hierarchies, &recoding);
    Found {
        recoding,
        loss: loss.total,
        column_loss: loss.columns,
        suppressed_records,
        classes: withheld.iter().filter(|withheld| !**withheld).count() as u64,
        smallest_class,
        lattice_size,
        nodes_checked,
    }
}
