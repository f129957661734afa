//! What else could be chosen: for `tuomin plan` and the report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::judge::Conditions;
use super::space::Space;
use super::{Goal, MOST_FOR_COSTS, Metric, NODES_FOR_COSTS, found};
use crate::privacy::quality;
use crate::table::{EquivalenceTable, Hierarchy, Recoding};

/// Other recodings than the best, and what the best depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Alternatives {
    /// What `value` is everywhere here: a field of [`Quality`](crate::privacy::Quality).
    pub metric: String,
    /// Whether all searches came to their end; otherwise values are those of the best that was found.
    pub proven: bool,
    /// The best for more and for less k, ascending: no other of these has a smaller risk and a smaller value.
    pub by_risk: Vec<Choice>,
    /// The best under the goal, best first.
    pub best: Vec<Choice>,
    /// One per quasi column, in the table's order.
    pub columns: Vec<ColumnCost>,
}

/// One recoding that could be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// The level of each quasi column, in the table's order.
    pub levels: Vec<usize>,
    pub value: f64,
    pub suppressed_records: u64,
    /// Classes that are released.
    pub classes: u64,
    /// Distinct subjects of the smallest released class; `None` if nothing is released.
    pub smallest_class: Option<u64>,
}

impl Choice {
    /// The risk of whoever is in the smallest class, `1/k`; 0 if nothing is released.
    pub fn highest_risk(&self) -> f64 {
        self.smallest_class.map_or(0.0, |k| 1.0 / k as f64)
    }
}

/// What one column costs. A value is `None` where no recoding reaches the goal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnCost {
    pub column: String,
    /// The value of the best recoding in the other columns: what [`Self::removed`] is to be compared with. For
    /// metrics of classes the value itself.
    pub now: Option<f64>,
    /// The least value if the column is not released at all.
    pub removed: Option<f64>,
    /// The least value with the column coarser than in the best recoding, over all columns.
    pub coarser: Option<f64>,
    /// The least value with the column finer than in the best recoding, over all columns.
    pub finer: Option<f64>,
}

impl ColumnCost {
    /// What the other columns gain if this one is not released.
    pub fn gain(&self) -> Option<f64> {
        Some(self.now? - self.removed?)
    }
}

/// Searches what else could be chosen: the `number` best recodings, the best for other k, and the best
/// without each column or with it on other levels.
///
/// Costs a search for each of some ten k and three for each column. What [`optimal`](super::optimal) says of
/// its arguments holds here too.
pub fn alternatives(table: &EquivalenceTable, hierarchies: &[Hierarchy], goal: &Goal, number: usize) -> Alternatives {
    let mut goal = *goal;
    let space = Space::new(table, hierarchies, &goal);
    if space.lattice_size() > MOST_FOR_COSTS && goal.budget.nodes.is_none() {
        goal.budget.nodes = Some(NODES_FOR_COSTS);
    }
    let mut asked = Asked { table, hierarchies, goal, proven: true };
    let best = asked.best(&goal, number.max(1));
    let by_risk = asked.by_risk();
    let columns = (0..hierarchies.len()).map(|column| asked.column(column, best.first())).collect();
    let best = best.into_iter().take(number).map(|(choice, _)| choice).collect();
    Alternatives { metric: goal.metric.id().into(), proven: asked.proven, by_risk, best, columns }
}

struct Asked<'a> {
    table: &'a EquivalenceTable,
    hierarchies: &'a [Hierarchy],
    goal: Goal<'a>,
    proven: bool,
}

impl Asked<'_> {
    fn best(&mut self, goal: &Goal, number: usize) -> Vec<(Choice, Recoding)> {
        let space = Space::new(self.table, self.hierarchies, goal);
        let conditions = Conditions::new(goal, self.table);
        let solved = space.solve(&conditions, &space.meter(), number);
        self.proven &= solved.open.is_none();
        let choice = |best| {
            let found = found(&space, &conditions, best, &solved);
            let choice = Choice {
                levels: found.recoding.levels.clone(),
                value: found.value,
                suppressed_records: found.suppressed_records,
                classes: found.classes,
                smallest_class: found.smallest_class,
            };
            (choice, found.recoding)
        };
        solved.best.iter().map(choice).collect()
    }

    /// The best for k of 1, 2, 5, 10, 20, 50 and so on, for that of the goal, and for the largest at which
    /// something is left.
    fn by_risk(&mut self) -> Vec<Choice> {
        let goal = self.goal;
        let space = Space::new(self.table, self.hierarchies, &goal);
        let coarsest = self.table.classes(self.hierarchies, &space.coarsest());
        let most = coarsest.subjects.into_iter().max().unwrap_or(0);
        let decades = (0..20).flat_map(|decade| [1, 2, 5].map(|step| step * 10_u64.pow(decade).min(1 << 60)));
        let mut ks: Vec<u64> = decades.take_while(|&k| k <= most).chain([goal.k.min(most), most]).collect();
        ks.retain(|&k| k > 0);
        ks.sort_unstable();
        ks.dedup();
        let mut choices: Vec<Choice> = Vec::new();
        for k in ks.into_iter().rev() {
            // a recoding that reaches more at the same value is the better one
            let Some((choice, _)) = self.best(&Goal { k, ..goal }, 1).pop() else { continue };
            let better = |above: &Choice| choice.value < above.value && choice.smallest_class < above.smallest_class;
            if choice.smallest_class.is_some() && choices.last().is_none_or(better) {
                choices.push(choice);
            }
        }
        choices.reverse();
        choices
    }

    fn column(&mut self, column: usize, best: Option<&(Choice, Recoding)>) -> ColumnCost {
        let name = self.hierarchies[column].column.clone();
        let Some((choice, recoding)) = best else {
            return ColumnCost { column: name, now: None, removed: self.removed(column), coarser: None, finer: None };
        };
        let level = choice.levels[column];
        ColumnCost {
            column: name,
            now: Some(self.now(column, choice, recoding)),
            removed: self.removed(column),
            coarser: self.moved(column, |other| other > level),
            finer: self.moved(column, |other| other < level),
        }
    }

    /// The least value with one column on certain levels.
    fn moved(&mut self, column: usize, admits: impl Fn(usize) -> bool) -> Option<f64> {
        let goal = self.goal;
        let mut levels: Vec<Vec<usize>> = goal.levels.to_vec();
        levels.resize(self.hierarchies.len(), Vec::new());
        let all: Vec<usize> = match levels[column].is_empty() {
            true => (0..self.hierarchies[column].levels.len()).collect(),
            false => std::mem::take(&mut levels[column]),
        };
        levels[column] = all.into_iter().filter(|&level| admits(level)).collect();
        if levels[column].is_empty() {
            return None;
        }
        self.best(&Goal { levels: &levels, ..goal }, 1).pop().map(|(choice, _)| choice.value)
    }

    /// The least value without a column.
    fn removed(&mut self, column: usize) -> Option<f64> {
        let without = Without::new(self.table, self.hierarchies, &self.goal, column);
        let goal = Goal { weights: &without.weights, levels: &without.levels, ..self.goal };
        let mut rest = Asked { table: &without.table, hierarchies: &without.hierarchies, goal, proven: self.proven };
        let best = rest.best(&goal, 1).pop();
        self.proven = rest.proven;
        best.map(|(choice, _)| choice.value)
    }

    /// The value of a recoding in the columns but one.
    fn now(&self, column: usize, choice: &Choice, recoding: &Recoding) -> f64 {
        if self.goal.metric.is_of_classes() {
            return choice.value;
        }
        let without = Without::new(self.table, self.hierarchies, &self.goal, column);
        let mut recoding = recoding.clone();
        recoding.levels.remove(column);
        quality(&without.table, &without.hierarchies, &recoding, &without.weights).of(self.goal.metric)
    }
}

/// A problem without one column.
struct Without {
    table: EquivalenceTable,
    hierarchies: Vec<Hierarchy>,
    weights: Vec<f64>,
    levels: Vec<Vec<usize>>,
}

impl Without {
    fn new(table: &EquivalenceTable, hierarchies: &[Hierarchy], goal: &Goal, column: usize) -> Self {
        let mut without = Self {
            table: table.clone(),
            hierarchies: hierarchies.to_vec(),
            weights: goal.weights.to_vec(),
            levels: goal.levels.to_vec(),
        };
        without.table.domains.remove(column);
        without.table.codes.remove(column);
        without.hierarchies.remove(column);
        if column < without.weights.len() {
            without.weights.remove(column);
        }
        if column < without.levels.len() {
            without.levels.remove(column);
        }
        without
    }
}

impl Metric {
    /// Whether it is made of classes as a whole, not of columns.
    fn is_of_classes(self) -> bool {
        matches!(
            self,
            Self::Discernibility
                | Self::DiscernibilityOfClasses
                | Self::AverageClassSize
                | Self::Ambiguity
                | Self::Divergence
        )
    }
}
