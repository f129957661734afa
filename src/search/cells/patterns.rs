//! Sets of columns, the cheapest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// All subsets of the columns, as bits, in ascending order of weight; of equal weight those with fewer columns
/// first. The empty set is the first.
pub(super) struct Patterns<'a> {
    weights: &'a [f64],
    /// Columns by weight.
    order: Vec<usize>,
    /// Weight (as bits, which order like the numbers), number of columns, the set, and the place in `order` of its
    /// last column. Each set is reached from one other set that is not heavier.
    next: BinaryHeap<Reverse<(u64, u32, u64, usize)>>,
    begun: bool,
}

impl<'a> Patterns<'a> {
    /// `weights` are at least 0 and at most 64.
    pub fn new(weights: &'a [f64]) -> Self {
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by(|&a, &b| weights[a].total_cmp(&weights[b]));
        Self { weights, order, next: BinaryHeap::new(), begun: false }
    }

    fn push(&mut self, without: u64, place: usize) {
        let Some(&column) = self.order.get(place) else { return };
        let set = without | 1 << column;
        let weight: f64 = self.order.iter().filter(|&&c| set >> c & 1 == 1).map(|&c| self.weights[c]).sum();
        // `-0.0` would be the largest.
        self.next.push(Reverse(((weight + 0.0).to_bits(), set.count_ones(), set, place)));
    }
}

impl Iterator for Patterns<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if !self.begun {
            self.begun = true;
            self.push(0, 0);
            return Some(0);
        }
        let Reverse((_, _, set, place)) = self.next.pop()?;
        self.push(set, place + 1);
        self.push(set & !(1 << self.order[place]), place + 1);
        Some(set)
    }
}

#[cfg(test)]
mod tests {
    use super::Patterns;

    #[test]
    fn every_set_once_by_weight() {
        let weights = [2.0, 0.5, 1.0, 0.0, 1.0];
        let sets: Vec<u64> = Patterns::new(&weights).collect();
        let weight = |set: u64| (0..5).filter(|c| set >> c & 1 == 1).map(|c| weights[c]).sum::<f64>();
        assert!(sets.windows(2).all(|pair| weight(pair[0]) <= weight(pair[1])));
        assert_eq!(sets[..3], [0, 0b01000, 0b00010]);
        let mut all = sets.clone();
        all.sort_unstable();
        assert_eq!(all, (0..32).collect::<Vec<u64>>());
        assert_eq!(Patterns::new(&[]).collect::<Vec<_>>(), [0]);
    }
}
