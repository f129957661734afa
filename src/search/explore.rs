//! The search of a whole lattice: a quick descent for a good node, then the proof that no other is better.

use rayon::prelude::*;

use super::best::{Best, Candidate};
use super::desk::{Desks, Values};
use super::groups::Key;
use super::hubs::Hubs;
use super::judge::Conditions;
use super::lattice::Lattice;
use super::meter::{Counted, Meter};

/// Nodes are counted this many at a time. Fixed, so that the number of threads changes nothing.
const BATCH: usize = 128;

/// What counts and judges the nodes of one table under one goal.
pub(super) struct Counter<'a, const W: usize> {
    pub meter: &'a Meter,
    pub hubs: &'a Hubs<'a, W>,
    pub conditions: &'a Conditions<'a>,
    pub values: &'a Values,
    pub quasi: Key<W>,
    pub desks: &'a Desks<W>,
}

/// A counted node: what follows for finer ones, and the node itself if it is a solution and may be one of the
/// best.
pub(super) struct Weighed<N> {
    /// Records that every finer node withholds too, or [`super::judge::Judged::HOPELESS`].
    pub least: u64,
    pub candidate: Option<Candidate<N>>,
}

impl<const W: usize> Counter<'_, W> {
    pub fn weigh<N: Ord>(&self, node: N, levels: &[u16], best: &Best<N>) -> Weighed<N> {
        let mut desk = self.desks.take();
        self.hubs.count(levels, &mut desk.groups, &mut desk.scratch);
        let judged = desk.judge(self.conditions, &self.quasi, self.values);
        let mut candidate = judged.withheld.map(|suppressed| self.floor(node, levels, suppressed));
        candidate = candidate.filter(|floor| best.admits(floor));
        if let Some(candidate) = &mut candidate {
            candidate.value = self.meter.value(&Counted {
                levels,
                fields: &self.hubs.fields,
                classes: desk.classes(self.conditions),
                withheld: &desk.withheld,
                withheld_records: candidate.suppressed,
            });
        }
        self.desks.give(desk);
        Weighed { least: judged.least, candidate }
    }

    /// What the node is not better than if so many records or more are withheld.
    pub fn floor<N>(&self, node: N, levels: &[u16], withheld: u64) -> Candidate<N> {
        let value = match withheld {
            0 => self.meter.floor(levels),
            _ => self.meter.floor_withholding(levels, withheld),
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
pub(super) struct Explorer<'a, const W: usize> {
    pub lattice: &'a Lattice,
    pub counter: &'a Counter<'a, W>,
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

impl<const W: usize> Explorer<'_, W> {
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
        let mut levels = self.lattice.levels(0);
        let mut open: Vec<Candidate<usize>> = Vec::new();
        for &node in layer {
            let node = node as usize;
            if notes.counted[node] {
                continue;
            }
            self.lattice.levels_into(node, &mut levels);
            let coarser = self.lattice.coarser(node, &levels);
            let least = coarser.map(|above| notes.least[above]).max().unwrap_or(0);
            notes.least[node] = least;
            if least > self.counter.conditions.limit {
                continue;
            }
            let mut floor = self.counter.floor(node, &levels, 0);
            if least > 0 && notes.best.admits(&floor) {
                floor = self.counter.floor(node, &levels, least);
            }
            if notes.best.admits(&floor) {
                open.push(floor);
            }
        }
        open.sort_by(|a, b| a.value.total_cmp(&b.value).then(a.node.cmp(&b.node)));
        for batch in open.chunks(BATCH) {
            let batch = batch.iter().filter(|floor| notes.best.admits(floor)).map(|floor| floor.node);
            let mut batch: Vec<usize> = batch.collect();
            batch.sort_by_cached_key(|&node| self.counter.hubs.way(&self.lattice.levels(node)));
            self.count(&batch, notes);
        }
    }

    fn count(&self, nodes: &[usize], notes: &mut Notes) {
        let weigh = |&node: &usize| self.counter.weigh(node, &self.lattice.levels(node), &notes.best);
        let weighed: Vec<Weighed<usize>> = nodes.par_iter().map(weigh).collect();
        for (&node, weighed) in nodes.iter().zip(weighed) {
            notes.counted[node] = true;
            notes.least[node] = weighed.least;
            notes.checked += 1;
            weighed.candidate.into_iter().for_each(|candidate| notes.best.offer(candidate));
        }
    }
}
