//! Zayatz's equivalence-class estimator.

use super::{Histogram, Population};
use crate::risk::ClassSizes;

/// Products of up to this many factors are multiplied out.
const FACTORS: f64 = 1_048_576.0;

/// Estimates the people that are unique in the population by Zayatz's model: classes of the population are
/// assumed to be as large, and as often, as those of the sample.
///
/// By Bayes' rule a sample unique comes from a population unique with probability
/// `s₁ h(1) / Σ sᵢ h(i)`, where `sᵢ` is the number of classes of size `i` and `h(i)` the hypergeometric probability
/// that exactly one of `i` people out of `N` is among the `n` sampled; the estimate is `s₁ N/n` times that.
/// Too high for small sampling fractions. `None` only for an empty sample.
///
/// # References
/// Zayatz, *Estimation of the percent of unique population elements on a microdata file using the sample*, US
/// Bureau of the Census, 1991.
pub fn zayatz(sizes: &ClassSizes, population: Population) -> Option<f64> {
    let (counts, sampling) = (Histogram::of(sizes), population.of(sizes));
    if counts.sizes.is_empty() {
        return None;
    }
    if counts.one == 0.0 {
        return Some(0.0);
    }
    // h(i)/h(1) = i (N−n)/(N−1) · (N−n−1)/(N−2) ⋯, i − 1 factors, carried on from size to size
    let outside = sampling.population - sampling.sample;
    let (mut chance, mut factors, mut whole) = (1.0_f64, 0.0, 0.0);
    for &(size, count) in &counts.sizes {
        if size - 1.0 > outside {
            break; // the sample must have taken at least two of so many
        }
        let more = size - 1.0 - factors;
        if more <= FACTORS {
            for j in 0..more as u64 {
                let taken = factors + j as f64;
                chance *= (outside - taken) / (sampling.population - 1.0 - taken);
            }
        } else {
            let logarithm = ln_falling(outside - factors, more) - ln_falling(sampling.population - 1.0 - factors, more);
            chance *= logarithm.min(0.0).exp();
        }
        factors = size - 1.0;
        if chance < f64::MIN_POSITIVE {
            break;
        }
        whole += size * count * chance;
    }
    let estimate = counts.one * counts.one / whole * (sampling.population / sampling.sample);
    estimate.is_finite().then_some(estimate)
}

/// `ln (x (x − 1) ⋯ (x − m + 1))` for many factors of at least 1, by Euler and Maclaurin.
fn ln_falling(x: f64, m: f64) -> f64 {
    let low = x - m + 1.0;
    // ∫ ln over [low, x], with the difference of nearly equal parts taken first
    let area = (m - 1.0) * (x.ln() - 1.0) - low * (-(m - 1.0) / x).ln_1p();
    area + (x.ln() + low.ln()) / 2.0 + (1.0 / x - 1.0 / low) / 12.0
}
