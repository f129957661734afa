//! The α of (α, k)-anonymity.

use std::cmp::Ordering;

use super::decimal::ratio;
use super::{Bound, Class, Decimal, PrivacyModel, Union};

/// No sensitive value has more than the share `α` of a released class: `max_s n_s / n ≤ α`.
///
/// `n` are the distinct subjects of the class and `n_s` those of them with value `s`, so that the share is the
/// probability of the value for someone known to be in the class; one with several values counts for each.
/// Null is a value. Stands beside the `k` that every release must keep. Decided in whole numbers against `α` as
/// written; copies of a table have the same measure.
///
/// All values are held to one `α`: the paper's form for a single sensitive value is weaker. It does not
/// protect rare values that become much more frequent in a class without reaching `α`: see
/// [`BetaLikeness`](super::BetaLikeness).
///
/// # References
/// Wong, Li, Fu and Wang, *(α, k)-anonymity: an enhanced k-anonymity model for privacy-preserving data
/// publishing*, KDD 2006. pycanon reports the same number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlphaK {
    sensitive: usize,
    alpha: Decimal,
    /// Whether some subject is in several combinations.
    spread: bool,
}

impl AlphaK {
    /// `sensitive` is the place of the column in the table; `spread` tells whether some subject is in several
    /// combinations of it.
    pub fn new(sensitive: usize, alpha: f64, spread: bool) -> Self {
        Self { sensitive, alpha: Decimal::new(alpha), spread }
    }

    fn most(&self, class: &Class) -> u64 {
        class.values(self.sensitive).iter().map(|&(_, count)| count).max().unwrap_or(0)
    }
}

impl PrivacyModel for AlphaK {
    fn id(&self) -> &'static str {
        "alpha_k"
    }

    /// With disjoint parts, a value's share of a union is a weighted mean of its shares of the parts. A subject
    /// of several parts is counted once in the union, where that need not hold.
    fn union(&self) -> Union {
        if self.spread { Union::Never } else { Union::OfAll }
    }

    fn measure(&self, class: &Class) -> f64 {
        let share = ratio(u128::from(self.most(class)), u128::from(class.subjects));
        self.bound().settle(share, self.holds(class))
    }

    fn bound(&self) -> Bound {
        Bound::AtMost(self.alpha.value())
    }

    fn holds(&self, class: &Class) -> bool {
        let share = self.alpha.compare(u128::from(self.most(class)), u128::from(class.subjects));
        share != Ordering::Greater
    }

    fn sensitive(&self) -> Option<usize> {
        Some(self.sensitive)
    }
}
