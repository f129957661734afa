//! What re-linking found.

use std::collections::HashSet;

use super::{Alternative, Known, Relink, SubsetHits, except, instead, quasi};
use crate::risk::attack::{AttackOutcome, Looked, Sampling};
use crate::risk::separation;

/// So many of the worst sets are told.
const WORST: usize = 10;

/// Which source records the attacker found, and by what.
#[derive(Debug, Clone, PartialEq)]
pub struct Relinked {
    pub columns: Vec<Known>,
    /// Records attacked.
    pub targets: u64,
    /// Of these, records that small sets of columns were tried on.
    pub subset_targets: u64,
    /// Small sets that were tried: all of at most so many columns.
    pub sets: u128,
    /// Released rows; every one was compared.
    pub released: u64,
    /// Indexes of records that exactly one released row equals in all quasi columns.
    pub by_quasi: Vec<u32>,
    /// The same in all columns.
    pub by_all: Vec<u32>,
    /// By column, records that all other columns find: the fewer, the more rests on the column.
    pub without: Vec<u64>,
    /// Indexes of records that at least one small set singles out.
    pub by_subsets: Vec<u32>,
    /// The sets that single out most, worst first; none that another one here makes superfluous.
    pub worst: Vec<SubsetHits>,
    pub repaired: Vec<Repaired>,
}

/// What a coarser column would change. Counts are of the records attacked, not of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// Such as `round to 50`.
    pub change: String,
    pub column: String,
    /// Records found by the quasi columns, before and after; absent where the column is no quasi column.
    pub by_quasi: Option<(u64, u64)>,
    /// By all columns.
    pub by_all: (u64, u64),
    /// By some small set.
    pub by_subsets: (u64, u64),
}

impl Relink {
    /// Ends the attack.
    pub fn finish(self) -> Relinked {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let quasi = quasi(&self.columns);
        let whole = self.whole.hits(&self.own);
        let subsets = self.subsets.hits(&self.own);
        let (by_quasi, by_all, by_subsets) = (of(&whole, &quasi), of(&whole, &all), union(&subsets));
        let repaired = |Alternative { coarser, place, whole, subsets: with }: &Alternative| {
            let whole = whole.hits(&self.own);
            let after = |set: &[usize]| {
                let mut set = instead(set.to_vec(), coarser.column, *place);
                set.sort_unstable();
                of(&whole, &set).len() as u64
            };
            let apart = |set: &&SubsetHits| !set.columns.contains(&coarser.column);
            let mut sets: Vec<SubsetHits> = subsets.iter().filter(apart).cloned().collect();
            sets.extend(with.hits(&self.own));
            let is_quasi = quasi.contains(&coarser.column);
            Repaired {
                change: coarser.name.clone(),
                column: self.columns[coarser.column].name.clone(),
                by_quasi: is_quasi.then(|| (by_quasi.len() as u64, after(&quasi))),
                by_all: (by_all.len() as u64, after(&all)),
                by_subsets: (by_subsets.len() as u64, union(&sets).len() as u64),
            }
        };
        Relinked {
            targets: self.targets as u64,
            subset_targets: self.targets.min(self.bounds.targets(self.columns.len())) as u64,
            sets: separation::sets(self.columns.len(), self.bounds.largest),
            released: self.released,
            without: all.iter().map(|&out| of(&whole, &except(&all, out)).len() as u64).collect(),
            repaired: self.coarser.iter().map(repaired).collect(),
            worst: worst(subsets),
            by_quasi,
            by_all,
            by_subsets,
            columns: self.columns,
        }
    }
}

impl Relinked {
    /// `relink_quasi` (where there are quasi columns), `relink_measures` (where there are others) and
    /// `relink_subsets`, without limits.
    ///
    /// `source_rows` are all rows that the records were sampled from; `subjects`, where known, names the subject
    /// of each record.
    pub fn outcomes(&self, source_rows: u64, subjects: Option<&[u64]>) -> Vec<AttackOutcome> {
        let outcome = |id, found: &[u32], trials: u64, columns: Vec<usize>| {
            let sampling = Sampling {
                source: Looked { rows: trials, of: source_rows },
                released: Looked { rows: self.released, of: self.released },
            };
            let names = columns.iter().map(|&column| self.columns[column].name.as_str());
            let outcome = AttackOutcome::new(id, found.len() as u64, trials, None).on(names).sampled(sampling);
            let Some(subjects) = subjects else { return outcome };
            let hit: HashSet<u64> = found.iter().filter_map(|&t| subjects.get(t as usize).copied()).collect();
            outcome.subjects(hit.len() as u64)
        };
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let quasi = quasi(&self.columns);
        let mut outcomes = Vec::new();
        if !quasi.is_empty() {
            outcomes.push(outcome("relink_quasi", &self.by_quasi, self.targets, quasi.clone()));
        }
        if quasi.len() < all.len() {
            outcomes.push(outcome("relink_measures", &self.by_all, self.targets, all));
        }
        let worst = self.worst.first().map(|set| set.columns.clone()).unwrap_or_default();
        outcomes.push(outcome("relink_subsets", &self.by_subsets, self.subset_targets, worst));
        outcomes
    }

    /// The column that finding records by all columns rests on most, and how many are found without it. `None`
    /// where nobody is found, or every column can be missed.
    pub fn most_telling(&self) -> Option<(&str, u64)> {
        let (column, &left) = self.without.iter().enumerate().min_by_key(|(_, left)| **left)?;
        (left < self.by_all.len() as u64).then(|| (self.columns[column].name.as_str(), left))
    }
}

impl Repaired {
    /// `round to 50 in column kwh: re-linkable records fall from 821 to 0 of 10,000 attacked`, of records found by
    /// all columns.
    pub fn sentence(&self, targets: u64) -> String {
        let (before, after) = self.by_all;
        format!(
            "{} in column `{}`: re-linkable records fall from {before} to {after} of {targets} attacked",
            self.change, self.column
        )
    }
}

/// The targets that these columns single out; none for no columns.
fn of(sets: &[SubsetHits], columns: &[usize]) -> Vec<u32> {
    sets.iter().find(|set| set.columns == columns).map(|set| set.targets.clone()).unwrap_or_default()
}

fn union(sets: &[SubsetHits]) -> Vec<u32> {
    let mut all: Vec<u32> = sets.iter().flat_map(|set| set.targets.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Most targets first, small sets before large ones; a set with more columns than one already listed must single
/// out more than it.
fn worst(mut sets: Vec<SubsetHits>) -> Vec<SubsetHits> {
    sets.sort_by(|a, b| b.targets.len().cmp(&a.targets.len()).then_with(|| a.columns.len().cmp(&b.columns.len())));
    let mut listed: Vec<SubsetHits> = Vec::new();
    for set in sets {
        let within = |other: &SubsetHits| other.columns.iter().all(|column| set.columns.contains(column));
        if !listed.iter().any(within) {
            listed.push(set);
        }
        if listed.len() == WORST {
            break;
        }
    }
    listed
}
