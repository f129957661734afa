use proptest::prelude::*;

use super::*;
use crate::risk::made_up::{records, table};

/// The mean of `1/F` from the probabilities of the negative binomial, term by term.
fn plain(f: u64, p: f64) -> f64 {
    let (mut chance, mut sum, mut people) = (p.powi(f as i32), 0.0, f);
    let mut left = 1.0;
    while left > 1e-14 && people < 2_000_000 {
        sum += chance / people as f64;
        left -= chance;
        // C(F − 1, f − 1) p^f q^(F − f)
        chance *= people as f64 / (people - f + 1) as f64 * (1.0 - p);
        people += 1;
    }
    sum
}

proptest! {
    #[test]
    fn exact_is_the_mean_of_the_inverse(f in 1..90_u64, p in 0.02..0.99_f64) {
        let (found, expected) = (individual_risk(f, f as f64 / p, Method::Exact), plain(f, p));
        prop_assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
    }

    #[test]
    fn more_people_are_less_risk(f in 1..500_u64, times in 1.0..1e6_f64) {
        for method in [Method::Approximate, Method::Exact] {
            let risk = |times: f64| individual_risk(f, f as f64 * times, method);
            prop_assert!(risk(times * 1.01) < risk(times), "{f} {times}");
            prop_assert!(risk(times) <= (1.0 + 1e-12) / f as f64 && risk(times) > 0.0);
        }
    }

    #[test]
    fn the_approximation_is_close_and_not_too_low(f in 3..500_u64, times in 1.0001..1e9_f64) {
        let risk = |method| individual_risk(f, f as f64 * times, method);
        let (near, exact) = (risk(Method::Approximate), risk(Method::Exact));
        prop_assert!(near >= exact * (1.0 - 1e-9) && near <= exact * (1.0 + 0.6 / f as f64), "{near} {exact}");
    }

    #[test]
    fn weights_add_up_over_the_records_of_a_class(rows in records(3, 40), weight in 1.0..100.0_f64) {
        let table = table(&rows, 1);
        let weights: Vec<f64> = table.records.iter().map(|&n| n as f64 * weight).collect();
        let found = individual_risks(&table, &weights, Method::Exact);
        for combination in 0..table.combinations() {
            let values: Vec<u32> = table.codes.iter().map(|codes| codes[combination]).collect();
            let alike = rows.iter().filter(|row| row.quasi == values).count() as u64;
            let people = alike as f64 * weight;
            prop_assert_eq!(found.sample[combination], alike);
            prop_assert!((found.population[combination] - people).abs() < 1e-9);
            prop_assert!((found.risk[combination] - individual_risk(alike, people, Method::Exact)).abs() < 1e-9);
        }
    }

    #[test]
    fn a_household_is_found_by_any_member(risks in prop::collection::vec(0.0..=1.0_f64, 1..8)) {
        let together = household_risk(risks.iter().copied());
        let unfound: f64 = risks.iter().map(|risk| 1.0 - risk).product();
        prop_assert!((together - (1.0 - unfound)).abs() < 1e-14);
        prop_assert!(risks.iter().all(|&risk| together >= risk - 1e-15));
    }
}

#[test]
fn what_is_no_survey_has_the_risk_of_the_prosecutor() {
    for method in [Method::Approximate, Method::Exact] {
        for f in [1, 2, 3, 50] {
            for population in [f as f64, f as f64 - 0.5, 0.0, -1.0, f64::NAN] {
                assert_eq!(individual_risk(f, population, method), 1.0 / f as f64);
            }
        }
        assert_eq!(individual_risk(3, f64::INFINITY, method), 1.0 / 3.0, "an unknown number is no large one");
        assert_eq!(individual_risk(0, 10.0, method), 1.0);
    }
}

#[test]
fn small_risks_keep_their_digits_and_large_classes_end() {
    assert!((household_risk([1e-12; 3]) / 3e-12 - 1.0).abs() < 1e-9);
    assert_eq!(household_risk([]), 0.0);
    assert_eq!(household_risk([1.0, 0.5]), 1.0);
    let huge = individual_risk(u64::MAX, 1e30, Method::Exact);
    assert!((huge / 1e-30 - 1.0).abs() < 1e-9, "{huge}");
    // the closed form for three records: p (q (3q − 2) − 2 p² ln p) / (2 q³)
    let (p, q) = (0.01_f64, 0.99_f64);
    let three = p / (2.0 * q.powi(3)) * (q * (3.0 * q - 2.0) - 2.0 * p * p * p.ln());
    assert!((individual_risk(3, 300.0, Method::Exact) / three - 1.0).abs() < 1e-13);
}

#[test]
fn global_risk_counts_records() {
    let global = global_risk([(0.5, 2), (0.25, 4)]);
    assert_eq!((global.expected, global.rate), (2.0, 2.0 / 6.0));
    assert_eq!(global_risk([]), Global { expected: 0.0, rate: 1.0 });
}
