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
/// Classes of more units are brought up to date once for all moves.
const BIG: usize = if cfg!(test) { 8 } else { 1024 };
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
        free.for_each(|&id| self.classes[id as usize] = Class::empty());
    }

    /// Every unit that may goes where it costs less together with those that are there.
    pub fn moves(&mut self) {
        self.renumber();
        let nearest = self.nearest();
        let several = |class: &Class| class.cost > 0 && class.members.len() > 1;
        let edges = |class: &Class| several(class).then(|| Edges::new(self.problem, class));
        let edges: Vec<Option<Edges>> = self.classes.par_iter().map(edges).collect();
        let change = |unit: u32| {
            let counts = &self.problem.units[unit as usize];
            let from = self.class_of[unit as usize];
            if from == OUT {
                return self.target(unit, OUT, total(self.problem.withheld, counts.records), &nearest);
            }
            let class = &self.classes[from as usize];
            let cost = edges[from as usize].as_ref()?.cost_without(self.problem, self.problem.places(unit));
            let gain = class.total() - total(cost, class.records() - counts.records);
            let may = gain >= 1.0 && self.problem.spares(class, unit);
            if may { self.target(unit, from, gain, &nearest) } else { None }
        };
        let units = 0..self.class_of.len() as u32;
        let mut moves: Vec<Move> = units.into_par_iter().filter_map(change).collect();
        moves.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.unit.cmp(&b.unit)));
        moves.iter().for_each(|change| self.make(change));
        for id in 0..self.classes.len() {
            if self.classes[id].members.len() > BIG && self.classes[id].age == 0 {
                self.tidy(id as u32);
            }
        }
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
        let accepts = |id: u32| self.problem.joins(&self.classes[id as usize], unit);
        if let Some((cost, id)) = nearest.first(self.problem, &joining, best.0, accepts) {
            best = (cost, Some(id));
        }
        best.1.map(|to| Move { gain: gain - best.0, unit, from, to })
    }

    /// Makes a move if it still may be made, and gains.
    fn make(&mut self, change: &Move) {
        let Move { unit, from, to, .. } = *change;
        let problem = self.problem;
        let counts = &problem.units[unit as usize];
        if self.class_of[unit as usize] != from {
            return;
        }
        let (bounds, gain) = match self.classes.get(from as usize) {
            None => (None, total(problem.withheld, counts.records)),
            Some(class) if !problem.spares(class, unit) => return,
            // A big class keeps its bounds until all moves are made.
            Some(class) if class.members.len() > BIG => (None, total(class.cost, counts.records)),
            Some(class) => {
                let bounds = problem.bounds_without(class, unit);
                let (low, high) = bounds.split_at(problem.width());
                let gain = class.total() - total(problem.cost(low, high), class.records() - counts.records);
                (Some(bounds), gain)
            }
        };
        let places = problem.places(unit);
        let cost = match self.classes.get(to as usize) {
            None if to == OUT && counts.records > self.may_go => return,
            None if to == OUT => total(problem.withheld, counts.records),
            None => total(problem.cost(places, places), counts.records),
            Some(class) if class.members.is_empty() || !problem.joins(class, unit) => return,
            Some(class) => total(problem.cost_with(class, unit), class.records() + counts.records) - class.total(),
        };
        if cost >= gain {
            return;
        }
        match self.classes.get_mut(from as usize) {
            Some(class) => problem.take(class, unit, bounds),
            None => self.may_go += counts.records,
        }
        match self.classes.get_mut(to as usize) {
            Some(class) => problem.put(class, unit),
            None if to == OUT => self.may_go -= counts.records,
            None => self.replace(&[], vec![problem.class(vec![unit])]),
        }
        if to != NEW {
            self.class_of[unit as usize] = to;
        }
    }

    /// Brings a big class up to date after moves.
    fn tidy(&mut self, id: u32) {
        let class = &mut self.classes[id as usize];
        class.members.retain(|&unit| self.class_of[unit as usize] == id);
        let Some(&first) = class.members.first() else { return };
        let mut bounds = self.problem.bounds_of(first);
        class.members.iter().for_each(|&unit| self.problem.widen(&mut bounds, unit));
        class.cost = self.problem.cost(&bounds[..self.problem.width()], &bounds[self.problem.width()..]);
        class.bounds = bounds;
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
            let change = self.target(unit, id, left + 1.0, nearest).filter(|change| self.may_copy(change.to))?;
            left = change.gain - 1.0;
            to.push((unit, change.to));
        }
        Some(Leave { gain: left, from: id, to })
    }

    fn may_copy(&self, to: u32) -> bool {
        to == NEW || self.classes.get(to as usize).is_some_and(|class| class.members.len() <= BIG)
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
        // Classes are copied: they are changed only if the whole gains.
        let mut changed: Vec<(u32, Class)> = Vec::new();
        let mut alone = Vec::new();
        for &(unit, to) in &leave.to {
            if to == NEW {
                alone.push(self.problem.class(vec![unit]));
                continue;
            }
            let known = changed.iter().position(|known| known.0 == to).unwrap_or(changed.len());
            if known == changed.len() {
                changed.push((to, self.classes[to as usize].clone()));
            }
            if !self.problem.joins(&changed[known].1, unit) {
                return;
            }
            self.problem.put(&mut changed[known].1, unit);
        }
        let more = changed.iter().map(|(id, new)| new.total() - self.classes[*id as usize].total());
        let cost = more.sum::<f64>() + alone.iter().map(Class::total).sum::<f64>();
        if cost < class.total() {
            self.replace(&[leave.from], alone);
            changed.into_iter().for_each(|(id, new)| self.replace(&[id], vec![new]));
        }
    }
}
