//! Where classes are counted from: finer ones that were counted before.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::counting::{Cells, Change, Column, Rules, Told, Way};
use super::groups::Field;
use crate::table::{EquivalenceTable, Hierarchy};

/// Counted nodes that others are rolled up from.
///
/// All nodes stand on a fixed way from level 0: it raises one column after the other, those that merge most
/// first, so that many nodes share its beginning. Where the ways of several nodes part, the node there is
/// counted first and kept. What is kept changes time, not results.
pub(super) struct Hubs<C: Cells> {
    /// Columns, those whose values differ most first: raised early, they merge most.
    pub order: Vec<usize>,
    fields: Vec<Field>,
    columns: Vec<Labels>,
    finest: Arc<Hub<C>>,
    kept: RwLock<Kept<C>>,
    desks: Mutex<Vec<C::Desk>>,
}

/// The labels of one column.
struct Labels {
    /// How many each level has.
    numbers: Vec<usize>,
    /// `[from][to - from - 1]`: from level to coarser level.
    steps: Vec<Vec<Step>>,
}

/// Per label at one level.
struct Step {
    /// The label at the coarser level.
    coarser: Vec<u32>,
    /// What to flip in a key for it.
    flips: Vec<u64>,
}

struct Kept<C> {
    hubs: HashMap<Vec<u16>, Arc<Hub<C>>>,
    bytes: usize,
}

struct Hub<C> {
    levels: Vec<u16>,
    cells: C,
}

/// Beyond this, hubs are counted again instead of kept.
const MOST_BYTES: usize = 512 << 20;

/// Fewer visits of cells than this are not shared among threads.
const FEW: usize = 20_000;

/// A node to be counted, and what it was found to be.
pub(super) struct Job<N> {
    pub node: N,
    pub levels: Vec<u16>,
    told: Option<Told>,
}

impl<N> Job<N> {
    pub fn new(node: N, levels: Vec<u16>) -> Self {
        Self { node, levels, told: None }
    }
}

impl<C: Cells> Hubs<C> {
    /// `fields` are at least those of the quasi columns, `finest` the cells under level 0 of all of them.
    pub fn new(table: &EquivalenceTable, hierarchies: &[Hierarchy], fields: &[Field], finest: C) -> Self {
        let spread: Vec<f64> = table.codes.par_iter().zip(hierarchies).map(|(codes, h)| entropy(codes, h)).collect();
        let mut order: Vec<usize> = (0..hierarchies.len()).collect();
        order.sort_by(|&a, &b| spread[b].total_cmp(&spread[a]));
        let columns = hierarchies.iter().zip(fields).map(|(hierarchy, field)| Labels::new(hierarchy, field)).collect();
        let finest = Arc::new(Hub { levels: vec![0; hierarchies.len()], cells: finest });
        let kept = RwLock::new(Kept { hubs: HashMap::new(), bytes: 0 });
        Self { order, fields: fields.to_vec(), columns, finest, kept, desks: Mutex::default() }
    }

    /// Counts and judges nodes, and measures solutions where `asked` says so of a node and the number of its
    /// withheld records.
    pub fn tell<N: Send + Sync>(
        &self,
        mut jobs: Vec<Job<N>>,
        rules: &Rules,
        asked: &(impl Fn(&Job<N>, u64) -> bool + Sync),
    ) -> Vec<(Job<N>, Told)> {
        jobs.sort_by(|a, b| {
            let way = |job: &Job<N>, column: &usize| job.levels[*column];
            self.order.iter().map(|column| way(a, column)).cmp(self.order.iter().map(|column| way(b, column)))
        });
        self.walk(&mut jobs, 0, &self.finest, rules, asked);
        jobs.into_iter().filter_map(|job| job.told.map(|told| (job, told))).collect()
    }

    /// Counts jobs that agree in the first columns of the way, from a hub that has at most their levels there
    /// and level 0 in all others.
    fn walk<N: Send + Sync>(
        &self,
        jobs: &mut [Job<N>],
        mut place: usize,
        hub: &Arc<Hub<C>>,
        rules: &Rules,
        asked: &(impl Fn(&Job<N>, u64) -> bool + Sync),
    ) {
        let mut hub = hub.clone();
        let mut here = hub.levels.clone();
        let (Some(first), Some(last)) = (jobs.first(), jobs.last()) else { return };
        // sorted, so that what the ends have in common all have
        while let Some(&column) = self.order.get(place).filter(|&&c| first.levels[c] == last.levels[c]) {
            place += 1;
            if first.levels[column] > 0 {
                here[column] = first.levels[column];
                hub = self.known(&here).unwrap_or(hub);
            }
        }
        if place == self.order.len() {
            for job in jobs {
                job.told = Some(self.tell_one(job, &hub, rules, asked));
            }
            return;
        }
        if here != hub.levels {
            hub = self.made(here, &hub);
        }
        let column = self.order[place];
        let visits = hub.cells.number() * jobs.len();
        let branches = jobs.chunk_by_mut(|a, b| a.levels[column] == b.levels[column]);
        if visits < FEW {
            branches.for_each(|branch| self.walk(branch, place, &hub, rules, asked));
        } else {
            let mut branches: Vec<&mut [Job<N>]> = branches.collect();
            branches.par_iter_mut().for_each(|branch| self.walk(branch, place, &hub, rules, asked));
        }
    }

    fn tell_one<N>(&self, job: &Job<N>, hub: &Hub<C>, rules: &Rules, asked: &impl Fn(&Job<N>, u64) -> bool) -> Told {
        let mut desk = self.desk();
        let way = self.way(&hub.levels, &job.levels);
        let told = hub.cells.tell(&way, &job.levels, rules, &mut desk, &|withheld| asked(job, withheld));
        self.leave(desk);
        told
    }

    fn known(&self, levels: &[u16]) -> Option<Arc<Hub<C>>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).hubs.get(levels).cloned()
    }

    fn made(&self, levels: Vec<u16>, from: &Hub<C>) -> Arc<Hub<C>> {
        let mut desk = self.desk();
        let cells = from.cells.raised(&self.way(&from.levels, &levels), &mut desk);
        self.leave(desk);
        let hub = Arc::new(Hub { levels, cells });
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + hub.cells.bytes() <= MOST_BYTES {
            kept.bytes += hub.cells.bytes();
            kept.hubs.insert(hub.levels.clone(), hub.clone());
        }
        hub
    }

    fn way(&self, from: &[u16], to: &[u16]) -> Way<'_> {
        let mut way = Way { columns: Vec::with_capacity(to.len()), changes: Vec::new() };
        for (column, (labels, &field)) in self.columns.iter().zip(&self.fields).enumerate() {
            let (from, to) = (usize::from(from[column]), usize::from(to[column]));
            let step = (from < to).then(|| &labels.steps[from][to - from - 1]);
            let coarser = step.map(|step| &step.coarser[..]);
            way.columns.push(Column { field, labels: (labels.numbers[from], labels.numbers[to]), coarser });
            way.changes.extend(step.map(|step| Change { field, flips: &step.flips }));
        }
        way
    }

    fn desk(&self) -> C::Desk {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn leave(&self, desk: C::Desk) {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner).push(desk);
    }
}

/// How much the values of a column differ from combination to combination, in nats.
fn entropy(codes: &[u32], hierarchy: &Hierarchy) -> f64 {
    let mut counts = vec![0_u64; hierarchy.levels[0].label_of.len()];
    codes.iter().for_each(|&code| counts[code as usize] += 1);
    let share = |&count: &u64| count as f64 / codes.len() as f64;
    counts.iter().filter(|&&count| count > 0).map(share).map(|p| -p * p.ln()).sum()
}

impl Labels {
    fn new(hierarchy: &Hierarchy, field: &Field) -> Self {
        let step = |from: usize, to: usize| {
            let (from, to) = (&hierarchy.levels[from], &hierarchy.levels[to]);
            let mut coarser = vec![0; from.labels.len()];
            for (&below, &above) in from.label_of.iter().zip(&to.label_of) {
                coarser[below as usize] = above;
            }
            let flips = coarser.iter().enumerate().map(|(below, &above)| field.flip(below as u32, above)).collect();
            Step { coarser, flips }
        };
        let levels = hierarchy.levels.len();
        Self {
            numbers: hierarchy.levels.iter().map(|level| level.labels.len()).collect(),
            steps: (0..levels).map(|from| (from + 1..levels).map(|to| step(from, to)).collect()).collect(),
        }
    }
}
