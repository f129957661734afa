use proptest::prelude::*;

use super::*;

fn sizes(sizes: &[u64]) -> ClassSizes {
    ClassSizes::from_classes(sizes.iter().copied())
}

proptest! {
    #[test]
    fn ranges_and_distributions_equal_counting_member_by_member(
        classes in prop::collection::vec(1..40_u64, 1..40), fraction in 0.05..1.0_f64,
        bounds in prop::collection::btree_set(1..1000_u32, 0..6),
    ) {
        let counted = sizes(&classes);
        let sample = sample_risk(&counted);
        let (least, most) = (*classes.iter().min().unwrap(), *classes.iter().max().unwrap());
        let members = |size: u64| u128::from(classes.iter().filter(|&&n| n == size).sum::<u64>());
        prop_assert_eq!((sample.highest, sample.lowest), (1.0 / least as f64, 1.0 / most as f64));
        prop_assert_eq!((sample.at_highest, sample.at_lowest), (members(least), members(most)));
        prop_assert_eq!(sample_uniques(&counted), members(1));

        let bounds: Vec<f64> = bounds.into_iter().map(|bound| f64::from(bound) / 1000.0).chain([1.0]).collect();
        let risks: Vec<f64> = classes.iter().flat_map(|&n| (0..n).map(move |_| fraction / n as f64)).collect();
        let mut below = 0.0;
        for (share, &bound) in risk_distribution(&counted, fraction, &bounds).iter().zip(&bounds) {
            let within = risks.iter().filter(|&&risk| risk > below * (1.0 + 1e-9) && risk <= bound * (1.0 + 1e-9));
            prop_assert!((share - within.count() as f64 / risks.len() as f64).abs() < 1e-12);
            below = bound;
        }
    }

    #[test]
    fn known_populations_equal_counting_member_by_member(
        classes in prop::collection::vec((0..20_u64, 0..50_u64), 0..30), tau in 0.01..0.9_f64,
    ) {
        let known = || classes.iter().map(|&(sample, population)| InPopulation { sample, population });
        let of_class = |&(n, all): &(u64, u64)| (0..n).map(move |_| 1.0 / n.max(all) as f64);
        let risks: Vec<f64> = classes.iter().flat_map(of_class).collect();
        let found = journalist_in(known(), tau);
        if risks.is_empty() {
            prop_assert_eq!((found.highest, found.average, found.share_above, marketer_in(known())), (1.0, 1.0, 1.0, 1.0));
            return Ok(());
        }
        let members = risks.len() as f64;
        let mean = risks.iter().sum::<f64>() / members;
        let there = || classes.iter().filter(|class| class.0 > 0);
        let by_class = there().count() as f64 / there().map(|&(n, all)| n.max(all)).sum::<u64>() as f64;
        prop_assert!((marketer_in(known()) - mean).abs() < 1e-12);
        prop_assert!((found.average - mean.max(by_class)).abs() < 1e-12);
        prop_assert_eq!(found.highest, risks.iter().copied().fold(0.0, f64::max));
        prop_assert!((found.share_above - risks.iter().filter(|&&risk| risk > tau).count() as f64 / members).abs() < 1e-12);
    }

    #[test]
    fn a_known_population_of_so_many_for_each_member_is_a_sampling_fraction(
        classes in prop::collection::vec(1..40_u64, 1..30), times in 1..1_000_000_u64, tau in 0.001..0.9_f64,
    ) {
        let known = || classes.iter().map(|&sample| InPopulation { sample, population: sample * times });
        let (found, sampled) = (journalist_in(known(), tau), journalist(&sizes(&classes), tau, 1.0 / times as f64));
        prop_assert!((found.highest / sampled.highest - 1.0).abs() < 1e-12);
        prop_assert!((found.average / sampled.average - 1.0).abs() < 1e-12);
        prop_assert!((marketer_in(known()) / sampled.average - 1.0).abs() < 1e-12);
    }
}
