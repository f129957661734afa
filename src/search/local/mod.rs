//! Local recoding: every class is released as coarse as it needs, not as coarse as the worst one does.
//!
//! The way of [`recode`]: `columns` puts the values of each column on a line where labels are runs, `problem`
//! joins what no label tells apart to units. Either small classes join their nearest ones (`gather`), or
//! classes are cut out under ever coarser levels (`carve`), whatever the conditions allow. Then units change
//! places and classes are cut anew (`improve`, `recut`) as long as that is worth it; `settle` cares for what is
//! left. `nearest` finds the classes to join without looking at all of them.
//!
//! Everything is counted in whole numbers and exactly, subjects of several combinations too; threads change
//! nothing.

mod carve;
mod class;
mod columns;
mod counts;
mod gather;
mod improve;
mod judge;
mod nearest;
mod order;
mod problem;
mod recut;
mod settle;
#[cfg(test)]
mod tests;

use super::Goal;
use crate::privacy::quality::loss;
use crate::privacy::{Class, KAnonymity, PrivacyModel, sizes, suppressible};
use crate::table::{Classes, EquivalenceTable, Hierarchy, Histogram, LocalRecoding};
use columns::Column;
use counts::Slots;
use improve::State;
use judge::Judge;
use problem::{NO_UNIT, Problem};

#[derive(Debug, Clone, PartialEq)]
pub enum LocalOutcome {
    Found(LocalFound),
    /// No recoding was found that keeps the conditions.
    Unreachable(LocalUnreachable),
}

/// What was found, counted over the table.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalFound {
    pub recoding: LocalRecoding,
    /// Loss, 0 to 1, with the weights of the goal: see [`loss::local`].
    pub loss: f64,
    /// The part of each column: its mean `(m − 1)/(d − 1)` over all records.
    pub column_loss: Vec<f64>,
    pub suppressed_records: u64,
    /// Classes that are released.
    pub classes: u64,
    /// The smallest released class, in distinct subjects; `None` if nothing is released.
    pub smallest_class: Option<u64>,
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalUnreachable {
    /// The conditions that one class of all records does not keep; empty if it keeps all of them.
    pub unmet: Vec<&'static str>,
}

/// How often conditions on all classes together, or on what is released, are tried to be met by stricter ones.
const TRIES: usize = 12;

/// Finds a recoding with little Loss under the conditions of `goal`: labels for each combination by itself.
///
/// Labels are those of the hierarchies, written as the recoding of whole columns writes them. A column with
/// `ranges` (none where the list is too short) has ranges `[low, high]` between two of its values instead, ends
/// included, if its values are numbers or dates that level 0 shows as they are.
///
/// Conditions are k-anonymity in distinct subjects, all models of classes, and, where the classes must be
/// larger for them, the models of all classes together. Records are withheld only where they cost less then, or
/// cannot be released, and at most [`suppressible`] ones. Where all records may be released as one class, something
/// is always found: that class at the least. The metric and the budget of the goal are not looked at: it is always
/// Loss.
///
/// Of combinations that only the population has, the people are not counted in any class, unless a model speaks of
/// such combinations: classes have at least the people that are counted.
///
/// Not optimal, which would be NP-hard; deterministic, with any number of threads.
///
/// `hierarchies` stand in the order of the table's columns and are over its domains. The models are over the
/// table.
pub fn recode(table: &EquivalenceTable, hierarchies: &[Hierarchy], goal: &Goal, ranges: &[bool]) -> LocalOutcome {
    let limit = suppressible(goal.suppression_limit, table.total_records());
    let task = Task { table, hierarchies, goal, ranges, absent: absent(table, goal) };
    let mut stricter = Stricter { k: goal.k.max(1), limit, whole: Vec::new() };
    for _ in 0..TRIES {
        let Some(recoding) = task.recode(&stricter) else { break };
        match task.broken(&recoding) {
            Broken::Nothing => return LocalOutcome::Found(task.found(recoding)),
            Broken::TableModel => stricter.k = stricter.k.saturating_mul(2),
            Broken::Released if stricter.whole.len() < 3 => stricter.whole.push(task.released(&recoding)),
            Broken::Released => (stricter.limit, stricter.whole) = (0, Vec::new()),
            Broken::Class => break,
        }
    }
    // Whatever the steps came to: where one class of all keeps the goal, it is a solution.
    match task.whole(false).or_else(|| task.whole(true)) {
        Some(recoding) => LocalOutcome::Found(task.found(recoding)),
        None => LocalOutcome::Unreachable(LocalUnreachable { unmet: task.unmet() }),
    }
}

/// Whether some model speaks of combinations that only the population has.
fn absent(table: &EquivalenceTable, goal: &Goal) -> bool {
    !table.population.is_empty() && goal.models.iter().any(|model| model.judges_absent())
}

struct Task<'a> {
    table: &'a EquivalenceTable,
    hierarchies: &'a [Hierarchy],
    goal: &'a Goal<'a>,
    ranges: &'a [bool],
    absent: bool,
}

/// What is asked beyond the goal, since that did not suffice.
struct Stricter {
    k: u64,
    limit: u64,
    /// Distributions of the sensitive columns, as they were released, that models must hold against too.
    whole: Vec<Vec<Vec<u64>>>,
}

/// What a recoding does not keep.
enum Broken {
    Nothing,
    Class,
    TableModel,
    /// A model that is held against what is released.
    Released,
}

impl Task<'_> {
    fn recode(&self, stricter: &Stricter) -> Option<LocalRecoding> {
        let over: Vec<Box<dyn PrivacyModel>> = stricter.whole.iter().flat_map(|whole| self.over(whole)).collect();
        let all = self.goal.models.iter().chain(&over).map(|model| &**model);
        let models: Vec<&dyn PrivacyModel> = all.collect();
        let mut sensitive: Vec<usize> = models.iter().filter_map(|model| model.sensitive()).collect();
        sensitive.sort_unstable();
        sensitive.dedup();
        let slots = Slots::new(self.table, &sensitive);
        let judge = Judge::new(stricter.k, models, Slots::new(self.table, &sensitive));
        let problem = Problem::new(self.table, self.columns(), judge, &slots, self.absent);
        let units: Vec<u32> = (0..problem.units.len() as u32).collect();
        let classes = if problem.judge.grows() {
            gather::gather(&problem, units.into_iter().map(|unit| problem.class(vec![unit])).collect())
        } else {
            carve::carve(&problem, units).classes
        };
        let mut state = State::new(&problem, classes, stricter.limit);
        let mut done = state.settle();
        if done {
            state.improve();
        }
        // Of models of which nothing holds for unions, a union may break one.
        for _ in 0..TRIES {
            state.unite();
            if !done || state.classes.iter().all(class::Class::holds) {
                break;
            }
            done = state.settle();
        }
        let allowed = state.classes.iter().all(|class| problem.allows(class.low(), class.high()));
        let bounds = |row: usize| match problem.unit_of[row] {
            NO_UNIT => None,
            unit => state.classes.get(state.class_of[unit as usize] as usize).map(|class| &*class.bounds),
        };
        let holds = done && allowed && state.classes.iter().all(class::Class::holds);
        holds.then(|| self.release(&problem.columns, bounds))
    }

    /// All records as one class, with nothing withheld, if that keeps the goal. Of the combinations that only the
    /// population has, `absent` takes in all, otherwise those are in it that lie between the others.
    fn whole(&self, absent: bool) -> Option<LocalRecoding> {
        let columns = self.columns();
        let place = |column: usize, row: usize| columns[column].place_of[self.table.codes[column][row] as usize];
        let rows = || (0..self.table.combinations()).filter(|&row| absent || self.table.records[row] > 0);
        let low: Option<Vec<u32>> = (0..columns.len()).map(|at| rows().map(|row| place(at, row)).min()).collect();
        let high: Option<Vec<u32>> = (0..columns.len()).map(|at| rows().map(|row| place(at, row)).max()).collect();
        let (low, high) = (low?, high?);
        if !columns.iter().zip(&low).zip(&high).all(|((column, &low), &high)| column.allows(low, high)) {
            return None;
        }
        let bounds = [&low[..], &high[..]].concat();
        let within = |row: usize| (0..columns.len()).all(|at| (low[at]..=high[at]).contains(&place(at, row)));
        let recoding = self.release(&columns, |row| within(row).then_some(&bounds[..]));
        matches!(self.broken(&recoding), Broken::Nothing).then_some(recoding)
    }

    fn columns(&self) -> Vec<Column> {
        let shares = problem::shares(self.goal.weights, self.hierarchies.len());
        let column = |at: usize| {
            let levels = self.goal.levels.get(at).map_or(&[][..], |levels| &levels[..]);
            let ranges = self.ranges.get(at).copied().unwrap_or(false);
            Column::new(&self.table.domains[at], &self.hierarchies[at], shares[at], levels, ranges)
        };
        (0..self.hierarchies.len()).map(column).collect()
    }

    /// The labels of classes with these bounds, by combination; those without, which are withheld, have their own
    /// finest labels, which no class has.
    fn release<'b>(&self, columns: &[Column], bounds: impl Fn(usize) -> Option<&'b [u32]>) -> LocalRecoding {
        let suppressed = (0..self.table.combinations()).map(|row| bounds(row).is_none()).collect();
        let column = |(at, column): (usize, &Column)| {
            let run = |row: usize| {
                let own = column.place_of[self.table.codes[at][row] as usize];
                bounds(row).map_or((own, own), |bounds| (bounds[at], bounds[columns.len() + at]))
            };
            let runs = (0..self.table.combinations()).map(run);
            column.release(&self.table.domains[at], &self.hierarchies[at], runs)
        };
        LocalRecoding { columns: columns.iter().enumerate().map(column).collect(), suppressed }
    }

    fn over(&self, whole: &[Vec<u64>]) -> Vec<Box<dyn PrivacyModel>> {
        let over = |model: &dyn PrivacyModel| model.over(&whole[model.sensitive()?]);
        self.goal.models.iter().filter_map(|model| over(model.as_ref())).collect()
    }

    /// Per sensitive column the distinct subjects of each value among what is released.
    fn released(&self, recoding: &LocalRecoding) -> Vec<Vec<u64>> {
        let side = |row: usize| u32::from(recoding.suppressed[row]);
        let sides = self.table.grouped(1, |_, row| side(row));
        let of = |place: usize| {
            let mut counts = vec![0; self.table.sensitive[place].domain.len()];
            let first = (0..self.table.combinations()).find(|&row| !recoding.suppressed[row]);
            let histogram = self.table.histogram(&sides, place);
            for &(value, subjects) in first.map_or(&[][..], |row| histogram.class(sides.class_of[row] as usize)) {
                counts[value as usize] = subjects;
            }
            counts
        };
        (0..self.table.sensitive.len()).map(of).collect()
    }

    /// Counts the released classes over the table once more.
    fn broken(&self, recoding: &LocalRecoding) -> Broken {
        let classes = recoding.classes(self.table);
        let released = released(&classes, recoding);
        let histograms: Vec<Histogram> =
            (0..self.table.sensitive.len()).map(|place| self.table.histogram(&classes, place)).collect();
        let holds = |model: &dyn PrivacyModel| {
            (0..classes.records.len()).all(|class| {
                let asked = match classes.records[class] {
                    0 => self.absent && model.judges_absent(),
                    _ => released[class],
                };
                !asked || model.holds(&Class::of(&classes, &histograms, class))
            })
        };
        let k = KAnonymity { k: self.goal.k };
        if !holds(&k) || !self.goal.models.iter().all(|model| holds(&**model)) {
            return Broken::Class;
        }
        let withheld = recoding.suppressed.iter().zip(&self.table.records).any(|(out, &n)| *out && n > 0);
        if self.goal.strict && withheld && !self.over(&self.released(recoding)).iter().all(|model| holds(&**model)) {
            return Broken::Released;
        }
        let sizes = sizes(&classes, |class| released[class]);
        if self.goal.table_models.iter().all(|model| model.holds(&sizes)) {
            Broken::Nothing
        } else {
            Broken::TableModel
        }
    }

    fn found(&self, recoding: LocalRecoding) -> LocalFound {
        let classes = recoding.classes(self.table);
        let released = released(&classes, &recoding);
        let column_loss = loss::local(self.table, self.hierarchies, &recoding).columns;
        let weights = problem::shares(self.goal.weights, column_loss.len());
        let kept = || (0..classes.records.len()).filter(|&class| released[class]);
        let out = recoding.suppressed.iter().zip(&self.table.records).filter(|(out, _)| **out);
        LocalFound {
            loss: column_loss.iter().zip(weights).map(|(loss, weight)| loss * weight).sum(),
            column_loss,
            suppressed_records: out.map(|(_, records)| records).sum(),
            classes: kept().count() as u64,
            smallest_class: kept().map(|class| classes.subjects[class]).min(),
            recoding,
        }
    }

    fn unmet(&self) -> Vec<&'static str> {
        let classes = self.table.grouped(0, |_, _| 0);
        if classes.records.is_empty() {
            return Vec::new();
        }
        let histograms: Vec<Histogram> =
            (0..self.table.sensitive.len()).map(|place| self.table.histogram(&classes, place)).collect();
        let all = Class::of(&classes, &histograms, 0);
        let k = KAnonymity { k: self.goal.k };
        let of_class = [&k as &dyn PrivacyModel].into_iter().chain(self.goal.models.iter().map(|model| &**model));
        let mut unmet: Vec<&'static str> =
            of_class.filter(|model| !model.holds(&all)).map(|model| model.id()).collect();
        let sizes = sizes(&classes, |_| true);
        unmet.extend(self.goal.table_models.iter().filter(|model| !model.holds(&sizes)).map(|model| model.id()));
        unmet
    }
}

/// Per class, whether it has records that are released.
fn released(classes: &Classes, recoding: &LocalRecoding) -> Vec<bool> {
    let mut released = vec![false; classes.records.len()];
    for (&class, &out) in classes.class_of.iter().zip(&recoding.suppressed) {
        released[class as usize] |= !out && classes.records[class as usize] > 0;
    }
    released
}
