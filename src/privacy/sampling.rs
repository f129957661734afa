//! k-anonymity of a random sample, read as differential privacy.

/// What is known of a release that draws every subject with one probability and then makes the sample
/// k-anonymous.
///
/// If the way from the sample to the release is *strongly safe*, the whole keeps (ε, δ)-differential privacy for
/// every ε of at least [`Self::least_epsilon`] and the δ of [`Self::delta`]: for any two populations that differ in
/// one subject, a release from a set `S` is at most `e^ε` times as probable from one as from the other, plus δ.
///
/// **Strongly safe** means that the recoding is fixed without looking at the data: each record is mapped by itself,
/// and then the classes with fewer than `k` subjects are withheld. A full-domain recoding whose levels are chosen
/// from the data (as `search` does), local recoding, cell suppression and microaggregation are *not* strongly safe,
/// since the choice itself tells of the data. For these the numbers here are a heuristic, no guarantee, and
/// whoever reports them must say so. The rate, and who was drawn, must come from a random source that the
/// recipient does not know. A subject is drawn with all records or with none; if a subject can have records in
/// several classes the theorem does not apply.
///
/// # References
/// Li, Qardaji and Su, *On sampling, anonymization, and differential privacy: or, k-anonymization meets
/// differential privacy*, ASIACCS 2012, Definition 5 and Theorem 5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    rate: f64,
}

impl Sampling {
    /// `rate` is the probability β of each subject to be in the sample; `None` unless it lies between 0 and 1,
    /// both excluded: without chance there is nothing to say.
    pub fn new(rate: f64) -> Option<Self> {
        (rate > 0.0 && rate < 1.0).then_some(Self { rate })
    }

    /// The largest rate at which some k gives this ε: `1 − e^−ε`. `None` unless ε is a number above 0.
    pub fn fastest(epsilon: f64) -> Option<Self> {
        (epsilon > 0.0).then(|| Self::new(-(-epsilon).exp_m1())).flatten()
    }

    /// β.
    pub fn rate(self) -> f64 {
        self.rate
    }

    /// The smallest ε that the theorem speaks of: `−ln(1 − β)`.
    pub fn least_epsilon(self) -> f64 {
        -(-self.rate).ln_1p()
    }

    /// Returns the δ that k-anonymity of the sample gives at this ε, at most 1; `None` for `k = 0` and for an ε
    /// below [`Self::least_epsilon`].
    ///
    /// ```text
    /// δ = max { P(X > γn) : X ~ Binomial(n, β), n ≥ ⌈k/γ − 1⌉ }    γ = (e^ε − 1 + β)/e^ε = 1 − (1 − β) e^−ε
    /// ```
    ///
    /// Falls (or stays) as `k` or ε grows. For each whole `m ≥ k` only the largest `n` with `γn < m` matters,
    /// since `P(X ≥ m)` grows with `n`; Chernoff's bound `P(X > γn) ≤ e^(−n D(γ‖β))` tells when no further `m`
    /// can be the maximum. Exact but for rounding, about 12 digits, down to the smallest floats.
    pub fn delta(self, k: u64, epsilon: f64) -> Option<f64> {
        if k == 0 || epsilon.is_nan() || epsilon < self.least_epsilon() * (1.0 - 4.0 * f64::EPSILON) {
            return None;
        }
        let rest = (1.0 - self.rate) * (-epsilon).exp();
        let share = 1.0 - rest;
        let divergence = share * (share / self.rate).ln() - if rest > 0.0 { rest * epsilon } else { 0.0 };
        let mut best = f64::NEG_INFINITY;
        for m in k.. {
            let n = ((m as f64 / share).ceil() - 1.0).max(m as f64);
            if -n * divergence <= best {
                break;
            }
            best = best.max(self.ln_upper_tail(n, m));
        }
        Some(best.exp().min(1.0))
    }

    /// Returns the least `k` whose δ at this ε is at most `delta`; `None` where [`Self::delta`] is, and for a
    /// `delta` that is not above 0.
    pub fn least_k(self, epsilon: f64, delta: f64) -> Option<u64> {
        if delta.is_nan() || delta <= 0.0 {
            return None;
        }
        let (mut above, mut k) = (0, 1);
        while self.delta(k, epsilon)? > delta {
            (above, k) = (k, k.checked_mul(2)?);
        }
        while k - above > 1 {
            let middle = above + (k - above) / 2;
            if self.delta(middle, epsilon)? > delta {
                above = middle;
            } else {
                k = middle;
            }
        }
        Some(k)
    }

    /// `ln P(X ≥ m)` for `X ~ Binomial(n, β)` with `m > βn`: the first term in logarithms, then a sum that falls
    /// faster than geometrically.
    fn ln_upper_tail(self, n: f64, m: u64) -> f64 {
        let m_float = m as f64;
        let choose: f64 = (1..=m).map(|i| ((n - m_float + i as f64) / i as f64).ln()).sum();
        let first = choose + m_float * self.rate.ln() + (n - m_float) * (-self.rate).ln_1p();
        let odds = self.rate / (1.0 - self.rate);
        let (mut term, mut sum, mut j) = (1.0, 0.0, m_float);
        while term > sum * f64::EPSILON / 4.0 {
            sum += term;
            term *= (n - j) / (j + 1.0) * odds;
            j += 1.0;
        }
        first + sum.ln()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, added up in floats over every `n` up to `most`.
    fn plain(k: u64, rate: f64, epsilon: f64, most: u64) -> f64 {
        let share = (epsilon.exp() - 1.0 + rate) / epsilon.exp();
        let least = (k as f64 / share - 1.0).ceil() as u64;
        let tail = |n: u64| -> f64 {
            // Row `n` of the distribution by adding one draw after the other.
            let mut row = vec![1.0];
            for _ in 0..n {
                let before = |j: usize| row.get(j).copied().unwrap_or(0.0);
                row = (0..=row.len())
                    .map(|j| before(j) * (1.0 - rate) + if j > 0 { before(j - 1) * rate } else { 0.0 })
                    .collect();
            }
            row.iter().enumerate().filter(|&(j, _)| j as f64 > share * n as f64).map(|(_, p)| p).sum()
        };
        (least..=most).map(tail).fold(0.0, f64::max)
    }

    #[test]
    fn deltas_of_the_definition() {
        // Computed from the definition in decimals of 50 digits, over 400 values of n.
        for (k, rate, epsilon, delta) in [
            (5, 0.1, 1.0, 1.765e-4),
            (20, 0.1, 1.0, 4.072_505_681_094_85e-14),
            (5, 0.2, 0.5, 1.958_144e-2),
            (20, 0.2, 2.0, 1.587_544_064e-12),
            (50, 0.5, 0.7, 1.664_117_508_516_031e-5),
            (10, 0.05, 0.1, 2.747_096_655_912_858e-3),
            (2, 0.9, 2.5, 0.81),
            (1, 0.01, 0.02, 0.282_269_467_401_724_9),
            (100, 0.3, 0.5, 3.238_522_750_172_778e-14),
            (30, 0.4, 0.6, 1.586_582_757_157_637e-4),
        ] {
            let found = Sampling::new(rate).unwrap().delta(k, epsilon).unwrap();
            assert!((found / delta - 1.0).abs() < 1e-11, "k {k}, rate {rate}, epsilon {epsilon}: {found}, not {delta}");
        }
    }

    #[test]
    fn what_has_no_answer() {
        for rate in [0.0, 1.0, -0.1, 1.5, f64::NAN] {
            assert_eq!(Sampling::new(rate), None);
        }
        let half = Sampling::new(0.5).unwrap();
        assert_eq!(half.delta(5, 0.69), None, "ε is below ln 2");
        assert_eq!(half.delta(0, 1.0), None);
        assert_eq!(half.delta(5, f64::NAN), None);
        assert_eq!(half.least_k(1.0, 0.0), None);
        assert_eq!(half.least_k(0.1, 1e-6), None);
        assert!(half.delta(5, half.least_epsilon()).is_some());
        let fastest = Sampling::fastest(0.3).unwrap();
        assert!(fastest.delta(5, 0.3).is_some(), "the largest rate is one that works");
        assert_eq!(Sampling::fastest(0.0), None);
        let whole = half.delta(7, 800.0).unwrap();
        assert!((whole * 128.0 - 1.0).abs() < 1e-12, "γ is 1: all seven must be drawn");
    }

    #[test]
    fn small_rates_and_large_k_end_soon() {
        let rare = Sampling::new(1e-6).unwrap();
        let k = rare.least_k(1e-5, 1e-9).unwrap();
        assert!(rare.delta(k, 1e-5).unwrap() <= 1e-9 && rare.delta(k - 1, 1e-5).unwrap() > 1e-9);
        assert!(Sampling::new(0.1).unwrap().delta(20_000, 1.0).unwrap() < f64::MIN_POSITIVE);
    }

    proptest! {
        #[test]
        fn as_the_plain_sum(k in 1_u64..12, rate in 0.02_f64..0.9, more in 0.0_f64..2.0) {
            let sampling = Sampling::new(rate).unwrap();
            let epsilon = sampling.least_epsilon() + more;
            let found = sampling.delta(k, epsilon).unwrap();
            // Chernoff: beyond this n no tail is as large as what was found.
            let share = 1.0 - (1.0 - rate) * (-epsilon).exp();
            let divergence = share * (share / rate).ln() - (1.0 - share) * epsilon;
            let most = (-found.ln() / divergence).ceil().clamp(k as f64 * 3.0, 600.0) as u64;
            let expected = plain(k, rate, epsilon, most);
            prop_assert!((found - expected).abs() <= 1e-9 * expected, "{} not {}", found, expected);
        }

        #[test]
        fn never_worse_with_more_k_or_epsilon(
            k in 1_u64..60,
            rate in 0.01_f64..0.95,
            more in 0.0_f64..2.0,
            step in 0.0_f64..1.0,
        ) {
            let sampling = Sampling::new(rate).unwrap();
            let epsilon = sampling.least_epsilon() + more;
            let delta = sampling.delta(k, epsilon).unwrap();
            prop_assert!((0.0..=1.0).contains(&delta));
            prop_assert!(sampling.delta(k + 1, epsilon).unwrap() <= delta);
            prop_assert!(sampling.delta(k, epsilon + step).unwrap() <= delta * (1.0 + 1e-11));
        }

        #[test]
        fn the_least_k(rate in 0.01_f64..0.9, more in 0.0_f64..2.0, digits in 1_i32..12) {
            let sampling = Sampling::new(rate).unwrap();
            let (epsilon, delta) = (sampling.least_epsilon() + more, 10_f64.powi(-digits));
            let k = sampling.least_k(epsilon, delta).unwrap();
            prop_assert!(sampling.delta(k, epsilon).unwrap() <= delta);
            prop_assert!(k == 1 || sampling.delta(k - 1, epsilon).unwrap() > delta);
        }
    }
}
