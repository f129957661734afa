//! What is withheld under a node, and whether that is a solution.

use super::goal::Goal;
use crate::privacy::{Class, PrivacyModel, TableModel, Union, suppressible};
use crate::table::{Classes, EquivalenceTable, Histogram};

/// The conditions of a goal over one table, sorted by what follows from them.
pub(super) struct Conditions<'a> {
    pub k: u64,
    /// What holds for a union as soon as it holds for a part, and asks for no histogram.
    sizes: Vec<&'a dyn PrivacyModel>,
    /// The other models.
    models: Vec<&'a dyn PrivacyModel>,
    /// Models that say something of classes that only the population has.
    absent: Vec<&'a dyn PrivacyModel>,
    table_models: Vec<&'a dyn TableModel>,
    /// Models to be held against the released records.
    strict: Vec<(&'a dyn PrivacyModel, usize)>,
    /// Most records that may be withheld.
    pub limit: u64,
    /// Places of the sensitive columns that some model speaks of.
    pub sensitive: Vec<usize>,
}

/// The classes of a node, with more when it is asked for.
pub(super) trait Counts {
    fn classes(&self) -> &Classes;
    /// One histogram per sensitive column of the table; those that no model speaks of may be empty.
    fn histograms(&mut self) -> &[Histogram];
    /// Distinct subjects per value of a sensitive column, of the classes that are not withheld.
    fn released(&self, sensitive: usize, withheld: &[u32]) -> Vec<u64>;
}

/// The judgement of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    /// Records that every finer node withholds too; [`Judged::HOPELESS`] where none is a solution.
    pub least: u64,
    /// Records withheld; `None` if the node is no solution.
    pub withheld: Option<u64>,
}

impl Judged {
    pub const HOPELESS: u64 = u64::MAX;

    fn hopeless() -> Self {
        Self { least: Self::HOPELESS, withheld: None }
    }
}

impl<'a> Conditions<'a> {
    pub fn new(goal: &Goal<'a>, table: &EquivalenceTable) -> Self {
        let all = || goal.models.iter().map(|model| &**model);
        let by_size = |model: &&dyn PrivacyModel| model.union() == Union::OfAny && model.sensitive().is_none();
        let mut sensitive: Vec<usize> = all().filter_map(|model| model.sensitive()).collect();
        sensitive.sort_unstable();
        sensitive.dedup();
        let compares = |model: &'a dyn PrivacyModel| {
            let place = model.sensitive()?;
            model.over(&table.distribution(place)).map(|_| (model, place))
        };
        Self {
            k: goal.k,
            sizes: all().filter(by_size).collect(),
            models: all().filter(|model| !by_size(model)).collect(),
            absent: if table.population.is_empty() { vec![] } else { all().filter(|m| m.judges_absent()).collect() },
            table_models: goal.table_models.iter().map(|model| &**model).collect(),
            strict: if goal.strict { all().filter_map(compares).collect() } else { vec![] },
            limit: suppressible(goal.suppression_limit, table.total_records()),
            sensitive,
        }
    }

    /// Whether sizes in subjects decide of each class by itself, so that [`Self::judge_sizes`] is enough.
    pub fn plain(&self) -> bool {
        self.sizes.is_empty() && self.models.is_empty() && self.absent.is_empty() && self.table_models.is_empty()
    }

    /// Fills `withheld` with the classes that are too small, of records and subjects per class; for
    /// [`Self::plain`] conditions.
    pub fn judge_sizes(&self, sizes: impl Iterator<Item = (u64, u64)>, withheld: &mut Vec<u32>) -> Judged {
        withheld.clear();
        let mut records = 0;
        for (class, (of_class, subjects)) in sizes.enumerate() {
            if subjects < self.k && of_class > 0 {
                records += of_class;
                withheld.push(class as u32);
            }
        }
        Judged { least: records, withheld: (records <= self.limit).then_some(records) }
    }

    /// Fills `withheld` with the withheld classes, ascending.
    ///
    /// A class is withheld if it breaks a condition on classes. Then, as long as the remaining ones break a
    /// condition on all together, the smallest class: in distinct subjects, of equal ones the first in the
    /// order of the table. Where the node is no solution, `withheld` is not complete.
    pub fn judge(&self, counts: &mut impl Counts, withheld: &mut Vec<u32>) -> Judged {
        withheld.clear();
        if let Some(judged) = self.judge_absent(counts.classes()) {
            return judged;
        }
        let mut least = 0;
        let classes = counts.classes();
        for class in present(classes) {
            let view = Class::of(classes, &[], class);
            if view.subjects < self.k || !self.sizes.iter().all(|model| model.holds(&view)) {
                least += view.records;
                withheld.push(class as u32);
            }
        }
        if least > self.limit {
            return Judged::hopeless();
        }
        let mut records = least;
        if !self.models.is_empty() {
            let small = std::mem::take(withheld);
            let Some(more) = self.judge_models(counts, &small, withheld) else { return Judged::hopeless() };
            (least, records) = (least + more.0, records + more.1);
        }
        let judged = |withheld| Judged { least, withheld };
        if least > self.limit {
            return Judged::hopeless();
        }
        if records > self.limit {
            return judged(None);
        }
        let Some(more) = self.withhold_smallest(counts.classes(), withheld, self.limit - records) else {
            return judged(None);
        };
        if !self.holds_of_released(counts, withheld) {
            return judged(None);
        }
        judged(Some(records + more))
    }

    /// A class that only the population has cannot be withheld: where it breaks a condition, the node is no
    /// solution.
    fn judge_absent(&self, classes: &Classes) -> Option<Judged> {
        let absent = (0..classes.records.len()).filter(|&class| classes.records[class] == 0);
        let mut broken = None;
        for class in absent {
            let view = Class::of(classes, &[], class);
            for model in self.absent.iter().filter(|model| !model.holds(&view)) {
                // The parts of this class under finer nodes are absent too, and one of them breaks it.
                if model.union() != Union::Never {
                    return Some(Judged::hopeless());
                }
                broken = Some(Judged { least: 0, withheld: None });
            }
        }
        broken
    }

    /// Fills `withheld` with the classes of `small` and those that break a model; gives the records of those
    /// that finer nodes withhold too, and of all, without those of `small`. `None` if no finer node is a
    /// solution.
    fn judge_models(&self, counts: &mut impl Counts, small: &[u32], withheld: &mut Vec<u32>) -> Option<(u64, u64)> {
        // `histograms` borrows all of `counts`: the sizes are copied
        let classes = Classes { class_of: Vec::new(), ..counts.classes().clone() };
        let histograms = counts.histograms();
        let (mut least, mut records) = (0, 0);
        let mut small = small.iter().peekable();
        for class in present(&classes) {
            if small.next_if(|&&next| next as usize == class).is_some() {
                withheld.push(class as u32);
                continue;
            }
            let view = Class::of(&classes, histograms, class);
            let mut broken = self.models.iter().filter(|model| !model.holds(&view)).peekable();
            if broken.peek().is_none() {
                continue;
            }
            withheld.push(class as u32);
            records += view.records;
            let unions: Vec<Union> = broken.map(|model| model.union()).collect();
            if unions.contains(&Union::OfAny) {
                least += view.records;
            }
            // Nothing may be withheld: were a finer node a solution, this class would be kept.
            if self.limit == 0 && unions.iter().any(|union| *union != Union::Never) {
                return None;
            }
        }
        Some((least, records))
    }

    /// Withholds classes, the smallest first, until the rest keeps the conditions on all together; gives their
    /// records, `None` if those would be more than `most`.
    fn withhold_smallest(&self, classes: &Classes, withheld: &mut Vec<u32>, most: u64) -> Option<u64> {
        if self.table_models.is_empty() {
            return Some(0);
        }
        let mut out = withheld.iter().peekable();
        let kept = present(classes).filter(|&class| out.next_if(|&&next| next as usize == class).is_none());
        let mut kept: Vec<(u64, u32)> = kept.map(|class| (classes.subjects[class], class as u32)).collect();
        kept.sort_unstable();
        let mut records = vec![0];
        for &(_, class) in &kept {
            let next = records[records.len() - 1] + classes.records[class as usize];
            if next > most {
                break;
            }
            records.push(next);
        }
        let mut sizes: Vec<(u64, u64)> = Vec::new();
        for &(size, _) in &kept {
            match sizes.last_mut().filter(|last| last.0 == size) {
                Some(last) => last.1 += 1,
                None => sizes.push((size, 1)),
            }
        }
        let holds = |number: usize| {
            let mut rest = sizes.clone();
            without_smallest(&mut rest, number as u64);
            self.table_models.iter().all(|model| model.holds(&rest))
        };
        let number = match self.table_models.iter().all(|model| model.holds_without_smallest()) {
            true => {
                let all: Vec<usize> = (0..records.len()).collect();
                all.partition_point(|&number| !holds(number))
            }
            false => (0..records.len()).find(|&number| holds(number)).unwrap_or(records.len()),
        };
        let taken = *records.get(number)?;
        withheld.extend(kept[..number].iter().map(|&(_, class)| class));
        withheld.sort_unstable();
        Some(taken)
    }

    /// Whether the models that compare a class with the whole hold against what is released. Where nothing is
    /// withheld, that is the whole.
    fn holds_of_released(&self, counts: &mut impl Counts, withheld: &[u32]) -> bool {
        if self.strict.is_empty() || withheld.is_empty() {
            return true;
        }
        let stricter: Vec<Box<dyn PrivacyModel>> =
            (self.strict.iter()).filter_map(|&(model, place)| model.over(&counts.released(place, withheld))).collect();
        let classes = Classes { class_of: Vec::new(), ..counts.classes().clone() };
        let histograms = counts.histograms();
        let mut out = withheld.iter().peekable();
        let mut kept = present(&classes).filter(|&class| out.next_if(|&&next| next as usize == class).is_none());
        kept.all(|class| {
            let view = Class::of(&classes, histograms, class);
            stricter.iter().all(|model| model.holds(&view))
        })
    }
}

/// The classes that have records.
fn present(classes: &Classes) -> impl Iterator<Item = usize> {
    (0..classes.records.len()).filter(|&class| classes.records[class] > 0)
}

/// Takes `number` of the smallest classes away.
fn without_smallest(sizes: &mut Vec<(u64, u64)>, mut number: u64) {
    let gone = sizes.iter().take_while(|&&(_, classes)| {
        let gone = classes <= number;
        number -= if gone { classes } else { 0 };
        gone
    });
    let gone = gone.count();
    sizes.drain(..gone);
    if let Some(first) = sizes.first_mut() {
        first.1 -= number;
    }
}

/// The classes of a table as they are counted the plain way.
pub(super) struct Plain<'a> {
    pub table: &'a EquivalenceTable,
    pub classes: Classes,
    histograms: Vec<Histogram>,
}

impl<'a> Plain<'a> {
    pub fn new(table: &'a EquivalenceTable, classes: Classes) -> Self {
        Self { table, classes, histograms: Vec::new() }
    }
}

impl Counts for Plain<'_> {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn histograms(&mut self) -> &[Histogram] {
        if self.histograms.is_empty() {
            let histogram = |place| self.table.histogram(&self.classes, place);
            self.histograms = (0..self.table.sensitive.len()).map(histogram).collect();
        }
        &self.histograms
    }

    fn released(&self, sensitive: usize, withheld: &[u32]) -> Vec<u64> {
        let mut gone = vec![0_u32; self.classes.records.len()];
        withheld.iter().for_each(|&class| gone[class as usize] = 1);
        let class_of: Vec<u32> = self.classes.class_of.iter().map(|&class| gone[class as usize]).collect();
        let two = Classes { class_of, records: vec![0; 2], ..Classes::default() };
        let mut counts = vec![0; self.table.sensitive[sensitive].domain.len()];
        for &(value, subjects) in self.table.histogram(&two, sensitive).class(0) {
            counts[value as usize] = subjects;
        }
        counts
    }
}
