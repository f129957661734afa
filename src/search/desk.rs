//! Where one node is counted and judged: the memory that one count leaves to the next.

use std::sync::{Mutex, PoisonError};

use super::groups::{Field, Groups, Key, Scratch};
use super::judge::{Conditions, Counts, Judged};
use crate::table::{Classes, Histogram};

/// Desks that nobody works at.
#[derive(Default)]
pub(super) struct Desks<const W: usize>(Mutex<Vec<Desk<W>>>);

impl<const W: usize> Desks<W> {
    pub fn take(&self) -> Desk<W> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub fn give(&self, desk: Desk<W>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(desk);
    }
}

#[derive(Default)]
pub(super) struct Desk<const W: usize> {
    pub scratch: Scratch,
    /// The cells of the node.
    pub groups: Groups<W>,
    /// The classes of the node, where cells are not classes.
    classes: Groups<W>,
    class_of: Vec<u32>,
    /// The withheld classes, ascending.
    pub withheld: Vec<u32>,
    sizes: Classes,
    histograms: Vec<Histogram>,
}

/// The sensitive columns of cells.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    /// Sensitive columns of the table.
    pub columns: usize,
    /// Of those that are counted: the place in the table, the field in a key and the number of values.
    pub fields: Vec<(usize, Field, usize)>,
}

impl<const W: usize> Desk<W> {
    /// Judges the counted cells; then [`Self::classes`] and [`Self::withheld`] tell of the node's classes.
    pub fn judge(&mut self, conditions: &Conditions, quasi: &Key<W>, values: &Values) -> Judged {
        if conditions.plain() {
            self.groups.spread_subjects();
            let sizes = self.groups.list.iter().map(|group| (group.records, group.subjects));
            return conditions.judge_sizes(sizes, &mut self.withheld);
        }
        self.groups.merge(quasi, &mut self.classes, &mut self.class_of, &mut self.scratch);
        let Self { groups, classes, class_of, withheld, sizes, histograms, .. } = self;
        sizes.records.clear();
        sizes.records.extend(classes.list.iter().map(|class| class.records));
        sizes.subjects.clear();
        sizes.subjects.extend(classes.list.iter().map(|class| class.subjects));
        sizes.population.clone_from(&classes.people);
        histograms.clear();
        conditions.judge(&mut Cells { groups, class_of, sizes, histograms, values }, withheld)
    }

    /// The classes of the judged node.
    pub fn classes(&self, conditions: &Conditions) -> &[super::groups::Group<W>] {
        if conditions.plain() { &self.groups.list } else { &self.classes.list }
    }
}

/// The cells of a node and the class of each.
struct Cells<'a, const W: usize> {
    groups: &'a Groups<W>,
    class_of: &'a [u32],
    sizes: &'a Classes,
    histograms: &'a mut Vec<Histogram>,
    values: &'a Values,
}

impl<const W: usize> Cells<'_, W> {
    /// Subjects of each class and value; classes ascending, and values within a class.
    fn histogram(&self, field: Field) -> Histogram {
        let classes = self.sizes.records.len();
        let mut starts = vec![0_u32; classes + 1];
        let cell = |at: u32| (self.class_of[at as usize], field.get(&self.groups.list[at as usize].key));
        let mut shared: Vec<((u32, u32), u64)> = Vec::new();
        let mut touched: Vec<(u32, u32)> = Vec::new();
        for (members, subjects) in self.groups.spread.iter() {
            touched.clear();
            touched.extend(members.iter().map(|&member| cell(member)));
            touched.sort_unstable();
            touched.dedup();
            shared.extend(touched.iter().map(|&cell| (cell, subjects)));
        }
        let own = self.groups.list.iter().enumerate().map(|(at, group)| (cell(at as u32), group.subjects));
        let counts = || own.clone().chain(shared.iter().copied()).filter(|(_, subjects)| *subjects > 0);
        counts().for_each(|((class, _), _)| starts[class as usize + 1] += 1);
        for class in 0..classes {
            starts[class + 1] += starts[class];
        }
        let mut sorted = vec![((0, 0), 0); starts[classes] as usize];
        let mut next = starts.clone();
        for count in counts() {
            let place = &mut next[count.0.0 as usize];
            sorted[*place as usize] = count;
            *place += 1;
        }
        for class in starts.windows(2) {
            sorted[class[0] as usize..class[1] as usize].sort_unstable();
        }
        Histogram::from_sorted(classes, sorted)
    }
}

impl<const W: usize> Counts for Cells<'_, W> {
    fn classes(&self) -> &Classes {
        self.sizes
    }

    fn histograms(&mut self) -> &[Histogram] {
        if self.histograms.is_empty() && !self.values.fields.is_empty() {
            let classes = self.sizes.records.len();
            let mut histograms = vec![Histogram::from_sorted(classes, []); self.values.columns];
            for &(place, field, _) in &self.values.fields {
                histograms[place] = self.histogram(field);
            }
            *self.histograms = histograms;
        }
        self.histograms
    }

    fn released(&self, sensitive: usize, withheld: &[u32]) -> Vec<u64> {
        let Some(&(_, field, values)) = self.values.fields.iter().find(|(place, ..)| *place == sensitive) else {
            return Vec::new();
        };
        let mut gone = vec![false; self.sizes.records.len()];
        withheld.iter().for_each(|&class| gone[class as usize] = true);
        let released = |at: usize| !gone[self.class_of[at] as usize];
        let value = |at: usize| field.get(&self.groups.list[at].key);
        let mut counts = vec![0; values];
        for (at, group) in self.groups.list.iter().enumerate().filter(|(at, _)| released(*at)) {
            counts[value(at) as usize] += group.subjects;
        }
        let mut touched: Vec<u32> = Vec::new();
        for (members, subjects) in self.groups.spread.iter() {
            touched.clear();
            let seen = members.iter().map(|&member| member as usize).filter(|&member| released(member));
            touched.extend(seen.map(value));
            touched.sort_unstable();
            touched.dedup();
            touched.iter().for_each(|&value| counts[value as usize] += subjects);
        }
        counts
    }
}
