//! Classes while they are made.

use super::counts::Counts;
use super::problem::Problem;

/// Units that are released alike.
#[derive(Debug, Clone)]
pub(super) struct Class {
    pub members: Vec<u32>,
    /// The lowest place in each column, then the highest in each.
    pub bounds: Box<[u32]>,
    /// Of each record.
    pub cost: u64,
    pub counts: Counts,
    /// See `Judge::want`.
    pub want: f64,
    /// Rounds of improvement that it was there at the start of.
    pub age: u32,
}

impl Class {
    pub fn low(&self) -> &[u32] {
        &self.bounds[..self.bounds.len() / 2]
    }

    pub fn high(&self) -> &[u32] {
        &self.bounds[self.bounds.len() / 2..]
    }

    pub fn records(&self) -> u64 {
        self.counts.records
    }

    /// What all its records cost.
    pub fn total(&self) -> f64 {
        total(self.cost, self.counts.records)
    }

    pub fn holds(&self) -> bool {
        self.want == 0.0
    }
}

/// Exact up to 2^53, beyond that rounded, always in the same way.
pub(super) fn total(cost: u64, records: u64) -> f64 {
    cost as f64 * records as f64
}

impl Problem<'_> {
    /// The class of these units, at least one.
    pub fn class(&self, members: Vec<u32>) -> Class {
        let mut bounds = self.bounds_of(members[0]);
        let mut counts = self.units[members[0] as usize].clone();
        for &unit in &members[1..] {
            self.widen(&mut bounds, unit);
            counts = self.plus(&counts, &self.units[unit as usize]);
        }
        self.known(members, bounds, counts)
    }

    /// A class whose bounds and counts are known.
    pub fn known(&self, members: Vec<u32>, bounds: Box<[u32]>, counts: Counts) -> Class {
        let (low, high) = bounds.split_at(self.width());
        let cost = self.cost(low, high);
        let want = self.judge.want(&counts);
        Class { members, bounds, cost, counts, want, age: 0 }
    }

    pub fn joined(&self, a: &Class, b: &Class) -> Class {
        let mut bounds = a.bounds.clone();
        for column in 0..self.width() {
            bounds[column] = bounds[column].min(b.bounds[column]);
            bounds[self.width() + column] = bounds[self.width() + column].max(b.bounds[self.width() + column]);
        }
        let members = [&a.members[..], &b.members].concat();
        self.known(members, bounds, self.plus(&a.counts, &b.counts))
    }

    pub fn with(&self, class: &Class, unit: u32) -> Class {
        let mut bounds = class.bounds.clone();
        self.widen(&mut bounds, unit);
        let mut members = Vec::with_capacity(class.members.len() + 1);
        members.extend_from_slice(&class.members);
        members.push(unit);
        self.known(members, bounds, self.plus(&class.counts, &self.units[unit as usize]))
    }

    /// The class without one of its members; `None` if there is no other.
    pub fn without(&self, class: &Class, unit: u32) -> Option<Class> {
        let members: Vec<u32> = class.members.iter().copied().filter(|&member| member != unit).collect();
        let mut bounds = self.bounds_of(*members.first()?);
        members[1..].iter().for_each(|&member| self.widen(&mut bounds, member));
        Some(self.known(members, bounds, self.minus(&class.counts, &self.units[unit as usize])))
    }

    pub fn bounds_of(&self, unit: u32) -> Box<[u32]> {
        self.places(unit).iter().chain(self.places(unit)).copied().collect()
    }

    pub fn widen(&self, bounds: &mut [u32], unit: u32) {
        let (low, high) = bounds.split_at_mut(self.width());
        for ((low, high), &place) in low.iter_mut().zip(high).zip(self.places(unit)) {
            *low = place.min(*low);
            *high = place.max(*high);
        }
    }
}

/// The two lowest and two highest places of a class in each column: what it is without one of its members.
pub(super) struct Edges(Vec<[Edge; 2]>);

#[derive(Clone, Copy)]
struct Edge {
    first: u32,
    /// Members that stand there.
    members: u32,
    next: u32,
}

impl Edges {
    pub fn new(problem: &Problem, class: &Class) -> Self {
        let start = Edge { first: 0, members: 0, next: 0 };
        let mut edges = vec![[start; 2]; problem.width()];
        for &member in &class.members {
            for ([low, high], &place) in edges.iter_mut().zip(problem.places(member)) {
                low.meet(place, |a, b| a < b);
                high.meet(place, |a, b| a > b);
            }
        }
        Self(edges)
    }

    /// What each record costs without the unit at these places.
    pub fn cost_without(&self, problem: &Problem, places: &[u32]) -> u64 {
        let cost = |(column, ([low, high], &place)): (usize, (&[Edge; 2], &u32))| {
            u64::from(problem.columns[column].cost(low.without(place), high.without(place)))
        };
        self.0.iter().zip(places).enumerate().map(cost).sum()
    }
}

impl Edge {
    fn meet(&mut self, place: u32, before: impl Fn(u32, u32) -> bool) {
        if self.members == 0 {
            *self = Self { first: place, members: 1, next: place };
        } else if place == self.first {
            self.members += 1;
        } else if before(place, self.first) {
            *self = Self { first: place, members: 1, next: self.first };
        } else if self.next == self.first || before(place, self.next) {
            self.next = place;
        }
    }

    fn without(&self, place: u32) -> u32 {
        if place == self.first && self.members == 1 { self.next } else { self.first }
    }
}
