//! Does a released column determine a column of the source, or follow from it?
//!
//! A column that is one-to-one with an input column restores it; a kept column that determines a generalized
//! one undoes the generalization.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::error::{Error, Result};

/// Distinct values kept per column unless [`Dependence::with_limit`] says otherwise.
pub const KEYS: usize = 1_000_000;

/// Stands for every value beyond the limit.
const BEYOND: u32 = u32::MAX;
/// Stands in a map for a value that was not seen yet.
const UNSEEN: u32 = u32::MAX - 1;

/// Which functional dependencies survive the rows seen so far.
///
/// One counterexample kills a direction, and that is proof: no rows to come can revive it. Survival is proof
/// only over all rows. Values come as hashes; a null has a hash of its own. Beyond the limit of distinct values
/// per column, new values are no longer compared: what then survives counts as dependent. Memory is at most 4
/// bytes per pair, direction and value, and about 24 per column and value.
pub struct Dependence {
    pairs: Vec<Pair>,
    released: Vec<Codes>,
    source: Vec<Codes>,
    limit: usize,
}

/// A pair of columns with at least one direction alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Index of the released column.
    pub released: usize,
    /// Index of the source column.
    pub source: usize,
    /// Whoever knows the released value knows the source value; `None` if disproved.
    pub determines: Option<Support>,
    /// Equal source values were released as equal values; `None` if disproved.
    pub follows: Option<Support>,
}

/// How much speaks for a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Support {
    /// Rows whose value had been seen before and that agreed with it. With 0 every value was new: a column
    /// without repeats determines every other.
    pub repeats: u64,
    /// Whether every row was compared; not so beyond the limit of distinct values.
    pub complete: bool,
}

impl Link {
    /// Both directions are alive.
    pub fn one_to_one(&self) -> bool {
        self.determines.is_some() && self.follows.is_some()
    }
}

struct Pair {
    released: usize,
    source: usize,
    determines: Option<Direction>,
    follows: Option<Direction>,
}

/// One direction that is alive: the value that each key has had.
struct Direction {
    value_of: Vec<u32>,
    repeats: u64,
    complete: bool,
}

impl Dependence {
    /// Watches pairs of a released and a source column, each by its index in the slices of [`Self::feed`].
    pub fn new(pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        Self::with_limit(pairs, KEYS)
    }

    /// As [`Self::new`], keeping at most `limit` (at least 2) distinct values per column.
    pub fn with_limit(pairs: impl IntoIterator<Item = (usize, usize)>, limit: usize) -> Self {
        let alive = || Some(Direction { value_of: Vec::new(), repeats: 0, complete: true });
        let pair = |(released, source)| Pair { released, source, determines: alive(), follows: alive() };
        let pairs: Vec<Pair> = pairs.into_iter().map(pair).collect();
        let columns = |last: Option<usize>| (0..last.map_or(0, |last| last + 1)).map(|_| Codes::default()).collect();
        Self {
            released: columns(pairs.iter().map(|p| p.released).max()),
            source: columns(pairs.iter().map(|p| p.source).max()),
            pairs,
            limit: limit.clamp(2, UNSEEN as usize),
        }
    }

    /// Compares further rows: `released[c][i]` and `source[c][i]` are hashes of cells of one and the same row.
    ///
    /// # Errors
    /// [`Error::Internal`] if a watched column is missing or columns differ in length.
    pub fn feed(&mut self, released: &[&[u64]], source: &[&[u64]]) -> Result<()> {
        let rows = released.iter().chain(source).next().map_or(0, |column| column.len());
        let equal = released.iter().chain(source).all(|column| column.len() == rows);
        if !equal || released.len() < self.released.len() || source.len() < self.source.len() {
            return Err(Error::Internal("columns compared for dependence are not aligned".into()));
        }
        let alive = |pair: &Pair| pair.determines.is_some() || pair.follows.is_some();
        for (index, column) in self.released.iter_mut().enumerate() {
            if self.pairs.iter().any(|pair| pair.released == index && alive(pair)) {
                column.encode(released[index], self.limit);
            }
        }
        for (index, column) in self.source.iter_mut().enumerate() {
            if self.pairs.iter().any(|pair| pair.source == index && alive(pair)) {
                column.encode(source[index], self.limit);
            }
        }
        for pair in &mut self.pairs {
            let (a, b) = (&self.released[pair.released], &self.source[pair.source]);
            pair.determines = pair.determines.take().and_then(|direction| direction.extend(a, b));
            pair.follows = pair.follows.take().and_then(|direction| direction.extend(b, a));
        }
        Ok(())
    }

    /// Pairs with a direction that no row disproved, in the order given. Pairs with a constant column are left
    /// out: everything determines a constant, and it tells nothing.
    pub fn alive(&self) -> Vec<Link> {
        let varies = |pair: &&Pair| self.released[pair.released].varies() && self.source[pair.source].varies();
        let support = |d: &Direction| Support { repeats: d.repeats, complete: d.complete };
        let link = |pair: &Pair| Link {
            released: pair.released,
            source: pair.source,
            determines: pair.determines.as_ref().map(support),
            follows: pair.follows.as_ref().map(support),
        };
        let links = self.pairs.iter().filter(varies).map(link);
        links.filter(|link| link.determines.is_some() || link.follows.is_some()).collect()
    }
}

impl Direction {
    /// Takes the rows just encoded; `None` when they disprove the dependency.
    fn extend(mut self, keys: &Codes, values: &Codes) -> Option<Self> {
        self.value_of.resize(keys.seen.len(), UNSEEN);
        for (&key, &value) in keys.batch.iter().zip(&values.batch) {
            if key == BEYOND {
                self.complete = false;
                continue;
            }
            let known = &mut self.value_of[key as usize];
            if *known == UNSEEN {
                *known = value;
            } else if *known != value {
                // also right where one of the two is BEYOND: a full dictionary takes no more values, so a
                // value with a code and a value without one differ
                return None;
            } else {
                self.complete &= value != BEYOND;
                self.repeats += 1;
            }
        }
        Some(self)
    }
}

/// The values of one column, numbered as they come.
#[derive(Default)]
struct Codes {
    seen: HashMap<u64, u32>,
    batch: Vec<u32>,
}

impl Codes {
    fn encode(&mut self, cells: &[u64], limit: usize) {
        self.batch.clear();
        for &cell in cells {
            let next = self.seen.len();
            self.batch.push(match self.seen.entry(cell) {
                Entry::Occupied(code) => *code.get(),
                Entry::Vacant(place) if next < limit => *place.insert(next as u32),
                Entry::Vacant(_) => BEYOND,
            });
        }
    }

    fn varies(&self) -> bool {
        self.seen.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn links(limit: usize, batches: &[(&[u64], &[u64])]) -> Vec<Link> {
        let mut dependence = Dependence::with_limit([(0, 0)], limit);
        for (released, source) in batches {
            dependence.feed(&[released], &[source]).unwrap();
        }
        dependence.alive()
    }

    /// `a` determines `b`: as many distinct pairs as distinct values of `a`.
    fn determines(a: &[u64], b: &[u64]) -> bool {
        let pairs: HashSet<_> = a.iter().zip(b).collect();
        pairs.len() == a.iter().collect::<HashSet<_>>().len()
    }

    #[test]
    fn a_generalized_column_follows_and_does_not_determine() {
        let links = links(KEYS, &[(&[1, 1, 2, 2, 1], &[10, 11, 20, 21, 11])]);
        assert_eq!(links.len(), 1);
        assert_eq!(links[0].determines, None);
        assert_eq!(links[0].follows, Some(Support { repeats: 1, complete: true }));
    }

    #[test]
    fn constants_are_left_out() {
        assert_eq!(links(KEYS, &[(&[7, 7, 7], &[1, 2, 3])]), []);
        assert_eq!(links(KEYS, &[(&[1, 2, 3], &[7, 7, 7])]), []);
    }

    #[test]
    fn beyond_the_limit_survivors_count_as_dependent() {
        // the only counterexample stands among values that are no longer kept
        let links_of_three = links(2, &[(&[1, 2, 3, 3], &[1, 2, 3, 4])]);
        assert!(links_of_three[0].one_to_one());
        assert!(!links_of_three[0].determines.unwrap().complete);
        // a counterexample of kept values still kills
        assert_eq!(links(2, &[(&[1, 2, 3], &[1, 2, 3]), (&[1, 1], &[3, 2])]), []);
    }

    #[test]
    fn misaligned_columns_are_an_error() {
        let mut dependence = Dependence::new([(0, 0)]);
        assert!(dependence.feed(&[&[1, 2]], &[&[1]]).is_err());
        assert!(dependence.feed(&[&[1, 2]], &[]).is_err());
    }

    proptest! {
        #[test]
        fn equals_the_count_of_distinct_pairs(
            rows in prop::collection::vec((0..5_u64, 0..5_u64), 1..30), cut in 0..30_usize,
        ) {
            let (a, b): (Vec<u64>, Vec<u64>) = rows.into_iter().unzip();
            let cut = cut.min(a.len());
            let links = links(KEYS, &[(&a[..cut], &b[..cut]), (&a[cut..], &b[cut..])]);
            let varies = a.iter().any(|v| *v != a[0]) && b.iter().any(|v| *v != b[0]);
            let expected = (varies && determines(&a, &b), varies && determines(&b, &a));
            let link = links.first();
            let found = (
                link.is_some_and(|l| l.determines.is_some()),
                link.is_some_and(|l| l.follows.is_some()),
            );
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_smaller_limit_never_hides_a_dependency(
            rows in prop::collection::vec((0..6_u64, 0..6_u64), 1..30), limit in 2..6_usize,
        ) {
            let (a, b): (Vec<u64>, Vec<u64>) = rows.into_iter().unzip();
            let (exact, bounded) = (links(KEYS, &[(&a, &b)]), links(limit, &[(&a, &b)]));
            for link in exact {
                let kept = bounded.iter().any(|l| {
                    l.determines.is_some() >= link.determines.is_some() && l.follows.is_some() >= link.follows.is_some()
                });
                prop_assert!(kept);
            }
        }
    }
}
