//! How many subjects a row could be, if a suppressed cell could be anything.

use hashbrown::HashMap;

use crate::search::census::Census;
use crate::table::tuples::Tuples;
use crate::table::{EquivalenceTable, LocalRecoding, STAR};

/// The least distinct subjects of a released class, under both readings of a suppressed cell; `None` where nothing
/// is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeastK {
    /// A class is the rows alike in all labels; `*` is a value.
    pub value: Option<u64>,
    /// The class of a row is all rows that could be the same; `*` could be any value. Never below `value`.
    pub wildcard: Option<u64>,
}

/// Measures k under both readings, over what a recoding releases.
///
/// A cell is suppressed if its label is `*`; an interval or a null is not: it is like its equals. Takes time by the
/// classes times the different sets of suppressed columns, not by pairs of classes.
///
/// # Panics
/// With more than 64 quasi columns.
pub fn least_k(table: &EquivalenceTable, recoding: &LocalRecoding) -> LeastK {
    assert!(recoding.columns.len() <= 64, "patterns of columns are 64 bits");
    let census = Census::new(table);
    let mut keys = Tuples::new(recoding.columns.len());
    let mut members: Vec<Vec<u32>> = vec![];
    let released = |&row: &usize| !recoding.suppressed[row] && table.records[row] > 0;
    for row in (0..table.combinations()).filter(released) {
        let key: Vec<u32> = recoding.columns.iter().map(|column| column.label_of[row]).collect();
        let class = keys.insert(&key) as usize;
        if class == members.len() {
            members.push(vec![]);
        }
        members[class].push(row as u32);
    }
    let is_star = |column: usize, label: u32| recoding.columns[column].labels[label as usize].as_deref() == Some(STAR);
    let row = |(class, members): (usize, &Vec<u32>)| {
        let key = keys.get(class as u32);
        let pattern = key.iter().enumerate().filter(|&(c, &label)| is_star(c, label)).map(|(c, _)| 1 << c).sum();
        Row::new(&census, key, pattern, members)
    };
    let value = members.iter().map(|members| census.subjects(members)).min();
    let mut compatible = Compatible::new(&census, members.iter().enumerate().map(row).collect());
    let least = |least: Option<u64>, row: usize| Some(compatible.subjects(row, least.unwrap_or(u64::MAX)));
    LeastK { value, wildcard: (0..members.len()).fold(None, least) }
}

/// Returns per quasi column how many released records have `*` there.
pub fn suppressed_cells(table: &EquivalenceTable, recoding: &LocalRecoding) -> Vec<u64> {
    let column = |column: &crate::table::LocalColumn| {
        let star = |row: usize| column.labels[column.label_of[row] as usize].as_deref() == Some(STAR);
        (0..table.combinations())
            .filter(|&row| !recoding.suppressed[row] && star(row))
            .map(|row| table.records[row])
            .sum()
    };
    recoding.columns.iter().map(column).collect()
}

/// A class of rows alike.
pub(super) struct Row {
    key: Vec<u32>,
    /// The columns that are suppressed.
    pattern: u64,
    /// Subjects with all records here.
    alone: u64,
    /// Of the other subjects, the sets of combinations that touch the class; may repeat.
    footprints: Vec<u32>,
}

impl Row {
    pub fn new(census: &Census, key: &[u32], pattern: u64, members: &[u32]) -> Self {
        let alone = members.iter().map(|&member| census.table.subjects[member as usize]).sum();
        let footprints = members.iter().flat_map(|&member| census.footprints(member)).copied().collect();
        Self { key: key.to_vec(), pattern, alone, footprints }
    }
}

/// Rows, found by what they could be.
///
/// Two rows are compatible if they are alike in all columns that neither suppresses. So the rows of one pattern are
/// indexed by the columns that a row of another pattern can be compared in, when one first asks.
pub(super) struct Compatible<'a> {
    census: &'a Census<'a>,
    rows: Vec<Row>,
    of_pattern: Vec<OfPattern>,
    place: HashMap<u64, usize>,
    /// Per footprint the last question that counted it.
    counted: Vec<u32>,
    question: u32,
}

/// The rows that had a pattern once; a row that has another now is passed over.
#[derive(Default)]
struct OfPattern {
    pattern: u64,
    rows: Vec<u32>,
    by_columns: HashMap<u64, Projection>,
}

/// Rows by their labels in some columns.
struct Projection {
    keys: Tuples,
    rows: Vec<Vec<u32>>,
}

impl Projection {
    fn add(&mut self, row: u32, key: &[u32], columns: u64) {
        let place = self.keys.insert(&project(key, columns)) as usize;
        if place == self.rows.len() {
            self.rows.push(vec![]);
        }
        self.rows[place].push(row);
    }
}

fn project(key: &[u32], columns: u64) -> Vec<u32> {
    key.iter().enumerate().filter(|&(column, _)| columns >> column & 1 == 1).map(|(_, &label)| label).collect()
}

impl<'a> Compatible<'a> {
    pub fn new(census: &'a Census, rows: Vec<Row>) -> Self {
        let counted = vec![0; census.table.spread.subjects.len()];
        let mut compatible = Self { census, rows, of_pattern: vec![], place: HashMap::new(), counted, question: 0 };
        (0..compatible.rows.len()).for_each(|row| compatible.file(row));
        compatible
    }

    /// Files a row under its pattern.
    fn file(&mut self, row: usize) {
        let Row { key, pattern, .. } = &self.rows[row];
        let place = *self.place.entry(*pattern).or_insert_with(|| {
            self.of_pattern.push(OfPattern { pattern: *pattern, ..OfPattern::default() });
            self.of_pattern.len() - 1
        });
        let of_pattern = &mut self.of_pattern[place];
        of_pattern.rows.push(row as u32);
        for (&columns, projection) in &mut of_pattern.by_columns {
            projection.add(row as u32, key, columns);
        }
    }

    /// Gives a row more suppressed columns.
    pub fn suppress(&mut self, row: usize, key: &[u32], pattern: u64) {
        self.rows[row].key = key.to_vec();
        self.rows[row].pattern = pattern;
        self.file(row);
    }

    /// Distinct subjects of the rows that a row is compatible with, itself included; no more than `most` are counted.
    pub fn subjects(&mut self, row: usize, most: u64) -> u64 {
        let Self { census, rows, of_pattern, counted, question, .. } = self;
        *question += 1;
        let Row { key, pattern, .. } = &rows[row];
        let mut subjects = 0;
        for other in of_pattern {
            let columns = !(pattern | other.pattern);
            let projection = other.by_columns.entry(columns).or_insert_with(|| {
                let width = (0..key.len()).filter(|column| columns >> column & 1 == 1).count();
                let mut projection = Projection { keys: Tuples::new(width), rows: vec![] };
                let current = other.rows.iter().filter(|&&row| rows[row as usize].pattern == other.pattern);
                current.for_each(|&row| projection.add(row, &rows[row as usize].key, columns));
                projection
            });
            let Some(found) = projection.keys.find(&project(key, columns)) else { continue };
            for &match_ in &projection.rows[found as usize] {
                let match_ = &rows[match_ as usize];
                if match_.pattern != other.pattern {
                    continue;
                }
                subjects += match_.alone;
                for &footprint in &match_.footprints {
                    let last = &mut counted[footprint as usize];
                    if *last != *question {
                        *last = *question;
                        subjects += census.table.spread.subjects[footprint as usize];
                    }
                }
                if subjects >= most {
                    return most;
                }
            }
        }
        subjects
    }
}
