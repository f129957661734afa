//! All recodings that a search may choose from, over one table.

use std::borrow::Cow;

use super::anytime::{self, Anytime};
use super::best::Candidate;
use super::counting::{Cells, Rules, Values};
use super::explore::{Counter, Explorer};
use super::goal::{Budget, Goal, Metric};
use super::groups::{Groups, bits, fields, keys};
use super::hubs::Hubs;
use super::judge::Conditions;
use super::lattice::{self, Lattice};
use super::meter::Meter;
use super::narrow::Narrow;
use crate::table::{EquivalenceTable, Hierarchy};

/// Nodes that are counted at most where the lattice is too large and no budget is given.
const DEFAULT_NODES: u64 = 10_000;

/// The levels that may be released, and what is counted once for all searches among them.
pub(super) struct Space<'a> {
    pub table: &'a EquivalenceTable,
    /// With all levels.
    pub original: &'a [Hierarchy],
    /// With the levels that may be released.
    hierarchies: Cow<'a, [Hierarchy]>,
    /// Per column the numbers of these levels among all, and the highest of all.
    numbers: Vec<(Vec<usize>, usize)>,
    goal: Goal<'a>,
}

/// What a search found.
pub(super) struct Solved {
    /// The best solutions, best first.
    pub best: Vec<Solution>,
    /// Nodes whose classes were counted.
    pub checked: u64,
    /// What recodings that were not ruled out lose at least; `None` if there are none.
    pub open: Option<f64>,
}

/// A solution, with levels numbered among all.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    pub value: f64,
    pub levels: Vec<usize>,
}

impl<'a> Space<'a> {
    pub fn new(table: &'a EquivalenceTable, hierarchies: &'a [Hierarchy], goal: &Goal<'a>) -> Self {
        let allowed = |(column, hierarchy): (usize, &Hierarchy)| {
            let all = 0..hierarchy.levels.len();
            let asked = goal.levels.get(column).filter(|asked| !asked.is_empty());
            let numbers: Vec<usize> = all.filter(|level| asked.is_none_or(|asked| asked.contains(level))).collect();
            (numbers, hierarchy.top())
        };
        let numbers: Vec<(Vec<usize>, usize)> = hierarchies.iter().enumerate().map(allowed).collect();
        let whole =
            |(hierarchy, (numbers, _)): (&Hierarchy, &(Vec<usize>, usize))| hierarchy.levels.len() == numbers.len();
        let only = |(hierarchy, (numbers, _)): (&Hierarchy, &(Vec<usize>, usize))| Hierarchy {
            levels: numbers.iter().map(|&level| hierarchy.levels[level].clone()).collect(),
            ..hierarchy.clone()
        };
        let restricted = match hierarchies.iter().zip(&numbers).all(whole) {
            true => Cow::Borrowed(hierarchies),
            false => hierarchies.iter().zip(&numbers).map(only).collect(),
        };
        Self { table, original: hierarchies, hierarchies: restricted, numbers, goal: *goal }
    }

    pub fn lattice_size(&self) -> u128 {
        lattice::size(&self.heights())
    }

    fn heights(&self) -> Vec<usize> {
        self.hierarchies.iter().map(|hierarchy| hierarchy.levels.len()).collect()
    }

    /// The coarsest level of each column, numbered among all.
    pub fn coarsest(&self) -> Vec<usize> {
        self.numbers.iter().map(|(numbers, _)| numbers.last().copied().unwrap_or(0)).collect()
    }

    /// The metric of the goal.
    pub fn meter(&self) -> Meter {
        self.meter_of(self.goal.metric)
    }

    pub fn meter_of(&self, metric: Metric) -> Meter {
        Meter::new(metric, self.goal.weights, self.goal.k, self.table, &self.hierarchies, &self.numbers)
    }

    /// The best solutions under some conditions, as many as asked for.
    pub fn solve(&self, conditions: &Conditions, meter: &Meter, number: usize) -> Solved {
        let labels = self.hierarchies.iter().map(|h| h.levels.iter().map(|l| l.labels.len()).max().unwrap_or(0));
        let values = conditions.sensitive.iter().map(|&place| self.table.sensitive[place].domain.len());
        let (fields, words) = fields(labels.chain(values));
        let of_sensitive = conditions.sensitive.iter().zip(&fields[self.hierarchies.len()..]);
        let values = Values {
            columns: self.table.sensitive.len(),
            fields: of_sensitive
                .map(|(&place, &field)| (place, field, self.table.sensitive[place].domain.len()))
                .collect(),
        };
        let rules = Rules { conditions, meter, fields: &fields, values };
        if words == 1 && self.by_size_alone(conditions, meter) {
            let keys = keys::<1>(self.table, &self.hierarchies, &vec![0; self.numbers.len()], &[], &fields);
            let rows = keys.into_iter().zip(&self.table.records).map(|([key], &records)| (key, records));
            let alike = !self.table.sensitive.is_empty() || self.hierarchies.iter().any(merges_values);
            return match bits(&fields) {
                ..=32 => self.solve_in(&rules, number, Narrow::<u32>::new(rows, alike)),
                _ => self.solve_in(&rules, number, Narrow::<u64>::new(rows, alike)),
            };
        }
        macro_rules! with_words {
            ($words:literal) => {{
                let finest = Groups::<$words>::finest(self.table, &self.hierarchies, &conditions.sensitive, &fields);
                self.solve_in(&rules, number, finest)
            }};
        }
        match words {
            1 => with_words!(1),
            2 => with_words!(2),
            3 | 4 => with_words!(4),
            5..=16 => with_words!(16),
            17..=64 => with_words!(64),
            // more than 128 columns
            _ => Solved { best: Vec::new(), checked: 0, open: Some(0.0) },
        }
    }

    /// Whether nothing but the number of its records is asked of a class, and it is a small number.
    fn by_size_alone(&self, conditions: &Conditions, meter: &Meter) -> bool {
        let table = self.table;
        conditions.plain()
            && !meter.asks_for_order()
            && table.spread.is_empty()
            && table.records == table.subjects
            && table.total_records() < u64::from(u32::MAX)
    }

    fn solve_in<C: Cells>(&self, rules: &Rules, number: usize, finest: C) -> Solved {
        let hubs = Hubs::new(self.table, &self.hierarchies, rules.fields, finest);
        let counter = Counter { rules, hubs: &hubs };
        let Budget { nodes, over } = self.goal.budget;
        let lattice = (nodes.is_none() && over.is_none()).then(|| Lattice::new(&self.heights())).flatten();
        let Some(lattice) = lattice else { return self.anytime(&counter, number) };
        let (best, checked) = Explorer { lattice: &lattice, counter: &counter, number }.explore();
        let solution =
            |best: Candidate<usize>| Solution { value: best.value, levels: self.numbered(&lattice.levels(best.node)) };
        Solved { best: best.into_iter().map(solution).collect(), checked, open: None }
    }

    fn anytime<C: Cells>(&self, counter: &Counter<'_, C>, number: usize) -> Solved {
        let Budget { nodes, over } = self.goal.budget;
        let nodes = if nodes.is_none() && over.is_none() { Some(DEFAULT_NODES) } else { nodes };
        let coarsest = self.hierarchies.iter().map(|hierarchy| hierarchy.top() as u16).collect();
        let budget = Budget { nodes, over };
        let order = counter.hubs.order.clone();
        let anytime::Explored { best, checked, open } = Anytime { counter, coarsest, order, budget, number }.explore();
        let solution =
            |best: Candidate<anytime::Levels>| Solution { value: best.value, levels: self.numbered(&best.node) };
        Solved { best: best.into_iter().map(solution).collect(), checked, open }
    }

    fn numbered(&self, levels: &[u16]) -> Vec<usize> {
        levels.iter().zip(&self.numbers).map(|(&level, (numbers, _))| numbers[usize::from(level)]).collect()
    }
}

/// Whether values are alike already at the finest level.
fn merges_values(hierarchy: &Hierarchy) -> bool {
    hierarchy.levels.first().is_some_and(|finest| finest.labels.len() < finest.label_of.len())
}
