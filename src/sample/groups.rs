//! [`Groups`]: which of a subject's records a row is, where subjects have several.

use super::draw::key;
use super::permutation::Permutation;

/// One record among those of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Subjects are counted from 0.
    pub subject: u64,
    /// Which of its records, counted from 0.
    pub index: u32,
    /// How many records the subject has.
    pub of: u32,
}

/// Rows in windows, each with all records of its subjects, in a mixed order.
pub struct Groups {
    mixed: Permutation,
    /// Where the records of each subject of a round begin, and where the round ends.
    starts: Vec<u64>,
    window: u64,
}

impl Groups {
    /// Rows of a window, about: the records of a subject are never further apart.
    const WINDOW: u64 = 4096;

    /// Subjects with so many records each, over and over again; a round has at least one record.
    pub fn new(seed: u64, name: &str, sizes: &[u32]) -> Self {
        let mut starts = vec![0];
        let mut total = 0;
        for &size in sizes {
            total += u64::from(size);
            starts.push(total);
        }
        let window = (Self::WINDOW / total.max(1)).max(1) * total.max(1);
        Self { mixed: Permutation::new(key(seed, name, "order of records"), window), starts, window }
    }

    /// What the row is a record of.
    pub fn at(&self, row: u64) -> Share {
        let round = self.window / self.rounds();
        let (window, slot) = (row / self.window, self.mixed.at(row % self.window));
        let (turn, place) = (slot / round, slot % round);
        let subject = self.starts.partition_point(|&start| start <= place).clamp(1, self.starts.len() - 1) - 1;
        let (start, end) = (self.starts[subject], self.starts[subject + 1]);
        let per_round = self.starts.len() as u64 - 1;
        Share {
            subject: (window * self.rounds() + turn) * per_round + subject as u64,
            index: (place - start) as u32,
            of: (end - start) as u32,
        }
    }

    /// Rounds in a window.
    fn rounds(&self) -> u64 {
        self.window / self.starts.last().copied().unwrap_or(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_window_holds_all_records_of_its_subjects() {
        let sizes = [6, 1, 6, 3];
        let groups = Groups::new(7, "test", &sizes);
        let window = 4096;
        let mut seen: BTreeMap<u64, Vec<Share>> = BTreeMap::new();
        for row in 0..2 * window {
            let share = groups.at(row);
            assert_eq!(share.subject / 1024, row / window, "no subject is in two windows");
            assert_eq!(share.of, sizes[(share.subject % 4) as usize]);
            seen.entry(share.subject).or_default().push(share);
        }
        assert_eq!(seen.len(), 2048);
        for shares in seen.values_mut() {
            shares.sort_by_key(|share| share.index);
            assert!(shares.iter().enumerate().all(|(i, s)| s.index as usize == i && s.of as usize == shares.len()));
        }
        assert!((1..100).any(|row| groups.at(row).subject < groups.at(row - 1).subject), "in a mixed order");
    }
}
