//! Does the order of the released rows follow the source? Order alone restores a table for whoever holds it.

use super::{Basis, Comparison, Limit, Measure, measures::told};

/// Beyond so many standard deviations chance goes about once in a million (two-sided).
const RARE: f64 = 4.9;
/// Neighbours that stay neighbours by chance: 2 are expected among any number of rows, and so many or more come
/// less than once in a million even where rows with copies crowd the middle and double the expectation.
const NEIGHBOURS: f64 = 20.0;
/// From so many rows on a perfectly kept order is rarer than one in a million (2 / 10!).
const LEAST_ROWS: usize = 10;

/// How the order of sampled rows relates to the source.
#[derive(Debug, Clone, PartialEq)]
pub struct RowOrder {
    /// Sampled distinct rows.
    pub rows: usize,
    /// Correlation of positions, −1 to 1; told, not judged: few far-out rows can dominate it.
    pub pearson: f64,
    /// Correlation of ranks, −1 to 1; exactly 1 where the order is kept and −1 where it is reversed.
    pub spearman: f64,
    /// What `|spearman|` stays within by chance, but for about one shuffle in a million. 1 or more: even a kept
    /// order would not stand out from chance by this test.
    pub limit: f64,
    /// Share of sampled rows next to each other in the source that are next to each other in the release; by
    /// chance `2 / rows`. Finds blocks of rows that were moved as a whole, which a correlation may miss.
    pub neighbours: f64,
}

/// Compares the mean source position and the mean released position of each sampled distinct row.
///
/// Positions are those of equal rows averaged: copies cannot be told apart. Copies crowd both means towards the
/// middle in the same rows, so the plain `4.9 / sqrt(rows − 1)` would cry wolf; the limit also covers
/// `4.9 × sqrt(Σx²y²) / sqrt(Σx² Σy²)` of centred ranks, which holds for rows of unlike spread. A constant side
/// gives 0. Positions must be finite.
pub fn row_order(positions: &[(f64, f64)]) -> RowOrder {
    let rows = positions.len();
    let source: Vec<f64> = positions.iter().map(|p| p.0).collect();
    let released: Vec<f64> = positions.iter().map(|p| p.1).collect();
    let (x, y) = (centred_ranks(&source), centred_ranks(&released));
    let (xx, yy, xy) = (dot(&x, &x), dot(&y, &y), dot(&x, &y));
    let spearman = if xx == 0 || yy == 0 {
        0.0
    } else if xx == yy && xy.abs() == xx {
        xy.signum() as f64 // a whole-number test, so that a kept order gives exactly 1
    } else {
        xy as f64 / ((xx as f64).sqrt() * (yy as f64).sqrt())
    };
    let spread: f64 = x.iter().zip(&y).map(|(&x, &y)| (x as f64 * y as f64).powi(2)).sum();
    let unlike = if xx == 0 || yy == 0 { 1.0 } else { spread.sqrt() / ((xx as f64).sqrt() * (yy as f64).sqrt()) };
    let alike = if rows > 1 { 1.0 / ((rows - 1) as f64).sqrt() } else { 1.0 };
    let pearson = pearson(&source, &released);
    RowOrder { rows, pearson, spearman, limit: RARE * alike.max(unlike), neighbours: neighbours(&source, &released) }
}

impl RowOrder {
    /// `row_order_correlation`, judged, and `row_order_neighbours`.
    ///
    /// With too few rows for the limit to mean anything, a perfectly kept or reversed order alone refuses. Below
    /// ten distinct rows that too happens by chance; then the numbers are told and not judged, and what holds is
    /// that the shuffle is drawn from a CSPRNG.
    pub fn measures(&self) -> Vec<Measure> {
        let limit = |comparison, value| {
            let source = "article 29; one false alarm in about a million".into();
            (self.rows >= LEAST_ROWS).then_some(Limit { comparison, value, source, confidence: None })
        };
        let correlation =
            if self.limit < 1.0 { limit(Comparison::AtMost, self.limit) } else { limit(Comparison::Below, 1.0) };
        let chance = (NEIGHBOURS / self.rows.saturating_sub(1).max(1) as f64).min(1.0);
        let run = |id, value, limit| Measure { basis: Basis::Run, limit, ..told(id, value) };
        vec![
            run("row_order_correlation", self.spearman.abs(), correlation),
            run("row_order_neighbours", self.neighbours, limit(Comparison::AtMost, chance)),
        ]
    }
}

/// Positions of the values in ascending order; equal values keep the order of the slice.
fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    order
}

/// Twice the rank of each value (ties share the mean) minus their mean: whole numbers that sum to 0.
fn centred_ranks(values: &[f64]) -> Vec<i64> {
    let order = ascending(values);
    let mut ranks = vec![0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && values[order[end]] == values[order[start]] {
            end += 1;
        }
        for &row in &order[start..end] {
            ranks[row] = (start + end - 1) as i64 - (values.len() - 1) as i64;
        }
        start = end;
    }
    ranks
}

fn dot(a: &[i64], b: &[i64]) -> i128 {
    a.iter().zip(b).map(|(&a, &b)| i128::from(a) * i128::from(b)).sum()
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        aa += a * a;
        bb += b * b;
        ab += a * b;
    }
    if aa > 0.0 && bb > 0.0 { (ab / (aa.sqrt() * bb.sqrt())).clamp(-1.0, 1.0) } else { 0.0 }
}

/// Share of neighbours in the source order that are neighbours in the released order; 0 below two rows.
fn neighbours(source: &[f64], released: &[f64]) -> f64 {
    let mut place = vec![0_usize; released.len()];
    for (rank, row) in ascending(released).into_iter().enumerate() {
        place[row] = rank;
    }
    let kept = ascending(source).windows(2).filter(|pair| place[pair[0]].abs_diff(place[pair[1]]) == 1).count();
    kept as f64 / source.len().saturating_sub(1).max(1) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::rngs::ChaCha20Rng;
    use rand::{SeedableRng, seq::SliceRandom};

    use super::*;

    fn refuses(order: &RowOrder) -> bool {
        order.measures().iter().any(|m| m.met() == Some(false))
    }

    fn shuffled(rows: usize, seed: u64) -> Vec<usize> {
        let mut places: Vec<usize> = (0..rows).collect();
        places.shuffle(&mut ChaCha20Rng::seed_from_u64(seed));
        places
    }

    #[test]
    fn kept_and_reversed_orders_refuse_from_ten_rows_on() {
        for rows in [10, 11, 29, 30, 44, 1000] {
            let kept: Vec<_> = (0..rows).map(|i| (i as f64, 3.0 * i as f64 + 7.0)).collect();
            let reversed: Vec<_> = (0..rows).map(|i| (i as f64, -(i as f64).powi(3))).collect();
            assert_eq!(row_order(&kept).spearman, 1.0);
            assert_eq!(row_order(&reversed).spearman, -1.0);
            assert!(refuses(&row_order(&kept)) && refuses(&row_order(&reversed)), "{rows} rows");
        }
        let nine: Vec<_> = (0..9).map(|i| (f64::from(i), f64::from(i))).collect();
        assert!(row_order(&nine).measures().iter().all(|m| m.limit.is_none()));
    }

    #[test]
    fn a_shuffle_passes() {
        for seed in 0..200 {
            let rows = [10, 17, 30, 100, 1000][seed as usize % 5];
            let places: Vec<_> =
                shuffled(rows, seed).into_iter().enumerate().map(|(i, p)| (i as f64, p as f64)).collect();
            assert!(!refuses(&row_order(&places)), "seed {seed}");
        }
    }

    #[test]
    fn a_shuffle_of_rows_with_copies_passes() {
        for seed in 0..50 {
            // row r stands (r mod 40)² + 1 times: means of many copies crowd the middle
            let copies: Vec<usize> = (0..200_usize).map(|r| (r % 40).pow(2) + 1).collect();
            let rows: Vec<usize> = copies.iter().enumerate().flat_map(|(r, &n)| std::iter::repeat_n(r, n)).collect();
            let mean = |seed| {
                let mut sums = vec![0.0; copies.len()];
                shuffled(rows.len(), seed).into_iter().enumerate().for_each(|(place, i)| sums[rows[i]] += place as f64);
                sums.iter().zip(&copies).map(|(sum, &n)| sum / n as f64).collect::<Vec<_>>()
            };
            let places: Vec<_> = mean(2 * seed).into_iter().zip(mean(2 * seed + 1)).collect();
            assert!(!refuses(&row_order(&places)), "seed {seed}");
        }
    }

    #[test]
    fn blocks_moved_as_a_whole_refuse() {
        let blocks = shuffled(100, 5);
        let moved: Vec<_> = (0..1000).map(|i| (i as f64, (blocks[i / 10] * 10 + i % 10) as f64)).collect();
        let order = row_order(&moved);
        assert!(order.spearman.abs() < order.limit, "the correlation alone would not notice");
        assert!(order.neighbours >= 0.9 && refuses(&order));
    }

    #[test]
    fn nothing_to_compare_gives_zero() {
        for places in [vec![], vec![(4.0, 2.0)], vec![(1.0, 1.0); 50]] {
            let order = row_order(&places);
            assert_eq!((order.pearson, order.spearman), (0.0, 0.0));
        }
    }

    proptest! {
        #[test]
        fn spearman_equals_the_textbook(places in Just((0..40_u32).collect::<Vec<_>>()).prop_shuffle()) {
            let pairs: Vec<_> = places.iter().enumerate().map(|(i, &p)| (i as f64, f64::from(p))).collect();
            let squares: f64 = pairs.iter().map(|(a, b)| (a - b) * (a - b)).sum();
            let textbook = 1.0 - 6.0 * squares / (40.0 * (40.0 * 40.0 - 1.0));
            let order = row_order(&pairs);
            prop_assert!((order.spearman - textbook).abs() < 1e-12);
            prop_assert!((order.pearson - textbook).abs() < 1e-12, "ranks are positions here");
        }

        #[test]
        fn the_order_of_the_sample_does_not_count(mut pairs in prop::collection::vec((0..50_u8, 0..50_u8), 2..60)) {
            let order = |pairs: &[(u8, u8)]| {
                let pairs: Vec<_> = pairs.iter().map(|&(a, b)| (f64::from(a), f64::from(b))).collect();
                row_order(&pairs).spearman
            };
            let before = order(&pairs);
            pairs.reverse();
            prop_assert_eq!(order(&pairs), before);
            prop_assert!((-1.0..=1.0).contains(&before));
        }
    }
}
