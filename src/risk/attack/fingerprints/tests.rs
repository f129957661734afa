use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|c| format!("c{c}")).collect()
}

fn fed(columns: &[&[u64]], subjects: &[u64], k: u64) -> Fingerprints {
    let mut found = Fingerprints::new(names(columns.len()), k);
    found.feed(columns, subjects).unwrap();
    found
}

#[test]
fn a_household_with_twelve_bills_of_one_amount_is_one_holder() {
    let found = fed(&[&[7; 12]], &[1; 12], 2);
    let [outcome] = &found.near_unique()[..] else { panic!() };
    assert_eq!((outcome.successes, outcome.trials, outcome.subjects_at_risk), (12, 12, Some(1)));
    assert_eq!(fed(&[&[7; 12]], &[1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2], 2).near_unique()[0].successes, 0);
}

#[test]
fn nothing_released_does_not_pass() {
    let found = Fingerprints::new(names(1), 5);
    assert!(!found.near_unique()[0].attempted());
    assert_eq!(found.near_unique()[0].risk, 1.0);
    assert!(Fingerprints::new(names(2), 5).feed(&[&[1]], &[1]).is_err(), "a column is missing");
}

#[test]
fn many_values_are_sampled_and_a_frequent_one_does_not_blur_the_share() {
    // one value has half of the records, all others are unique
    let rows = 200_000_u64;
    let column: Vec<u64> = (0..rows).map(|i| if i % 2 == 0 { 1 } else { i }).collect();
    let subjects: Vec<u64> = (0..rows).collect();
    let mut found = Fingerprints::with_limit(names(1), 5, 4096);
    found.feed(&[&column], &subjects).unwrap();
    let outcome = &found.near_unique()[0];
    assert!(outcome.sampling.released.rows < rows / 16);
    // at least 2,048 kept: a standard error of 1.1 % of all at most; five times that
    assert!((outcome.risk - 0.5).abs() < 0.055, "{}", outcome.risk);
    let at_risk = outcome.subjects_at_risk.unwrap() as f64;
    assert!((at_risk / 100_000.0 - 1.0).abs() < 0.11, "{at_risk}");
}

proptest! {
    #[test]
    fn equals_the_naive_count(
        rows in prop::collection::vec((0_u64..6, 0_u64..6, 0_u64..8), 0..60), k in 1_u64..5, cut in 0_usize..60,
    ) {
        let a: Vec<u64> = rows.iter().map(|r| r.0).collect();
        let b: Vec<u64> = rows.iter().map(|r| r.1).collect();
        let who: Vec<u64> = rows.iter().map(|r| r.2).collect();
        let cut = cut.min(rows.len());
        let mut found = fed(&[&a[..cut], &b[..cut]], &who[..cut], k);
        found.merge(fed(&[&a[cut..], &b[cut..]], &who[cut..], k));
        let naive = |key: fn(&(u64, u64, u64)) -> u64| {
            let mut holders: BTreeMap<u64, (u64, BTreeSet<u64>)> = BTreeMap::new();
            for row in &rows {
                let held = holders.entry(key(row)).or_default();
                held.0 += 1;
                held.1.insert(row.2);
            }
            let rare: Vec<_> = holders.values().filter(|held| (held.1.len() as u64) < k).collect();
            let subjects: BTreeSet<u64> = rare.iter().flat_map(|held| held.1.iter().copied()).collect();
            (rare.iter().map(|held| held.0).sum::<u64>(), subjects.len() as u64)
        };
        let outcomes = found.near_unique();
        let of = |column: &str| {
            let own = outcomes.iter().find(|o| o.columns == [column]).unwrap();
            (own.successes, own.subjects_at_risk.unwrap())
        };
        prop_assert_eq!(of("c0"), naive(|r| r.0));
        prop_assert_eq!(of("c1"), naive(|r| r.1));
    }
}
