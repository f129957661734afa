use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::risk::made_up::{Record, part, records, sharing, subsets, table, width};

/// Counts one record, one pair and one subject after the other.
fn plain(records: &[Record], columns: &[usize]) -> ColumnSet {
    let values: Vec<Vec<u32>> = records.iter().map(|record| part(record, columns)).collect();
    let combinations = values.iter().collect::<BTreeSet<_>>().len() as u64;
    let (mut pairs, mut apart) = (0, 0);
    for (i, a) in values.iter().enumerate() {
        for b in &values[..i] {
            pairs += 1;
            apart += u128::from(a != b);
        }
    }
    let subjects: BTreeSet<u32> = records.iter().map(|record| record.subject).collect();
    let alone = |record: &&Record| sharing(records, columns, &part(record, columns)).len() == 1;
    let single: BTreeSet<u32> = records.iter().filter(alone).map(|record| record.subject).collect();
    ColumnSet {
        columns: columns.to_vec(),
        combinations,
        distinction: share(combinations.into(), records.len() as u128),
        separation: share(apart, pairs),
        singled_out: share(single.len() as u128, subjects.len() as u128),
    }
}

proptest! {
    #[test]
    fn equals_counting_records_pairs_and_subjects(rows in records(4, 40), largest in 0..6_usize) {
        let found = column_sets(&table(&rows, 1), largest);
        let expected: Vec<ColumnSet> =
            subsets(width(&rows), largest).iter().map(|columns| plain(&rows, columns)).collect();
        prop_assert_eq!(sets(width(&rows), largest), expected.len() as u128);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_smallest_sets_are_those_without_a_smaller_one(rows in records(5, 40), limit in 0.0..1.0_f64) {
        let found = find_quasi_identifiers(&table(&rows, 1), limit, 4);
        let all = subsets(width(&rows), 4);
        let over: Vec<&Vec<usize>> = all.iter().filter(|set| plain(&rows, set).singled_out > limit).collect();
        let inside = |small: &[usize], set: &[usize]| small != set && small.iter().all(|column| set.contains(column));
        let expected: Vec<Vec<usize>> =
            over.iter().filter(|set| !over.iter().any(|small| inside(small, set))).map(|set| (*set).clone()).collect();
        prop_assert_eq!(found.into_iter().map(|set| set.columns).collect::<Vec<_>>(), expected);
        // a set that contains one that is over is over, which is why the smallest tell all
        for set in &all {
            if over.iter().any(|small| inside(small, set)) {
                prop_assert!(over.contains(&set));
            }
        }
    }

    #[test]
    fn copies_of_records_single_out_as_many_and_pairs_do_not_overflow(rows in records(3, 30), copies in 2..1_000_000_u64) {
        let (once, often) = (column_sets(&table(&rows, 1), 3), column_sets(&table(&rows, copies), 3));
        let all = rows.len() as f64;
        for (once, often) in once.iter().zip(&often) {
            prop_assert_eq!(&once.columns, &often.columns);
            prop_assert_eq!(once.singled_out, often.singled_out);
            if rows.len() > 1 {
                // Σ n² c² of all ordered pairs; n copies of each
                let c = copies as f64;
                let expected = once.separation * (all - 1.0) * c / (all * c - 1.0);
                prop_assert!((often.separation - expected).abs() < 1e-12, "{} {expected}", often.separation);
            }
        }
    }
}

#[test]
fn counts_beyond_64_bits_of_pairs() {
    let rows: Vec<Record> = (0..2).map(|value| Record { subject: value, quasi: vec![value], other: 0 }).collect();
    let found = column_sets(&table(&rows, 1 << 40), 1);
    // 2^40 records on each side: of 2^81 − 2^40 pairs, 2^80 are told apart
    assert!((found[0].separation - 0.5).abs() < 1e-12 && found[0].separation > 0.5, "{}", found[0].separation);
    assert_eq!(found[0].singled_out, 1.0);
}

#[test]
fn numbers_of_sets() {
    assert_eq!([sets(9, 9), sets(9, 3), sets(4, 0), sets(0, 3), sets(100, 2)], [511, 129, 0, 0, 5_050]);
    assert_eq!(sets(300, 150), u128::MAX);
}
