//! Entropy l-diversity.

use std::f64::consts::LN_2;

use super::distribution::{share, total};
use super::{Bound, Class, PrivacyModel, Union};
use crate::spec::EntropyEstimator;

/// What the entropy may fall short of `ln l`, in nats: far more than its rounding errors, which stay below
/// 10^-14, so that `l` values with equal shares have entropy `l`.
const TOLERANCE: f64 = 1e-12;

/// Euler's constant γ.
const EULER: f64 = 0.577_215_664_901_532_9;

/// The entropy `H` of the sensitive values of every released class is at least that of `l` equally frequent
/// values: `exp(H) ≥ l`, which is the measure.
///
/// Shannon: `H = −Σ_s p_s ln p_s` with `p_s = n_s / n`. Grassberger, corrected for small samples:
/// `H = G(n) − (1/n) Σ_s n_s G(n_s)` with `G(1) = −γ − ln 2`, `G(2) = 2 − γ − ln 2`, `G(2m + 1) = G(2m)`,
/// `G(2m + 2) = G(2m) + 2/(2m + 1)`, and there are at least `l` distinct values, since the estimate may say more
/// than they allow. `n_s` are the distinct subjects with value `s`, `n` their sum. Null
/// is a value.
///
/// Shannon's is the same for all copies of a table, to the last bit. Grassberger's is not: it tells how much
/// a class of this size may know of the whole, and comes close to Shannon's as a class grows.
///
/// It does not protect from values that mean nearly the same, nor from those who know which values are
/// frequent in the whole: see [`TCloseness`](super::TCloseness).
///
/// # References
/// Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam, *l-diversity: privacy beyond k-anonymity*, ACM TKDD
/// 1(1), 2007; Stammler, Katzenbeisser and Hamacher, *Correcting finite sampling issues in entropy
/// l-diversity*, PSD 2016. ARX agrees with both, but its rounding takes some classes exactly at the bound as below
/// it: three values with two records each at `l = 3`. pycanon cuts `exp(H)` down to a whole number, and uniform over
/// 2, 3, 4 values it says 1, 2, 3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EntropyLDiversity {
    sensitive: usize,
    l: f64,
    estimator: EntropyEstimator,
    /// Whether some subject is in several combinations.
    spread: bool,
}

impl EntropyLDiversity {
    /// `sensitive` is the place of the column in the table; `spread` tells whether some subject is in several
    /// combinations of it.
    pub fn new(sensitive: usize, l: f64, estimator: EntropyEstimator, spread: bool) -> Self {
        Self { sensitive, l, estimator, spread }
    }

    fn entropy(&self, class: &Class) -> f64 {
        let values = class.values(self.sensitive);
        match self.estimator {
            EntropyEstimator::Shannon => shannon(values),
            EntropyEstimator::Grassberger => {
                let n = total(values);
                let sum = values.iter().map(|&(_, count)| share(count, n) * grassberger(u128::from(count)));
                if values.is_empty() { 0.0 } else { (grassberger(n) - sum.sum::<f64>()).max(0.0) }
            }
        }
    }
}

impl PrivacyModel for EntropyLDiversity {
    fn id(&self) -> &'static str {
        match self.estimator {
            EntropyEstimator::Shannon => "entropy_l_diversity",
            EntropyEstimator::Grassberger => "grassberger_l_diversity",
        }
    }

    /// The values of a union of disjoint parts are a mixture of those of the parts, and entropy is concave: it
    /// is at least the mean entropy of the parts. A subject of several parts is counted once in the union,
    /// which is then no mixture. Grassberger's estimate is not concave.
    fn union(&self) -> Union {
        match self.estimator {
            EntropyEstimator::Shannon if !self.spread => Union::OfAll,
            _ => Union::Never,
        }
    }

    fn measure(&self, class: &Class) -> f64 {
        let values = class.values(self.sensitive).len() as f64;
        self.bound().settle(self.entropy(class).exp().min(values), self.holds(class))
    }

    fn bound(&self) -> Bound {
        Bound::AtLeast(self.l)
    }

    fn holds(&self, class: &Class) -> bool {
        let values = class.values(self.sensitive).len() as f64;
        values >= self.l && self.entropy(class) >= self.l.ln() - TOLERANCE
    }

    fn sensitive(&self) -> Option<usize> {
        Some(self.sensitive)
    }
}

/// Shannon's entropy in nats.
fn shannon(values: &[(u32, u64)]) -> f64 {
    let n = total(values);
    // The error of a plain sum would grow with the number of values: what each step rounds away is kept.
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    for &(_, count) in values {
        let share = share(count, n);
        let term = -share * share.ln();
        let next = sum + term;
        lost += if sum >= term { (sum - next) + term } else { (term - next) + sum };
        sum = next;
    }
    sum + lost
}

/// Grassberger's substitute for the logarithm of a count: `G(1) = −γ − ln 2`, `G(2) = 2 − γ − ln 2`,
/// `G(2m + 1) = G(2m)`, `G(2m + 2) = G(2m) + 2/(2m + 1)`.
///
/// # References
/// Grassberger, *Entropy estimates from insufficient samplings*, arXiv:physics/0307138, 2003.
pub(super) fn grassberger(n: u128) -> f64 {
    let half = n / 2;
    if half <= 16 {
        return (0..half).map(|m| 2.0 / (2 * m + 1) as f64).sum::<f64>() - EULER - LN_2;
    }
    // ψ(m + 1/2) + ln 2 for m from 17 on, to 10^-15: the next term is below 1/(132 m^10).
    let m = half as f64;
    let square = 1.0 / (m * m);
    let series = 1.0 / 24.0 - square * (7.0 / 960.0 - square * (31.0 / 8064.0 - square * (127.0 / 30_720.0)));
    (2.0 * m).ln() + square * series
}

#[cfg(test)]
mod tests {
    use super::grassberger;

    #[test]
    fn grassberger_follows_its_recurrence() {
        let mut expected = -0.577_215_664_901_532_9_f64 - std::f64::consts::LN_2;
        assert_eq!(grassberger(1), expected);
        for m in 0..300 {
            assert!((grassberger(2 * m) - expected).abs() < 2e-14, "G({})", 2 * m);
            assert_eq!(grassberger(2 * m + 1), grassberger(2 * m));
            expected += 2.0 / (2 * m + 1) as f64;
        }
        assert!((grassberger(2) - 0.729_637_154_538_521_8).abs() < 1e-15);
        assert!((grassberger(1 << 70) - 70.0 * std::f64::consts::LN_2).abs() < 1e-13);
    }
}
