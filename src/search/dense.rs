//! Counting by the place of a class among all that its labels could make.

use super::counting::{Column, Way};

/// So many places per row at most: more take longer to look through than classes take to be found.
const ROOM: u64 = 16;

/// Bits of a key that are looked up at once.
const BITS: u32 = 10;

/// The number of records in every place.
#[derive(Debug, Default)]
pub(super) struct Dense {
    pub counts: Vec<u32>,
    groups: Vec<Lookup>,
}

/// Neighbouring fields of a key, and what they add to the place.
#[derive(Debug, Default)]
struct Lookup {
    shift: u32,
    places: Vec<u32>,
}

impl Dense {
    /// Gets ready for so many rows; false if other ways of counting are faster.
    pub fn ready(&mut self, way: &Way, rows: usize) -> bool {
        let places = way.columns.iter().try_fold(1, |all: u64, column| all.checked_mul(column.labels.1 as u64));
        let Some(places) = places.filter(|&places| places <= ROOM * rows as u64) else { return false };
        let lookups = || lookups(&way.columns);
        if lookups().map(|(_, bits)| 1_usize << bits).sum::<usize>() > rows {
            return false;
        }
        let mut stride = 1;
        self.groups.resize_with(lookups().count(), Lookup::default);
        for (group, (columns, bits)) in self.groups.iter_mut().zip(lookups()) {
            group.prepare(columns, bits, &mut stride);
        }
        self.counts.clear();
        self.counts.resize(places as usize, 0);
        true
    }

    pub fn fill(&mut self, rows: impl Iterator<Item = (u64, u32)>) {
        match &self.groups[..] {
            [] => fill(&mut self.counts, [], rows),
            [a] => fill(&mut self.counts, [a], rows),
            [a, b] => fill(&mut self.counts, [a, b], rows),
            [a, b, c] => fill(&mut self.counts, [a, b, c], rows),
            [a, b, c, d] => fill(&mut self.counts, [a, b, c, d], rows),
            [a, b, c, d, e] => fill(&mut self.counts, [a, b, c, d, e], rows),
            groups => {
                for (key, records) in rows {
                    let place: u32 = groups.iter().map(|group| group.place(key)).sum();
                    self.counts[place as usize] += records;
                }
            }
        }
    }

    /// The place of a key.
    pub fn place(&self, key: u64) -> usize {
        self.groups.iter().map(|group| group.place(key)).sum::<u32>() as usize
    }
}

fn fill<const N: usize>(counts: &mut [u32], groups: [&Lookup; N], rows: impl Iterator<Item = (u64, u32)>) {
    for (key, records) in rows {
        let place: u32 = groups.iter().map(|group| group.place(key)).sum();
        counts[place as usize] += records;
    }
}

/// Neighbouring columns whose fields are looked up at once, with their bits.
fn lookups<'a, 'b>(columns: &'b [Column<'a>]) -> impl Iterator<Item = (&'b [Column<'a>], u32)> {
    let mut rest = columns;
    std::iter::from_fn(move || {
        let mut bits = rest.first()?.field.bits();
        let more = rest[1..].iter().take_while(|column| {
            bits += column.field.bits();
            bits <= BITS
        });
        let (group, after) = rest.split_at(1 + more.count());
        rest = after;
        Some((group, group.iter().map(|column| column.field.bits()).sum()))
    })
}

impl Lookup {
    /// `stride` is what a label of the first of the columns adds to a place.
    fn prepare(&mut self, columns: &[Column], bits: u32, stride: &mut u32) {
        let taken = columns.iter().find(|column| column.field.bits() > 0);
        self.shift = taken.map_or(0, |column| column.field.shift());
        self.places.clear();
        self.places.resize(1 << bits, 0);
        let mut filled = 1;
        for column in columns.iter().filter(|column| column.field.bits() > 0) {
            let place = |label: usize| column.coarser.map_or(label as u32, |coarser| coarser[label]) * *stride;
            for label in (0..column.labels.0).rev() {
                let (known, new) = self.places.split_at_mut(filled);
                let add = place(label);
                match label {
                    0 => known.iter_mut().for_each(|place| *place += add),
                    _ => {
                        let new = &mut new[(label - 1) * filled..label * filled];
                        new.iter_mut().zip(known).for_each(|(new, known)| *new = *known + add);
                    }
                }
            }
            filled <<= column.field.bits();
            *stride *= column.labels.1 as u32;
        }
    }

    #[inline(always)]
    fn place(&self, key: u64) -> u32 {
        // the last bits of the number of places, a power of two
        self.places[(key >> self.shift) as usize & (self.places.len() - 1)]
    }
}
