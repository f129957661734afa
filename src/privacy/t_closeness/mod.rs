//! t-closeness.

mod ordered;
mod tree;

use std::cmp::Ordering;

use ethnum::U256;

use super::decimal::{Wide, ratio};
use super::distribution::{Whole, total};
use super::{Bound, Class, Decimal, PrivacyModel, Union};
use crate::table::{Domain, Hierarchy};
use ordered::Ranks;
use tree::Tree;

/// The sensitive values of every released class are spread nearly as in the whole: the earth mover's distance
/// between the two distributions is at most `t`.
///
/// A class has the shares `q_s = n_s / n`, the whole the shares `p_s`; `n_s` are the distinct subjects with
/// value `s` and `n` their sum. Null is a value. Distances between values are 0 to 1, by one of these:
///
/// - equal, 1 between any two: `EMD = ½ Σ_s |q_s − p_s|`, the total variation;
/// - ordered, `|i − j| / (m − 1)` between the `i`-th and `j`-th of the `m` values that the whole has:
///   `EMD = 1/(m − 1) Σ_i |Σ_{j ≤ i} (q_j − p_j)|`. Null first, then numbers by size if every other value is
///   one, otherwise text by its bytes;
/// - hierarchical, `height / H` of the lowest common label in a hierarchy of height `H`, 0 for values that are
///   one label at level 0. It is the mean over the levels below `*` of the total variation between their labels.
///
/// Decided in whole numbers against `t` as written, with 256 bits where 128 do not suffice; copies of a table
/// have the same measure, to the last bit.
///
/// It bounds what is learned of a value on average, not of rare values: see
/// [`BetaLikeness`](super::BetaLikeness).
///
/// # References
/// Li, Li and Venkatasubramanian, *t-closeness: privacy beyond k-anonymity and l-diversity*, ICDE 2007. ARX
/// agrees on all three (ordered for text only: it orders as the data type says); pycanon on equal, and on
/// ordered for numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct TCloseness {
    sensitive: usize,
    t: Decimal,
    whole: Whole,
    ground: Ground,
    /// Whether some subject is in several combinations.
    spread: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Ground {
    Equal,
    Ordered(Ranks),
    Hierarchical(Tree),
}

impl TCloseness {
    /// `sensitive` is the place of the column in the table, `whole` the distinct subjects per code of it;
    /// `spread` tells whether some subject is in several combinations.
    pub fn equal(sensitive: usize, t: f64, whole: &[u64], spread: bool) -> Self {
        Self { sensitive, t: Decimal::new(t), whole: Whole::new(whole), ground: Ground::Equal, spread }
    }

    /// The order is that of the domain's values.
    pub fn ordered(sensitive: usize, t: f64, whole: &[u64], spread: bool, domain: &Domain) -> Self {
        let whole = Whole::new(whole);
        let ground = Ground::Ordered(Ranks::new(domain, &whole));
        Self { sensitive, t: Decimal::new(t), whole, ground, spread }
    }

    /// The hierarchy is over the domain of the sensitive column.
    pub fn hierarchical(sensitive: usize, t: f64, whole: &[u64], spread: bool, hierarchy: &Hierarchy) -> Self {
        let whole = Whole::new(whole);
        let ground = Ground::Hierarchical(Tree::new(hierarchy, &whole));
        Self { sensitive, t: Decimal::new(t), whole, ground, spread }
    }

    /// The distance as numerator and denominator, where these fit.
    fn distance<I: Wide>(&self, values: &[(u32, u64)], n: u128) -> (I, I) {
        match &self.ground {
            Ground::Equal => {
                let (n, all) = (I::from(n), I::from(self.whole.total()));
                // What the class has too much of, it has too little of elsewhere: half of the sum.
                let excess = values.iter().fold(I::from(0_u64), |sum, &(code, count)| {
                    let (here, there) = (I::from(count) * all, I::from(self.whole.count(code)) * n);
                    if here > there { sum + (here - there) } else { sum }
                });
                (excess, n * all)
            }
            Ground::Ordered(ranks) => ranks.distance(values, n),
            Ground::Hierarchical(tree) => tree.distance(values, n),
        }
    }

    /// Whether no number that [`Self::distance`] meets is beyond 128 bits: none exceeds the denominator.
    fn fits(&self, n: u128) -> bool {
        let factor = match &self.ground {
            Ground::Equal => 1,
            Ground::Ordered(ranks) => ranks.values(),
            Ground::Hierarchical(tree) => tree.height(),
        };
        n.checked_mul(self.whole.total()).and_then(|product| product.checked_mul(factor as u128)).is_some()
    }
}

impl PrivacyModel for TCloseness {
    fn id(&self) -> &'static str {
        match self.ground {
            Ground::Equal => "t_closeness_equal",
            Ground::Ordered(_) => "t_closeness_ordered",
            Ground::Hierarchical(_) => "t_closeness_hierarchical",
        }
    }

    /// With disjoint parts, the distribution of a union is a mixture of those of the parts, and the earth
    /// mover's distance to a fixed distribution is convex. A subject of several parts is counted once in the
    /// union, which is then no mixture.
    fn union(&self) -> Union {
        if self.spread { Union::Never } else { Union::OfAll }
    }

    fn measure(&self, class: &Class) -> f64 {
        let values = class.values(self.sensitive);
        let n = total(values);
        let distance = if self.fits(n) {
            let (distance, whole) = self.distance::<u128>(values, n);
            ratio(distance, whole)
        } else {
            let (distance, whole) = self.distance::<U256>(values, n);
            ratio(distance, whole)
        };
        self.bound().settle(distance, self.holds(class))
    }

    fn bound(&self) -> Bound {
        Bound::AtMost(self.t.value())
    }

    fn holds(&self, class: &Class) -> bool {
        let values = class.values(self.sensitive);
        let n = total(values);
        let found = if self.fits(n) {
            let (distance, whole) = self.distance::<u128>(values, n);
            self.t.compare(distance, whole)
        } else {
            let (distance, whole) = self.distance::<U256>(values, n);
            self.t.compare_wide(distance, whole)
        };
        found != Ordering::Greater
    }

    fn sensitive(&self) -> Option<usize> {
        Some(self.sensitive)
    }

    fn over(&self, whole: &[u64]) -> Option<Box<dyn PrivacyModel>> {
        let whole = Whole::new(whole);
        let ground = match &self.ground {
            Ground::Equal => Ground::Equal,
            Ground::Ordered(ranks) => Ground::Ordered(ranks.over(&whole)),
            Ground::Hierarchical(tree) => Ground::Hierarchical(tree.over(&whole)),
        };
        Some(Box::new(Self { whole, ground, ..self.clone() }))
    }
}
