//! How sure a share is that was seen in so many trials: Wilson's score interval.

/// The 97.5 % point of the standard normal distribution: 95 % two-sided.
pub const Z95: f64 = 1.959_963_984_540_054;

/// Returns the 95 % score interval of a share: `successes` in `trials`.
///
/// Always within 0 to 1 and always around `successes / trials`; exactly 0 below for no success and exactly 1 above
/// for nothing but successes. Without trials nothing is known: 0 to 1. Counts up to 2^53 enter without rounding.
/// More successes than trials count as nothing but successes.
///
/// # References
/// Wilson, *Probable inference, the law of succession, and statistical inference*, JASA 22(158), 1927. Newcombe,
/// *Two-sided confidence intervals for the single proportion*, Statistics in Medicine 17, 1998 (method 3).
pub fn wilson(successes: u64, trials: u64) -> [f64; 2] {
    if trials == 0 {
        return [0.0, 1.0];
    }
    let (centre, half) = score(successes, trials);
    let share = successes.min(trials) as f64 / trials as f64;
    // rounding must not push an end past the share itself
    let low = if successes == 0 { 0.0 } else { (centre - half).clamp(0.0, share) };
    let high = if successes >= trials { 1.0 } else { (centre + half).clamp(share, 1.0) };
    [low, high]
}

/// The centre of Wilson's interval and half its width; one half each without trials.
pub fn score(successes: u64, trials: u64) -> (f64, f64) {
    if trials == 0 {
        return (0.5, 0.5);
    }
    let hits = successes.min(trials);
    let (x, misses, n) = (hits as f64, (trials - hits) as f64, trials as f64);
    let zz = Z95 * Z95;
    let centre = (x + zz / 2.0) / (n + zz);
    let half = Z95 / (n + zz) * (x * (misses / n) + zz / 4.0).sqrt();
    (centre, half)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_intervals() {
        // Newcombe 1998, table I, method 3
        let table = [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
            (29, 29, 0.8830, 1.0),
        ];
        for (successes, trials, low, high) in table {
            let found = wilson(successes, trials);
            assert!((found[0] - low).abs() < 5e-5 && (found[1] - high).abs() < 5e-5, "{successes}/{trials}: {found:?}");
        }
    }

    #[test]
    fn centre_and_half_width_of_the_anonymeter_tests() {
        for (successes, centre, half) in
            [(100, 0.9815032508965071, 0.01849674910349284), (23, 0.23998824451588613, 0.08155558571285167)]
        {
            let found = score(successes, 100);
            assert!((found.0 - centre).abs() < 1e-15 && (found.1 - half).abs() < 1e-15, "{found:?}");
        }
    }

    #[test]
    fn nothing_tried_is_nothing_known() {
        assert_eq!(wilson(0, 0), [0.0, 1.0]);
        assert_eq!(wilson(7, 0), [0.0, 1.0]);
    }

    #[test]
    fn the_largest_counts_keep_their_precision() {
        let n = 1 << 53;
        assert_eq!(wilson(0, n)[0], 0.0);
        assert!((wilson(0, n)[1] * n as f64 - Z95 * Z95).abs() < 1e-6, "z² in n + z² at no success");
        let [low, high] = wilson(n / 2, n);
        let half = Z95 / (4.0 * n as f64).sqrt();
        assert!(((high - low) / 2.0 / half - 1.0).abs() < 1e-6, "the normal interval where it is right");
    }

    proptest! {
        #[test]
        fn the_ends_solve_the_score_equation(trials in 1_u64..100_000, share in 0.0..=1.0_f64) {
            let successes = (share * trials as f64) as u64;
            let p = successes as f64 / trials as f64;
            for end in wilson(successes, trials) {
                // |p − end| = z sqrt(end (1 − end) / n), squared
                let (left, right) = ((p - end).powi(2), Z95 * Z95 * end * (1.0 - end) / trials as f64);
                prop_assert!((left - right).abs() < 1e-9, "{successes}/{trials}: {end}");
            }
        }

        #[test]
        fn it_mirrors_holds_the_share_and_narrows(trials in 1_u64..1_000_000, share in 0.0..=1.0_f64) {
            let successes = (share * trials as f64) as u64;
            let [low, high] = wilson(successes, trials);
            let [mirrored_low, mirrored_high] = wilson(trials - successes, trials);
            prop_assert!((low - (1.0 - mirrored_high)).abs() < 1e-12 && (high - (1.0 - mirrored_low)).abs() < 1e-12);
            let p = successes as f64 / trials as f64;
            prop_assert!(0.0 <= low && low <= p && p <= high && high <= 1.0);
            let more = wilson(4 * successes, 4 * trials);
            prop_assert!(more[1] - more[0] < high - low);
        }
    }
}
