//! Where one node is counted and judged in cells of every kind.

use super::counting::{Cells, Rules, Told, Values, Way};
use super::groups::{Field, Group, Groups, Scratch, mask};
use super::judge::{Counts, Judged};
use super::meter::Counted;
use crate::table::{Classes, Histogram};

/// The memory that one count leaves to the next.
#[derive(Default)]
pub(super) struct Desk<const W: usize> {
    scratch: Scratch,
    /// The cells of the node.
    groups: Groups<W>,
    /// The classes of the node, where cells are not classes.
    classes: Groups<W>,
    class_of: Vec<u32>,
    /// The withheld classes, ascending.
    withheld: Vec<u32>,
    sizes: Classes,
    histograms: Vec<Histogram>,
}

impl<const W: usize> Desk<W> {
    /// Judges the counted cells; then [`Self::classes`] and `withheld` tell of the node's classes.
    fn judge(&mut self, rules: &Rules) -> Judged {
        let conditions = rules.conditions;
        if conditions.plain() {
            self.groups.spread_subjects();
            let sizes = self.groups.list.iter().map(|group| (group.records, group.subjects));
            return conditions.judge_sizes(sizes, &mut self.withheld);
        }
        self.groups.merge(&mask(rules.quasi()), &mut self.classes, &mut self.class_of, &mut self.scratch);
        let Self { groups, classes, class_of, withheld, sizes, histograms, .. } = self;
        sizes.records.clear();
        sizes.records.extend(classes.list.iter().map(|class| class.records));
        sizes.subjects.clear();
        sizes.subjects.extend(classes.list.iter().map(|class| class.subjects));
        sizes.population.clone_from(&classes.people);
        histograms.clear();
        let values = &rules.values;
        conditions.judge(&mut Judging { groups, class_of, sizes, histograms, values }, withheld)
    }

    /// The classes of the judged node.
    fn classes(&self, rules: &Rules) -> &[Group<W>] {
        if rules.conditions.plain() { &self.groups.list } else { &self.classes.list }
    }
}

impl<const W: usize> Cells for Groups<W> {
    type Desk = Desk<W>;

    fn number(&self) -> usize {
        self.list.len()
    }

    fn bytes(&self) -> usize {
        self.list.len() * size_of::<Group<W>>()
            + self.people.len() * 8
            + self.spread.members.len() * 4
            + self.spread.starts.len() * 16
    }

    fn raised(&self, way: &Way, desk: &mut Self::Desk) -> Self {
        let mut groups = Self::default();
        self.roll_up(&way.changes, &mut groups, &mut desk.scratch);
        groups
    }

    fn tell(
        &self,
        way: &Way,
        levels: &[u16],
        rules: &Rules,
        desk: &mut Self::Desk,
        asked: &dyn Fn(u64) -> bool,
    ) -> Told {
        self.roll_up(&way.changes, &mut desk.groups, &mut desk.scratch);
        let judged = desk.judge(rules);
        let solution = judged.withheld.filter(|&withheld| asked(withheld)).map(|withheld_records| {
            let (fields, classes, withheld) = (rules.quasi(), desk.classes(rules), &desk.withheld[..]);
            let counted = Counted { levels, fields, classes, withheld, withheld_records };
            (withheld_records, rules.meter.value(&counted))
        });
        Told { least: judged.least, solution }
    }
}

/// The cells of a node and the class of each.
struct Judging<'a, const W: usize> {
    groups: &'a Groups<W>,
    class_of: &'a [u32],
    sizes: &'a Classes,
    histograms: &'a mut Vec<Histogram>,
    values: &'a Values,
}

impl<const W: usize> Judging<'_, W> {
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

impl<const W: usize> Counts for Judging<'_, W> {
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
