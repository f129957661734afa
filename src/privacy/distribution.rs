//! How sensitive values are spread over the subjects of a class and of the whole.

use super::Class;

/// A distribution of sensitive values that classes are compared with.
///
/// Its counts are divided by their greatest common divisor: copies of a table have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Whole {
    counts: Vec<u64>,
    total: u128,
}

impl Whole {
    /// From the number of distinct subjects per code.
    pub fn new(counts: &[u64]) -> Self {
        let common = counts.iter().fold(0, |common, &count| divisor(common, count)).max(1);
        let counts: Vec<u64> = counts.iter().map(|count| count / common).collect();
        Self { total: counts.iter().map(|&count| u128::from(count)).sum(), counts }
    }

    /// 0 for a value that the whole does not have.
    pub fn count(&self, code: u32) -> u64 {
        self.counts.get(code as usize).copied().unwrap_or(0)
    }

    /// Per code.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    pub fn total(&self) -> u128 {
        self.total
    }

    /// How many values it has.
    pub fn values(&self) -> usize {
        self.counts.iter().filter(|&&count| count > 0).count()
    }
}

/// All pairs of a subject and a value that it has: the subjects, where each has one value.
pub(super) fn total(values: &[(u32, u64)]) -> u128 {
    values.iter().map(|&(_, count)| u128::from(count)).sum()
}

/// The counts of a class's values, most frequent first.
pub(super) fn descending(class: &Class, sensitive: usize) -> Vec<u64> {
    let mut counts: Vec<u64> = class.values(sensitive).iter().map(|&(_, count)| count).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    counts
}

/// `count / total` as a float that is the same for all multiples of both.
pub(super) fn share(count: u64, total: u128) -> f64 {
    // Below 2^53 both are floats, and division rounds once.
    if total < 1 << 53 { count as f64 / total as f64 } else { super::decimal::ratio(u128::from(count), total) }
}

/// `|ln(a / b)|`, exact to the last bits also where the ratio is near 1, and the same for all multiples of both;
/// infinite where one of them is 0.
pub(super) fn log_ratio(a: u128, b: u128) -> f64 {
    super::decimal::ratio(a.abs_diff(b), a.min(b)).ln_1p()
}

fn divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
