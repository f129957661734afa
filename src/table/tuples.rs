//! Distinct tuples of codes, numbered in order of first appearance.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Distinct tuples of `width` codes; a tuple's id is its place in order of first appearance.
///
/// A width of 0 knows one tuple, the empty one.
#[derive(Debug, Clone)]
pub struct Tuples {
    width: usize,
    /// Row by row.
    codes: Vec<u32>,
    count: u32,
    index: Index,
    hasher: DefaultHashBuilder,
}

/// Finds the id of a tuple.
#[derive(Debug, Clone)]
enum Index {
    /// Keys of this many bits per code stand in the table itself: a look costs one miss of the cache.
    Packed { bits: u32, table: HashTable<(u128, u32)> },
    /// For codes that do not fit: the table has ids, the codes are looked up.
    Wide(HashTable<u32>),
}

impl Default for Tuples {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Tuples {
    pub fn new(width: usize) -> Self {
        let bits = (128 / width.max(1) as u32).min(32);
        let index = match bits {
            0 => Index::Wide(HashTable::new()),
            _ => Index::Packed { bits, table: HashTable::new() },
        };
        Self { width, codes: Vec::new(), count: 0, index, hasher: DefaultHashBuilder::default() }
    }

    pub fn len(&self) -> usize {
        self.count as usize
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn get(&self, id: u32) -> &[u32] {
        &self.codes[id as usize * self.width..][..self.width]
    }

    /// The id of a tuple that is there.
    pub fn find(&self, tuple: &[u32]) -> Option<u32> {
        match &self.index {
            Index::Packed { bits, table } => {
                let key = pack(tuple, *bits)?;
                table.find(self.hasher.hash_one(key), |&(known, _)| known == key).map(|&(_, id)| id)
            }
            Index::Wide(table) => table.find(self.hasher.hash_one(tuple), |&id| self.get(id) == tuple).copied(),
        }
    }

    /// The id of a tuple, new or not.
    pub fn insert(&mut self, tuple: &[u32]) -> u32 {
        let hasher = &self.hasher;
        if let Index::Packed { bits, table } = &mut self.index {
            if let Some(key) = pack(tuple, *bits) {
                let hash = hasher.hash_one(key);
                return match table.entry(hash, |&(known, _)| known == key, |&(known, _)| hasher.hash_one(known)) {
                    Entry::Occupied(found) => found.get().1,
                    Entry::Vacant(free) => {
                        free.insert((key, self.count));
                        self.push(tuple)
                    }
                };
            }
            self.widen();
        }
        let Self { width, codes, count, index, hasher } = self;
        let Index::Wide(table) = index else { return self.count };
        let at = |id: u32| id as usize * *width..(id as usize + 1) * *width;
        match table.entry(hasher.hash_one(tuple), |&id| codes[at(id)] == *tuple, |&id| hasher.hash_one(&codes[at(id)]))
        {
            Entry::Occupied(found) => *found.get(),
            Entry::Vacant(free) => {
                free.insert(*count);
                self.push(tuple)
            }
        }
    }

    fn push(&mut self, tuple: &[u32]) -> u32 {
        self.codes.extend_from_slice(tuple);
        self.count += 1;
        self.count - 1
    }

    /// Leaves packed keys, once a code does not fit in one.
    fn widen(&mut self) {
        let mut table = HashTable::with_capacity(self.len());
        for id in 0..self.count {
            let hash = self.hasher.hash_one(self.get(id));
            table.insert_unique(hash, id, |&id| self.hasher.hash_one(self.get(id)));
        }
        self.index = Index::Wide(table);
    }
}

/// The codes side by side; `None` if one of them needs more bits.
fn pack(tuple: &[u32], bits: u32) -> Option<u128> {
    let mut key = 0u128;
    for &code in tuple {
        if u64::from(code) >> bits != 0 {
            return None;
        }
        key = key.checked_shl(bits).unwrap_or(0) | u128::from(code);
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::Tuples;

    #[test]
    fn numbers_tuples_by_first_appearance() {
        let mut tuples = Tuples::new(2);
        assert_eq!([[3, 1], [0, 0], [3, 1], [1, 3]].map(|t| tuples.insert(&t)), [0, 1, 0, 2]);
        assert_eq!(tuples.find(&[1, 3]), Some(2));
        assert_eq!(tuples.find(&[3, 3]), None);
        assert_eq!(tuples.get(1), [0, 0]);
    }

    #[test]
    fn the_empty_tuple_is_one() {
        let mut tuples = Tuples::new(0);
        assert_eq!((tuples.insert(&[]), tuples.insert(&[]), tuples.len()), (0, 0, 1));
    }

    #[test]
    fn codes_that_outgrow_the_packed_key_change_no_id() {
        for width in [1, 2, 5, 9, 40, 200] {
            let mut tuples = Tuples::new(width);
            let tuple = |n: u32| -> Vec<u32> { (0..width as u32).map(|i| (n * 31 + i) % 97).collect() };
            let ids: Vec<u32> = (0..500).map(|n| tuples.insert(&tuple(n % 60))).collect();
            let mut large = tuple(0);
            large[width - 1] = u32::MAX;
            assert_eq!(tuples.insert(&large), 60, "width {width}");
            assert_eq!((0..500).map(|n| tuples.insert(&tuple(n % 60))).collect::<Vec<_>>(), ids);
            assert_eq!((tuples.find(&large), tuples.get(60)), (Some(60), &large[..]));
        }
    }
}
