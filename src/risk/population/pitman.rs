//! Pitman's sampling formula, fitted by maximum likelihood.

use super::{Histogram, Population};
use crate::risk::ClassSizes;

/// Halvings of an interval: enough to use up the digits of a float.
const HALVINGS: u32 = 64;
/// How far below 0, as a power of 2, the discount `α` is looked for.
const LOWEST: i32 = 16;

/// Estimates the people that are unique in the population by Pitman's model.
///
/// With strength `θ` and discount `α`, estimated by maximum likelihood from all classes of the sample, the
/// estimate for a population of `N` is `Γ(θ + 1)/Γ(θ + α) · N^α` (Hoshino). The likelihood equations are
/// `Σ_{0<i<u} 1/(θ + iα) = Σ_{0<i<n} 1/(θ + i)` and
/// `Σ_{0<i<u} i/(θ + iα) = Σ_j s_j Σ_{0<i<j} 1/(i − α)` for `u` classes, `s_j` of them with `j` of the `n` members. For
/// each `α` the first has one solution, which is put into the second; that one is searched for `0 < α < 1`, then
/// for `α ≤ 0` (a population with a limited number of classes). Good for small sampling fractions. `None` if the
/// likelihood has no maximum inside, as when all or nearly all members are unique, or if the estimate exceeds the
/// population.
///
/// ARX solves the same equations by Newton's method, unbounded. For coarse classes its steps can end where some
/// `θ + iα` is negative; its value then belongs to no distribution, and is not the one here.
///
/// # References
/// Hoshino, *Applying Pitman's sampling formula to microdata disclosure risk assessment*, Journal of Official
/// Statistics 17(4), 2001.
pub fn pitman(sizes: &ClassSizes, population: Population) -> Option<f64> {
    let (counts, sampling) = (Histogram::of(sizes), population.of(sizes));
    if counts.sizes.is_empty() {
        return None;
    }
    if counts.one == 0.0 {
        return Some(0.0);
    }
    let likelihood = Likelihood { counts: &counts, members: sampling.sample };
    let Fit { alpha, rest } = likelihood.maximum()?;
    let start = likelihood.theta(alpha, rest) + alpha;
    let estimate = (ln_rise(start, 1.0 - alpha) + alpha * sampling.population.ln()).exp();
    (estimate.is_finite() && estimate <= sampling.population).then_some(estimate)
}

struct Likelihood<'a> {
    counts: &'a Histogram,
    members: f64,
}

/// `rest` is how far `θ` lies above the least that `α` allows: it keeps its digits where `θ` loses them.
#[derive(Clone, Copy)]
struct Fit {
    alpha: f64,
    rest: f64,
}

impl Likelihood<'_> {
    fn maximum(&self) -> Option<Fit> {
        if self.counts.classes < 2.0 || self.counts.classes >= self.members {
            return None; // nothing to tell θ from, or it grows without limit
        }
        let (least, most) = (f64::EPSILON, 1.0 - f64::EPSILON);
        if self.rises(least)? {
            return (!self.rises(most)?).then(|| self.narrow(least, most)).flatten();
        }
        let mut high = least;
        for power in -LOWEST..=LOWEST {
            let low = -(2.0_f64.powi(power));
            if self.rises(low)? {
                return self.narrow(low, high);
            }
            high = low;
        }
        None
    }

    /// The fit between an `α` where the likelihood rises and one where it falls.
    fn narrow(&self, mut low: f64, mut high: f64) -> Option<Fit> {
        for _ in 0..HALVINGS {
            let middle = low + (high - low) / 2.0;
            if self.rises(middle)? { low = middle } else { high = middle }
        }
        Some(Fit { alpha: low, rest: self.rest(low)? })
    }

    /// Whether the likelihood, at the best `θ` for `α`, rises with `α`.
    fn rises(&self, alpha: f64) -> Option<bool> {
        let rest = self.rest(alpha)?;
        let (theta, classes) = (self.theta(alpha, rest), self.counts.classes - 1.0);
        let ratio = alpha / theta;
        let by_classes = match ratio * classes {
            small if small.abs() < SMALL => alternating(ratio, classes) / theta,
            _ => (classes - theta * self.by_theta(alpha, rest)) / alpha,
        };
        let by_sizes: f64 =
            self.counts.sizes.iter().map(|&(size, count)| count * inverses(1.0 - alpha, size - 1.0)).sum();
        Some(by_classes > by_sizes)
    }

    /// Where the likelihood is highest in `θ`.
    fn rest(&self, alpha: f64) -> Option<f64> {
        let slope = |logarithm: f64| {
            let rest = logarithm.exp();
            self.by_theta(alpha, rest) - inverses(self.theta(alpha, rest) + 1.0, self.members - 1.0)
        };
        let (mut low, mut high) = (-100.0, 150.0);
        if !(slope(low) > 0.0 && slope(high) < 0.0) {
            return None;
        }
        for _ in 0..HALVINGS {
            let middle = low + (high - low) / 2.0;
            if slope(middle) > 0.0 { low = middle } else { high = middle }
        }
        Some(low.exp())
    }

    /// `θ + iα` must be positive for all classes.
    fn theta(&self, alpha: f64, rest: f64) -> f64 {
        if alpha > 0.0 { rest - alpha } else { rest - alpha * (self.counts.classes - 1.0) }
    }

    /// `Σ_{0<i<u} 1/(θ + iα)`, from its smallest term on.
    fn by_theta(&self, alpha: f64, rest: f64) -> f64 {
        let classes = self.counts.classes - 1.0;
        if alpha == 0.0 { classes / rest } else { inverses(rest / alpha.abs(), classes) / alpha.abs() }
    }
}

/// Below this, `Σ i/(θ + iα)` is a series in `α/θ`: taken as a difference it would lose its digits.
const SMALL: f64 = 0.01;

/// `Σ i/(1 + i r)` over whole `0 < i ≤ m`, for `|r| m` < [`SMALL`].
fn alternating(r: f64, m: f64) -> f64 {
    if m <= 64.0 {
        return (1..=m as u64).map(|i| i as f64 / (1.0 + i as f64 * r)).sum();
    }
    let term = |k: i32| {
        // Σ i^k to its first four terms, of which the third is there for k > 1 and the fourth for k > 3
        let power = f64::from(k);
        let third = if k > 1 { power * m.powi(k - 1) / 12.0 } else { 0.0 };
        let fourth = if k > 3 { power * (power - 1.0) * (power - 2.0) * m.powi(k - 3) / 720.0 } else { 0.0 };
        (-r).powi(k - 1) * (m.powi(k + 1) / (power + 1.0) + m.powi(k) / 2.0 + third - fourth)
    };
    (1..=9).rev().map(term).sum()
}

/// Arguments from here on are taken to the asymptotic series.
const LARGE: f64 = 16.0;

/// `Σ 1/(x + i)` over whole `0 ≤ i < m`, for `x` > 0: `ψ(x + m) − ψ(x)` without the loss of digits where both are
/// nearly equal.
fn inverses(mut x: f64, mut m: f64) -> f64 {
    let mut sum = 0.0;
    while m >= 1.0 && (x < LARGE || m <= 8.0) {
        sum += 1.0 / x;
        x += 1.0;
        m -= 1.0;
    }
    if m < 1.0 {
        return sum;
    }
    let (low, high) = (1.0 / x, 1.0 / (x + m));
    let series = |r: f64| {
        let s = r * r;
        r / 2.0 + s * (1.0 / 12.0 - s * (1.0 / 120.0 - s * (1.0 / 252.0 - s * (1.0 / 240.0 - s / 132.0))))
    };
    sum + (m / x).ln_1p() + (series(low) - series(high))
}

/// `ln (Γ(x + by)/Γ(x))` for positive `x`, without the loss of digits where `x` is large beside `by`.
fn ln_rise(mut x: f64, by: f64) -> f64 {
    let mut shifted = 0.0;
    while x < LARGE || x + by < LARGE {
        shifted -= (by / x).ln_1p();
        x += 1.0;
    }
    let series = |x: f64| {
        let (r, s) = (1.0 / x, 1.0 / (x * x));
        r * (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s / 1188.0))))
    };
    shifted + by * (x.ln() - 1.0) + (x + by - 0.5) * (by / x).ln_1p() + (series(x + by) - series(x))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Histogram, Likelihood, alternating, inverses, ln_rise};

    #[test]
    fn sums_and_ratios_have_all_digits() {
        // expected values have 40 digits behind them
        for (x, m, expected) in [
            (1.0, 10.0, 2.928_968_253_968_254),
            (0.25, 3.0, 5.244_444_444_444_444),
            (1e-9, 1e3, 1_000_000_007.484_470_9),
            (3.5, 1e6, 12.712_356_917_314_573),
            (1e12, 1e3, 9.999_999_995_005e-10),
            (17.3, 9.0, 0.428_910_648_342_273_57),
        ] {
            let found = inverses(x, m);
            assert!((found / expected - 1.0).abs() < 1e-15, "{x} {m}: {found}");
        }
        for (x, by, expected) in [
            (1.0, 4.0, 3.178_053_830_347_945_6),
            (1000.5, 0.5, 3.454_002_639_485_860_2),
            (0.5, 1.5, -0.572_364_942_924_700_1),
            (1e9, 0.75, 15.542_449_377_616_06),
            (3176.5, 0.25, 2.015_854_295_786_854),
            (0.5, 0.25, -0.369_083_991_493_404_7),
        ] {
            let found = ln_rise(x, by);
            assert!((found - expected).abs() < 2e-14, "{x} {by}: {found}");
        }
        for (r, m) in [(0.0, 1.0), (1e-3, 9.0), (-1e-3, 9.0), (0.009, 1.0), (9e-5, 100.0), (-3e-7, 12_345.0)] {
            let sum: f64 = (1..=m as u64).map(|i| i as f64 / (1.0 + i as f64 * r)).sum();
            assert!((alternating(r, m) / sum - 1.0).abs() < 1e-14, "{r} {m}");
        }
    }

    proptest! {
        #[test]
        fn the_fit_solves_both_equations(
            sizes in prop::collection::btree_map(2..60_u64, 1..50_u64, 1..12), one in 1..2000_u64,
        ) {
            let sizes = crate::risk::ClassSizes(std::iter::once((1, one)).chain(sizes).collect());
            let counts = Histogram::of(&sizes);
            let likelihood = Likelihood { counts: &counts, members: sizes.members() as f64 };
            let Some(fit) = likelihood.maximum() else { return Ok(()) };
            let (alpha, theta) = (fit.alpha, likelihood.theta(fit.alpha, fit.rest));
            prop_assert!(alpha < 1.0 && theta > -alpha);
            // the logarithm of the likelihood, term by term
            let logarithm = |theta: f64, alpha: f64| {
                let classes: f64 = (1..sizes.classes() as u64).map(|i| (theta + i as f64 * alpha).ln()).sum();
                let members: f64 = (1..sizes.members() as u64).map(|i| (theta + i as f64).ln()).sum();
                let within = |size: u64| (1..size).map(|i| (i as f64 - alpha).ln()).sum::<f64>();
                classes - members + sizes.0.iter().map(|&(size, n)| n as f64 * within(size)).sum::<f64>()
            };
            let best = logarithm(theta, alpha);
            let step = (theta + alpha.abs()).abs().max(1e-3) * 1e-3;
            for (theta, alpha) in [
                (theta + step, alpha), (theta - step, alpha), (theta, alpha + 1e-4), (theta, alpha - 1e-4),
                (theta + step, alpha - 1e-4), (theta - step, alpha + 1e-4),
            ] {
                let beside = logarithm(theta, alpha);
                prop_assert!(beside.is_nan() || beside <= best + 1e-9 * best.abs(), "{beside} > {best}");
            }
        }
    }
}
