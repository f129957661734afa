//! Distinct tuples of codes, numbered in order of first appearance.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Distinct tuples of `width` codes; a tuple's id is its place in order of first appearance.
///
/// A width of 0 knows one tuple, the empty one.
#[derive(Debug, Clone, Default)]
pub struct Tuples {
    width: usize,
    /// Row by row.
    codes: Vec<u32>,
    count: u32,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Tuples {
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
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
        let hash = self.hasher.hash_one(tuple);
        self.table.find(hash, |&id| self.get(id) == tuple).copied()
    }

    /// The id of a tuple, new or not.
    pub fn insert(&mut self, tuple: &[u32]) -> u32 {
        let Self { width, codes, count, table, hasher } = self;
        let at = |id: u32| id as usize * *width..(id as usize + 1) * *width;
        let hash = hasher.hash_one(tuple);
        let entry = table.entry(
            hash,
            |&id| codes[at(id)].iter().zip(tuple).all(|(known, new)| known == new),
            |&id| hasher.hash_one(&codes[at(id)]),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(found) => *found.get(),
            hashbrown::hash_table::Entry::Vacant(free) => {
                let id = *count;
                free.insert(id);
                codes.extend_from_slice(tuple);
                *count += 1;
                id
            }
        }
    }
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
}
