//! [`EquivalenceTable`]: how many records and distinct subjects each combination of values has.

use std::hash::BuildHasher;

use super::{Domain, Hierarchy};

/// Distinct combinations of quasi-identifier values with their counts.
///
/// Combinations stand in ascending order of their codes, so that two tallies of one source are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EquivalenceTable {
    /// One per quasi column.
    pub domains: Vec<Domain>,
    /// `codes[column][combination]`, an index into the column's domain.
    pub codes: Vec<Vec<u32>>,
    /// Records per combination.
    pub records: Vec<u64>,
    /// Subjects per combination whose records all have this one combination.
    pub subjects: Vec<u64>,
    /// Subjects whose records spread over several combinations: they do not add up.
    pub spread: Footprints,
}

/// Sets of two or more combinations, each with the number of subjects whose records have exactly these.
///
/// Set `i` is `members[starts[i]..starts[i + 1]]`, ascending; sets are distinct and in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footprints {
    pub starts: Vec<usize>,
    pub members: Vec<u32>,
    pub subjects: Vec<u64>,
}

impl Default for Footprints {
    fn default() -> Self {
        Self { starts: vec![0], members: Vec::new(), subjects: Vec::new() }
    }
}

impl Footprints {
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// Each set with its number of subjects.
    pub fn iter(&self) -> impl Iterator<Item = (&[u32], u64)> {
        self.subjects.iter().enumerate().map(|(i, &n)| (&self.members[self.starts[i]..self.starts[i + 1]], n))
    }
}

/// The classes of a table under one level per column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classes {
    /// The class of each combination.
    pub class_of: Vec<u32>,
    /// Records per class.
    pub records: Vec<u64>,
    /// Distinct subjects per class.
    pub subjects: Vec<u64>,
}

impl EquivalenceTable {
    pub fn combinations(&self) -> usize {
        self.records.len()
    }

    /// All records.
    pub fn total_records(&self) -> u64 {
        self.records.iter().sum()
    }

    /// All distinct subjects.
    pub fn total_subjects(&self) -> u64 {
        self.subjects.iter().sum::<u64>() + self.spread.subjects.iter().sum::<u64>()
    }

    /// The classes when every column is released at its level, numbered in the order of the combinations.
    pub fn classes(&self, hierarchies: &[Hierarchy], levels: &[usize]) -> Classes {
        let width = hierarchies.len();
        let mut labels = vec![0_u32; width * self.combinations()];
        for (column, (hierarchy, &level)) in hierarchies.iter().zip(levels).enumerate() {
            let map = &hierarchy.levels[level].label_of;
            for (row, &code) in self.codes[column].iter().enumerate() {
                labels[row * width + column] = map[code as usize];
            }
        }
        let key = |row: u32| &labels[row as usize * width..(row as usize + 1) * width];
        let hasher = hashbrown::DefaultHashBuilder::default();
        // The first combination of each class, and the class.
        let mut known: hashbrown::HashTable<(u32, u32)> = hashbrown::HashTable::new();
        let mut classes =
            Classes { class_of: Vec::with_capacity(self.combinations()), records: vec![], subjects: vec![] };
        for row in 0..self.combinations() {
            let row_key = key(row as u32);
            let hash = hasher.hash_one(row_key);
            let id = match known.find(hash, |&(first, _)| key(first) == row_key) {
                Some(&(_, id)) => id,
                None => {
                    let id = classes.records.len() as u32;
                    known.insert_unique(hash, (row as u32, id), |&(first, _)| hasher.hash_one(key(first)));
                    classes.records.push(0);
                    classes.subjects.push(0);
                    id
                }
            };
            classes.class_of.push(id);
            classes.records[id as usize] += self.records[row];
            classes.subjects[id as usize] += self.subjects[row];
        }
        let mut touched = Vec::new();
        for (members, subjects) in self.spread.iter() {
            touched.clear();
            touched.extend(members.iter().map(|&m| classes.class_of[m as usize]));
            touched.sort_unstable();
            touched.dedup();
            for &class in &touched {
                classes.subjects[class as usize] += subjects;
            }
        }
        classes
    }
}
