//! Values that act as fingerprints: what few subjects hold names them to whoever knows it.
//!
//! A meter reading of 213.7 kWh is nobody's quasi-identifier and yet everybody's fingerprint. [`Fingerprints`] counts
//! the released records whose value of one column, or whose values of two, are held by fewer than k subjects;
//! [`Numbers`] looks at the ends of a measure and says which rounding or cut would help.
//!
//! That a column determines another is found by [`linkage`](crate::risk::linkage), that rows kept their order by
//! [`order`](crate::risk::order).

mod numbers;

use super::distinct::{Distinct, mix};
use super::{AttackOutcome, Looked, Sampling};
use crate::error::{Error, Result};

pub use numbers::{Advice, Numbers};

/// Distinct values of one column that are kept at a time.
const VALUES: usize = 1 << 17;
/// Distinct pairs of values of two columns that are kept at a time.
const PAIRS: usize = 1 << 14;

/// Who holds each value of the released columns, and each pair of values of two of them.
///
/// Cells come as hashes; a null has a hash of its own and is a value like others. Subjects come as hashes too; where
/// every record is a subject of its own, its position in the release will do. Memory is bounded: beyond 131,072
/// values of a column, or 16,384 pairs of values, one value in 2, 4, 8 … is looked at, whole, and the outcome says
/// so. Such an outcome's trials are that part of all records.
#[derive(Debug, Clone)]
pub struct Fingerprints {
    names: Vec<String>,
    sets: Vec<Set>,
    k: usize,
    rows: u64,
}

#[derive(Debug, Clone)]
struct Set {
    first: usize,
    second: Option<usize>,
    values: Distinct<Holders>,
}

/// Whose a value is.
#[derive(Debug, Clone, Default)]
struct Holders {
    records: u64,
    /// Distinct, k at most.
    subjects: Vec<u64>,
}

impl Holders {
    fn add(&mut self, records: u64, subjects: &[u64], k: usize) {
        self.records += records;
        for subject in subjects {
            if self.subjects.len() < k && !self.subjects.contains(subject) {
                self.subjects.push(*subject);
            }
        }
    }
}

impl Fingerprints {
    /// Watches every one of the columns and these pairs of them (by index).
    pub fn new(names: Vec<String>, pairs: impl IntoIterator<Item = (usize, usize)>, k: u64) -> Self {
        Self::with_limits(names, pairs, k, VALUES, PAIRS)
    }

    fn with_limits(
        names: Vec<String>,
        pairs: impl IntoIterator<Item = (usize, usize)>,
        k: u64,
        values: usize,
        pair_values: usize,
    ) -> Self {
        let single = |first| Set { first, second: None, values: Distinct::new(values) };
        let pair = |(first, second)| Set { first, second: Some(second), values: Distinct::new(pair_values) };
        let sets = (0..names.len()).map(single).chain(pairs.into_iter().map(pair)).collect();
        Self { names, sets, k: usize::try_from(k).unwrap_or(usize::MAX), rows: 0 }
    }

    /// Counts further records: `columns[c][i]` and `subjects[i]` are of one and the same record.
    ///
    /// # Errors
    /// [`Error::Internal`] if a column is missing or columns differ in length.
    pub fn feed(&mut self, columns: &[&[u64]], subjects: &[u64]) -> Result<()> {
        let known = |set: &Set| set.first < columns.len() && set.second.is_none_or(|second| second < columns.len());
        if columns.iter().any(|column| column.len() != subjects.len()) || !self.sets.iter().all(known) {
            return Err(Error::Internal("columns watched for fingerprints are not aligned".into()));
        }
        let k = self.k;
        self.rows += subjects.len() as u64;
        self.sets.iter_mut().for_each(|set| {
            let first = columns[set.first];
            for (row, subject) in subjects.iter().enumerate() {
                let hash = match set.second {
                    None => first[row],
                    Some(second) => mix(first[row]).rotate_left(32) ^ columns[second][row],
                };
                if let Some(holders) = set.values.entry(hash, Holders::default) {
                    holders.add(1, std::slice::from_ref(subject), k);
                }
            }
        });
        Ok(())
    }

    /// Adds what was counted over other records, by a watcher of the same columns and pairs.
    ///
    /// Where positions stand for subjects they must be those in the whole release.
    pub fn merge(&mut self, other: Self) {
        let k = self.k;
        self.rows += other.rows;
        for (own, more) in self.sets.iter_mut().zip(other.sets) {
            own.values.merge(more.values, |own, more| own.add(more.records, &more.subjects, k));
        }
    }

    /// `near_unique_value` of each column, then `near_unique_pair` of each pair, each group worst first: records whose
    /// value is held by fewer than k subjects, of all records.
    pub fn near_unique(&self) -> Vec<AttackOutcome> {
        let (singles, pairs): (Vec<&Set>, Vec<&Set>) = self.sets.iter().partition(|set| set.second.is_none());
        let ranked = |sets: Vec<&Set>| {
            let mut found: Vec<AttackOutcome> = sets.into_iter().map(|set| self.records(set)).collect();
            found.sort_by(|a, b| b.risk.total_cmp(&a.risk));
            found
        };
        [ranked(singles), ranked(pairs)].concat()
    }

    fn rare<'a>(&self, set: &'a Set) -> impl Iterator<Item = &'a Holders> {
        let k = self.k;
        set.values.values().filter(move |holders| holders.subjects.len() < k)
    }

    fn records(&self, set: &Set) -> AttackOutcome {
        let rare: u64 = self.rare(set).map(|holders| holders.records).sum();
        // a rare value has few records, so that the part of the values is that part of the records; the frequent
        // ones, of which by chance many or few are kept, do not enter
        let trials = (self.rows >> set.values.level()).max(rare);
        let id = if set.second.is_none() { "near_unique_value" } else { "near_unique_pair" };
        self.dressed(AttackOutcome::new(id, rare, trials, None), set)
    }

    fn dressed(&self, outcome: AttackOutcome, set: &Set) -> AttackOutcome {
        let mut at_risk: Vec<u64> = self.rare(set).flat_map(|holders| holders.subjects.iter().copied()).collect();
        at_risk.sort_unstable();
        at_risk.dedup();
        let level = set.values.level();
        let released = Looked { rows: self.rows >> level, of: self.rows };
        let columns = std::iter::once(set.first).chain(set.second).map(|column| self.names[column].clone());
        outcome
            .on(columns)
            .subjects((at_risk.len() as u64).saturating_mul(1 << level).min(self.rows))
            .sampled(Sampling { source: Looked::default(), released })
    }
}

#[cfg(test)]
mod tests;
