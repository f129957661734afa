//! Cells in compact form: one packed key of labels per cell, and the way from finer to coarser ones.

use hashbrown::HashTable;
use rayon::prelude::*;

use super::counting::Change;
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
    #[inline]
    pub fn get<const W: usize>(&self, key: &Key<W>) -> u32 {
        (key[self.word] >> self.shift & self.mask) as u32
    }

    /// How many bits it has.
    pub fn bits(&self) -> u32 {
        self.mask.count_ones()
    }

    /// Its place in the word.
    pub fn shift(&self) -> u32 {
        self.shift
    }

    /// What to flip in the word of a key that has the label `from`, to give it the label `to`.
    pub fn flip(&self, from: u32, to: u32) -> u64 {
        u64::from(from ^ to) << self.shift
    }
}

/// The fields of columns with these numbers of labels, and the number of words that they need.
pub(super) fn fields(labels: impl IntoIterator<Item = usize>) -> (Vec<Field>, usize) {
    let (mut word, mut shift) = (0, 0);
    let mut fields = Vec::new();
    for most in labels {
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

/// How many bits of the first word these fields take.
pub(super) fn bits(fields: &[Field]) -> u32 {
    u64::BITS - mask::<1>(fields)[0].leading_zeros()
}

/// The bits of these fields.
pub(super) fn mask<const W: usize>(fields: &[Field]) -> Key<W> {
    let mut key = [0; W];
    fields.iter().for_each(|field| key[field.word] |= field.mask << field.shift);
    key
}

/// Rows whose keys are made at once.
const ROWS: usize = 4_096;

/// The key of each combination when every quasi column is released at its level. `fields` are those of the
/// quasi columns, then those of the sensitive columns at the places `sensitive`.
pub(super) fn keys<const W: usize>(
    table: &EquivalenceTable,
    hierarchies: &[Hierarchy],
    levels: &[usize],
    sensitive: &[usize],
    fields: &[Field],
) -> Vec<Key<W>> {
    let (quasi, others) = fields.split_at(hierarchies.len());
    let words = |((hierarchy, &level), field): ((&Hierarchy, &usize), &Field)| {
        let labels = &hierarchy.levels[level].label_of;
        labels.iter().map(|&label| field.flip(0, label)).collect::<Vec<u64>>()
    };
    let words: Vec<Vec<u64>> = hierarchies.iter().zip(levels).zip(quasi).map(words).collect();
    let mut keys = vec![[0; W]; table.combinations()];
    keys.par_chunks_mut(ROWS).enumerate().for_each(|(chunk, keys)| {
        let rows = chunk * ROWS..chunk * ROWS + keys.len();
        for ((words, field), codes) in words.iter().zip(quasi).zip(&table.codes) {
            for (key, &code) in keys.iter_mut().zip(&codes[rows.clone()]) {
                key[field.word] |= words[code as usize];
            }
        }
        for (&place, field) in sensitive.iter().zip(others) {
            for (key, &code) in keys.iter_mut().zip(&table.sensitive[place].codes[rows.clone()]) {
                key[field.word] |= field.flip(0, code);
            }
        }
    });
    keys
}

/// One cell: its labels and counts side by side, since they are read and written together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<const W: usize> {
    pub key: Key<W>,
    pub records: u64,
    /// Subjects whose records are all in this cell.
    pub subjects: u64,
}

/// The cells under some node: combinations of a label per quasi column and a value of each sensitive column
/// that is asked for. Without such columns they are the classes.
///
/// They stand in the order of the first combination of each, whatever they were counted from.
#[derive(Debug, Default)]
pub(super) struct Groups<const W: usize> {
    pub list: Vec<Group<W>>,
    /// People of the population, where the table knows them, otherwise empty.
    pub people: Vec<u64>,
    /// Subjects of several cells, which are kept apart as in the table.
    pub spread: Footprints,
}

/// Memory that is used again from one count to the next.
#[derive(Default)]
pub(super) struct Scratch {
    /// Open addressing: 0 is free, otherwise cell + 1.
    slots: Vec<u32>,
    shift: u32,
    /// The cell that each row went to, if asked for.
    cell_of: Vec<u32>,
    touched: Vec<u32>,
}

impl Scratch {
    fn clear(&mut self, most: usize) {
        let size = (most.max(8) * 2).next_power_of_two();
        self.slots.clear();
        self.slots.resize(size, 0);
        self.shift = u64::BITS - size.trailing_zeros();
        self.cell_of.clear();
    }

    /// The cell of a key, which is made if it is new.
    #[inline(always)]
    fn cell<const W: usize>(&mut self, key: Key<W>, list: &mut Vec<Group<W>>) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (hash(&key) >> self.shift) as usize;
        loop {
            match self.slots[at] {
                0 => {
                    list.push(Group { key, records: 0, subjects: 0 });
                    self.slots[at] = list.len() as u32;
                    return list.len() - 1;
                }
                cell if list[cell as usize - 1].key == key => return cell as usize - 1,
                _ => at = (at + 1) & mask,
            }
        }
    }
}

impl<const W: usize> Group<W> {
    #[inline]
    fn raised(self, changes: &[Change]) -> Self {
        let mut key = self.key;
        for Change { field, flips } in changes {
            key[field.word] ^= flips[field.get(&self.key) as usize];
        }
        Self { key, ..self }
    }
}

#[inline]
pub(super) fn hash<const W: usize>(key: &Key<W>) -> u64 {
    key.iter().fold(0, |h: u64, word| (h.rotate_left(29) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

impl<const W: usize> Groups<W> {
    /// The cells when every column is released at level 0; see [`keys`] for the fields.
    pub fn finest(table: &EquivalenceTable, hierarchies: &[Hierarchy], sensitive: &[usize], fields: &[Field]) -> Self {
        let keys = keys(table, hierarchies, &vec![0; hierarchies.len()], sensitive, fields);
        let mut groups = Self::default();
        let counts = table.records.iter().zip(&table.subjects);
        let rows = keys.into_iter().zip(counts).map(|(key, (&records, &subjects))| Group { key, records, subjects });
        groups.collect(rows, table.combinations(), &table.population, &table.spread, &mut Scratch::default());
        groups
    }

    /// Fills `into` with the cells after the labels of some columns have become coarser.
    pub fn roll_up(&self, changes: &[Change], into: &mut Self, scratch: &mut Scratch) {
        let rows = self.list.iter().map(|group| group.raised(changes));
        into.collect(rows, self.list.len(), &self.people, &self.spread, scratch);
    }

    /// Fills `into` with the cells that are alike in the bits of `mask`, and `cell_of` with the cell there of
    /// each one here. Subjects of several cells are added to each.
    pub fn merge(&self, mask: &Key<W>, into: &mut Self, cell_of: &mut Vec<u32>, scratch: &mut Scratch) {
        into.list.clear();
        scratch.clear(self.list.len());
        cell_of.clear();
        for group in &self.list {
            let mut key = group.key;
            key.iter_mut().zip(mask).for_each(|(word, mask)| *word &= mask);
            let cell = scratch.cell(key, &mut into.list);
            into.list[cell].records += group.records;
            into.list[cell].subjects += group.subjects;
            cell_of.push(cell as u32);
        }
        into.collect_people(&self.people, cell_of);
        let touched = &mut scratch.touched;
        for (members, subjects) in self.spread.iter() {
            touched.clear();
            touched.extend(members.iter().map(|&member| cell_of[member as usize]));
            touched.sort_unstable();
            touched.dedup();
            touched.iter().for_each(|&cell| into.list[cell as usize].subjects += subjects);
        }
        into.spread = Footprints::default();
    }

    fn collect(
        &mut self,
        rows: impl Iterator<Item = Group<W>>,
        most: usize,
        people: &[u64],
        spread: &Footprints,
        scratch: &mut Scratch,
    ) {
        self.list.clear();
        scratch.clear(most);
        let keep = !spread.is_empty() || !people.is_empty();
        for row in rows {
            let cell = scratch.cell(row.key, &mut self.list);
            self.list[cell].records += row.records;
            self.list[cell].subjects += row.subjects;
            if keep {
                scratch.cell_of.push(cell as u32);
            }
        }
        self.collect_people(people, &scratch.cell_of);
        self.spread = Footprints::default();
        if !spread.is_empty() {
            self.collect_spread(spread, scratch);
        }
    }

    fn collect_people(&mut self, people: &[u64], cell_of: &[u32]) {
        self.people.clear();
        if !people.is_empty() {
            self.people.resize(self.list.len(), 0);
            people.iter().zip(cell_of).for_each(|(people, &cell)| self.people[cell as usize] += people);
        }
    }

    /// Sets that fall into one cell become its subjects; sets that become equal are counted together.
    fn collect_spread(&mut self, spread: &Footprints, scratch: &mut Scratch) {
        let mut sets: HashTable<u32> = HashTable::new();
        let to = &mut self.spread;
        let hash = |set: &[u32]| set.iter().fold(0, |h, &member| hash(&[h ^ u64::from(member)]));
        for (members, subjects) in spread.iter() {
            let touched = &mut scratch.touched;
            touched.clear();
            touched.extend(members.iter().map(|&member| scratch.cell_of[member as usize]));
            touched.sort_unstable();
            touched.dedup();
            if let [cell] = touched[..] {
                self.list[cell as usize].subjects += subjects;
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

    /// Adds subjects of several cells to each of them: then `subjects` are distinct subjects.
    pub fn spread_subjects(&mut self) {
        for (members, count) in std::mem::take(&mut self.spread).iter() {
            members.iter().for_each(|&cell| self.list[cell as usize].subjects += count);
        }
    }
}
