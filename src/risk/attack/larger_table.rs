//! How often conditions would isolate a row in a larger table of the same kind.

/// Sizes of smaller tables that the curve is fitted to.
const SIZES: usize = 10;

/// Returns by what the number of conditions that isolate a row grows from a table of `rows` to one of `larger`.
///
/// `matches` has the rows of the table that meet each condition. The expected number in random parts of the table,
/// exact from the hypergeometric distribution, is fitted (least squares) by the curve for conditions whose chance to
/// be met is spread evenly from 0 to some `w`: `norm × (1 − (n w + 1)(1 − w)^n) / (n + 1)`. 1 where nothing is
/// isolated or the table is not smaller.
///
/// # References
/// Giomi et al., PETS 2023, section 5.2 and appendix; the curve integrates `n w (1 − w)^(n − 1)` of Cohen and Nissim
/// 2020. There parts of 1,000 rows and more are drawn at random; here nothing is, and parts begin at a tenth.
pub(super) fn times_larger(matches: &[usize], rows: usize, larger: usize) -> f64 {
    if rows == larger || rows == 0 || !matches.contains(&1) {
        return 1.0;
    }
    let least = rows.div_ceil(SIZES);
    let sizes: Vec<usize> = (0..SIZES).map(|i| least + (rows - least) * i / (SIZES - 1)).collect();
    let expected: Vec<f64> = sizes.iter().map(|&n| matches.iter().map(|&c| one_of(c, n, rows)).sum()).collect();
    // chances from one in ten thousand tables of the larger size to certainty
    let low = (1e-4 / larger.max(rows) as f64).ln();
    let best = (0..=600).map(|step| (low * (1.0 - f64::from(step) / 600.0)).exp());
    let misfit = |w: &f64| {
        let curve: Vec<f64> = sizes.iter().map(|&n| isolations(n, *w)).collect();
        let norm = dot(&curve, &expected) / dot(&curve, &curve);
        curve.iter().zip(&expected).map(|(c, e)| (norm * c - e).powi(2)).sum::<f64>()
    };
    let w = best.min_by(|a, b| misfit(a).total_cmp(&misfit(b))).unwrap_or(1.0);
    isolations(larger, w) / isolations(rows, w)
}

/// Chance that a random part of `n` of `all` rows has exactly one of `some`.
fn one_of(some: usize, n: usize, all: usize) -> f64 {
    if some == 0 || n + some > all + 1 {
        return 0.0;
    }
    // some × n × (all − n)(all − n − 1)… / (all (all − 1)…), factor by factor
    let mut chance = some as f64 * n as f64 / all as f64;
    for i in 0..some - 1 {
        chance *= (all - n - i) as f64 / (all - 1 - i) as f64;
        if chance < 1e-30 {
            return 0.0;
        }
    }
    chance
}

/// `(1 − (n w + 1)(1 − w)^n) / (n + 1)`.
fn isolations(n: usize, w: f64) -> f64 {
    let n = n as f64;
    // for small n w the difference would cancel: its series begins with (n w)² / 2
    let x = n * (-w).ln_1p();
    let value = if n * w < 1e-3 {
        n * (n + 1.0) * w * w / 2.0 * (1.0 - 2.0 * (n - 1.0) * w / 3.0)
    } else {
        1.0 - (n * w + 1.0) * x.exp()
    };
    value / (n + 1.0)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use rand::rngs::ChaCha20Rng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    #[test]
    fn the_curve_is_the_integral() {
        for (n, w) in [(10, 0.3), (1_000, 1e-3), (1_000, 1e-7), (1_000_000, 1e-6), (50, 1.0)] {
            let steps = 20_000;
            let at = |i: u32| (f64::from(i) + 0.5) * w / f64::from(steps);
            let chance = |v: f64| f64::from(n) * v * (1.0 - v).powi(n - 1);
            let sum: f64 = (0..steps).map(|i| chance(at(i))).sum::<f64>() * w / f64::from(steps);
            let curve = isolations(n as usize, w);
            assert!((curve / sum - 1.0).abs() < 1e-3, "{n} {w}: {curve} against {sum}");
        }
    }

    #[test]
    fn parts_of_a_table_isolate_as_counted() {
        // one of two rows is in a half of four exactly: 2 × 2 / 6 choices of two rows
        assert!((one_of(2, 2, 4) - 4.0 / 6.0).abs() < 1e-12);
        assert_eq!((one_of(1, 4, 4), one_of(2, 4, 4), one_of(0, 2, 4)), (1.0, 0.0, 0.0));
        assert!((one_of(1, 3, 12) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn growth_is_that_of_a_table_that_grew() {
        // 4,000 conditions with chances spread evenly from 0 to w, on tables of 2,000 and 10,000 rows
        let w = 1e-3;
        let mut draw = ChaCha20Rng::seed_from_u64(3);
        let chances: Vec<f64> = (0..4_000).map(|_| draw.random_range(0.0..w)).collect();
        let mut met = |rows: usize| -> Vec<usize> {
            chances.iter().map(|&chance| (0..rows).filter(|_| draw.random_bool(chance)).count()).collect()
        };
        let (small, large) = (met(2_000), met(10_000));
        let alone = |met: &[usize]| met.iter().filter(|&&rows| rows == 1).count() as f64;
        let (told, true_) = (times_larger(&small, 2_000, 10_000), alone(&large) / alone(&small));
        assert!((told / true_ - 1.0).abs() < 0.2, "{told} against {true_}");
        assert_eq!(times_larger(&small, 2_000, 2_000), 1.0);
        assert_eq!(times_larger(&[0, 2, 0], 2_000, 10_000), 1.0);
    }
}
