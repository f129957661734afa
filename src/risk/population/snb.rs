//! The slide negative binomial (Poisson-Gamma) estimator.

use super::{Histogram, Population};
use crate::risk::ClassSizes;

/// Places at which the equation is looked at before a root is narrowed down.
const PLACES: u32 = 512;
/// Halvings of an interval between two places.
const HALVINGS: u32 = 200;

/// Estimates the people that are unique in the population when the sizes of its classes, less 1, are negative
/// binomial (Poisson with Gamma-distributed mean).
///
/// The number of classes `K` is the estimator of Shlosser as modified by Haas and Stokes; `α` and `β` make the
/// expected numbers of classes of one and of two in the sample equal to those found,
/// `K π (β/(1−d))^α (1 + α d/(1−d)) = s₁` and `K π² α (1−β)/2 · β^α (1−d)^(−α−2) (2 − (1−α) d) = s₂` with
/// `d = (1−π)(1−β)` and the sampling fraction `π`. The estimate is `K β^α`.
///
/// The second equation gives one positive `α` for each `β`, so that one equation in `β` remains, which is searched
/// over all of (0, 1), from 1 downwards. `None` without solution, above all if no class has exactly two members.
/// ARX multiplies by `(1−d)^(α+2)` where it must divide, and misplaces a bracket in `K`: its solver then finds no
/// solution where there is one, and its values are not those of the model.
///
/// # References
/// Chen and Keller-McNulty, *Estimation of identification disclosure risk in microdata*, Journal of Official
/// Statistics 14(1), 1998; Haas and Stokes, *Estimating the number of classes in a finite population*, JASA 93(444),
/// 1998 (estimator Sh3).
pub fn snb(sizes: &ClassSizes, population: Population) -> Option<f64> {
    let (counts, sampling) = (Histogram::of(sizes), population.of(sizes));
    if counts.sizes.is_empty() {
        return None;
    }
    if counts.one == 0.0 {
        return Some(0.0);
    }
    if sampling.fraction >= 1.0 {
        return Some(counts.one); // with d = 0 the first equation is K β^α = s₁
    }
    let model = Model {
        classes: population_classes(&counts, sampling.fraction),
        fraction: sampling.fraction,
        one: counts.one,
        ratio: counts.two / counts.one,
    };
    let (alpha, log_beta) = model.solve()?;
    let estimate = model.classes * (alpha * log_beta).exp();
    (estimate.is_finite() && estimate <= sampling.population).then_some(estimate)
}

/// Sh3, the estimated number of classes of the population.
fn population_classes(counts: &Histogram, fraction: f64) -> f64 {
    let (inside, missed) = (fraction.ln_1p(), (-fraction).ln_1p());
    let square = (-fraction * fraction).ln_1p();
    let (mut seen_once, mut seen, mut unseen, mut once) = (0.0, 0.0, 0.0, 0.0);
    for &(size, count) in &counts.sizes {
        let none = (size * missed).exp();
        seen_once += size * fraction * fraction * ((size - 1.0) * square).exp() * count;
        // (1−π)^i ((1+π)^i − 1), where neither factor may overflow
        seen +=
            count * if size * inside < 1.0 { none * (size * inside).exp_m1() } else { (size * square).exp() - none };
        unseen += none * count;
        once += size * fraction * ((size - 1.0) * missed).exp() * count;
    }
    counts.classes + counts.one * (seen_once / seen) * (unseen / once) * (unseen / once)
}

struct Model {
    classes: f64,
    fraction: f64,
    /// Classes of one in the sample.
    one: f64,
    /// Classes of two per class of one.
    ratio: f64,
}

impl Model {
    /// `α` and `ln β`.
    fn solve(&self) -> Option<(f64, f64)> {
        // places are the logit of 1 − β, from β = 1 downwards
        let at = |place: u32| -50.0 + 100.0 * f64::from(place) / f64::from(PLACES);
        let (mut low, mut value) = (at(0), self.excess(at(0)));
        for place in 1..=PLACES {
            let high = at(place);
            let next = self.excess(high);
            if value.is_finite() && next.is_finite() && (value > 0.0) != (next > 0.0) {
                return Some(self.narrow(low, high, value > 0.0));
            }
            (low, value) = (high, next);
        }
        None
    }

    fn narrow(&self, mut low: f64, mut high: f64, positive: bool) -> (f64, f64) {
        for _ in 0..HALVINGS {
            let middle = low + (high - low) / 2.0;
            if (self.excess(middle) > 0.0) == positive { low = middle } else { high = middle }
        }
        (self.alpha(low), ln_beta(low))
    }

    /// The positive root of `d α² + (2 − d − c d) α − c (1 − d) = 0` with `c = 2 (s₂/s₁) (1−d) / (π (1−β))`.
    fn alpha(&self, logit: f64) -> f64 {
        let slide = 1.0 / (1.0 + (-logit).exp()); // 1 − β
        let d = (1.0 - self.fraction) * slide;
        let c = 2.0 * self.ratio * (1.0 - d) / (self.fraction * slide);
        let (b, product) = (2.0 - d - c * d, c * (1.0 - d));
        let root = b.hypot(2.0 * (d * product).sqrt());
        // without the difference of nearly equal numbers
        if b >= 0.0 { 2.0 * product / (b + root) } else { (root - b) / (2.0 * d) }
    }

    /// The logarithm of expected over found classes of one in the sample.
    fn excess(&self, logit: f64) -> f64 {
        let alpha = self.alpha(logit);
        let d = (1.0 - self.fraction) / (1.0 + (-logit).exp());
        let start = (self.classes * self.fraction / self.one).ln();
        start + alpha * (ln_beta(logit) - (-d).ln_1p()) + (alpha * d / (1.0 - d)).ln_1p()
    }
}

/// `ln β` where `logit` is that of `1 − β`.
fn ln_beta(logit: f64) -> f64 {
    if logit > 0.0 { -logit - (-logit).exp().ln_1p() } else { -logit.exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Model;

    /// The share of classes of `size` of a sample, class sizes being 1 more than negative binomial: by adding up
    /// over the sizes in the population.
    fn sampled(size: u64, alpha: f64, beta: f64, fraction: f64) -> f64 {
        let (mut chance, mut left, mut sum, mut people) = (beta.powf(alpha), 1.0, 0.0, 1_u64);
        while left > 1e-13 && people < 1_000_000 {
            if people >= size {
                let ways = if size == 1 { people as f64 } else { people as f64 * (people - 1) as f64 / 2.0 };
                let others = (people - size) as f64;
                sum += chance * ways * fraction.powi(size as i32) * (1.0 - fraction).powf(others);
            }
            left -= chance;
            chance *= (alpha + people as f64 - 1.0) / people as f64 * (1.0 - beta);
            people += 1;
        }
        sum
    }

    proptest! {
        #[test]
        fn finds_the_parameters_that_made_the_sample(
            alpha in 0.02..20.0_f64, beta in 0.05..0.95_f64, fraction in 0.02..0.98_f64, classes in 1.0..1e9_f64,
        ) {
            let (one, two) = (sampled(1, alpha, beta, fraction), sampled(2, alpha, beta, fraction));
            let model = Model { classes, fraction, one: classes * one, ratio: two / one };
            let (found, ln_beta) = model.solve().unwrap();
            prop_assert!(model.excess((-ln_beta.exp_m1() / ln_beta.exp()).ln()).abs() < 1e-6);
            let uniques = (found * ln_beta).exp() / beta.powf(alpha);
            prop_assert!((uniques - 1.0).abs() < 1e-5, "{uniques}: {found} {}", ln_beta.exp());
        }
    }
}
