//! A column that keeps the order of the source: sequence numbers, time stamps, running readings.

use super::{AttackOutcome, Baseline, BaselineKind, Change, Looked, Sampling};

const ID: &str = "ordered_column";
/// Shares of the records, in percent, that the values of a coarser column are tried with.
const SHARES: [usize; 6] = [1, 2, 5, 10, 20, 50];

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
    AttackOutcome::new(ID, successes, trials as u64, Some(baseline)).on([name]).sampled(Sampling {
        source: Looked { rows: trials as u64, of: rows },
        released: Looked { rows: trials as u64, of: rows },
    })
}

/// Changes that tell less of the order: coarser values, each of which has at least such a share of the records; then
/// dropping the column. The arguments are those of [`ordered`].
pub fn ordered_changes<'a>(
    name: &'a str,
    ranks: &'a [u32],
    positions: &'a [u64],
    rows: u64,
    reach: u64,
) -> impl Iterator<Item = Vec<Change>> + 'a {
    let coarser = move |percent: usize| {
        let ranks = coarse(ranks, (ranks.len() * percent).div_ceil(100));
        let change = format!("generalize `{name}` until each value has at least {percent} % of the records");
        vec![Change::new(change, ordered(name, &ranks, positions, rows, reach))]
    };
    let drop = move || vec![Change::drop_all([name], ID)];
    SHARES.into_iter().map(coarser).chain(std::iter::once_with(drop))
}

/// Puts neighbouring ranks together until each has `least` records.
fn coarse(ranks: &[u32], least: usize) -> Vec<u32> {
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    order.sort_unstable_by_key(|&record| ranks[record]);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for same in order.chunk_by(|&a, &b| ranks[a] == ranks[b]) {
        match groups.last_mut().filter(|group| group.len() < least) {
            Some(group) => group.extend(same),
            None => groups.push(same.to_vec()),
        }
    }
    // what is left at the end goes to the group before
    if groups.len() > 1
        && let Some(rest) = groups.pop_if(|last| last.len() < least)
        && let Some(last) = groups.last_mut()
    {
        last.extend(rest);
    }
    let mut coarse = vec![0; ranks.len()];
    for (rank, group) in groups.iter().enumerate() {
        group.iter().for_each(|&record| coarse[record] = rank as u32);
    }
    coarse
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
    fn ranks_are_put_together_until_each_has_enough() {
        assert_eq!(coarse(&[1, 2, 3, 4, 5], 2), [0, 0, 1, 1, 1]);
        assert_eq!(coarse(&[9, 1, 1, 1, 4, 4], 2), [1, 0, 0, 0, 1, 1]);
        assert_eq!(coarse(&[3, 3, 1], 9), [0, 0, 0]);
        assert!(coarse(&[], 2).is_empty());
    }

    #[test]
    fn the_finest_generalization_that_meets_the_limit_is_told() {
        let positions: Vec<u64> = (0..3000).map(|i| i * 7919 % 3000).collect();
        let ranks: Vec<u32> = positions.iter().map(|&position| (position / 30) as u32).collect();
        let limit = crate::risk::Limit {
            comparison: crate::risk::Comparison::AtMost,
            value: 0.2,
            source: "t".into(),
            confidence: None,
        };
        let found = ordered("x", &ranks, &positions, 3000, 25).held(limit);
        let told =
            found.clone().helped("records placed", |_| ordered_changes("x", &ranks, &positions, 3000, 25)).advice;
        // the change by hand: blocks of 300 rows, then the attack again
        let by_hand: Vec<u32> = positions.iter().map(|&position| (position / 300) as u32).collect();
        let after = ordered("x", &by_hand, &positions, 3000, 25);
        let told = told.unwrap();
        let expected = format!(
            "generalize `x` until each value has at least 10 % of the records: records placed fall from {} to {} of 3,000",
            crate::risk::figure(found.successes as f64),
            after.successes
        );
        assert!(told.starts_with(&expected), "{told}, not {expected}");
    }

    #[test]
    fn nothing_tried_is_no_pass() {
        assert!(!ordered("x", &[], &[], 10, 5).attempted());
    }
}
