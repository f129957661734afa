//! Makes a set of classes better: units change places, classes are cut anew with their neighbours.

use rayon::prelude::*;

use super::class::{Class, Edges, total};
use super::nearest::{Joining, Nearest};
use super::problem::Problem;
use super::recut;

/// In place of a class: withheld.
pub(super) const OUT: u32 = u32::MAX;
/// In place of a class: one of its own.
const NEW: u32 = u32::MAX - 1;
/// Rounds are made until they gain less than this part, or this many.
const GAIN: f64 = 1e-3;
const ROUNDS: usize = 12;
/// Classes of more units are not taken apart unit by unit.
const TAKEN_APART: usize = 32;

/// All units, each in a class or withheld.
pub(super) struct State<'a> {
    pub problem: &'a Problem<'a>,
    pub classes: Vec<Class>,
    /// Per unit its class, or [`OUT`].
    pub class_of: Vec<u32>,
    /// Most records that may be withheld, and that may be besides those that are.
    pub limit: u64,
    pub may_go: u64,
}

/// A change of places, and what it gains.
struct Move {
    gain: f64,
    unit: u32,
    from: u32,
    to: u32,
}

/// Units that leave a class for others, all together.
struct Leave {
    gain: f64,
    from: u32,
    to: Vec<(u32, u32)>,
}

impl<'a> State<'a> {
    /// Units that are in no class are withheld; `limit` says how many records may be.
    pub fn new(problem: &'a Problem<'a>, classes: Vec<Class>, limit: u64) -> Self {
        let mut state = Self { problem, classes, class_of: vec![OUT; problem.units.len()], limit, may_go: limit };
        state.renumber();
        let out = state.out().map(|unit| problem.units[unit as usize].records).sum();
        state.may_go = limit.saturating_sub(out);
        state
    }

    /// Withheld units.
    pub fn out(&self) -> impl Iterator<Item = u32> {
        (0..self.class_of.len() as u32).filter(|&unit| self.class_of[unit as usize] == OUT)
    }

    /// What all records cost.
    pub fn total(&self) -> f64 {
        let out = self.out().map(|unit| total(self.problem.withheld, self.problem.units[unit as usize].records));
        self.classes.iter().map(Class::total).sum::<f64>() + out.sum::<f64>()
    }

    /// Rounds of all kinds of changes, as long as they are worth it.
    pub fn improve(&mut self) {
        let grows = self.problem.judge.grows();
        for _ in 0..ROUNDS {
            let before = self.total();
            self.classes.iter_mut().for_each(|class| class.age += 1);
            if grows {
                self.recut(0);
            }
            self.moves();
            if grows {
                self.leaves();
                self.recut(recut::NEIGHBOURS);
            }
            if before - self.total() <= GAIN * before {
                break;
            }
        }
    }

    /// Drops empty classes.
    pub fn renumber(&mut self) {
        self.classes.retain(|class| !class.members.is_empty());
        for (id, class) in self.classes.iter().enumerate() {
            class.members.iter().for_each(|&unit| self.class_of[unit as usize] = id as u32);
        }
    }

    pub fn nearest(&self) -> Nearest {
        Nearest::new(self.problem, &self.classes, (0..self.classes.len() as u32).collect())
    }

    /// Puts classes in the place of others.
    pub fn replace(&mut self, old: &[u32], new: Vec<Class>) {
        let mut free = old.iter();
        for class in new {
            let id = free.next().copied().unwrap_or(self.classes.len() as u32);
            class.members.iter().for_each(|&unit| self.class_of[unit as usize] = id);
            match self.classes.get_mut(id as usize) {
                Some(place) => *place = class,
                None => self.classes.push(class),
            }
        }
        free.for_each(|&id| self.classes[id as usize].members.clear());
    }

    /// Every unit that may goes where it costs less together with those that are there.
    pub fn moves(&mut self) {
        self.renumber();
        let nearest = self.nearest();
        let ids = 0..self.classes.len() as u32;
        let mut moves: Vec<Move> = ids.into_par_iter().flat_map_iter(|id| self.moves_from(id, &nearest)).collect();
        let out: Vec<u32> = self.out().collect();
        moves.par_extend(out.into_par_iter().filter_map(|unit| {
            let gain = total(self.problem.withheld, self.problem.units[unit as usize].records);
            self.target(unit, OUT, gain, &nearest)
        }));
        moves.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.unit.cmp(&b.unit)));
        for change in moves {
            self.make(&change);
        }
    }

    fn moves_from(&self, id: u32, nearest: &Nearest) -> Vec<Move> {
        let class = &self.classes[id as usize];
        if class.cost == 0 || class.members.len() < 2 {
            return Vec::new();
        }
        let edges = Edges::new(self.problem, class);
        let from = |&unit: &u32| {
            let counts = &self.problem.units[unit as usize];
            let cost = edges.cost_without(self.problem, self.problem.places(unit));
            let gain = class.total() - total(cost, class.records() - counts.records);
            let stays = gain >= 1.0 && self.problem.judge.holds(&self.problem.minus(&class.counts, counts));
            if stays { self.target(unit, id, gain, nearest) } else { None }
        };
        class.members.iter().filter_map(from).collect()
    }

    /// Where a unit costs less than it gains by leaving.
    fn target(&self, unit: u32, from: u32, gain: f64, nearest: &Nearest) -> Option<Move> {
        let counts = &self.problem.units[unit as usize];
        let places = self.problem.places(unit);
        let mut best = (gain - 1.0, None);
        let alone = total(self.problem.cost(places, places), counts.records);
        if alone < best.0 && self.problem.judge.holds(counts) {
            best = (alone, Some(NEW));
        }
        let out = total(self.problem.withheld, counts.records);
        if from != OUT && out < best.0 && counts.records > 0 && counts.records <= self.may_go {
            best = (out, Some(OUT));
        }
        let joining = Joining { low: places, high: places, records: counts.records, cost: 0, own: from };
        let accepts = |id: u32| self.problem.judge.holds(&self.problem.plus(&self.classes[id as usize].counts, counts));
        if let Some((cost, id)) = nearest.first(self.problem, &joining, best.0, accepts) {
            best = (cost, Some(id));
        }
        best.1.map(|to| Move { gain: gain - best.0, unit, from, to })
    }

    /// Makes a move if it still may be made, and gains.
    fn make(&mut self, change: &Move) {
        let Move { unit, from, to, .. } = *change;
        let counts = &self.problem.units[unit as usize];
        if self.class_of[unit as usize] != from {
            return;
        }
        let (left, before) = if from == OUT {
            (None, total(self.problem.withheld, counts.records))
        } else {
            let class = &self.classes[from as usize];
            let Some(left) = self.problem.without(class, unit).filter(Class::holds) else { return };
            (Some(left), class.total())
        };
        let gain = before - left.as_ref().map_or(0.0, Class::total);
        match to {
            OUT => {
                if counts.records > self.may_go || total(self.problem.withheld, counts.records) >= gain {
                    return;
                }
                self.may_go -= counts.records;
                self.class_of[unit as usize] = OUT;
            }
            NEW => {
                let class = self.problem.class(vec![unit]);
                if class.total() >= gain {
                    return;
                }
                self.replace(&[], vec![class]);
            }
            to => {
                let old = &self.classes[to as usize];
                if old.members.is_empty() {
                    return;
                }
                let class = self.problem.with(old, unit);
                if !class.holds() || class.total() - old.total() >= gain {
                    return;
                }
                self.replace(&[to], vec![class]);
            }
        }
        match left {
            Some(left) => self.replace(&[from], vec![left]),
            None => self.may_go += counts.records,
        }
    }

    /// Whole classes whose units cost less in other classes are given up; those that have not changed since the
    /// last round are not looked at again.
    fn leaves(&mut self) {
        self.renumber();
        let nearest = self.nearest();
        let ids = 0..self.classes.len() as u32;
        let mut leaves: Vec<Leave> = ids.into_par_iter().filter_map(|id| self.leave(id, &nearest)).collect();
        leaves.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.from.cmp(&b.from)));
        for leave in leaves {
            self.give_up(&leave);
        }
    }

    fn leave(&self, id: u32, nearest: &Nearest) -> Option<Leave> {
        let class = &self.classes[id as usize];
        if class.cost == 0 || class.age > 1 || class.members.len() > TAKEN_APART {
            return None;
        }
        let mut left = class.total() - 1.0;
        let mut to = Vec::with_capacity(class.members.len());
        for &unit in &class.members {
            let change = self.target(unit, id, left + 1.0, nearest).filter(|change| change.to != OUT)?;
            left = change.gain - 1.0;
            to.push((unit, change.to));
        }
        Some(Leave { gain: left, from: id, to })
    }

    fn give_up(&mut self, leave: &Leave) {
        let class = &self.classes[leave.from as usize];
        let there = |&(unit, to): &(u32, u32)| {
            let alive = to == NEW || !self.classes[to as usize].members.is_empty();
            alive && self.class_of[unit as usize] == leave.from
        };
        if class.members.len() != leave.to.len() || !leave.to.iter().all(there) {
            return;
        }
        let mut changed: Vec<(u32, Class)> = Vec::new();
        let mut alone = Vec::new();
        for &(unit, to) in &leave.to {
            if to == NEW {
                alone.push(self.problem.class(vec![unit]));
            } else if let Some(known) = changed.iter_mut().find(|known| known.0 == to) {
                known.1 = self.problem.with(&known.1, unit);
            } else {
                changed.push((to, self.problem.with(&self.classes[to as usize], unit)));
            }
        }
        let more = changed.iter().map(|(id, new)| new.total() - self.classes[*id as usize].total());
        let cost = more.sum::<f64>() + alone.iter().map(Class::total).sum::<f64>();
        if cost < class.total() && changed.iter().all(|(_, new)| new.holds()) {
            self.replace(&[leave.from], alone);
            changed.into_iter().for_each(|(id, new)| self.replace(&[id], vec![new]));
        }
    }
}
