//! What is counted of a class while it grows and shrinks.

use crate::table::{EquivalenceTable, Histogram};

/// Records, people, distinct subjects and, of each sensitive value that a model asks for, distinct subjects.
///
/// Exact also for subjects of several units: these are listed with the number of units that have them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub records: u64,
    /// Distinct subjects.
    pub subjects: u64,
    pub population: u64,
    /// Slots of sensitive values, ascending, each with its distinct subjects; none is 0.
    pub values: Vec<(u32, u64)>,
    /// Slot, footprint and how many units have it, ascending. Slot 0 is the subject itself.
    shared: Vec<(u32, u32, u32)>,
}

/// The numbers of sensitive values: those of all columns that some model asks for, one after the other, from 1.
pub(super) struct Slots {
    /// Place of the column, its first slot, and the slot after its last.
    columns: Vec<(usize, u32, u32)>,
    /// Sensitive columns of the table.
    all: usize,
}

impl Slots {
    pub fn new(table: &EquivalenceTable, sensitive: &[usize]) -> Self {
        let mut next = 1;
        let column = |&place: &usize| {
            let first = next;
            next += table.sensitive[place].domain.len() as u32;
            (place, first, next)
        };
        Self { columns: sensitive.iter().map(column).collect(), all: table.sensitive.len() }
    }

    /// The slots of a combination.
    pub fn of<'a>(&'a self, table: &'a EquivalenceTable, combination: usize) -> impl Iterator<Item = u32> + 'a {
        self.columns.iter().map(move |&(place, first, _)| first + table.sensitive[place].codes[combination])
    }

    /// One histogram per sensitive column of the table, over one class; of columns that no model asks for it
    /// is empty.
    pub fn histograms(&self, counts: &Counts) -> Vec<Histogram> {
        let mut histograms = Vec::new();
        if !self.columns.is_empty() {
            histograms.resize_with(self.all, Histogram::default);
        }
        for &(place, first, end) in &self.columns {
            let from = counts.values.partition_point(|&(slot, _)| slot < first);
            let cells = counts.values[from..].iter().take_while(|&&(slot, _)| slot < end);
            histograms[place] = Histogram::of_one(cells.map(|&(slot, count)| (slot - first, count)).collect());
        }
        histograms
    }
}

impl Counts {
    /// Adds the slots of one more combination of a unit.
    pub fn insert(&mut self, slots: impl Iterator<Item = u32>, subjects: u64) {
        self.subjects += subjects;
        for slot in slots {
            change(&mut self.values, slot, |count| count + subjects);
        }
    }

    /// Adds subjects of several combinations of this unit alone; `slots` are distinct, 0 for the subjects.
    pub fn insert_alone(&mut self, slots: impl Iterator<Item = u32>, subjects: u64) {
        slots.for_each(|slot| self.give(slot, subjects));
    }

    /// Notes subjects that other units have too; `slots` are distinct.
    pub fn share(&mut self, footprint: u32, slots: impl Iterator<Item = u32>) {
        self.shared.extend(slots.map(|slot| (slot, footprint, 1)));
    }

    /// Brings the list of shared subjects in order, and counts them; `subjects` are those of each footprint.
    pub fn settle(&mut self, subjects: &[u64]) {
        self.shared.sort_unstable();
        for at in 0..self.shared.len() {
            let (slot, footprint, _) = self.shared[at];
            self.give(slot, subjects[footprint as usize]);
        }
    }

    /// The counts of a union with disjoint units.
    pub fn plus(&self, other: &Self, subjects: &[u64]) -> Self {
        let mut sum = Self {
            records: self.records + other.records,
            subjects: self.subjects + other.subjects,
            population: self.population + other.population,
            values: merged(&self.values, &other.values, |a, b| a + b),
            shared: Vec::new(),
        };
        if self.shared.is_empty() || other.shared.is_empty() {
            sum.shared = if self.shared.is_empty() { other.shared.clone() } else { self.shared.clone() };
            return sum;
        }
        let (mut a, mut b) = (self.shared.iter().peekable(), other.shared.iter().peekable());
        while let (Some(&&x), Some(&&y)) = (a.peek(), b.peek()) {
            let (left, right) = ((x.0, x.1), (y.0, y.1));
            if left <= right {
                a.next();
            }
            if right <= left {
                b.next();
            }
            sum.shared.push(match left.cmp(&right) {
                std::cmp::Ordering::Less => x,
                std::cmp::Ordering::Greater => y,
                std::cmp::Ordering::Equal => (x.0, x.1, x.2 + y.2),
            });
            if left == right {
                sum.take(x.0, subjects[x.1 as usize]);
            }
        }
        sum.shared.extend(a.chain(b));
        sum
    }

    /// The counts without units that are in it.
    pub fn minus(&self, other: &Self, subjects: &[u64]) -> Self {
        let mut rest = Self {
            records: self.records - other.records,
            subjects: self.subjects - other.subjects,
            population: self.population - other.population,
            values: merged(&self.values, &other.values, |a, b| a - b),
            shared: Vec::new(),
        };
        let mut gone = other.shared.iter().peekable();
        for &(slot, footprint, units) in &self.shared {
            let taken = gone.next_if(|gone| (gone.0, gone.1) == (slot, footprint)).map_or(0, |gone| gone.2);
            if units == taken {
                continue;
            }
            rest.shared.push((slot, footprint, units - taken));
            if taken > 0 {
                rest.give(slot, subjects[footprint as usize]);
            }
        }
        rest.values.retain(|&(_, count)| count > 0);
        rest
    }

    fn take(&mut self, slot: u32, subjects: u64) {
        match slot {
            0 => self.subjects -= subjects,
            _ => change(&mut self.values, slot, |count| count - subjects),
        }
    }

    fn give(&mut self, slot: u32, subjects: u64) {
        match slot {
            0 => self.subjects += subjects,
            _ => change(&mut self.values, slot, |count| count + subjects),
        }
    }

    /// The same with fewer subjects of one value.
    pub fn with_fewer(&self, at: usize, fewer: u64) -> Self {
        let mut less = Self { shared: Vec::new(), ..self.clone() };
        less.values[at].1 -= fewer;
        less.subjects -= fewer.min(less.subjects);
        less.records -= fewer.min(less.records);
        if less.values[at].1 == 0 {
            less.values.remove(at);
        }
        less
    }
}

fn change(values: &mut Vec<(u32, u64)>, slot: u32, to: impl FnOnce(u64) -> u64) {
    match values.binary_search_by_key(&slot, |&(slot, _)| slot) {
        Ok(at) => values[at].1 = to(values[at].1),
        Err(at) => values.insert(at, (slot, to(0))),
    }
}

fn merged(a: &[(u32, u64)], b: &[(u32, u64)], both: impl Fn(u64, u64) -> u64) -> Vec<(u32, u64)> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        all.push(match x.0.cmp(&y.0) {
            std::cmp::Ordering::Less => x,
            std::cmp::Ordering::Greater => y,
            std::cmp::Ordering::Equal => (x.0, both(x.1, y.1)),
        });
        i += usize::from(x.0 <= y.0);
        j += usize::from(y.0 <= x.0);
    }
    all.extend_from_slice(&a[i..]);
    all.extend_from_slice(&b[j..]);
    all
}
