//! How well sets of columns tell records apart, and which sets single people out: finding quasi-identifiers.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rows::{Owner, Rows, Splitter};
use crate::table::EquivalenceTable;

/// What is known of everybody by whoever knows the values of some columns.
///
/// Distinction and separation count records, whoever they belong to: a subject's twelve bills are twelve.
/// Singling out counts subjects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnSet {
    /// Indexes of quasi columns, ascending.
    pub columns: Vec<usize>,
    /// Different combinations of values.
    pub combinations: u64,
    /// α-distinction: different combinations per record. Keeping one record of each combination, a share α of
    /// all, makes the columns a key. 1 without records.
    pub distinction: f64,
    /// α-separation: share of the pairs of records that differ in at least one of the columns. 1 without pairs.
    pub separation: f64,
    /// Share of the subjects with at least one record in a class that no other subject is in. 1 without
    /// subjects.
    pub singled_out: f64,
}

/// Measures every set of 1 to `largest` quasi columns; small sets first, then by column.
///
/// Exact: pairs are counted in whole numbers. Sets grow column by column, and combinations that are already
/// alone are not looked at again, so the cost is that of the combinations that are left to tell apart. There
/// are [`sets`] of them: keep `largest` small for wide tables.
///
/// # References
/// Motwani and Xu, *Efficient algorithms for masking and finding quasi-identifiers*, VLDB 2007: an
/// α-distinct set becomes a key when at most a share 1 − α of the records is removed, an α-separating set
/// tells at least a share α of the pairs of records apart.
pub fn column_sets(table: &EquivalenceTable, largest: usize) -> Vec<ColumnSet> {
    column_sets_of(&Rows::of(table), table.total_subjects(), largest)
}

/// Returns the smallest sets of at most `largest` columns that single out more than `share` of the subjects.
///
/// Smallest: no set in the answer contains another. With more columns never fewer are singled out, so every
/// set of at most `largest` columns that does is one of these or contains one.
pub fn find_quasi_identifiers(table: &EquivalenceTable, share: f64, largest: usize) -> Vec<ColumnSet> {
    smallest(&column_sets(table, largest), share)
}

/// The number of sets of 1 to `largest` of `columns` columns.
pub fn sets(columns: usize, largest: usize) -> u128 {
    let (mut of_size, mut all) = (1_u128, 0_u128);
    for size in 1..=largest.min(columns) {
        // binomial coefficients: each product can be divided by its size
        of_size = match of_size.checked_mul((columns - size + 1) as u128) {
            Some(product) => product / size as u128,
            None => return u128::MAX,
        };
        all = all.saturating_add(of_size);
    }
    all
}

/// As [`find_quasi_identifiers`], from sets that were measured, small ones first.
pub fn smallest(measured: &[ColumnSet], share: f64) -> Vec<ColumnSet> {
    let mut found: Vec<ColumnSet> = Vec::new();
    for set in measured.iter().filter(|set| set.singled_out > share) {
        let within = |small: &ColumnSet| small.columns.iter().all(|column| set.columns.contains(column));
        if !found.iter().any(within) {
            found.push(set.clone());
        }
    }
    found
}

/// As [`column_sets`], from rows that were gathered.
pub(super) fn column_sets_of(rows: &Rows, subjects: u64, largest: usize) -> Vec<ColumnSet> {
    let all = Whole { rows, subjects, records: rows.records.iter().map(|&n| u128::from(n)).sum(), largest };
    let everything = (0..rows.len() as u32).collect();
    let root = Node { starts: vec![0], rows: everything, ..Node::default() };
    let mut found = all.grow(&root, &[], &mut Splitter::default());
    found.sort_by(|a, b| a.columns.len().cmp(&b.columns.len()).then_with(|| a.columns.cmp(&b.columns)));
    found
}

/// What all sets have in common.
struct Whole<'a> {
    rows: &'a Rows,
    subjects: u64,
    records: u128,
    largest: usize,
}

/// The classes of one set of columns.
#[derive(Default)]
struct Node {
    /// Classes of two or more rows: class `i` is `rows[starts[i]..]` up to the next start.
    rows: Vec<u32>,
    starts: Vec<usize>,
    /// Classes of one row, which no further column cuts.
    alone: Counts,
    /// Classes of two or more rows.
    together: Counts,
    /// Subjects with a footprint that are alone in a class of one row; may repeat.
    known: Vec<u64>,
    /// The same in classes of more rows.
    known_together: Vec<u64>,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    classes: u64,
    /// Pairs of records in one class.
    pairs: u128,
    /// Subjects without a footprint that are alone.
    single: u64,
}

impl Whole<'_> {
    /// All sets that begin with `columns`, whose classes `node` holds, and go on.
    fn grow(&self, node: &Node, columns: &[usize], splitter: &mut Splitter) -> Vec<ColumnSet> {
        let next = columns.last().map_or(0, |last| last + 1)..self.rows.codes.len();
        if columns.len() == self.largest {
            return Vec::new();
        }
        let child = |column: usize, splitter: &mut Splitter| {
            let child = self.cut(node, column, splitter);
            let columns = [columns, &[column]].concat();
            let mut found = vec![self.measure(&child, &columns)];
            found.extend(self.grow(&child, &columns, splitter));
            found
        };
        match columns.len() {
            // enough branches for all cores
            0 | 1 => next.into_par_iter().flat_map_iter(|column| child(column, &mut Splitter::default())).collect(),
            _ => next.flat_map(|column| child(column, splitter)).collect(),
        }
    }

    fn cut(&self, node: &Node, column: usize, splitter: &mut Splitter) -> Node {
        let mut child = Node { alone: node.alone, known: node.known.clone(), ..Node::default() };
        for (i, &start) in node.starts.iter().enumerate() {
            let end = node.starts.get(i + 1).copied().unwrap_or(node.rows.len());
            splitter.split(&node.rows[start..end], &self.rows.codes[column]);
            for part in splitter.parts() {
                let owner = part.iter().fold(Owner::NOBODY, |all, &row| all.merge(self.rows.owner[row as usize]));
                let records: u128 = part.iter().map(|&row| u128::from(self.rows.records[row as usize])).sum();
                let (counts, known) = match part.len() {
                    1 => (&mut child.alone, &mut child.known),
                    _ => (&mut child.together, &mut child.known_together),
                };
                counts.classes += 1;
                counts.pairs += pairs(records);
                match owner.sole() {
                    Some(subject) if subject < self.rows.footprints => known.push(subject),
                    Some(_) => counts.single += 1,
                    None => {}
                }
                if part.len() > 1 {
                    child.starts.push(child.rows.len());
                    child.rows.extend_from_slice(part);
                }
            }
        }
        child
    }

    fn measure(&self, node: &Node, columns: &[usize]) -> ColumnSet {
        let (alone, together) = (node.alone, node.together);
        let mut known = [&node.known[..], &node.known_together].concat();
        known.sort_unstable();
        known.dedup();
        let combinations = alone.classes + together.classes;
        let all_pairs = pairs(self.records);
        let single = alone.single + together.single + known.len() as u64;
        ColumnSet {
            columns: columns.to_vec(),
            combinations,
            distinction: share(u128::from(combinations), self.records),
            separation: share(all_pairs - alone.pairs - together.pairs, all_pairs),
            singled_out: share(u128::from(single), u128::from(self.subjects)),
        }
    }
}

/// Pairs of two different records.
fn pairs(records: u128) -> u128 {
    records * records.saturating_sub(1) / 2
}

/// A part of a whole; 1, the worst, of nothing.
fn share(part: u128, whole: u128) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests;
