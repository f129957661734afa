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

/// One class: its labels and counts side by side, since they are read and written together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<const W: usize> {
    pub key: Key<W>,
    pub records: u64,
    /// Subjects whose records are all in this class.
    pub subjects: u64,
}

/// The classes under some node. Subjects of several classes are kept apart, as in the table.
#[derive(Debug, Default)]
pub(super) struct Groups<const W: usize> {
    pub list: Vec<Group<W>>,
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
    #[inline(always)]
    fn class<const W: usize>(&mut self, key: Key<W>, groups: &mut Groups<W>) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (hash(&key) >> self.shift) as usize;
        loop {
            match self.slots[at] {
                0 => {
                    groups.list.push(Group { key, records: 0, subjects: 0 });
                    self.slots[at] = groups.list.len() as u32;
                    return groups.list.len() - 1;
                }
                class if groups.list[class as usize - 1].key == key => return class as usize - 1,
                _ => at = (at + 1) & mask,
            }
        }
    }
}

impl<const W: usize> Group<W> {
    #[inline]
    fn raised(mut self, field: Field, labels: &[u32]) -> Self {
        let label = labels[field.get(&self.key) as usize];
        field.set(&mut self.key, label);
        self
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
        let counts = table.records.iter().zip(&table.subjects);
        let rows = keys.into_iter().zip(counts).map(|(key, (&records, &subjects))| Group { key, records, subjects });
        groups.collect(rows, table.combinations(), &table.spread, &mut scratch);
        groups
    }

    /// Fills `into` with the classes after the labels of some columns have become coarser.
    pub fn roll_up(&self, changes: &[(Field, &[u32])], into: &mut Self, scratch: &mut Scratch) {
        if let [(field, labels)] = changes {
            let (field, labels) = (*field, *labels);
            let rows = self.list.iter().map(|group| group.raised(field, labels));
            into.collect(rows, self.list.len(), &self.spread, scratch);
        } else {
            let raise = |group: Group<W>, (field, labels): &(Field, &[u32])| group.raised(*field, labels);
            let rows = self.list.iter().map(|group| changes.iter().fold(*group, raise));
            into.collect(rows, self.list.len(), &self.spread, scratch);
        }
    }

    fn collect(
        &mut self,
        rows: impl Iterator<Item = Group<W>>,
        most: usize,
        spread: &Footprints,
        scratch: &mut Scratch,
    ) {
        self.list.clear();
        scratch.clear(most);
        let keep = !spread.is_empty();
        for row in rows {
            let class = scratch.class(row.key, self);
            self.list[class].records += row.records;
            self.list[class].subjects += row.subjects;
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
                self.list[class as usize].subjects += subjects;
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

    /// Adds subjects of several classes to each of them: then `subjects` are distinct subjects.
    pub fn spread_subjects(&mut self) {
        for (members, count) in std::mem::take(&mut self.spread).iter() {
            members.iter().for_each(|&class| self.list[class as usize].subjects += count);
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.list.len() * (W + 2) * 8 + self.spread.members.len() * 4 + self.spread.starts.len() * 16
    }
}
