use proptest::prelude::*;

use super::*;

/// Any histogram: few or many classes, sizes and counts up to 2^62.
fn any_sizes() -> impl Strategy<Value = ClassSizes> {
    let number = prop_oneof![0..6_u64, 1..100_u64, (0..62_u32).prop_map(|power| 1 << power)];
    prop::collection::btree_map(number.clone(), number, 0..12).prop_map(|sizes| ClassSizes(sizes.into_iter().collect()))
}

fn any_population() -> impl Strategy<Value = Population> {
    prop_oneof![
        any::<u64>().prop_map(Population::Size),
        (0..40_i32).prop_map(|power| Population::Fraction(10_f64.powi(-power))),
        (0.0..1.0_f64).prop_map(Population::Fraction),
        prop::sample::select(vec![-1.0, 0.0, 1.0, 2.0, f64::NAN, f64::INFINITY, 1e-300]).prop_map(Population::Fraction),
    ]
}

fn sizes(sizes: &[(u64, u64)]) -> ClassSizes {
    ClassSizes(sizes.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
    #[test]
    fn no_histogram_makes_an_estimate_that_is_none(sizes in any_sizes(), population in any_population()) {
        let all = population_uniques(&sizes, population);
        for people in [all.pitman, all.zayatz, all.snb, all.dankar].into_iter().flatten() {
            prop_assert!(people.is_finite() && people >= 0.0, "{people} of {all:?}");
            prop_assert!(people <= all.population * (1.0 + 1e-9), "{people} of {all:?}");
        }
        prop_assert!(all.sampling_fraction > 0.0 && all.sampling_fraction <= 1.0);
        prop_assert_eq!(population_uniques(&sizes, population), all.clone());
        let unique = sizes.0.iter().any(|&(size, count)| size == 1 && count > 0);
        let any = sizes.members() > 0;
        prop_assert_eq!(all.zayatz.is_some(), any);
        if any && !unique {
            prop_assert_eq!([all.pitman, all.zayatz, all.snb, all.dankar], [Some(0.0); 4]);
        }
    }
}

proptest! {
    #[test]
    fn zayatz_by_bayes(
        sizes in prop::collection::btree_map(1..40_u64, 1..30_u64, 1..12), one in 1..50_u64, outside in 0..5_000_u64,
    ) {
        let sizes = ClassSizes(std::iter::once((1, one)).chain(sizes.into_iter().filter(|&(size, _)| size > 1)).collect());
        let members = sizes.members() as u64;
        let people = members + outside;
        // h(i) = i C(N − i, n − 1) / C(N, n), where C(N − i, n − 1)/C(N, n) is a product over the i
        let chance = |i: u64| {
            if i - 1 > outside {
                return 0.0;
            }
            let mut chance = i as f64 * members as f64 / people as f64;
            for j in 1..i {
                chance *= (outside - (j - 1)) as f64 / (people - j) as f64;
            }
            chance
        };
        let classes = sizes.classes() as f64;
        let seen_once: f64 = sizes.0.iter().map(|&(size, count)| count as f64 / classes * chance(size)).sum();
        let probability = one as f64 / classes * chance(1) / seen_once;
        let expected = one as f64 * probability * people as f64 / members as f64;
        let found = zayatz(&sizes, Population::Size(people)).unwrap();
        prop_assert!((found / expected - 1.0).abs() < 1e-10, "{found} {expected}");
    }

    #[test]
    fn snb_is_proportional_to_the_classes(
        counts in prop::collection::btree_map(3..40_u64, 1..30_u64, 0..8), one in 1..500_u64, two in 1..200_u64,
        fraction in 0.001..1.0_f64, copies in 2..1_000_000_u64,
    ) {
        let once = ClassSizes([(1, one), (2, two)].into_iter().chain(counts).collect());
        let often = ClassSizes(once.0.iter().map(|&(size, count)| (size, count * copies)).collect());
        let estimate = |sizes| snb(sizes, Population::Fraction(fraction));
        match (estimate(&once), estimate(&often)) {
            (Some(once), Some(often)) => prop_assert!((often / once / copies as f64 - 1.0).abs() < 1e-6, "{once} {often}"),
            (once, often) => prop_assert_eq!(once.is_some(), often.is_some()),
        }
    }

    #[test]
    fn the_rule_takes_what_it_says(
        fraction in 0.0..1.0_f64, estimates in prop::collection::vec(prop::option::of(0.0..1e6_f64), 3),
    ) {
        let [pitman, zayatz, snb] = estimates[..] else { unreachable!() };
        let chosen = dankar(fraction, pitman, zayatz, snb).map(|(_, people)| people);
        let expected = match (fraction <= 0.1, pitman, zayatz, snb) {
            (true, Some(pitman), ..) => Some(pitman),
            (true, None, zayatz, _) => zayatz,
            (false, _, Some(zayatz), Some(snb)) => Some(zayatz.min(snb)),
            (false, _, zayatz, snb) => zayatz.or(snb),
        };
        prop_assert_eq!(chosen, expected);
    }
}

#[test]
fn edges() {
    let half = Population::Fraction(0.5);
    let none = population_uniques(&sizes(&[]), half);
    assert_eq!([none.pitman, none.zayatz, none.snb, none.dankar], [None; 4]);
    // all unique: every model but Zayatz's is without bound, and Zayatz's says that all are
    let all = population_uniques(&sizes(&[(1, 1_000)]), half);
    assert_eq!([all.pitman, all.snb, all.zayatz, all.dankar], [None, None, Some(2_000.0), Some(2_000.0)]);
    assert_eq!(all.chosen, Some(Estimator::Zayatz));
    let one_class = population_uniques(&sizes(&[(50, 1)]), half);
    assert_eq!([one_class.pitman, one_class.zayatz, one_class.snb, one_class.dankar], [Some(0.0); 4]);
    let one_person = population_uniques(&sizes(&[(1, 1)]), half);
    assert_eq!([one_person.pitman, one_person.zayatz, one_person.snb], [None, Some(2.0), None]);
}

#[test]
fn a_sample_of_everybody_has_its_own_uniques() {
    let table = sizes(&[(1, 70), (2, 20), (5, 3)]);
    for everybody in [Population::Fraction(1.0), Population::Size(125), Population::Size(3), Population::Fraction(7.0)]
    {
        assert_eq!((zayatz(&table, everybody), snb(&table, everybody)), (Some(70.0), Some(70.0)), "{everybody:?}");
        assert_eq!((everybody.people(&table), everybody.fraction(&table)), (125.0, 1.0));
    }
}

#[test]
fn long_products_are_as_short_ones() {
    // both ways of carrying the product on, for a class of 3 million in a population 10^7 times as large
    let (size, times) = (3_000_000_u64, 10_000_000_f64);
    let found = zayatz(&sizes(&[(1, 1_000_000), (size, 2)]), Population::Fraction(1.0 / times)).unwrap();
    let members = 7e6;
    let factor = |j: u64| (members * (times - 1.0) - j as f64) / (members * times - 1.0 - j as f64);
    let chance: f64 = (0..size - 1).map(factor).product();
    let expected = 1e12 / (1e6 + 2.0 * size as f64 * chance) * times;
    assert!((found / expected - 1.0).abs() < 1e-7, "{found} {expected}");
}
