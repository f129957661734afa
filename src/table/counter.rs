//! Counts tuples in shards that fit the cache.
//!
//! With millions of combinations, a table that is looked up in the order of the rows misses the cache for
//! nearly every row. So rows wait in their tuple's shard until there are enough to be worth loading it.

use super::tuples::Tuples;
use crate::error::Result;

/// Shards; ids of tuples are `place in the shard × SHARDS + shard`.
const SHARDS: usize = 64;
/// Rows that wait in a shard.
const WAITING: usize = 8192;

/// The first 128 bits of a subject's hash.
pub type SubjectHash = [u8; 16];

/// Records per distinct tuple.
pub struct Counter {
    width: usize,
    shards: Vec<Shard>,
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
        let shard = || Shard {
            tuples: Tuples::new(width),
            records: Vec::new(),
            waiting: Vec::new(),
            subjects: Vec::new(),
            rows: 0,
        };
        Self { width, shards: (0..SHARDS).map(|_| shard()).collect() }
    }

    /// Counts a row; `log` is told, now or later, the id of the tuple for each subject.
    pub fn add(
        &mut self,
        tuple: &[u32],
        subject: Option<SubjectHash>,
        log: &mut impl FnMut(SubjectHash, u32) -> Result<()>,
    ) -> Result<()> {
        let mix = |hash: u64, &code: &u32| (hash ^ u64::from(code)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        let number = (tuple.iter().fold(0, mix) >> 7) as usize % SHARDS;
        let shard = &mut self.shards[number];
        shard.waiting.extend_from_slice(tuple);
        shard.subjects.extend(subject);
        shard.rows += 1;
        if shard.rows >= WAITING { shard.settle(self.width, number, log) } else { Ok(()) }
    }

    /// Counts all that wait.
    pub fn settle(&mut self, log: &mut impl FnMut(SubjectHash, u32) -> Result<()>) -> Result<()> {
        self.shards.iter_mut().enumerate().try_for_each(|(number, shard)| shard.settle(self.width, number, log))
    }

    /// Id, tuple and records of all that is settled.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u32], u64)> {
        self.shards.iter().enumerate().flat_map(|(number, shard)| {
            let count = move |(place, &records): (usize, &u64)| {
                ((place * SHARDS + number) as u32, shard.tuples.get(place as u32), records)
            };
            shard.records.iter().enumerate().map(count)
        })
    }

    /// One more than the largest id.
    pub fn ids(&self) -> usize {
        self.shards.iter().map(|shard| shard.records.len()).max().unwrap_or(0) * SHARDS
    }
}

impl Shard {
    fn settle(
        &mut self,
        width: usize,
        number: usize,
        log: &mut impl FnMut(SubjectHash, u32) -> Result<()>,
    ) -> Result<()> {
        for row in 0..self.rows {
            let place = self.tuples.insert(&self.waiting[row * width..(row + 1) * width]) as usize;
            if place == self.records.len() {
                self.records.push(0);
            }
            self.records[place] += 1;
            if let Some(subject) = self.subjects.get(row) {
                log(*subject, (place * SHARDS + number) as u32)?;
            }
        }
        self.waiting.clear();
        self.subjects.clear();
        self.rows = 0;
        Ok(())
    }
}
