//! The search itself: a quick descent for a good node, then the proof that no other is better.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::bound::Bounds;
use super::groups::{Group, Groups, Scratch};
use super::hubs::Hubs;
use super::lattice::Lattice;
use crate::privacy::{Class, PrivacyModel};

/// Nodes are counted this many at a time. Fixed, so that the number of threads changes nothing.
const BATCH: usize = 128;

/// A node that keeps the limit. Less is better: loss, then records withheld, then levels.
///
/// Losses are compared to 10⁻¹², coarser than what summing in another order changes: ties are ties.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub loss: f64,
    pub suppressed: u64,
    pub node: usize,
}

impl Candidate {
    fn rank(self) -> (u64, u64, usize) {
        ((self.loss * 1e12).round() as u64, self.suppressed, self.node)
    }
}

/// What was found and how much of the lattice was counted for it.
pub(super) struct Explored {
    pub best: Option<Candidate>,
    pub checked: u64,
}

/// One search over one table. The model must be monotone.
///
/// Then what a node withholds, all finer nodes withhold too. So the coarsest nodes come first, and a node
/// inherits from those above it the least number of records that it withholds. It need not be counted if
/// that number breaks the limit, or if its loss with that many of the cheapest records withheld is above
/// the best known.
pub(super) struct Explorer<'a, M, const W: usize> {
    pub lattice: &'a Lattice,
    pub bounds: &'a Bounds,
    pub hubs: Hubs<'a, W>,
    pub model: &'a M,
    /// Most records that may be withheld.
    pub limit: u64,
    pub desks: Desks<W>,
}

/// Memory that one count leaves to the next.
#[derive(Default)]
pub(super) struct Desks<const W: usize>(Mutex<Vec<(Scratch, Groups<W>)>>);

impl<const W: usize> Desks<W> {
    fn take(&self) -> (Scratch, Groups<W>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give(&self, desk: (Scratch, Groups<W>)) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(desk);
    }
}

struct Notes {
    /// The least number of records that each node withholds, as known.
    withheld: Vec<u64>,
    counted: Vec<bool>,
    checked: u64,
    best: Option<Candidate>,
}

impl<M: PrivacyModel, const W: usize> Explorer<'_, M, W> {
    pub fn explore(&self) -> Explored {
        let size = self.lattice.size;
        let mut notes = Notes { withheld: vec![0; size], counted: vec![false; size], checked: 0, best: None };
        self.descend(&mut notes);
        for layer in self.lattice.layers().iter().rev() {
            self.prove(layer, &mut notes);
        }
        Explored { best: notes.best, checked: notes.checked }
    }

    /// Steps from the top to the best finer neighbour as long as that makes it better.
    fn descend(&self, notes: &mut Notes) {
        self.count(&[self.lattice.top()], notes);
        while let Some(here) = notes.best {
            let next: Vec<usize> = self.lattice.finer(here.node).filter(|&node| !notes.counted[node]).collect();
            self.count(&next, notes);
            if notes.best == Some(here) {
                break;
            }
        }
    }

    /// Counts the nodes of a layer that may be better than the best; all coarser layers are done.
    fn prove(&self, layer: &[u32], notes: &mut Notes) {
        let mut open: Vec<Candidate> = Vec::new();
        for &node in layer {
            let node = node as usize;
            if notes.counted[node] {
                continue;
            }
            let withheld = self.lattice.coarser(node).map(|above| notes.withheld[above]).max().unwrap_or(0);
            notes.withheld[node] = withheld;
            if withheld <= self.limit
                && let Some(least) = self.least(node, withheld, notes.best)
            {
                open.push(least);
            }
        }
        open.sort_by(|a, b| a.loss.total_cmp(&b.loss).then(a.node.cmp(&b.node)));
        for batch in open.chunks(BATCH) {
            let batch = batch.iter().filter(|&&least| improves(least, notes.best)).map(|least| least.node);
            let mut batch: Vec<usize> = batch.collect();
            batch.sort_by_cached_key(|&node| self.hubs.way(node));
            self.count(&batch, notes);
        }
    }

    /// The least that a node loses with this many records withheld; `None` if that is no improvement.
    fn least(&self, node: usize, withheld: u64, best: Option<Candidate>) -> Option<Candidate> {
        let levels = || (0..self.lattice.columns()).map(|column| self.lattice.level(node, column));
        let loss = self.bounds.generalization(levels());
        improves(Candidate { loss, suppressed: withheld, node }, best).then_some(())?;
        let least = Candidate { loss: self.bounds.withholding(levels(), withheld), suppressed: withheld, node };
        improves(least, best).then_some(least)
    }

    fn count(&self, nodes: &[usize], notes: &mut Notes) {
        let best = notes.best;
        let count = |&node: &usize| {
            let (mut scratch, mut groups) = self.desks.take();
            self.hubs.count(node, &mut groups, &mut scratch);
            let weighed = self.weigh(node, &mut groups, best);
            self.desks.give((scratch, groups));
            weighed
        };
        let counted: Vec<(u64, Option<Candidate>)> = nodes.par_iter().map(count).collect();
        for (&node, (withheld, candidate)) in nodes.iter().zip(counted) {
            notes.counted[node] = true;
            notes.withheld[node] = withheld;
            notes.checked += 1;
            if let Some(candidate) = candidate
                && improves(candidate, notes.best)
            {
                notes.best = Some(candidate);
            }
        }
    }

    /// How many records a node withholds, and its exact loss if it is within the limit and an improvement.
    fn weigh(&self, node: usize, groups: &mut Groups<W>, best: Option<Candidate>) -> (u64, Option<Candidate>) {
        groups.spread_subjects();
        let small = |g: &&Group<W>| !self.model.holds(&Class::sized(g.records, g.subjects));
        let small: Vec<&Group<W>> = groups.list.iter().filter(small).collect();
        let withheld = small.iter().map(|group| group.records).sum();
        if withheld > self.limit || self.least(node, withheld, best).is_none() {
            return (withheld, None);
        }
        let mut costs = vec![0_u128; self.lattice.columns()];
        for (column, cost) in costs.iter_mut().enumerate() {
            let (field, sizes) = (self.hubs.fields[column], self.hubs.sizes(node, column));
            let domain_size = self.bounds.domain_size(column);
            for group in &small {
                let shared = sizes[field.get(&group.key) as usize];
                *cost += u128::from(group.records) * u128::from(domain_size.saturating_sub(shared));
            }
        }
        let levels = (0..self.lattice.columns()).map(|column| self.lattice.level(node, column));
        let loss = self.bounds.exact(levels, &costs);
        (withheld, Some(Candidate { loss, suppressed: withheld, node }))
    }
}

fn improves(candidate: Candidate, best: Option<Candidate>) -> bool {
    best.is_none_or(|best| candidate.rank() < best.rank())
}
