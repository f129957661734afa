//! [`EquivalenceTable`]: how many records and distinct subjects each combination of values has.

use std::hash::BuildHasher;

use super::{Domain, Hierarchy};

/// Distinct combinations of quasi-identifier and sensitive values with their counts.
///
/// Combinations stand in ascending order of their codes, quasi columns first, so that two tallies of one
/// source are equal. Two combinations that differ in sensitive values alone are in one class at every level:
/// a combination is a class of its own only where no sensitive column is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EquivalenceTable {
    /// One per quasi column.
    pub domains: Vec<Domain>,
    /// `codes[column][combination]`, an index into the column's domain.
    pub codes: Vec<Vec<u32>>,
    /// The sensitive columns that a privacy model speaks of.
    pub sensitive: Vec<Sensitive>,
    /// Records per combination.
    pub records: Vec<u64>,
    /// Subjects per combination whose records all have this one combination.
    pub subjects: Vec<u64>,
    /// Subjects whose records spread over several combinations: they do not add up.
    pub spread: Footprints,
    /// People of the population per combination, where one is known, otherwise empty. A combination that
    /// only the population has counts no records; of combinations that differ in sensitive values alone the
    /// first counts the people of all.
    pub population: Vec<u64>,
}

/// One sensitive column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sensitive {
    /// The values as they are released.
    pub domain: Domain,
    /// Per combination, an index into the domain.
    pub codes: Vec<u32>,
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

impl FromIterator<(Vec<u32>, u64)> for Footprints {
    /// Takes distinct sets, each ascending, in any order.
    fn from_iter<I: IntoIterator<Item = (Vec<u32>, u64)>>(sets: I) -> Self {
        let mut sets: Vec<(Vec<u32>, u64)> = sets.into_iter().collect();
        sets.sort_unstable();
        let mut footprints = Self::default();
        for (set, subjects) in sets {
            footprints.members.extend(set);
            footprints.starts.push(footprints.members.len());
            footprints.subjects.push(subjects);
        }
        footprints
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Classes {
    /// The class of each combination.
    pub class_of: Vec<u32>,
    /// Records per class.
    pub records: Vec<u64>,
    /// Distinct subjects per class.
    pub subjects: Vec<u64>,
    /// People of the population per class, where the table knows them, otherwise empty. A class that only the
    /// population has counts no records and is not released.
    pub population: Vec<u64>,
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

    /// The same counts with the last `count` columns taken as sensitive.
    pub fn with_sensitive(mut self, count: usize) -> Self {
        let quasi = self.codes.len() - count;
        let codes = self.codes.split_off(quasi);
        let columns = self.domains.split_off(quasi).into_iter().zip(codes);
        self.sensitive.extend(columns.map(|(domain, codes)| Sensitive { domain, codes }));
        self
    }

    /// The classes when every column is released at its level, numbered in the order of the combinations.
    pub fn classes(&self, hierarchies: &[Hierarchy], levels: &[usize]) -> Classes {
        let maps: Vec<&[u32]> =
            hierarchies.iter().zip(levels).map(|(h, &level)| &h.levels[level].label_of[..]).collect();
        self.grouped(maps.len(), |column, row| maps[column][self.codes[column][row] as usize])
    }

    /// The classes when every column is released as the table has it.
    pub fn finest(&self) -> Classes {
        self.grouped(self.codes.len(), |column, row| self.codes[column][row])
    }

    /// The classes of combinations that are alike in `width` labels.
    pub fn grouped(&self, width: usize, label: impl Fn(usize, usize) -> u32) -> Classes {
        let mut labels = vec![0_u32; width * self.combinations()];
        for column in 0..width {
            for row in 0..self.combinations() {
                labels[row * width + column] = label(column, row);
            }
        }
        let key = |row: u32| &labels[row as usize * width..(row as usize + 1) * width];
        let hasher = hashbrown::DefaultHashBuilder::default();
        // The first combination of each class, and the class.
        let mut known: hashbrown::HashTable<(u32, u32)> = hashbrown::HashTable::new();
        let mut classes = Classes { class_of: Vec::with_capacity(self.combinations()), ..Classes::default() };
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
        if !self.population.is_empty() {
            classes.population = vec![0; classes.records.len()];
            for (&class, &people) in classes.class_of.iter().zip(&self.population) {
                classes.population[class as usize] += people;
            }
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

    /// How the values of the sensitive column at this place are spread over classes.
    ///
    /// Counts the distinct subjects of each class that have the value; one with several values counts for
    /// each of them.
    pub fn histogram(&self, classes: &Classes, sensitive: usize) -> Histogram {
        let codes = &self.sensitive[sensitive].codes;
        let cell = |row: usize| (classes.class_of[row], codes[row]);
        let mut counts: Vec<((u32, u32), u64)> =
            (0..self.combinations()).map(|row| (cell(row), self.subjects[row])).collect();
        for (members, subjects) in self.spread.iter() {
            let mut touched: Vec<(u32, u32)> = members.iter().map(|&member| cell(member as usize)).collect();
            touched.sort_unstable();
            touched.dedup();
            counts.extend(touched.into_iter().map(|cell| (cell, subjects)));
        }
        counts.sort_unstable();
        Histogram::from_sorted(classes.records.len(), counts)
    }

    /// How many distinct subjects have each value of the sensitive column at this place, in the whole table.
    pub fn distribution(&self, sensitive: usize) -> Vec<u64> {
        let one = Classes { class_of: vec![0; self.combinations()], records: vec![0], ..Classes::default() };
        let mut counts = vec![0; self.sensitive[sensitive].domain.len()];
        for &(value, subjects) in self.histogram(&one, sensitive).class(0) {
            counts[value as usize] = subjects;
        }
        counts
    }
}

/// The sensitive values of each class with their counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    starts: Vec<usize>,
    cells: Vec<(u32, u64)>,
}

impl Histogram {
    /// From counts of (class, value), ascending; equal ones are added, zeros are left out.
    pub fn from_sorted(classes: usize, counts: impl IntoIterator<Item = ((u32, u32), u64)>) -> Self {
        let mut histogram = Self { starts: Vec::with_capacity(classes + 1), cells: Vec::new() };
        histogram.starts.push(0);
        for ((class, value), count) in counts.into_iter().filter(|&(_, count)| count > 0) {
            while histogram.starts.len() <= class as usize {
                histogram.starts.push(histogram.cells.len());
            }
            let first = histogram.starts.last().copied().unwrap_or(0);
            match histogram.cells[first..].last_mut().filter(|cell| cell.0 == value) {
                Some(cell) => cell.1 += count,
                None => histogram.cells.push((value, count)),
            }
        }
        histogram.starts.resize(classes + 1, histogram.cells.len());
        histogram
    }

    /// Of one class, from its values, ascending by code, with how many of its subjects have each; none is 0.
    pub fn of_one(cells: Vec<(u32, u64)>) -> Self {
        Self { starts: vec![0, cells.len()], cells }
    }

    /// The values of a class, ascending by code, with how many of its subjects have each; none is 0.
    pub fn class(&self, class: usize) -> &[(u32, u64)] {
        &self.cells[self.starts[class]..self.starts[class + 1]]
    }
}
