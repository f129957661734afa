//! Counts tuples, in an array that they index while their codes are small, else in shards that fit the cache.
//!
//! With millions of combinations, a table that is looked up in the order of the rows misses the cache for
//! nearly every row. So rows wait in their tuple's shard until there are enough to be worth loading it.

mod dense;

use super::tuples::Tuples;
use crate::error::Result;
use dense::Dense;

/// Shards; ids of tuples are `place in the shard × SHARDS + shard`, behind those of the array.
const SHARDS: usize = 64;
/// Rows that wait in a shard.
const WAITING: usize = 8192;

/// The first 128 bits of a subject's hash.
pub type SubjectHash = [u8; 16];

/// Records per distinct tuple.
pub struct Counter {
    width: usize,
    /// What was counted before the codes became too many.
    dense: Dense,
    /// Empty as long as the array is large enough.
    shards: Vec<Shard>,
    ids: Vec<u32>,
}

struct Shard {
    tuples: Tuples,
    records: Vec<u64>,
    waiting: Vec<u32>,
    /// Subjects of the waiting rows, where subjects are counted.
    subjects: Vec<SubjectHash>,
    rows: usize,
}

impl Counter {
    pub fn new(width: usize) -> Self {
        Self { width, dense: Dense::new(width), shards: Vec::new(), ids: Vec::new() }
    }

    /// Counts rows, the codes of each column; `log` is told, now or later, the id of the tuple for each subject.
    /// `subjects` has one for each row, or none where subjects are not counted.
    pub fn add_all(
        &mut self,
        columns: &[Vec<u32>],
        rows: usize,
        subjects: &[SubjectHash],
        log: &mut impl FnMut(SubjectHash, u32) -> Result<()>,
    ) -> Result<()> {
        if self.shards.is_empty() {
            let mut ids = std::mem::take(&mut self.ids);
            let counted = self.dense.add(columns, rows, &mut ids);
            if counted {
                subjects.iter().zip(&ids).try_for_each(|(&subject, &id)| log(subject, id))?;
            }
            self.ids = ids;
            if counted {
                return Ok(());
            }
            self.shards = (0..SHARDS).map(|_| Shard::new(self.width)).collect();
        }
        let mut tuple = vec![0; self.width];
        for row in 0..rows {
            tuple.iter_mut().zip(columns).for_each(|(code, column)| *code = column[row]);
            self.add(&tuple, subjects.get(row).copied(), log)?;
        }
        Ok(())
    }

    /// Counts a row in its shard.
    fn add(
        &mut self,
        tuple: &[u32],
        subject: Option<SubjectHash>,
        log: &mut impl FnMut(SubjectHash, u32) -> Result<()>,
    ) -> Result<()> {
        let first = self.dense.len();
        let mix = |hash: u64, &code: &u32| (hash ^ u64::from(code)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        let number = (tuple.iter().fold(0, mix) >> 7) as usize % SHARDS;
        let shard = &mut self.shards[number];
        shard.waiting.extend_from_slice(tuple);
        shard.subjects.extend(subject);
        shard.rows += 1;
        if shard.rows >= WAITING { shard.settle(self.width, first + number, log) } else { Ok(()) }
    }

    /// Counts all that wait.
    pub fn settle(&mut self, log: &mut impl FnMut(SubjectHash, u32) -> Result<()>) -> Result<()> {
        let first = self.dense.len();
        let mut shards = self.shards.iter_mut().enumerate();
        shards.try_for_each(|(number, shard)| shard.settle(self.width, first + number, log))
    }

    /// Id, tuple and records of all that is settled; a tuple may come twice, under two ids.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u32], u64)> {
        let first = self.dense.len();
        let sharded = self.shards.iter().enumerate().flat_map(move |(number, shard)| {
            let count = move |(place, &records): (usize, &u64)| {
                ((first + place * SHARDS + number) as u32, shard.tuples.get(place as u32), records)
            };
            shard.records.iter().enumerate().map(count)
        });
        self.dense.iter().chain(sharded)
    }

    /// One more than the largest id.
    pub fn ids(&self) -> usize {
        self.dense.len() + self.shards.iter().map(|shard| shard.records.len()).max().unwrap_or(0) * SHARDS
    }
}

impl Shard {
    fn new(width: usize) -> Self {
        Self { tuples: Tuples::new(width), records: Vec::new(), waiting: Vec::new(), subjects: Vec::new(), rows: 0 }
    }

    /// Counts what waits; `first` is the id of the tuple at place 0.
    fn settle(
        &mut self,
        width: usize,
        first: usize,
        log: &mut impl FnMut(SubjectHash, u32) -> Result<()>,
    ) -> Result<()> {
        for row in 0..self.rows {
            let place = self.tuples.insert(&self.waiting[row * width..(row + 1) * width]) as usize;
            if place == self.records.len() {
                self.records.push(0);
            }
            self.records[place] += 1;
            if let Some(subject) = self.subjects.get(row) {
                log(*subject, (first + place * SHARDS) as u32)?;
            }
        }
        self.waiting.clear();
        self.subjects.clear();
        self.rows = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn counts_and_ids_hold_on_the_way_from_the_array_to_the_shards() {
        let mut counter = Counter::new(2);
        let mut logged: Vec<(SubjectHash, u32)> = Vec::new();
        let mut log = |subject: SubjectHash, id: u32| {
            logged.push((subject, id));
            Ok(())
        };
        let mut expected: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
        let mut tuple_of: BTreeMap<SubjectHash, Vec<u32>> = BTreeMap::new();
        // codes grow until an index of both would need more bits than the array has
        let rows: Vec<u32> = (0..60_000).collect();
        for rows in rows.chunks(1000) {
            let column = |code: fn(u32) -> u32| rows.iter().map(|&row| code(row)).collect::<Vec<u32>>();
            let columns = [column(|row| row / 11), column(|row| row.wrapping_mul(2_654_435_761) % (1 + row / 7))];
            let subjects: Vec<SubjectHash> = rows.iter().map(|&row| u128::from(row).to_be_bytes()).collect();
            counter.add_all(&columns, rows.len(), &subjects, &mut log).unwrap();
            for (row, subject) in subjects.into_iter().enumerate() {
                let tuple = vec![columns[0][row], columns[1][row]];
                *expected.entry(tuple.clone()).or_default() += 1;
                tuple_of.insert(subject, tuple);
            }
        }
        counter.settle(&mut log).unwrap();
        assert!(counter.dense.len() > 10_000 && !counter.shards.is_empty(), "both were used");
        let mut counted: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
        let mut named: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (id, tuple, records) in counter.iter() {
            *counted.entry(tuple.to_vec()).or_default() += records;
            assert!((id as usize) < counter.ids() && named.insert(id, tuple.to_vec()).is_none());
        }
        assert_eq!(counted, expected);
        assert_eq!(logged.len(), 60_000);
        assert!(logged.iter().all(|(subject, id)| named[id] == tuple_of[subject]));
    }
}
