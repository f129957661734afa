//! The search of a lattice that is too large to be searched whole: the best found, and a bound on what is not.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashMap;

use super::best::{Best, Candidate};
use super::counting::Cells;
use super::explore::Counter;
use super::goal::Budget;

/// Nodes are counted this many at a time. Fixed, so that the number of threads changes nothing.
const BATCH: usize = 64;

/// How many nodes the beam goes on from.
const BEAM: usize = 12;

/// Levels of all columns.
pub(super) type Levels = Box<[u16]>;

/// A search of a lattice of any size, in memory that grows with the nodes that are counted.
///
/// First a beam goes from the coarsest node to finer ones, from the best of each step. Then nodes are taken by
/// what they and all that is finer lose at least. Each node but the coarsest has one parent: the one that is a
/// level coarser in the last of its columns, in a fixed order, that is not at its coarsest. So all nodes below
/// a node leave the columns before its last one as they are, which gives a floor for them all; and all of them
/// withhold what it withholds at least. A branch whose floor is above the best is left out: a search that has
/// no branch left has found the optimum.
pub(super) struct Anytime<'a, C: Cells> {
    pub counter: &'a Counter<'a, C>,
    /// The coarsest level of each column.
    pub coarsest: Levels,
    /// The columns, those first whose levels matter most.
    pub order: Vec<usize>,
    pub budget: Budget<'a>,
    /// How many of the best are asked for.
    pub number: usize,
}

/// What was found.
pub(super) struct Explored {
    pub best: Vec<Candidate<Levels>>,
    pub checked: u64,
    /// What nodes that were not ruled out lose at least; `None` if there are none.
    pub open: Option<f64>,
}

/// Nodes whose branches are open: the floor of the branch, levels, and the place in the order of the first
/// column that may still be lowered.
type Branches = BinaryHeap<Reverse<(u64, Levels, usize)>>;

struct Notes {
    /// What counted nodes withhold at least.
    least: HashMap<Levels, u64>,
    best: Best<Levels>,
}

impl<C: Cells> Anytime<'_, C> {
    pub fn explore(&self) -> Explored {
        let mut notes = Notes { least: HashMap::new(), best: Best::new(self.number) };
        self.beam(&mut notes);
        let open = self.branch(&mut notes);
        Explored { best: notes.best.into_list(), checked: notes.least.len() as u64, open }
    }

    fn spent(&self, notes: &Notes) -> bool {
        self.budget.spent(notes.least.len() as u64)
    }

    /// Goes down from the coarsest node as long as a step makes the best better, or half the budget.
    fn beam(&self, notes: &mut Notes) {
        let half = Budget { nodes: self.budget.nodes.map(|most| most / 2), ..self.budget };
        let mut beam = vec![self.coarsest.clone()];
        self.count(beam.clone(), notes);
        while !beam.is_empty() && !half.spent(notes.least.len() as u64) {
            let mut next: Vec<Levels> = beam.iter().flat_map(|node| self.finer(node)).collect();
            next.sort_unstable();
            next.dedup();
            next.retain(|node| !notes.least.contains_key(node));
            let mut ranked = self.count(next, notes);
            ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
            beam = ranked.into_iter().take(BEAM).map(|(_, node)| node).collect();
        }
    }

    fn finer(&self, node: &Levels) -> impl Iterator<Item = Levels> {
        (0..node.len()).filter(|&column| node[column] > 0).map(|column| {
            let mut finer = node.clone();
            finer[column] -= 1;
            finer
        })
    }

    /// Counts nodes; tells those that a beam may go on from, with what ranks them.
    fn count(&self, nodes: Vec<Levels>, notes: &mut Notes) -> Vec<(f64, Levels)> {
        let nodes = nodes.into_iter().map(|node| (node.clone(), node.into_vec()));
        let mut ranked = Vec::new();
        for weighed in self.counter.weigh(nodes, &Best::new(1)) {
            let node = weighed.node;
            notes.least.insert(node.clone(), weighed.least);
            match weighed.candidate {
                Some(candidate) => {
                    ranked.push((candidate.value, node));
                    notes.best.offer(candidate);
                }
                None if weighed.least <= self.counter.rules.conditions.limit => ranked.push((f64::INFINITY, node)),
                None => {}
            }
        }
        ranked
    }

    /// Takes branches by their floors until none is left that may be better than the best, or the budget is
    /// spent; then tells the least floor of those left.
    fn branch(&self, notes: &mut Notes) -> Option<f64> {
        let mut branches = Branches::new();
        let root = self.coarsest.clone();
        self.grow(&root, 0, notes.least.get(&root).copied().unwrap_or(0), notes, &mut branches);
        loop {
            let batch: Vec<(u64, Levels, usize)> =
                std::iter::from_fn(|| branches.pop()).take(BATCH).map(|Reverse(branch)| branch).collect();
            let open = batch.first().map(|branch| f64::from_bits(branch.0));
            let open = open.filter(|_| self.may_improve(&batch[0], notes))?;
            if self.spent(notes) {
                return Some(open);
            }
            let unknown: Vec<Levels> =
                batch.iter().map(|branch| branch.1.clone()).filter(|node| !notes.least.contains_key(node)).collect();
            self.count(unknown, notes);
            for (_, node, from) in batch {
                let least = notes.least[&node];
                self.grow(&node, from, least, notes, &mut branches);
            }
        }
    }

    fn may_improve(&self, branch: &(u64, Levels, usize), notes: &Notes) -> bool {
        let floor = Candidate { value: f64::from_bits(branch.0), suppressed: 0, node: Levels::default() };
        notes.best.admits(&floor)
    }

    /// Adds the branches below a node that may hold something better than the best.
    fn grow(&self, node: &Levels, from: usize, least: u64, notes: &Notes, branches: &mut Branches) {
        if least > self.counter.rules.conditions.limit {
            return;
        }
        for (place, &column) in self.order.iter().enumerate().skip(from).filter(|&(_, &column)| node[column] > 0) {
            let mut child = node.clone();
            child[column] -= 1;
            let mut finest = child.clone();
            self.order[place..].iter().for_each(|&column| finest[column] = 0);
            let floor = self.counter.floor(Levels::default(), &finest, least);
            if notes.best.admits(&floor) {
                branches.push(Reverse((floor.value.max(0.0).to_bits(), child, place)));
            }
        }
    }
}
