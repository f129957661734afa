//! Classes exactly at a bound, counts beyond 2^64, and models that cannot be prepared.

use super::*;

/// Counts of the values of one class, over a whole.
fn at(model: &dyn PrivacyModel, counts: &[u64]) -> (f64, bool) {
    let cells = counts.iter().enumerate().map(|(code, &count)| ((0, code as u32), count));
    let histograms = [Histogram::from_sorted(1, cells)];
    let n: u64 = counts.iter().sum();
    let classes = Classes { class_of: vec![], records: vec![n], subjects: vec![n], population: vec![] };
    let class = Class::of(&classes, &histograms, 0);
    (model.measure(&class), model.holds(&class))
}

fn domain(values: u32) -> crate::table::Domain {
    crate::table::Domain::sorted("s", (0..values).map(|n| Some(n.to_string())).collect()).0
}

#[test]
fn uniform_classes_have_the_entropy_of_their_values() {
    for l in [2_u64, 3, 5, 6, 7, 10, 14, 100, 1_000] {
        for copies in [1, 2, 3, 1_000_003, u64::MAX / 2_000] {
            let model = EntropyLDiversity::new(0, l as f64, EntropyEstimator::Shannon, false);
            let counts = vec![copies; l as usize];
            assert_eq!(at(&model, &counts), (at(&model, &counts).0.max(l as f64), true), "{l} values");
            assert!((at(&model, &counts).0 - l as f64).abs() < 1e-11 * l as f64);
            let mut uneven = counts;
            if copies > 1 && copies < 1_000 {
                uneven[0] -= 1;
                assert!(!at(&model, &uneven).1, "{l} values, one rarer");
            }
        }
    }
}

#[test]
fn one_value_has_no_entropy_however_estimated() {
    for count in [1, 2, 3, 10, 1_000_000] {
        for estimator in [EntropyEstimator::Shannon, EntropyEstimator::Grassberger] {
            assert_eq!(at(&EntropyLDiversity::new(0, 1.0, estimator, false), &[count]), (1.0, true));
            assert!(!at(&EntropyLDiversity::new(0, 1.5, estimator, false), &[count]).1);
        }
    }
    // Two records with two values are estimated to have many more values: two are there.
    let model = EntropyLDiversity::new(0, 2.5, EntropyEstimator::Grassberger, false);
    assert_eq!(at(&model, &[1, 1]), (2.0, false));
}

#[test]
fn what_is_exactly_at_a_bound_keeps_it() {
    for n in [1, 7, 1_000_000, 1 << 40] {
        let counts = |counts: &[u64]| counts.iter().map(|count| count * n).collect::<Vec<_>>();
        // 0.3 and 0.1 are no floats: 3 × 0.1 is above 0.3.
        let alpha = AlphaK::new(0, 0.3, false);
        assert_eq!(at(&alpha, &counts(&[3, 3, 3, 1])), (0.3, true));
        assert!(!at(&AlphaK::new(0, 0.29, false), &counts(&[3, 3, 3, 1])).1);
        let equal = TCloseness::equal(0, 0.3, &counts(&[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]), false);
        assert_eq!(at(&equal, &counts(&[4, 1, 1, 1, 1, 1, 1, 0, 0, 0])), (0.3, true));
        assert_eq!(at(&equal, &counts(&[5, 1, 1, 1, 1, 1, 0, 0, 0, 0])), (0.4, false));
        let ordered = TCloseness::ordered(0, 0.1, &counts(&[1, 1, 1]), false, &domain(3));
        assert!(!at(&ordered, &counts(&[2, 0, 1])).1);
        assert_eq!(at(&ordered, &counts(&[2, 1, 2])), (0.0 + 1.0 / 15.0, true));
        let basic = BetaLikeness::new(0, BetaKind::Basic, 0.1, &counts(&[10, 10]), false);
        assert_eq!(at(&basic, &counts(&[11, 9])), (0.1, true));
        assert!(!at(&basic, &counts(&[12, 9])).1);
        let recursive = RecursiveClDiversity::new(0, 1.1, 2, false);
        assert!(!at(&recursive, &counts(&[11, 6, 4])).1, "11 is not below 1.1 × 10");
        assert!(at(&recursive, &counts(&[11, 7, 4])).1);
        // pycanon's trap: r_1 is the most frequent.
        let recursive = RecursiveClDiversity::new(0, 2.5, 3, false);
        assert_eq!(at(&recursive, &counts(&[5, 3, 2])), (2.5, false));
    }
    let sampled = KMap::sampled(30, 0.1);
    let sized = |subjects| Class::sized(subjects, subjects);
    assert!(sampled.holds(&sized(3)) && !sampled.holds(&sized(2)), "3 of 10 % are 30 people");
    assert!(KMap::sampled(31, 0.1).holds(&sized(4)) && !KMap::sampled(31, 0.1).holds(&sized(3)));
    assert!(!KMap::sampled(5, 1.0).holds(&sized(4)) && KMap::sampled(5, f64::NAN).holds(&sized(5)));
    assert!(AverageRisk::new(0.1).holds(&[(10, 7)]) && !AverageRisk::new(0.1).holds(&[(9, 1), (10, 99)]));
    assert!(RecordsAtRisk::new(0.333_333_333, 0.0).holds(&[(3, 5)]), "a third as it is written");
    assert!(!RecordsAtRisk::new(0.333_333, 0.0).holds(&[(3, 5)]));
}

/// Products of counts past 2^128: a ratio of odd numbers near 2^63.
#[test]
fn counts_beyond_all_words_are_compared_exactly() {
    let (a, b) = ((1_u64 << 62) + 1, (1_u64 << 62) - 57);
    let whole = [a, b, 3];
    let equal = TCloseness::equal(0, 0.25, &whole, false);
    let ordered = TCloseness::ordered(0, 0.25, &whole, false, &domain(3));
    for (counts, close) in [([3 * (a / 4), a / 4, 0], true), ([b, 0, 0], false), ([a - 60, a, a], false)] {
        let n = counts.iter().map(|&count| count as f64).sum::<f64>();
        let all = whole.iter().map(|&count| count as f64).sum::<f64>();
        let moved = |i: usize| counts[i] as f64 / n - whole[i] as f64 / all;
        let expected = (0..3).map(|i| moved(i).abs()).sum::<f64>() / 2.0;
        assert!((at(&equal, &counts).0 - expected).abs() < 1e-12);
        let expected = (moved(0).abs() + (moved(0) + moved(1)).abs()) / 2.0;
        assert!((at(&ordered, &counts).0 - expected).abs() < 1e-12);
        assert_eq!(at(&equal, &counts).1, close);
    }
    // The difference from one quarter lies in the last of 63 digits.
    let whole = [1_u64 << 62, 1 << 62];
    let exact = TCloseness::equal(0, 0.25, &whole, false);
    let quarter = 1_u64 << 60;
    assert_eq!(at(&exact, &[3 * quarter, quarter]), (0.25, true));
    assert!(!at(&exact, &[3 * quarter + 1, quarter]).1);
    assert!(at(&exact, &[3 * quarter - 1, quarter]).1);
    let whole = [(1_u64 << 62) - 1, (1 << 62) + 1];
    let nearly = TCloseness::equal(0, 0.25, &whole, false);
    assert!(!at(&nearly, &[3 * quarter, quarter]).1);
    assert!(at(&nearly, &[quarter, 3 * quarter]).1);
}

#[test]
fn large_domains_move_as_small_ones_do() {
    // More labels than are counted in a table of their own.
    let (values, copies) = (200_u32, 3_u64);
    let texts = (0..values).map(|n| Some(format!("{:03}", n))).collect();
    let (domain, _) = crate::table::Domain::sorted("s", texts);
    let spec = crate::spec::HierarchySpec::Prefix { lengths: vec![2, 1] };
    let tree = Hierarchy::build(&spec, None, &domain, crate::spec::UnknownValues::Error).unwrap();
    let whole = vec![copies; values as usize];
    let model = TCloseness::hierarchical(0, 0.5, &whole, false, &tree);
    let mut counts = vec![0; values as usize];
    counts[..100].fill(1);
    assert_eq!(at(&model, &counts), (0.5, true), "half of all moves to the other first digit");
    counts.fill(0);
    counts[7] = 1;
    let expected = (199.0 / 200.0 + 190.0 / 200.0 + 100.0 / 200.0) / 3.0;
    assert!((at(&model, &counts).0 - expected).abs() < 1e-15);
}

#[test]
fn another_whole_is_another_distance() {
    let model = TCloseness::equal(0, 0.1, &[1, 1], false);
    assert_eq!(at(&model, &[3, 1]), (0.25, false));
    assert_eq!(at(&*model.over(&[3, 1]).unwrap(), &[3, 1]), (0.0, true));
    let ordered = TCloseness::ordered(0, 0.1, &[1, 1, 1], false, &domain(3));
    assert_eq!(at(&*ordered.over(&[1, 0, 1]).unwrap(), &[2, 0, 0]).0, 0.5, "a value that is gone has no rank");
    let delta = DeltaDisclosure::new(0, 1.0, Absent::Counted, &[1, 1, 1], false);
    assert_eq!(at(&delta, &[1, 1, 0]), (f64::INFINITY, false));
    assert_eq!(at(&*delta.over(&[1, 1, 0]).unwrap(), &[1, 1, 0]), (0.0, true));
    assert!(AlphaK::new(0, 0.5, false).over(&[1]).is_none());
}

/// Why nothing is promised of unions where a subject is in several classes: two of three have the value.
#[test]
fn subjects_of_several_classes_break_what_mixtures_promise() {
    let row = |subject, quasi, text| rows::Row { subject, quasi, sensitive: [text, 0] };
    let rows = Rows {
        rows: vec![row(0, 0, 1), row(1, 0, 2), row(1, 1, 2), row(2, 1, 1)],
        weights: vec![1; 3],
        population: vec![2, 2],
    };
    let (table, quasi) = rows.table();
    let text = || "text".to_string();
    let shannon = EntropyEstimator::Shannon;
    for spec in [
        ModelSpec::AlphaK { column: text(), alpha: 0.5 },
        ModelSpec::EntropyLDiversity { column: text(), l: 2.0, estimator: shannon },
        ModelSpec::RecursiveClDiversity { column: text(), c: 1.5, l: 2 },
        ModelSpec::DeltaPresence { least: 1.0, most: 1.0 },
    ] {
        let model = &prepared(&spec, &table).class[1];
        assert_eq!(model.union(), Union::Never, "{}", model.id());
        assert!(judge(&**model, &table, &quasi, |quasi| quasi).values().all(|(_, held)| *held), "{}", model.id());
        assert!(!judge(&**model, &table, &quasi, |_| 0)[&0].1, "{}: the union", model.id());
    }
    // The corrected entropy is not concave.
    let model = EntropyLDiversity::new(0, 2.0, EntropyEstimator::Grassberger, false);
    assert!(at(&model, &[1, 1]).1 && !at(&model, &[2, 2]).1);
    assert_eq!(model.union(), Union::Never);
}

#[test]
fn delta_is_not_reached_at_its_bound() {
    let model = DeltaDisclosure::new(0, std::f64::consts::LN_2, Absent::Skipped, &[1, 3], false);
    assert!(!at(&model, &[1, 1]).1, "twice as frequent");
    assert!(at(&model, &[49, 51]).1);
    assert_eq!(model.union(), Union::Never);
}

#[test]
fn models_that_cannot_be_prepared_say_which() {
    let rows = Rows {
        rows: vec![rows::Row { subject: 0, quasi: 0, sensitive: [1, 1] }],
        weights: vec![1],
        population: vec![3],
    };
    let (table, _) = rows.table();
    let without = EquivalenceTable { population: vec![], ..table.clone() };
    let text = |spec: ModelSpec, table: &EquivalenceTable, trees: &[Option<Hierarchy>]| {
        prepare(2, &[spec], table, trees, 0.5, no_estimate).err().map(|error| error.to_string())
    };
    let closeness =
        |column: &str| ModelSpec::TCloseness { column: column.into(), distance: GroundDistance::Hierarchical, t: 0.2 };
    let tree = || Some(rows::tree(&table));
    let said = |spec, table, trees: &[_], message: &str| assert_eq!(text(spec, table, trees).as_deref(), Some(message));
    said(
        closeness("age"),
        &table,
        &[],
        "`t_closeness` speaks of column `age`, which is not counted as a sensitive column",
    );
    said(
        closeness("text"),
        &table,
        &[None],
        "the hierarchical distance of `t_closeness` needs a hierarchy of column `text`",
    );
    let other = [tree(), tree()];
    said(
        closeness("number"),
        &table,
        &other,
        "the hierarchy of column `number` is not over the values that are counted",
    );
    let presence = |least, most| ModelSpec::DeltaPresence { least, most };
    said(presence(0.1, 0.2), &without, &[], "`delta_presence` needs a table of the population");
    said(presence(0.3, 0.2), &table, &[], "`most` of `delta_presence` must be from `least` to 1");
    let alpha = |alpha| ModelSpec::AlphaK { column: "text".into(), alpha };
    for wrong in [0.0, 1.5, -1.0, f64::NAN] {
        said(alpha(wrong), &table, &[], "`alpha` of `alpha_k` must be above 0, at most 1");
    }
    let uniques = ModelSpec::SampleUniques { limit: f64::NAN };
    said(uniques, &table, &[], "`limit` of `sample_uniques` must be from 0 to 1");
    said(ModelSpec::KMap { k: 0 }, &table, &[], "`k` of `k_map` must be at least 1");
    assert_eq!(text(ModelSpec::KMap { k: 5 }, &without, &[]), None, "the sampling fraction says enough");
    assert_eq!(text(closeness("text"), &table, &[tree()]), None);
}
