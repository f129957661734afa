//! What becomes of units that are in no class, and of classes that may not be released.

use hashbrown::HashMap;

use super::carve::trim;
use super::class::{Class, total};
use super::improve::{OUT, State};
use super::nearest::{Joining, Nearest};

/// A unit joins no class where that costs so many times what withholding it costs. On Adult with hierarchical
/// t = 0.2 the granularity is 0.76861 with 2, 0.76909 with 3, 0.76884 with 4 and 0.76798 without a limit.
const FAR: f64 = 3.0;

impl State<'_> {
    /// Brings all units in classes that may be released, or withholds them; tells whether it succeeded.
    ///
    /// If all may be withheld, they are. Otherwise each joins the class that it joins at least cost, of those that
    /// may be released with it and are not too [`FAR`]; of what no class takes, a class is made, as far as it can
    /// be; of the rest as many are withheld as may be; and what is left then becomes a class with the dearest others,
    /// as many as are needed. Where not even all of them suffice, nothing is withheld.
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
        rest.iter().for_each(|&unit| self.class_of[unit as usize] = OUT);
        self.renumber();
        self.may_go = self.limit;
        if self.withhold(&rest) {
            return true;
        }
        let nearest = self.nearest();
        rest.retain(|&unit| !self.take_in(unit, &nearest));
        if rest.is_empty() || self.withhold(&rest) {
            return true;
        }
        let carved = trim(self.problem, rest);
        self.replace(&[], carved.classes);
        rest = carved.rest;
        if self.withhold(&rest) {
            return true;
        }
        let kept: Vec<u32> = rest.iter().copied().filter(|&unit| !self.withhold(&[unit])).collect();
        if kept.len() < rest.len() {
            let classes = self.classes.clone();
            if self.pool(kept) {
                return true;
            }
            // Without what was withheld, even all others together may be unlike the whole: it is taken back.
            (self.classes, self.may_go) = (classes, self.limit);
            self.renumber();
        }
        self.pool(rest)
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
        let (places, records) = (self.problem.places(unit), self.problem.units[unit as usize].records);
        let joining = Joining { low: places, high: places, records, cost: 0, own: OUT };
        let joins = |id: u32| self.problem.joins(&self.classes[id as usize], unit);
        let most = FAR * total(self.problem.withheld, records.max(1));
        let Some((_, id)) = nearest.first(self.problem, &joining, most, joins) else { return false };
        self.problem.put(&mut self.classes[id as usize], unit);
        self.class_of[unit as usize] = id;
        true
    }

    /// Makes one class of these units and of the dearest classes, as many as it needs to be released.
    fn pool(&mut self, units: Vec<u32>) -> bool {
        let mut order: Vec<u32> = (0..self.classes.len() as u32).collect();
        order.sort_by(|&a, &b| self.classes[b as usize].cost.cmp(&self.classes[a as usize].cost).then(a.cmp(&b)));
        let mut order = order.into_iter();
        let mut pool = self.problem.class(units);
        while !pool.holds() {
            let Some(id) = order.next() else { break };
            let class = std::mem::replace(&mut self.classes[id as usize], Class::empty());
            self.problem.absorb(&mut pool, class);
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
                let other = std::mem::replace(&mut self.classes[id], Class::empty());
                self.problem.absorb(&mut self.classes[known], other);
            }
        }
        self.renumber();
    }
}
