//! Best-first search of the lattice of levels, exact.
//!
//! Nodes are taken in the order of a lower bound of their loss: that of generalization alone, which
//! suppression can only raise and which never falls from level to level. The first node whose bound is
//! not below the best loss ends the search. A node that must withhold too much is infeasible, and so is
//! every finer one: classes only merge on the way up, and a merged class has no fewer subjects than its
//! parts. So each infeasible node that was met is followed upwards, by bisection of one path, to a coarse
//! infeasible node that spares everything below it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::{Found, Goal, Outcome, Unreachable};
use crate::table::{EquivalenceTable, Hierarchy, Recoding};

/// Nodes counted at once; fixed, so that the result and the number of nodes do not depend on threads.
const BATCH: usize = 16;

/// Finds the recoding of least loss that reaches the goal.
///
/// Ties go to fewer suppressed records, then to the smaller levels in the order of the columns. The result
/// does not depend on the number of threads. Memory grows with combinations and with the open nodes.
pub fn optimal(table: &EquivalenceTable, hierarchies: &[Hierarchy], goal: &Goal) -> Outcome {
    let lattice = Lattice::new(table, hierarchies, goal.k);
    let limit = allowed(goal.suppression_limit, table.total_records());
    let mut state = State::default();
    let top: Vec<usize> = hierarchies.iter().map(Hierarchy::top).collect();
    let mut open = BinaryHeap::new();
    let bottom = vec![0; hierarchies.len()];
    open.push(Reverse((Bound(lattice.bound(&bottom)), bottom)));
    loop {
        let mut batch = Vec::new();
        while batch.len() < BATCH
            && let Some(Reverse((bound, levels))) = open.pop()
        {
            if state.best.as_ref().is_some_and(|best| bound.0 > best.loss) {
                open.clear();
                break;
            }
            successors(&levels, &top, |next| open.push(Reverse((Bound(lattice.bound(&next)), next))));
            if !state.hopeless(&levels) {
                batch.push(levels);
            }
        }
        if batch.is_empty() {
            break;
        }
        let counted: Vec<Counted> = batch.par_iter().map(|levels| lattice.count(levels)).collect();
        state.checked += counted.len() as u64;
        for (levels, counted) in batch.into_iter().zip(counted) {
            if counted.suppressed <= limit {
                state.offer(levels, &counted);
            } else if !state.hopeless(&levels) {
                state.climb(&lattice, levels, &top, limit);
            }
        }
    }
    match state.best {
        Some(best) => Outcome::Found(lattice.found(best, state.checked)),
        None => Outcome::Unreachable(unreachable(table, hierarchies, goal, state.checked, &lattice)),
    }
}

/// `floor(share × records)`; a product within 10⁻⁹ below a whole number counts as that number, so that
/// 0.04 × 100 is 4.
pub fn allowed(share: f64, records: u64) -> u64 {
    ((share * records as f64 + 1e-9).floor() as u64).min(records)
}

/// A bound with a total order.
#[derive(PartialEq)]
struct Bound(f64);

impl Eq for Bound {}

impl Ord for Bound {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Each node once: only columns from the last raised one on are raised.
fn successors(levels: &[usize], top: &[usize], mut push: impl FnMut(Vec<usize>)) {
    let last = levels.iter().rposition(|&level| level > 0).unwrap_or(0);
    for column in last..levels.len() {
        if levels[column] < top[column] {
            let mut next = levels.to_vec();
            next[column] += 1;
            push(next);
        }
    }
}

#[derive(Debug)]
struct Best {
    loss: f64,
    suppressed: u64,
    levels: Vec<usize>,
}

#[derive(Default)]
struct State {
    best: Option<Best>,
    /// Infeasible nodes: none finer than one of these is feasible.
    infeasible: Vec<Vec<usize>>,
    checked: u64,
}

impl State {
    fn hopeless(&self, levels: &[usize]) -> bool {
        self.infeasible.iter().any(|coarse| levels.iter().zip(coarse).all(|(l, c)| l <= c))
    }

    fn offer(&mut self, levels: Vec<usize>, counted: &Counted) {
        let better = self.best.as_ref().is_none_or(|best| {
            let order = counted.loss.total_cmp(&best.loss);
            order.then(counted.suppressed.cmp(&best.suppressed)).then_with(|| levels.cmp(&best.levels)).is_lt()
        });
        if better {
            self.best = Some(Best { loss: counted.loss, suppressed: counted.suppressed, levels });
        }
    }

    /// Finds a coarse infeasible node above `levels` by bisection of one path to the top.
    fn climb(&mut self, lattice: &Lattice, levels: Vec<usize>, top: &[usize], limit: u64) {
        let mut path = vec![levels];
        let mut column = 0;
        while let Some(last) = path.last().filter(|last| last.as_slice() != top) {
            let mut next = last.clone();
            while next[column % top.len()] == top[column % top.len()] {
                column += 1;
            }
            next[column % top.len()] += 1;
            column += 1;
            path.push(next);
        }
        let (mut infeasible, mut unknown) = (0, path.len());
        while unknown - infeasible > 1 {
            let middle = usize::midpoint(infeasible, unknown);
            let counted = lattice.count(&path[middle]);
            self.checked += 1;
            if counted.suppressed <= limit {
                self.offer(path[middle].clone(), &counted);
                unknown = middle;
            } else {
                infeasible = middle;
            }
        }
        let coarse = path.swap_remove(infeasible);
        self.infeasible.retain(|known| known.iter().zip(&coarse).any(|(k, c)| k > c));
        self.infeasible.push(coarse);
    }
}

/// The table made ready for counting nodes.
struct Lattice<'a> {
    table: &'a EquivalenceTable,
    hierarchies: &'a [Hierarchy],
    k: u64,
    /// `[column][level]`: Σ records × (m − 1).
    spread: Vec<Vec<u128>>,
    /// `[column]`: bit position of its label in a packed key.
    shift: Vec<u32>,
}

struct Counted {
    loss: f64,
    suppressed: u64,
}

impl<'a> Lattice<'a> {
    fn new(table: &'a EquivalenceTable, hierarchies: &'a [Hierarchy], k: u64) -> Self {
        let mut spread = Vec::new();
        let mut shift = Vec::new();
        let mut bits = 0;
        for (hierarchy, codes) in hierarchies.iter().zip(&table.codes) {
            let mut of_value = vec![0u128; hierarchy.levels[0].label_of.len()];
            codes.iter().zip(&table.records).for_each(|(&code, &records)| of_value[code as usize] += u128::from(records));
            let sum = |level: &crate::table::Level| {
                let m = |value: usize| u128::from(level.sizes[level.label_of[value] as usize].saturating_sub(1));
                of_value.iter().enumerate().map(|(value, &records)| records * m(value)).sum()
            };
            spread.push(hierarchy.levels.iter().map(sum).collect());
            shift.push(bits);
            let most = hierarchy.levels.iter().map(|level| level.labels.len()).max().unwrap_or(1);
            bits += usize::BITS - (most.max(2) - 1).leading_zeros();
        }
        Self { table, hierarchies, k, spread, shift }
    }

    /// `(d − 1)` of a column; `None` where nothing can be lost.
    fn range(&self, column: usize) -> Option<f64> {
        Some(self.hierarchies[column].domain_size).filter(|&d| d > 1).map(|d| (d - 1) as f64)
    }

    /// The loss of generalization alone.
    fn bound(&self, levels: &[usize]) -> f64 {
        let per_column = levels.iter().enumerate().map(|(column, &level)| (self.spread[column][level], 0));
        self.loss(per_column).0
    }

    /// The loss, and its part by column, from Σ records × (m − 1) and suppressed records per column.
    fn loss(&self, columns: impl Iterator<Item = (u128, u64)>) -> (f64, Vec<f64>) {
        let records = self.table.total_records().max(1) as f64;
        let part = |(column, (spread, suppressed)): (usize, (u128, u64))| match self.range(column) {
            None => 0.0,
            Some(range) => (spread as f64 / range + suppressed as f64) / records,
        };
        let parts: Vec<f64> = columns.enumerate().map(part).collect();
        (parts.iter().sum::<f64>() / parts.len().max(1) as f64, parts)
    }

    /// Which classes are too small, by combination.
    fn too_small(&self, levels: &[usize]) -> Vec<bool> {
        if self.shift.last().is_some_and(|&shift| shift > 96) {
            let classes = self.table.classes(self.hierarchies, levels);
            return classes.class_of.iter().map(|&class| classes.subjects[class as usize] < self.k).collect();
        }
        let maps: Vec<&[u32]> = self.hierarchies.iter().zip(levels).map(|(h, &l)| &h.levels[l].label_of[..]).collect();
        let mut keys = vec![0u128; self.table.combinations()];
        for ((map, codes), &shift) in maps.iter().zip(&self.table.codes).zip(&self.shift) {
            keys.iter_mut().zip(codes).for_each(|(key, &code)| *key |= u128::from(map[code as usize]) << shift);
        }
        let mut ids: HashMap<u128, u32> = HashMap::new();
        let mut subjects: Vec<u64> = Vec::new();
        let mut class_of = Vec::with_capacity(keys.len());
        for (key, &count) in keys.iter().zip(&self.table.subjects) {
            let id = *ids.entry(*key).or_insert_with(|| {
                subjects.push(0);
                subjects.len() as u32 - 1
            });
            subjects[id as usize] += count;
            class_of.push(id);
        }
        let mut touched = Vec::new();
        for (members, count) in self.table.spread.iter() {
            touched.clear();
            touched.extend(members.iter().map(|&member| class_of[member as usize]));
            touched.sort_unstable();
            touched.dedup();
            touched.iter().for_each(|&class| subjects[class as usize] += count);
        }
        class_of.into_iter().map(|class| subjects[class as usize] < self.k).collect()
    }

    fn count(&self, levels: &[usize]) -> Counted {
        let (loss, _, suppressed) = self.measure(levels, &self.too_small(levels));
        Counted { loss, suppressed }
    }

    /// Loss, its part by column, and suppressed records.
    fn measure(&self, levels: &[usize], withheld: &[bool]) -> (f64, Vec<f64>, u64) {
        let mut suppressed = 0;
        let mut spared = vec![0u128; levels.len()];
        for row in (0..withheld.len()).filter(|&row| withheld[row]) {
            let records = self.table.records[row];
            suppressed += records;
            for (column, spared) in spared.iter_mut().enumerate() {
                let level = &self.hierarchies[column].levels[levels[column]];
                let label = level.label_of[self.table.codes[column][row] as usize];
                *spared += u128::from(records) * u128::from(level.sizes[label as usize].saturating_sub(1));
            }
        }
        let columns = levels.iter().enumerate().map(|(column, &l)| (self.spread[column][l] - spared[column], suppressed));
        let (loss, parts) = self.loss(columns);
        (loss, parts, suppressed)
    }

    fn size(&self) -> u128 {
        self.hierarchies.iter().map(|hierarchy| hierarchy.levels.len() as u128).product()
    }

    fn found(&self, best: Best, nodes_checked: u64) -> Found {
        let withheld = self.too_small(&best.levels);
        let (loss, column_loss, suppressed_records) = self.measure(&best.levels, &withheld);
        let classes = self.table.classes(self.hierarchies, &best.levels);
        let kept: Vec<u64> = classes.subjects.iter().copied().filter(|&subjects| subjects >= self.k).collect();
        Found {
            recoding: Recoding { levels: best.levels, suppressed: withheld },
            loss,
            column_loss,
            suppressed_records,
            classes: kept.len() as u64,
            smallest_class: kept.iter().copied().min(),
            lattice_size: self.size(),
            nodes_checked,
        }
    }
}

/// What stands in the way: the best k is that of everything at `*`, one class of all subjects.
fn unreachable(
    table: &EquivalenceTable,
    hierarchies: &[Hierarchy],
    goal: &Goal,
    nodes_checked: u64,
    lattice: &Lattice,
) -> Unreachable {
    let top: Vec<usize> = hierarchies.iter().map(Hierarchy::top).collect();
    let classes = table.classes(hierarchies, &top);
    // within the limit the smallest classes may be withheld
    let mut sizes: Vec<(u64, u64)> = classes.subjects.iter().copied().zip(classes.records).collect();
    sizes.sort_unstable();
    let mut left = allowed(goal.suppression_limit, table.total_records());
    let mut best_k = 0;
    for (subjects, records) in sizes {
        best_k = subjects;
        if records > left {
            break;
        }
        left -= records;
    }
    let costliest_column = (0..hierarchies.len()).max_by_key(|&c| (table.domains[c].len(), Reverse(c))).unwrap_or(0);
    Unreachable { best_k, best_levels: top, costliest_column, lattice_size: lattice.size(), nodes_checked }
}
