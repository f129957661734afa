//! Classes of which nothing but the number of records is asked, with keys of one word: in the fewest bytes.

use super::counting::{Cells, Change, Rules, Told, Way};
use super::dense::Dense;
use super::groups::Group;
use super::meter::Counted;

/// Places of a table per row: a place that is taken by another class is hard to foresee and costs as much as
/// several that are not.
const ROOM: usize = 4;

/// A key that holds the labels of all columns.
pub(super) trait Key: Copy + Eq + Default + Send + Sync {
    fn new(word: u64) -> Self;
    fn word(self) -> u64;
}

impl Key for u32 {
    fn new(word: u64) -> Self {
        word as u32
    }

    fn word(self) -> u64 {
        self.into()
    }
}

impl Key for u64 {
    fn new(word: u64) -> Self {
        word
    }

    fn word(self) -> u64 {
        self
    }
}

/// A class; without records, a free place of a table.
#[derive(Debug, Clone, Copy, Default)]
struct Entry<K> {
    key: K,
    records: u32,
}

/// The classes under some node, in any order. Every record is a subject, and they are fewer than 2^32.
#[derive(Debug, Default)]
pub(super) struct Narrow<K> {
    list: Vec<Entry<K>>,
}

/// Open addressing.
#[derive(Debug, Default)]
struct Table<K> {
    entries: Vec<Entry<K>>,
    /// The places that are taken, as many as are told.
    taken: Vec<u32>,
}

impl<K: Key> Table<K> {
    /// Adds up rows by their keys, and gives the number of places that are taken.
    fn fill(&mut self, rows: impl ExactSizeIterator<Item = Entry<K>>) -> usize {
        let size = (rows.len().max(8) * ROOM).next_power_of_two();
        let (shift, mask) = (u64::BITS - size.trailing_zeros(), size - 1);
        self.entries.clear();
        self.entries.resize(size, Entry::default());
        self.taken.resize(self.taken.len().max(rows.len()), 0);
        let (entries, taken) = (&mut self.entries[..], &mut self.taken[..]);
        let mut number = 0;
        for row in rows {
            let mut at = (row.key.word().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) as usize;
            loop {
                let entry = &mut entries[at & mask];
                // One question for both: whether a class is new is hard to foresee, for the processor too.
                if (entry.records == 0) | (entry.key == row.key) {
                    taken[number] = (at & mask) as u32;
                    number += usize::from(entry.records == 0);
                    *entry = Entry { key: row.key, records: entry.records + row.records };
                    break;
                }
                at += 1;
            }
        }
        number
    }

    fn raise(&mut self, list: &[Entry<K>], changes: &[Change]) -> usize {
        match *changes {
            [] => self.fill(list.iter().copied()),
            [a] => self.raise_by(list, [a]),
            [a, b] => self.raise_by(list, [a, b]),
            [a, b, c] => self.raise_by(list, [a, b, c]),
            _ => self.fill(list.iter().map(|entry| entry.raised(changes))),
        }
    }

    fn raise_by<const N: usize>(&mut self, list: &[Entry<K>], changes: [Change; N]) -> usize {
        self.fill(list.iter().map(|entry| entry.raised(&changes)))
    }

    fn classes(&self, number: usize) -> impl ExactSizeIterator<Item = Entry<K>> {
        self.taken[..number].iter().map(|&at| self.entries[at as usize])
    }
}

impl<K: Key> Entry<K> {
    #[inline(always)]
    fn raised(self, changes: &[Change]) -> Self {
        let word = self.key.word();
        let flips = changes.iter().map(|change| change.flips[change.field.get(&[word]) as usize]);
        Self { key: K::new(flips.fold(word, |word, flip| word ^ flip)), ..self }
    }
}

impl<K: Key> Narrow<K> {
    /// From rows of a key and a number of records. `alike` tells whether keys may be there more than once.
    pub fn new(rows: impl ExactSizeIterator<Item = (u64, u64)>, alike: bool) -> Self {
        let rows = rows.map(|(key, records)| Entry { key: K::new(key), records: records as u32 });
        let list: Vec<Entry<K>> = rows.filter(|entry| entry.records > 0).collect();
        if !alike {
            return Self { list };
        }
        let mut table = Table::default();
        let number = table.fill(list.into_iter());
        Self { list: table.classes(number).collect() }
    }
}

/// The memory that one count leaves to the next.
#[derive(Debug, Default)]
pub(super) struct Desk<K> {
    table: Table<K>,
    dense: Dense,
    classes: Vec<Group<1>>,
    withheld: Vec<u32>,
}

impl<K: Key> Entry<K> {
    fn group(self) -> Group<1> {
        Group { key: [self.key.word()], records: self.records.into(), subjects: self.records.into() }
    }
}

impl<K: Key> Cells for Narrow<K> {
    type Desk = Desk<K>;

    fn number(&self) -> usize {
        self.list.len()
    }

    fn bytes(&self) -> usize {
        self.list.len() * size_of::<Entry<K>>()
    }

    fn raised(&self, way: &Way, desk: &mut Self::Desk) -> Self {
        let number = desk.table.raise(&self.list, &way.changes);
        Self { list: desk.table.classes(number).collect() }
    }

    fn tell(
        &self,
        way: &Way,
        levels: &[u16],
        rules: &Rules,
        desk: &mut Self::Desk,
        asked: &dyn Fn(u64) -> bool,
    ) -> Told {
        let k = u32::try_from(rules.conditions.k).unwrap_or(u32::MAX);
        let all = rules.meter.asks_for_all_classes();
        let answer = |least| if least > rules.conditions.limit { false } else { asked(least) };
        let Desk { table, dense, classes, withheld } = desk;
        let least;
        classes.clear();
        if dense.ready(way, self.list.len()) {
            dense.fill(self.list.iter().map(|entry| (entry.key.word(), entry.records)));
            least = small(dense.counts.iter().copied(), k);
            if answer(least) && all {
                // metrics that ask for all classes ask for their sizes alone
                let classed = dense.counts.iter().filter(|records| **records > 0);
                classes.extend(classed.map(|&records| Entry { key: K::default(), records }.group()));
            } else if answer(least) {
                // the rows of withheld classes, which cost together what the classes cost
                let rows = self.list.iter().filter(|entry| dense.counts[dense.place(entry.key.word())] < k);
                classes.extend(rows.map(|entry| entry.raised(&way.changes).group()));
            }
        } else {
            let number = table.raise(&self.list, &way.changes);
            least = small(table.classes(number).map(|class| class.records), k);
            if answer(least) {
                classes.extend(table.classes(number).filter(|class| all || class.records < k).map(Entry::group));
            }
        }
        if !answer(least) {
            return Told { least, solution: None };
        }
        withheld.clear();
        let is_withheld = |class: &usize| !all || classes[*class].records < u64::from(k);
        withheld.extend((0..classes.len()).filter(is_withheld).map(|class| class as u32));
        let fields = rules.quasi();
        let value = rules.meter.value(&Counted { levels, fields, classes, withheld, withheld_records: least });
        Told { least, solution: Some((least, value)) }
    }
}

/// The records of classes that are smaller than `k`; they are fewer than 2^32.
fn small(classes: impl Iterator<Item = u32>, k: u32) -> u64 {
    classes.map(|records| if records < k { records } else { 0 }).sum::<u32>().into()
}
