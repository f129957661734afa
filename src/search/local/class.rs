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
    /// No class.
    pub fn empty() -> Self {
        Self { members: vec![], bounds: Box::default(), cost: 0, counts: Counts::default(), want: 0.0, age: 0 }
    }

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
        members[1..].iter().for_each(|&unit| self.widen(&mut bounds, unit));
        let counts = self.counts_of(&members);
        let (low, high) = bounds.split_at(self.width());
        let cost = self.cost(low, high);
        let want = self.judge.want(&counts);
        Class { members, bounds, cost, counts, want, age: 0 }
    }

    /// Puts a class into another; which of the two is larger does not matter.
    pub fn absorb(&self, into: &mut Class, other: Class) {
        let width = self.width();
        for column in 0..width {
            into.bounds[column] = into.bounds[column].min(other.bounds[column]);
            into.bounds[width + column] = into.bounds[width + column].max(other.bounds[width + column]);
        }
        self.add(&mut into.counts, &other.counts);
        if into.members.len() < other.members.len() {
            let few = std::mem::replace(&mut into.members, other.members);
            into.members.extend(few);
        } else {
            into.members.extend(other.members);
        }
        into.cost = self.cost(into.low(), into.high());
        into.want = self.judge.want(&into.counts);
        into.age = 0;
    }

    /// What each record would cost in a class with one more unit.
    pub fn cost_with(&self, class: &Class, unit: u32) -> u64 {
        let runs = class.low().iter().zip(class.high()).zip(self.places(unit));
        let costs = self.columns.iter().zip(runs);
        costs.map(|(column, ((&low, &high), &place))| u64::from(column.cost(low.min(place), high.max(place)))).sum()
    }

    /// Puts a unit into a class that may be released with it: see [`Self::joins`].
    pub fn put(&self, class: &mut Class, unit: u32) {
        self.widen(&mut class.bounds, unit);
        class.members.push(unit);
        self.add(&mut class.counts, &self.units[unit as usize]);
        class.cost = self.cost(class.low(), class.high());
        (class.want, class.age) = (0.0, 0);
    }

    /// Takes a unit from a class that may be released without it: see [`Self::spares`]. Without bounds, only the
    /// counts are changed.
    pub fn take(&self, class: &mut Class, unit: u32, bounds: Option<Box<[u32]>>) {
        self.remove(&mut class.counts, &self.units[unit as usize]);
        if let Some(bounds) = bounds {
            class.members.retain(|&member| member != unit);
            class.cost = self.cost(&bounds[..self.width()], &bounds[self.width()..]);
            class.bounds = bounds;
        }
        (class.want, class.age) = (0.0, 0);
    }

    /// The bounds of the other members, of which there is one.
    pub fn bounds_without(&self, class: &Class, unit: u32) -> Box<[u32]> {
        let mut others = class.members.iter().filter(|&&member| member != unit);
        let mut bounds = others.next().map_or_else(|| class.bounds.clone(), |&first| self.bounds_of(first));
        others.for_each(|&member| self.widen(&mut bounds, member));
        bounds
    }

    /// Whether a class with one more unit may be released.
    pub fn joins(&self, class: &Class, unit: u32) -> bool {
        self.judge.holds(&self.counts_with(&class.counts, &self.units[unit as usize]))
    }

    /// Whether a class without one of its units may be released.
    pub fn spares(&self, class: &Class, unit: u32) -> bool {
        let counts = &self.units[unit as usize];
        let others = class.members.len() > 1 && class.records() > counts.records;
        others && self.judge.holds(&self.counts_without(&class.counts, counts))
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
