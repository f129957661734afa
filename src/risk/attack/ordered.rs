//! A column that keeps the order of the source: sequence numbers, time stamps, running readings.

use super::{AttackOutcome, Baseline, BaselineKind, Looked, Sampling};

/// Tries to find the place of released records in the source by the value of one column.
///
/// The rows of a release are shuffled; a column in which values rise with the row undoes that. The attacker guesses
/// that a record stands in the middle of the others with its value, or, where it is alone with its value, between
/// those with the next smaller and the next greater one. A guess within `reach` rows is a success: he then knows the
/// person as one of so many. Baseline: a guess at random. A source that is sorted by a coarse column, such as the
/// district, gives long blocks, and few guesses come near.
///
/// `ranks` has the rank of each sampled record's value in the order of the values, `positions` its place in the
/// source; `rows` is the length of the source. Where the records are a sample the reach is at least their mean
/// distance.
pub fn ordered(name: &str, ranks: &[u32], positions: &[u64], rows: u64, reach: u64) -> AttackOutcome {
    let trials = ranks.len().min(positions.len());
    let mut records: Vec<(u32, u64)> = ranks.iter().copied().zip(positions.iter().copied()).collect();
    records.sort_unstable();
    let reach = reach.max(rows / (trials as u64).max(1));
    let groups: Vec<&[(u32, u64)]> = records.chunk_by(|a, b| a.0 == b.0).collect();
    let mut successes = 0;
    let mean = |group: &[(u32, u64)]| group.iter().map(|record| record.1 as f64).sum::<f64>() / group.len() as f64;
    for (at, group) in groups.iter().enumerate() {
        if let [(_, position)] = group {
            let sides = [at.checked_sub(1).map(|before| groups[before]), groups.get(at + 1).copied()];
            let near: Vec<f64> = sides.into_iter().flatten().map(mean).collect();
            let guess = near.iter().sum::<f64>() / near.len() as f64;
            successes += u64::from((guess - *position as f64).abs() <= reach as f64);
        } else {
            let (all, others) = (mean(group) * group.len() as f64, (group.len() - 1) as f64);
            let right = |(_, position): &&(u32, u64)| {
                let position = *position as f64;
                ((all - position) / others - position).abs() <= reach as f64
            };
            successes += group.iter().filter(right).count() as u64;
        }
    }
    let lucky = (trials as f64 * ((2 * reach + 1) as f64 / rows.max(1) as f64).min(1.0)).round() as u64;
    let baseline = Baseline { successes: lucky, trials: trials as u64, what: BaselineKind::NaiveGuess };
    AttackOutcome::new("ordered_column", successes, trials as u64, Some(baseline)).on([name]).sampled(Sampling {
        source: Looked { rows: trials as u64, of: rows },
        released: Looked { rows: trials as u64, of: rows },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn risk(rank: impl Fn(u64) -> u32) -> f64 {
        let positions: Vec<u64> = (0..3000).map(|i| i * 7919 % 3000).collect();
        let ranks: Vec<u32> = positions.iter().map(|&position| rank(position)).collect();
        ordered("x", &ranks, &positions, 3000, 25).risk
    }

    #[test]
    fn what_rises_with_the_row_is_found_and_what_does_not_is_not() {
        assert!(risk(|row| row as u32) > 0.99, "a sequence");
        assert!(risk(|row| 5000 - row as u32) > 0.99, "a falling one");
        assert!(risk(|row| (row / 30) as u32) > 0.99, "blocks of 30");
        assert!(risk(|row| (row / 750) as u32) < 0.09, "four sorted districts");
        assert!(risk(|row| ((row * 2_654_435_761 % 4_294_967_296) >> 8) as u32) < 0.05, "random numbers");
        assert!(risk(|_| 7) < 0.01, "a constant");
    }

    #[test]
    fn nothing_tried_is_no_pass() {
        assert!(!ordered("x", &[], &[], 10, 5).attempted());
    }
}
