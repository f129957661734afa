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
    /// Slot, footprint and how many units have it, ascending; units may be 0. Slot 0 is the subject itself.
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

    /// What a union with disjoint units has, but for the list of shared subjects: to be judged only.
    pub fn with(&self, other: &Self, subjects: &[u64]) -> Self {
        let mut sum = Self {
            records: self.records + other.records,
            subjects: self.subjects + other.subjects,
            population: self.population + other.population,
            values: merged(&self.values, &other.values, |a, b| a + b),
            shared: Vec::new(),
        };
        let (few, many) = if self.shared.len() < other.shared.len() { (self, other) } else { (other, self) };
        for &(slot, footprint, _) in few.shared.iter().filter(|shared| shared.2 > 0) {
            if many.units_with(slot, footprint) > 0 {
                sum.take(slot, subjects[footprint as usize]);
            }
        }
        sum
    }

    /// What is left without units that are in it, but for the list of shared subjects: to be judged only.
    pub fn without(&self, other: &Self, subjects: &[u64]) -> Self {
        let mut rest = Self {
            records: self.records - other.records,
            subjects: self.subjects - other.subjects,
            population: self.population - other.population,
            values: merged(&self.values, &other.values, |a, b| a - b),
            shared: Vec::new(),
        };
        for &(slot, footprint, units) in &other.shared {
            if units > 0 && self.units_with(slot, footprint) > units {
                rest.give(slot, subjects[footprint as usize]);
            }
        }
        rest.values.retain(|&(_, count)| count > 0);
        rest
    }

    /// Adds disjoint units.
    pub fn add(&mut self, other: &Self, subjects: &[u64]) {
        let judged = self.with(other, subjects);
        let mut shared = std::mem::take(&mut self.shared);
        if !other.shared.is_empty() {
            shared = united(&shared, &other.shared);
        }
        *self = Self { shared, ..judged };
    }

    /// Takes units away that are in it.
    pub fn remove(&mut self, other: &Self, subjects: &[u64]) {
        let judged = self.without(other, subjects);
        let mut shared = std::mem::take(&mut self.shared);
        for &(slot, footprint, units) in &other.shared {
            if let Ok(at) = shared.binary_search_by_key(&(slot, footprint), |shared| (shared.0, shared.1)) {
                shared[at].2 -= units;
            }
        }
        *self = Self { shared, ..judged };
    }

    /// How many units have the subjects of a footprint with the value of a slot.
    fn units_with(&self, slot: u32, footprint: u32) -> u32 {
        let found = self.shared.binary_search_by_key(&(slot, footprint), |shared| (shared.0, shared.1));
        found.map_or(0, |at| self.shared[at].2)
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

/// Both lists of shared subjects in one.
fn united(a: &[(u32, u32, u32)], b: &[(u32, u32, u32)]) -> Vec<(u32, u32, u32)> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        let order = (x.0, x.1).cmp(&(y.0, y.1));
        all.push(match order {
            std::cmp::Ordering::Less => x,
            std::cmp::Ordering::Greater => y,
            std::cmp::Ordering::Equal => (x.0, x.1, x.2 + y.2),
        });
        i += usize::from(order.is_le());
        j += usize::from(order.is_ge());
    }
    all.extend_from_slice(&a[i..]);
    all.extend_from_slice(&b[j..]);
    all
}
