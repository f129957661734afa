//! The search of a whole lattice: a quick descent for a good node, then the proof that no other is better.

use rayon::prelude::*;

use super::best::{Best, Candidate};
use super::counting::{Cells, Rules};
use super::hubs::{Hubs, Job};
use super::lattice::Lattice;

/// Nodes are counted this many at a time. Fixed, so that the number of threads changes nothing.
const BATCH: usize = 128;

/// A node, the records that it withholds at least, and its floor if it may be among the best.
type LookedAt = (usize, u64, Option<Candidate<usize>>);

/// Nodes whose floors are looked at by one thread at a time.
const LOOKED: usize = 256;

/// What counts and judges the nodes of one table under one goal.
pub(super) struct Counter<'a, C: Cells> {
    pub rules: &'a Rules<'a>,
    pub hubs: &'a Hubs<C>,
}

/// A counted node: what follows for finer ones, and the node itself if it is a solution and may be one of the
/// best.
pub(super) struct Weighed<N> {
    pub node: N,
    /// Records that every finer node withholds too, or [`super::judge::Judged::HOPELESS`].
    pub least: u64,
    pub candidate: Option<Candidate<N>>,
}

impl<C: Cells> Counter<'_, C> {
    pub fn weigh<N: Ord + Clone + Send + Sync>(
        &self,
        nodes: impl Iterator<Item = (N, Vec<u16>)>,
        best: &Best<N>,
    ) -> Vec<Weighed<N>> {
        let jobs = nodes.map(|(node, levels)| Job::new(node, levels)).collect();
        let asked = |job: &Job<N>, withheld| best.admits(&self.floor(job.node.clone(), &job.levels, withheld));
        let told = self.hubs.tell(jobs, self.rules, &asked);
        let weighed = told.into_iter().map(|(job, told)| {
            let candidate =
                told.solution.map(|(suppressed, value)| Candidate { value, suppressed, node: job.node.clone() });
            Weighed { node: job.node, least: told.least, candidate }
        });
        weighed.collect()
    }

    /// What the node is not better than if so many records or more are withheld.
    pub fn floor<N>(&self, node: N, levels: &[u16], withheld: u64) -> Candidate<N> {
        let value = match withheld {
            0 => self.rules.meter.floor(levels),
            _ => self.rules.meter.floor_withholding(levels, withheld),
        };
        Candidate { value, suppressed: withheld, node }
    }
}

/// One search of a whole lattice.
///
/// Records that some conditions withhold under a node are withheld under all finer nodes too. So the coarsest
/// nodes come first, and a node inherits from those above it the least number of records that it withholds, or
/// that no finer node is a solution. It need not be counted if that rules it out, or if its floor with that
/// many records withheld is above the best known.
pub(super) struct Explorer<'a, C: Cells> {
    pub lattice: &'a Lattice,
    pub counter: &'a Counter<'a, C>,
    /// How many of the best are asked for.
    pub number: usize,
}

struct Notes {
    /// What each node withholds at least, as known: see [`Weighed::least`].
    least: Vec<u64>,
    counted: Vec<bool>,
    checked: u64,
    best: Best<usize>,
}

impl<C: Cells> Explorer<'_, C> {
    /// The best nodes, and the number of nodes that were counted for it.
    pub fn explore(&self) -> (Vec<Candidate<usize>>, u64) {
        let size = self.lattice.size;
        let best = Best::new(self.number);
        let mut notes = Notes { least: vec![0; size], counted: vec![false; size], checked: 0, best };
        self.descend(&mut notes);
        for layer in self.lattice.layers().top_down() {
            self.prove(layer, &mut notes);
        }
        (notes.best.into_list(), notes.checked)
    }

    /// Steps from the top to the best finer neighbour as long as that makes it better.
    fn descend(&self, notes: &mut Notes) {
        self.count(&[self.lattice.top()], notes);
        while let Some(here) = notes.best.first().map(|best| best.node) {
            let levels = self.lattice.levels(here);
            let finer = self.lattice.finer(here, &levels);
            let next: Vec<usize> = finer.filter(|&node| !notes.counted[node]).collect();
            self.count(&next, notes);
            if notes.best.first().is_some_and(|best| best.node == here) {
                break;
            }
        }
    }

    /// Counts the nodes of a layer that may be among the best; all coarser layers are done.
    fn prove(&self, layer: &[u32], notes: &mut Notes) {
        let looked: Vec<Vec<LookedAt>> = layer.par_chunks(LOOKED).map(|nodes| self.look(nodes, notes)).collect();
        let mut open: Vec<Candidate<usize>> = Vec::new();
        for (node, least, floor) in looked.into_iter().flatten() {
            notes.least[node] = least;
            open.extend(floor);
        }
        open.sort_by(|a, b| a.value.total_cmp(&b.value).then(a.node.cmp(&b.node)));
        for batch in open.chunks(BATCH) {
            let batch = batch.iter().filter(|floor| notes.best.admits(floor)).map(|floor| floor.node);
            self.count(&batch.collect::<Vec<_>>(), notes);
        }
    }

    /// Tells of nodes that were not counted what they withhold at least, and their floors if they may be among
    /// the best; all coarser nodes are done.
    fn look(&self, nodes: &[u32], notes: &Notes) -> Vec<LookedAt> {
        let mut levels = self.lattice.levels(0);
        let look = |node: usize| {
            self.lattice.levels_into(node, &mut levels);
            let coarser = self.lattice.coarser(node, &levels);
            let least = coarser.map(|above| notes.least[above]).max().unwrap_or(0);
            if least > self.counter.rules.conditions.limit {
                return (node, least, None);
            }
            let mut floor = Some(self.counter.floor(node, &levels, 0)).filter(|floor| notes.best.admits(floor));
            if least > 0 && floor.is_some() {
                floor = Some(self.counter.floor(node, &levels, least)).filter(|floor| notes.best.admits(floor));
            }
            (node, least, floor)
        };
        nodes.iter().map(|&node| node as usize).filter(|&node| !notes.counted[node]).map(look).collect()
    }

    fn count(&self, nodes: &[usize], notes: &mut Notes) {
        let nodes = nodes.iter().map(|&node| (node, self.lattice.levels(node)));
        for weighed in self.counter.weigh(nodes, &notes.best) {
            notes.counted[weighed.node] = true;
            notes.least[weighed.node] = weighed.least;
            notes.checked += 1;
            weighed.candidate.into_iter().for_each(|candidate| notes.best.offer(candidate));
        }
    }
}
