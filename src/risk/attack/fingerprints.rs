//! Values that act as fingerprints: what few subjects hold names them to whoever knows it.
//!
//! A meter reading of 213.7 kWh is nobody's quasi-identifier and yet everybody's fingerprint. [`Fingerprints`] counts
//! the released records whose value of one column is held by fewer than k subjects;
//! [`Numbers`] looks at the ends of a measure and says which rounding or cut would help.
//!
//! That a column determines another is found by [`linkage`](crate::risk::linkage), that rows kept their order by
//! [`order`](crate::risk::order).

mod numbers;

use super::distinct::Distinct;
use super::{AttackOutcome, Looked, Sampling};
use crate::error::{Error, Result};

pub use numbers::{Advice, Numbers};

/// Distinct values of one column that are kept at a time.
const VALUES: usize = 1 << 17;

/// Who holds each value of the released columns.
///
/// Cells come as hashes; a null has a hash of its own and is a value like others. Subjects come as hashes too; where
/// every record is a subject of its own, its position in the release will do. Memory is bounded: beyond 131,072
/// values of a column one value in 2, 4, 8 … is looked at, whole, and the outcome says so. Such an outcome's trials
/// are that part of all records.
#[derive(Debug, Clone)]
pub struct Fingerprints {
    names: Vec<String>,
    /// Of each column.
    values: Vec<Distinct<Holders>>,
    k: usize,
    rows: u64,
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
    /// Watches every one of the columns.
    pub fn new(names: Vec<String>, k: u64) -> Self {
        Self::with_limit(names, k, VALUES)
    }

    fn with_limit(names: Vec<String>, k: u64, values: usize) -> Self {
        let values = names.iter().map(|_| Distinct::new(values)).collect();
        Self { names, values, k: usize::try_from(k).unwrap_or(usize::MAX), rows: 0 }
    }

    /// Counts further records: `columns[c][i]` and `subjects[i]` are of one and the same record.
    ///
    /// # Errors
    /// [`Error::Internal`] if a column is missing or columns differ in length.
    pub fn feed(&mut self, columns: &[&[u64]], subjects: &[u64]) -> Result<()> {
        if columns.iter().any(|column| column.len() != subjects.len()) || columns.len() < self.names.len() {
            return Err(Error::Internal("columns watched for fingerprints are not aligned".into()));
        }
        let k = self.k;
        self.rows += subjects.len() as u64;
        for (values, column) in self.values.iter_mut().zip(columns) {
            for (hash, subject) in column.iter().zip(subjects) {
                if let Some(holders) = values.entry(*hash, Holders::default) {
                    holders.add(1, std::slice::from_ref(subject), k);
                }
            }
        }
        Ok(())
    }

    /// Adds what was counted over other records, by a watcher of the same columns.
    ///
    /// Where positions stand for subjects they must be those in the whole release.
    pub fn merge(&mut self, other: Self) {
        let k = self.k;
        self.rows += other.rows;
        for (own, more) in self.values.iter_mut().zip(other.values) {
            own.merge(more, |own, more| own.add(more.records, &more.subjects, k));
        }
    }

    /// `near_unique_value` of each column, worst first: records whose value is held by fewer than k subjects, of all
    /// records.
    pub fn near_unique(&self) -> Vec<AttackOutcome> {
        let mut found: Vec<AttackOutcome> =
            self.names.iter().zip(&self.values).map(|(name, values)| self.records(name, values)).collect();
        found.sort_by(|a, b| b.risk.total_cmp(&a.risk));
        found
    }

    fn rare<'a>(&self, values: &'a Distinct<Holders>) -> impl Iterator<Item = &'a Holders> {
        let k = self.k;
        values.values().filter(move |holders| holders.subjects.len() < k)
    }

    fn records(&self, name: &str, values: &Distinct<Holders>) -> AttackOutcome {
        let rare: u64 = self.rare(values).map(|holders| holders.records).sum();
        // a rare value has few records, so that the part of the values is that part of the records; the frequent
        // ones, of which by chance many or few are kept, do not enter
        let trials = (self.rows >> values.level()).max(rare);
        let mut at_risk: Vec<u64> = self.rare(values).flat_map(|holders| holders.subjects.iter().copied()).collect();
        at_risk.sort_unstable();
        at_risk.dedup();
        let level = values.level();
        let released = Looked { rows: self.rows >> level, of: self.rows };
        AttackOutcome::new("near_unique_value", rare, trials, None)
            .on([name])
            .subjects((at_risk.len() as u64).saturating_mul(1 << level).min(self.rows))
            .sampled(Sampling { source: Looked::default(), released })
    }
}

#[cfg(test)]
mod tests;
