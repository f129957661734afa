//! Classes in compact form: one packed key of labels per class, and the way from finer to coarser ones.

use hashbrown::HashTable;

use crate::table::{EquivalenceTable, Footprints, Hierarchy};

/// A key holds the label of every column in bit fields that do not straddle words.
pub(super) type Key<const W: usize> = [u64; W];

/// Where the label of one column stands in a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    word: usize,
    shift: u32,
    mask: u64,
}

impl Field {
    pub fn get<const W: usize>(&self, key: &Key<W>) -> u32 {
        (key[self.word] >> self.shift & self.mask) as u32
    }

    fn set<const W: usize>(&self, key: &mut Key<W>, label: u32) {
        key[self.word] = key[self.word] & !(self.mask << self.shift) | u64::from(label) << self.shift;
    }
}

/// The fields of all columns and the number of words that they need.
pub(super) fn fields(hierarchies: &[Hierarchy]) -> (Vec<Field>, usize) {
    let (mut word, mut shift) = (0, 0);
    let mut fields = Vec::with_capacity(hierarchies.len());
    for hierarchy in hierarchies {
        let most = hierarchy.levels.iter().map(|level| level.labels.len()).max().unwrap_or(0);
        let bits = usize::BITS - most.saturating_sub(1).leading_zeros();
        if shift + bits > u64::BITS {
            (word, shift) = (word + 1, 0);
        }
        let mask = (1_u64 << bits) - 1;
        fields.push(Field { word, shift: if bits == 0 { 0 } else { shift }, mask });
        shift += bits;
    }
    (fields, word + 1)
}

/// The classes under some node. Subjects of several classes are kept apart, as in the table.
#[derive(Debug, Default)]
pub(super) struct Groups<const W: usize> {
    pub keys: Vec<Key<W>>,
    pub records: Vec<u64>,
    /// Subjects whose records are all in this class.
    pub subjects: Vec<u64>,
    pub spread: Footprints,
}

/// Memory that is used again from one count to the next.
#[derive(Default)]
pub(super) struct Scratch {
    /// Open addressing: 0 is free, otherwise class + 1.
    slots: Vec<u32>,
    shift: u32,
    class_of: Vec<u32>,
    touched: Vec<u32>,
}

impl Scratch {
    fn clear(&mut self, most: usize) {
        let size = (most.max(8) * 2).next_power_of_two();
        self.slots.clear();
        self.slots.resize(size, 0);
        self.shift = u64::BITS - size.trailing_zeros();
        self.class_of.clear();
    }

    /// The class of a key, which is made if it is new.
    #[inline]
    fn class<const W: usize>(&mut self, key: Key<W>, groups: &mut Groups<W>) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (hash(&key) >> self.shift) as usize;
        loop {
            match self.slots[at] {
                0 => {
                    groups.keys.push(key);
                    groups.records.push(0);
                    groups.subjects.push(0);
                    self.slots[at] = groups.keys.len() as u32;
                    return groups.keys.len() - 1;
                }
                class if groups.keys[class as usize - 1] == key => return class as usize - 1,
                _ => at = (at + 1) & mask,
            }
        }
    }
}

#[inline]
fn hash<const W: usize>(key: &Key<W>) -> u64 {
    key.iter().fold(0, |h: u64, word| (h.rotate_left(29) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

impl<const W: usize> Groups<W> {
    /// The classes when every column is released at level 0.
    pub fn finest(table: &EquivalenceTable, hierarchies: &[Hierarchy], fields: &[Field]) -> Self {
        let mut keys = vec![[0; W]; table.combinations()];
        for ((hierarchy, field), codes) in hierarchies.iter().zip(fields).zip(&table.codes) {
            let labels = &hierarchy.levels[0].label_of;
            for (key, &code) in keys.iter_mut().zip(codes) {
                field.set(key, labels[code as usize]);
            }
        }
        let mut groups = Self::default();
        let mut scratch = Scratch::default();
        let rows = keys.into_iter().zip(table.records.iter().zip(&table.subjects));
        groups.collect(rows, table.combinations(), &table.spread, &mut scratch);
        groups
    }

    /// Fills `into` with the classes after the labels of some columns have become coarser.
    pub fn roll_up(&self, changes: &[(Field, &[u32])], into: &mut Self, scratch: &mut Scratch) {
        let counts = self.records.iter().zip(&self.subjects);
        match changes {
            [(field, labels)] => {
                let (field, labels) = (*field, *labels);
                let keys = self.keys.iter().map(move |key| {
                    let mut key = *key;
                    let label = labels[field.get(&key) as usize];
                    field.set(&mut key, label);
                    key
                });
                into.collect(keys.zip(counts), self.keys.len(), &self.spread, scratch);
            }
            _ => {
                let keys = self.keys.iter().map(|key| {
                    let mut key = *key;
                    for (field, labels) in changes {
                        let label = labels[field.get(&key) as usize];
                        field.set(&mut key, label);
                    }
                    key
                });
                into.collect(keys.zip(counts), self.keys.len(), &self.spread, scratch);
            }
        }
    }

    fn collect<'a>(
        &mut self,
        rows: impl Iterator<Item = (Key<W>, (&'a u64, &'a u64))>,
        most: usize,
        spread: &Footprints,
        scratch: &mut Scratch,
    ) {
        self.keys.clear();
        self.records.clear();
        self.subjects.clear();
        scratch.clear(most);
        let keep = !spread.is_empty();
        for (key, (&records, &subjects)) in rows {
            let class = scratch.class(key, self);
            self.records[class] += records;
            self.subjects[class] += subjects;
            if keep {
                scratch.class_of.push(class as u32);
            }
        }
        self.spread = Footprints::default();
        if keep {
            self.collect_spread(spread, scratch);
        }
    }

    /// Sets that fall into one class become its subjects; sets that become equal are counted together.
    fn collect_spread(&mut self, spread: &Footprints, scratch: &mut Scratch) {
        let mut sets: HashTable<u32> = HashTable::new();
        let to = &mut self.spread;
        let hash = |set: &[u32]| set.iter().fold(0, |h, &member| hash(&[h ^ u64::from(member)]));
        for (members, subjects) in spread.iter() {
            let touched = &mut scratch.touched;
            touched.clear();
            touched.extend(members.iter().map(|&member| scratch.class_of[member as usize]));
            touched.sort_unstable();
            touched.dedup();
            if let [class] = touched[..] {
                self.subjects[class as usize] += subjects;
                continue;
            }
            let set = |id: u32| &to.members[to.starts[id as usize]..to.starts[id as usize + 1]];
            if let Some(&id) = sets.find(hash(touched), |&id| set(id) == &touched[..]) {
                to.subjects[id as usize] += subjects;
                continue;
            }
            sets.insert_unique(hash(touched), to.subjects.len() as u32, |&id| hash(set(id)));
            to.members.extend_from_slice(touched);
            to.starts.push(to.members.len());
            to.subjects.push(subjects);
        }
    }

    /// Distinct subjects per class, those of several classes counted in each.
    pub fn distinct_subjects(&self) -> std::borrow::Cow<'_, [u64]> {
        if self.spread.is_empty() {
            return self.subjects.as_slice().into();
        }
        let mut subjects = self.subjects.clone();
        for (members, count) in self.spread.iter() {
            members.iter().for_each(|&class| subjects[class as usize] += count);
        }
        subjects.into()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.keys.len() * (W + 2) * 8 + self.spread.members.len() * 4 + self.spread.starts.len() * 16
    }
}
