//! Recursive (c, l)-diversity.

use std::cmp::Ordering;

use super::decimal::ratio;
use super::distribution::descending;
use super::{Bound, Class, Decimal, PrivacyModel, Union};

/// In every released class the most frequent value is not too frequent, even after the next ones are ruled
/// out: `r_1 < c (r_l + r_{l+1} + … + r_m)`, with the counts `r_1 ≥ r_2 ≥ … ≥ r_m` of the sensitive values.
///
/// The measure is `r_1 / (r_l + … + r_m)`, which stays below `c`; infinite with fewer than `l` values. Null is a
/// value. Decided in whole numbers against `c` as written; copies of a table have the same measure.
///
/// It does not protect from values that mean nearly the same, nor where it is no secret that someone does not
/// have a value.
///
/// # References
/// Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam, *l-diversity: privacy beyond k-anonymity*, ACM TKDD
/// 1(1), 2007, definition 4.3. ARX agrees. pycanon sorts the counts the other way round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecursiveClDiversity {
    sensitive: usize,
    c: Decimal,
    l: u64,
    /// Whether some subject is in several combinations.
    spread: bool,
}

impl RecursiveClDiversity {
    /// `sensitive` is the place of the column in the table; `spread` tells whether some subject is in several
    /// combinations of it.
    pub fn new(sensitive: usize, c: f64, l: u64, spread: bool) -> Self {
        Self { sensitive, c: Decimal::new(c), l, spread }
    }

    /// The largest count, and the sum from the `l`-th largest on.
    fn counts(&self, class: &Class) -> (u128, u128) {
        let counts = descending(class, self.sensitive);
        let skipped = usize::try_from(self.l.saturating_sub(1)).unwrap_or(usize::MAX);
        let first = counts.first().map_or(0, |&count| u128::from(count));
        (first, counts.iter().skip(skipped).map(|&count| u128::from(count)).sum())
    }
}

impl PrivacyModel for RecursiveClDiversity {
    fn id(&self) -> &'static str {
        "recursive_cl_diversity"
    }

    /// With disjoint parts, the largest count of a union is at most the sum of the largest counts of the
    /// parts, and so are its `l − 1` largest: what is left is at least the sum of what is left in the parts.
    /// A subject of several parts is counted once in the union, where that need not hold.
    fn union(&self) -> Union {
        if self.spread { Union::Never } else { Union::OfAll }
    }

    fn measure(&self, class: &Class) -> f64 {
        let (first, rest) = self.counts(class);
        let measure = if rest == 0 { f64::INFINITY } else { ratio(first, rest) };
        self.bound().settle(measure, self.holds(class))
    }

    fn bound(&self) -> Bound {
        Bound::Below(self.c.value())
    }

    fn holds(&self, class: &Class) -> bool {
        let (first, rest) = self.counts(class);
        self.c.compare(first, rest) == Ordering::Less
    }

    fn sensitive(&self) -> Option<usize> {
        Some(self.sensitive)
    }
}
