//! The distinct combinations of the quasi columns, and cutting them into classes column by column.
//!
//! A table may hold several combinations with the same quasi values, told apart by other columns, and a
//! subject may have records in several. [`Rows`] has each combination of quasi values once and knows whose
//! records it holds; [`Splitter`] cuts a class of rows by one more column.

use super::ClassSizes;
use crate::table::EquivalenceTable;
use crate::table::tuples::Tuples;

/// Whose records a set of rows holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner(u64);

impl Owner {
    /// No subject is known; merges with any other.
    pub const NOBODY: Self = Self(u64::MAX - 1);
    /// At least two subjects.
    pub const SEVERAL: Self = Self(u64::MAX);

    /// Whose records the union of two sets holds.
    pub fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::NOBODY, one) | (one, Self::NOBODY) => one,
            (one, same) if one == same => one,
            _ => Self::SEVERAL,
        }
    }

    /// The number of the only subject. Subjects whose records spread over several combinations of the table
    /// are numbered first, by their footprint.
    pub fn sole(self) -> Option<u64> {
        (self.0 < Self::NOBODY.0).then_some(self.0)
    }
}

/// Each combination of the quasi columns' values, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rows {
    /// `codes[column][row]`.
    pub codes: Vec<Vec<u32>>,
    /// The row of each combination of the table.
    pub row_of: Vec<u32>,
    pub records: Vec<u64>,
    /// Distinct subjects per row.
    pub subjects: Vec<u64>,
    pub owner: Vec<Owner>,
    /// Subjects numbered below this may own several rows; all others own one.
    pub footprints: u64,
}

impl Rows {
    /// Gathers the combinations of a table by the codes of its quasi columns.
    pub fn of(table: &EquivalenceTable) -> Self {
        let combinations = table.combinations();
        let mut tuples = Tuples::new(table.codes.len());
        let mut tuple = vec![0; table.codes.len()];
        let row_of: Vec<u32> = (0..combinations)
            .map(|combination| {
                tuple.iter_mut().zip(&table.codes).for_each(|(code, codes)| *code = codes[combination]);
                tuples.insert(&tuple)
            })
            .collect();
        let footprints = table.spread.subjects.len() as u64;
        let count = tuples.len();
        let mut rows = Self {
            codes: vec![Vec::with_capacity(count); table.codes.len()],
            records: vec![0; count],
            subjects: vec![0; count],
            owner: vec![Owner::NOBODY; count],
            row_of,
            footprints,
        };
        for row in 0..count as u32 {
            rows.codes.iter_mut().zip(tuples.get(row)).for_each(|(codes, &code)| codes.push(code));
        }
        for (combination, &row) in rows.row_of.iter().enumerate() {
            let row = row as usize;
            rows.records[row] += table.records[combination];
            rows.subjects[row] += table.subjects[combination];
            let own = match table.subjects[combination] {
                0 => Owner::NOBODY,
                1 => Owner(footprints + combination as u64),
                _ => Owner::SEVERAL,
            };
            rows.owner[row] = rows.owner[row].merge(own);
        }
        let mut touched = Vec::new();
        for (number, (members, subjects)) in table.spread.iter().enumerate() {
            let own = match subjects {
                0 => Owner::NOBODY,
                1 => Owner(number as u64),
                _ => Owner::SEVERAL,
            };
            touched.clear();
            touched.extend(members.iter().map(|&member| rows.row_of[member as usize]));
            touched.sort_unstable();
            touched.dedup();
            for &row in &touched {
                rows.subjects[row as usize] += subjects;
                rows.owner[row as usize] = rows.owner[row as usize].merge(own);
            }
        }
        rows
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Distinct subjects per row, counted by number.
    pub fn sizes(&self) -> ClassSizes {
        ClassSizes::from_classes(self.subjects.iter().copied())
    }

    /// The number of distinct values of a column that occur.
    pub fn values(&self, column: usize) -> usize {
        let mut codes = self.codes[column].clone();
        codes.sort_unstable();
        codes.dedup();
        codes.len()
    }
}

/// Cuts classes into parts of equal codes; keeps its buffers between cuts.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    /// Per code the number of rows, then the end of its part; 0 between cuts.
    places: Vec<u32>,
    codes: Vec<u32>,
    rows: Vec<u32>,
    ends: Vec<usize>,
}

impl Splitter {
    /// Cuts a class by the codes of a column. Parts stand in the order in which their codes first appear, rows
    /// in the order that they had.
    pub fn split(&mut self, class: &[u32], codes: &[u32]) {
        self.codes.clear();
        self.ends.clear();
        for &row in class {
            let code = codes[row as usize] as usize;
            if code >= self.places.len() {
                self.places.resize(code + 1, 0);
            }
            if self.places[code] == 0 {
                self.codes.push(code as u32);
            }
            self.places[code] += 1;
        }
        let mut end = 0;
        for &code in &self.codes {
            let start = end;
            end += self.places[code as usize] as usize;
            self.ends.push(end);
            self.places[code as usize] = start as u32;
        }
        self.rows.resize(class.len().max(self.rows.len()), 0);
        for &row in class {
            let place = &mut self.places[codes[row as usize] as usize];
            self.rows[*place as usize] = row;
            *place += 1;
        }
        self.codes.iter().for_each(|&code| self.places[code as usize] = 0);
    }

    /// The number of parts of the last cut.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The parts of the last cut.
    pub fn parts(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.rows[start..end])
    }
}
