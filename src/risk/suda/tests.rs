use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::risk::made_up::{Record, part, records, sharing, subsets, table, width};

/// The MSUs of every combination of quasi values, by trying all sets of columns.
fn plain(records: &[Record], largest: usize) -> BTreeMap<Vec<u32>, Vec<Vec<usize>>> {
    let mut found: BTreeMap<Vec<u32>, Vec<Vec<usize>>> = BTreeMap::new();
    for record in records {
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for columns in subsets(width(records), largest) {
            let minimal = !sets.iter().any(|small| small.iter().all(|column| columns.contains(column)));
            if minimal && sharing(records, &columns, &part(record, &columns)).len() == 1 {
                sets.push(columns);
            }
        }
        found.insert(record.quasi.clone(), sets);
    }
    found
}

fn factorial(n: usize) -> f64 {
    (1..=n).map(|i| i as f64).product()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]
    #[test]
    fn finds_what_trying_all_sets_finds(rows in records(6, 50), largest in 0..7_usize) {
        let table = table(&rows, 1);
        let found = suda(&table, largest, 0.01).unwrap();
        let expected = plain(&rows, largest);
        for combination in 0..table.combinations() {
            let values: Vec<u32> = table.codes.iter().map(|codes| codes[combination]).collect();
            prop_assert_eq!(found.sets(combination).collect::<Vec<_>>(), expected[&values].clone());
        }
        prop_assert_eq!(found.uniques(), expected.values().filter(|sets| !sets.is_empty()).count() as u64);
        let all: Vec<&Vec<usize>> = expected.values().flatten().collect();
        for (i, n) in found.sizes().into_iter().enumerate() {
            prop_assert_eq!(n, all.iter().filter(|set| set.len() == i + 1).count() as u64);
        }
    }

    #[test]
    fn scores_are_sums_over_sets(rows in records(6, 40), fraction in 0.001..1.0_f64) {
        let table = table(&rows, 1);
        let columns = width(&rows);
        let found = suda(&table, columns, fraction).unwrap();
        let expected = plain(&rows, columns);
        let weight = |set: &Vec<usize>| factorial(columns - set.len());
        let scores: BTreeMap<&Vec<u32>, f64> =
            expected.iter().map(|(values, sets)| (values, sets.iter().map(weight).sum())).collect();
        // the DIS measure: uniques spread over their scores
        let power = 1.0 + (8.0 - columns as f64) / 20.0;
        let classes: Vec<usize> =
            expected.keys().map(|values| sharing(&rows, &(0..columns).collect::<Vec<_>>(), values).len()).collect();
        let of_size = |size| classes.iter().filter(|&&n| n == size).count() as f64;
        let (one, two) = (of_size(1), of_size(2));
        let dis = one * fraction / (one * fraction + 2.0 * two * (1.0 - fraction));
        let spread: f64 = scores.values().filter(|&&s| s > 0.0).map(|s| s.powf(-power)).sum();
        let mut percent = vec![0.0; columns];
        let whole: f64 = scores.values().sum();
        for sets in expected.values() {
            sets.iter().for_each(|set| set.iter().for_each(|&column| percent[column] += weight(set) / whole * 100.0));
        }
        for combination in 0..table.combinations() {
            let values: Vec<u32> = table.codes.iter().map(|codes| codes[combination]).collect();
            let score = scores[&values];
            prop_assert_eq!(found.score(combination), score);
            let expected_dis = match score > 0.0 {
                true => 1.0 / (1.0 + (one / dis - one) / (score.powf(power) * spread)),
                false => 0.0,
            };
            prop_assert!((found.dis_score(combination) - expected_dis).abs() < 1e-12);
            for (column, share) in found.contributions(combination).into_iter().enumerate() {
                let with: f64 = expected[&values].iter().filter(|set| set.contains(&column)).map(weight).sum();
                prop_assert!((share * score - with).abs() < 1e-9);
            }
        }
        for (found, expected) in found.column_contributions().iter().zip(percent) {
            prop_assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn subjects_count_and_records_do_not(rows in records(5, 40), copies in 2..1_000_000_u64) {
        prop_assert_eq!(suda(&table(&rows, 1), 5, 0.1), suda(&table(&rows, copies), 5, 0.1));
    }

    #[test]
    fn a_smaller_limit_leaves_the_small_sets(rows in records(5, 40), largest in 0..5_usize) {
        let table = table(&rows, 1);
        let (some, all) = (suda(&table, largest, 0.1).unwrap(), suda(&table, 5, 0.1).unwrap());
        for combination in 0..table.combinations() {
            let small: Vec<Vec<usize>> = all.sets(combination).filter(|set| set.len() <= largest).collect();
            prop_assert_eq!(some.sets(combination).collect::<Vec<_>>(), small);
        }
    }
}

#[test]
fn more_columns_than_bits_are_refused() {
    let wide = |columns| vec![Record { subject: 0, quasi: vec![0; columns], other: 0 }];
    assert!(suda(&table(&wide(64), 1), 2, 0.1).is_some());
    assert!(suda(&table(&wide(65), 1), 2, 0.1).is_none());
}

#[test]
fn weights_of_sizes() {
    assert_eq!(weights(4, 4), [6.0, 2.0, 1.0, 1.0]);
    assert_eq!(weights(9, 3), [336.0, 42.0, 6.0]);
    assert_eq!(weights(1, 1), [1.0]);
    assert!(weights(0, 0).is_empty());
}
