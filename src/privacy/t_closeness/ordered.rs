//! Values in an order, and the distance by ranks.

use super::{Whole, Wide};
use crate::table::Domain;

/// The values that the whole has, in their order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ranks {
    /// All codes of the domain in their order.
    order: Vec<u32>,
    /// Per code, how many values of the whole stand before it.
    place_of: Vec<u32>,
    /// `P_i`: subjects of the whole with one of the values 0 to `i`.
    sums: Vec<u128>,
    /// `Σ P_j` over `j < i`, one more than values.
    sums_of_sums: Vec<u128>,
}

impl Ranks {
    /// Null comes first, then numbers by size if every other value reads as a finite number, otherwise text by
    /// its bytes. Numbers of one size stand by their bytes.
    pub fn new(domain: &Domain, whole: &Whole) -> Self {
        let mut order: Vec<u32> = (0..domain.len() as u32).collect();
        if let Some(whole) = read(domain, |text| text.parse::<i128>().ok()) {
            order.sort_by_key(|&code| whole[code as usize]);
        } else if let Some(numbers) = read(domain, |text| text.parse().ok().filter(|number: &f64| number.is_finite())) {
            let number = |code: u32| numbers[code as usize].unwrap_or(f64::NEG_INFINITY);
            order.sort_by(|&a, &b| number(a).total_cmp(&number(b)));
        }
        Self::of(order, whole)
    }

    /// The same order, of the values that another whole has.
    pub fn over(&self, whole: &Whole) -> Self {
        Self::of(self.order.clone(), whole)
    }

    fn of(order: Vec<u32>, whole: &Whole) -> Self {
        let mut ranks = Self { place_of: vec![0; order.len()], order, sums: Vec::new(), sums_of_sums: vec![0] };
        let (mut sum, mut sum_of_sums) = (0, 0);
        for &code in &ranks.order {
            ranks.place_of[code as usize] = ranks.sums.len() as u32;
            let count = whole.count(code);
            if count > 0 {
                sum += u128::from(count);
                sum_of_sums += sum;
                ranks.sums.push(sum);
                ranks.sums_of_sums.push(sum_of_sums);
            }
        }
        ranks
    }

    /// `m`.
    pub fn values(&self) -> usize {
        self.sums.len()
    }

    /// Numerator and denominator of `1/(m − 1) Σ_i |Q_i/n − P_i/P_m|`, with `Q_i` like `P_i` for the class.
    ///
    /// Between two values of the class `Q_i` stays and `P_i` grows, so the difference changes its sign once:
    /// the time is that of the class's values, not of the whole's.
    pub fn distance<I: Wide>(&self, values: &[(u32, u64)], n: u128) -> (I, I) {
        let (m, zero) = (self.values(), I::from(0_u64));
        let Some(&all) = self.sums.last().filter(|_| m > 1 && n > 0) else { return (zero, I::from(1_u64)) };
        let mut placed: Vec<(usize, u64)> =
            values.iter().map(|&(code, count)| (self.place_of[code as usize] as usize, count)).collect();
        placed.sort_unstable();
        let (n, all) = (I::from(n), I::from(all));
        let (mut start, mut before, mut distance) = (0, zero, zero);
        for (place, count) in placed.into_iter().chain([(m, 0)]) {
            distance = distance + self.between(start, place, before * all, n);
            start = place;
            before = before + I::from(count);
        }
        (distance, n * all * I::from(m as u64 - 1))
    }

    /// `Σ |here − n P_i|` over `start ≤ i < end`.
    fn between<I: Wide>(&self, start: usize, end: usize, here: I, n: I) -> I {
        if start >= end {
            return I::from(0_u64);
        }
        let most = here / n;
        let turn = start + self.sums[start..end].partition_point(|&sum| I::from(sum) <= most);
        let sum = |from: usize, to: usize| n * I::from(self.sums_of_sums[to] - self.sums_of_sums[from]);
        let times = |number: usize| here * I::from(number as u64);
        (times(turn - start) - sum(start, turn)) + (sum(turn, end) - times(end - turn))
    }
}

/// Per code what its text reads as, none for null; nothing at all where some text does not read.
fn read<T>(domain: &Domain, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<Option<T>>> {
    domain
        .values()
        .iter()
        .map(|value| value.as_deref().map(&parse).map_or(Some(None), |number| number.map(Some)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(values: &[Option<&str>]) -> Vec<Option<String>> {
        let (domain, _) = Domain::sorted("s", values.iter().map(|value| value.map(str::to_string)).collect());
        let ranks = Ranks::new(&domain, &Whole::new(&vec![1; domain.len()]));
        ranks.order.iter().map(|&code| domain.values()[code as usize].clone()).collect()
    }

    #[test]
    fn numbers_stand_by_size_and_text_by_bytes() {
        let text = |values: &[&str]| values.iter().map(|value| Some(value.to_string())).collect::<Vec<_>>();
        assert_eq!(order(&[Some("10"), Some("9"), Some("-3")]), text(&["-3", "9", "10"]));
        assert_eq!(order(&[Some("10"), Some("9.5"), Some("9")]), text(&["9", "9.5", "10"]));
        assert_eq!(order(&[Some("10"), Some("9"), Some("many")]), text(&["10", "9", "many"]));
        assert_eq!(order(&[Some("10"), Some("9"), Some("inf")]), text(&["10", "9", "inf"]));
        let large = ["100000000000000000", "99999999999999999"];
        assert_eq!(order(&large.map(Some)), text(&["99999999999999999", "100000000000000000"]));
        assert_eq!(order(&[Some("10"), None, Some("9")]), [vec![None], text(&["9", "10"])].concat());
    }
}
