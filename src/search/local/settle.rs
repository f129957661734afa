//! What becomes of units that are in no class, and of classes that may not be released.

use hashbrown::HashMap;

use super::class::{Class, total};
use super::improve::State;
use super::nearest::{Joining, Nearest};

impl State<'_> {
    /// Brings all units in classes that may be released, or withholds them; tells whether it succeeded.
    ///
    /// What may be withheld is, as long as that is within the limit. The others join, one by one, the class
    /// that they join at least cost among those that may be released with them; what none of these takes
    /// becomes a class with the dearest others, as many as are needed.
    pub fn settle(&mut self) -> bool {
        let broken = |class: &Class| !class.members.is_empty() && !class.holds();
        let mut rest: Vec<u32> = self.out().collect();
        for class in self.classes.iter_mut().filter(|class| broken(class)) {
            rest.append(&mut class.members);
        }
        if rest.is_empty() {
            return true;
        }
        rest.sort_unstable();
        rest.iter().for_each(|&unit| self.class_of[unit as usize] = super::improve::OUT);
        self.renumber();
        self.may_go = self.limit;
        if self.withhold(&rest) {
            return true;
        }
        let nearest = self.nearest();
        rest.retain(|&unit| !self.take_in(unit, &nearest));
        rest.is_empty() || self.withhold(&rest) || self.pool(rest)
    }

    /// Withholds all of these units, or none.
    fn withhold(&mut self, units: &[u32]) -> bool {
        let records = |&unit: &u32| self.problem.units[unit as usize].records;
        let sum: u64 = units.iter().map(records).sum();
        let all = sum <= self.may_go && units.iter().all(|unit| records(unit) > 0);
        self.may_go -= if all { sum } else { 0 };
        all
    }

    fn take_in(&mut self, unit: u32, nearest: &Nearest) -> bool {
        let (places, counts) = (self.problem.places(unit), &self.problem.units[unit as usize]);
        let joining = Joining { low: places, high: places, records: counts.records, cost: 0, own: super::improve::OUT };
        let holds = |id: u32| {
            let class = &self.classes[id as usize];
            self.problem.judge.holds(&self.problem.plus(&class.counts, counts))
        };
        let out = total(self.problem.withheld, counts.records.max(1));
        let Some((_, id)) = nearest.first(self.problem, &joining, out * 2.0, holds) else { return false };
        let class = self.problem.with(&self.classes[id as usize], unit);
        let holds = class.holds();
        if holds {
            self.replace(&[id], vec![class]);
        }
        holds
    }

    /// Makes one class of these units and of the dearest classes, as many as it needs to be released.
    fn pool(&mut self, units: Vec<u32>) -> bool {
        let mut order: Vec<u32> = (0..self.classes.len() as u32).collect();
        order.sort_by(|&a, &b| self.classes[b as usize].cost.cmp(&self.classes[a as usize].cost).then(a.cmp(&b)));
        let mut order = order.into_iter();
        let mut pool = self.problem.class(units);
        while !pool.holds() {
            let Some(id) = order.next() else { break };
            pool = self.problem.joined(&pool, &self.classes[id as usize]);
            self.classes[id as usize].members.clear();
        }
        let holds = pool.holds();
        self.replace(&[], vec![pool]);
        self.renumber();
        holds
    }

    /// Classes with the same labels are one.
    pub fn unite(&mut self) {
        self.renumber();
        let mut first: HashMap<Vec<super::columns::Name>, usize> = HashMap::new();
        for id in 0..self.classes.len() {
            let class = &self.classes[id];
            let columns = self.problem.columns.iter().zip(class.low()).zip(class.high());
            let names = columns.map(|((column, &low), &high)| column.name(low, high)).collect();
            let known = *first.entry(names).or_insert(id);
            if known != id {
                let united = self.problem.joined(&self.classes[known], &self.classes[id]);
                self.replace(&[known as u32, id as u32], vec![united]);
            }
        }
        self.renumber();
    }
}
