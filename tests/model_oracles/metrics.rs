//! Models and sizes of stated tables: pycanon, and computations from the papers.

use std::collections::BTreeMap;

use serde_json::Value;
use tuomin::privacy::{
    Absent, AverageRisk, BetaLikeness, Class, DeltaDisclosure, Quality, RecordsAtRisk, SampleUniques, TableModel,
    quality, sizes,
};
use tuomin::spec::{BetaKind, EntropyEstimator, GroundDistance, ModelSpec};
use tuomin::table::Recoding;

use crate::adult::Adult;
use crate::common::shared;
use crate::judged::Judged;
use crate::stated::{levels, names, number, oracle, same};

/// All models of one sensitive column, with bounds that nothing reaches.
fn specs(column: &str) -> Vec<ModelSpec> {
    let column = || column.to_string();
    let shannon = EntropyEstimator::Shannon;
    let closeness = |distance| ModelSpec::TCloseness { column: column(), distance, t: 0.0 };
    let beta = |kind| ModelSpec::BetaLikeness { column: column(), kind, beta: 1e-9 };
    vec![
        ModelSpec::AlphaK { column: column(), alpha: 1e-9 },
        ModelSpec::DistinctLDiversity { column: column(), l: 1_000 },
        ModelSpec::EntropyLDiversity { column: column(), l: 1_000.0, estimator: shannon },
        closeness(GroundDistance::Equal),
        closeness(GroundDistance::Ordered),
        beta(BetaKind::Basic),
        beta(BetaKind::Enhanced),
        ModelSpec::DeltaDisclosure { column: column(), delta: 1e-9 },
    ]
}

/// Checks what `reference` and `pycanon` say of one sensitive column against the models.
fn check_column(column: &str, judged: &Judged, reference: &Value, pycanon: &Value) {
    let worst = judged.worst(&specs(column));
    let whole = judged.table.distribution(0);
    assert_eq!(whole.iter().filter(|&&n| n > 0).count() as u64, reference["n_values"].as_u64().unwrap());
    same(worst["alpha_k"], &reference["alpha"], "alpha");
    same(worst["distinct_l_diversity"], &reference["distinct_l"], "distinct l");
    same(worst["entropy_l_diversity"], &reference["entropy_l_exact"], "entropy l");
    same(worst["entropy_l_diversity"].ln(), &reference["entropy_min_nats"], "least entropy");
    same(worst["t_closeness_equal"], &reference["t_equal_distance"], "t, equal distance");
    same(worst["basic_beta_likeness"], &reference["basic_beta"], "basic beta");

    let closeness = judged.models(1, &specs(column)[3..4], &[]).class.remove(1);
    let of_records: f64 = judged.classes().map(|class| class.records as f64 * closeness.measure(&class)).sum();
    let mean = of_records / judged.table.total_records() as f64;
    same(mean, &reference["t_equal_distance_mean_over_records"], "mean t, equal distance");

    let skipped = DeltaDisclosure::new(0, 1e-9, Absent::Skipped, &whole, false);
    same(judged.over(&skipped), &reference["delta_disclosure"], "delta of the values that are there");
    let strict = worst["delta_disclosure"].is_infinite();
    assert_eq!(strict, reference["delta_disclosure_strict_inf_if_any_zero"].as_bool().unwrap());

    let enhanced = BetaLikeness::new(0, BetaKind::Enhanced, 1e-9, &whole, false);
    let above: usize = judged.classes().map(|class| enhanced.above_cap(&class)).sum();
    assert_eq!(above as u64, reference["enhanced_beta_values_exceeding_cap"].as_u64().unwrap());
    match &reference["enhanced_beta_smallest_or_None"] {
        Value::Null => assert!(worst["enhanced_beta_likeness"].is_infinite()),
        stated => same(worst["enhanced_beta_likeness"], stated, "enhanced beta"),
    }
    for l in [2, 3] {
        let Some(stated) = reference.get(format!("recursive_c_infimum_l{l}")) else { continue };
        let spec = ModelSpec::RecursiveClDiversity { column: column.to_string(), c: 1e-9, l };
        let found = judged.worst(&[spec])["recursive_cl_diversity"];
        match stated {
            Value::Null => assert!(found.is_infinite()),
            stated => same(found, stated, "recursive c"),
        }
    }
    if let Some(stated) = reference.get("t_ordered_emd") {
        same(worst["t_closeness_ordered"], stated, "t, ordered distance");
        same(worst["t_closeness_ordered"], &pycanon["t_closeness"], "pycanon's t of numbers");
    } else {
        same(worst["t_closeness_equal"], &pycanon["t_closeness"], "pycanon's t of text");
    }

    let entropy = judged.models(1, &specs(column)[2..3], &[]).class.remove(1);
    let together = judged.together();
    let whole_entropy = together.over(&*entropy).ln();
    same(whole_entropy, &reference["sa_entropy_nats"], "entropy of the whole");

    same(worst["k_anonymity"], &pycanon["k_anonymity"], "pycanon's k");
    same(worst["distinct_l_diversity"], &pycanon["l_diversity"], "pycanon's l");
    same(worst["basic_beta_likeness"], &pycanon["basic_beta_likeness"], "pycanon's basic beta");
    same(judged.over(&skipped), &pycanon["delta_disclosure"], "pycanon's delta");
    if let Some(stated) = pycanon.get("alpha_k") {
        same(worst["alpha_k"], stated, "pycanon's alpha");
    }
    if let Some(stated) = pycanon.get("entropy_l_diversity") {
        assert_eq!(worst["entropy_l_diversity"].floor(), number(stated), "pycanon cuts the entropy down");
    }
}

/// Checks what is said of class sizes.
fn check_sizes(judged: &Judged, basic: &Value) {
    let all = sizes(&judged.classes, |_| true);
    let (n, classes) = (judged.table.total_records(), judged.classes.records.len() as u64);
    assert_eq!(basic["n"], n);
    assert_eq!(basic["n_classes"], classes);
    assert_eq!(basic["k"], all[0].0);
    assert_eq!(basic["max_class"], all.last().unwrap().0);
    same(n as f64 / classes as f64, &basic["mean_class"], "mean class");
    let mut sorted = judged.classes.records.clone();
    sorted.sort_unstable();
    let middle = sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2];
    same(middle as f64 / 2.0, &basic["median_class"], "median class");
    for (below, key) in
        [(2, "records_below_2"), (3, "records_below_3"), (5, "records_below_5"), (10, "records_below_10")]
    {
        let records: u64 = all.iter().filter(|size| size.0 < below).map(|size| size.0 * size.1).sum();
        assert_eq!(basic[key], records);
        if let Some(stated) = basic.get(key.replace("records", "classes")) {
            let classes: u64 = all.iter().filter(|size| size.0 < below).map(|size| size.1).sum();
            assert_eq!(*stated, classes);
        }
        let at_risk = RecordsAtRisk::new(1.0 / below as f64, 0.0).measure(&all);
        same(at_risk, &(records as f64 / n as f64).into(), "records at risk");
    }
    same(SampleUniques::new(0.0).measure(&all) * n as f64, &basic["uniques"], "uniques");
    same(1.0 / all[0].0 as f64, &basic["max_prosecutor_risk"], "highest risk");
    same(AverageRisk::new(0.0).measure(&all), &basic["avg_prosecutor_risk_record_weighted"], "average risk");
    let of_classes: f64 = all.iter().map(|&(size, number)| number as f64 / size as f64).sum();
    same(of_classes / classes as f64, &basic["avg_risk_class_weighted"], "mean risk of classes");
}

#[test]
fn metrics_are_those_of_the_references() {
    let Some(shared) = shared() else { return };
    let (adult, stated) = (Adult::load(&shared), oracle(&shared, "metrics_adult.json"));
    let order = names(&stated["qi_order"]);
    for (name, set) in stated["datasets"].as_object().unwrap() {
        assert!(set.get("suppress_classes_smaller_than").is_none_or(Value::is_null), "{name} withholds nothing");
        let (quasi, chosen) = (names(&set["qi"]), levels(&set["levels"]));
        let level_of = |column: &String| chosen[order.iter().position(|name| name == column).unwrap()];
        let levels_of = |quasi: &[String]| quasi.iter().map(level_of).collect::<Vec<_>>();
        for (column, values) in set["by_sensitive"].as_object().unwrap() {
            println!("{name}, {column}");
            let columns: Vec<&str> = column.split('+').collect();
            let (table, hierarchies) = adult.table(&quasi, &columns, &adult.all, false);
            let judged = Judged::new(table.clone(), &hierarchies, &levels_of(&quasi));
            let pycanon = &values["pycanon"];
            if let [column] = columns[..] {
                check_column(column, &judged, &values["reference"], pycanon);
            } else {
                check_together(&columns, &judged, pycanon);
            }
            check_sizes(&judged, &set["reference_basic"]);
            let nothing = vec![false; table.combinations()];
            let recoding = Recoding { levels: levels_of(&quasi), suppressed: nothing };
            let quality = quality(&table, &hierarchies, &recoding, &[]);
            let dm = &set["reference_basic"]["discernability_no_suppression"];
            same(quality.discernibility, dm, "discernibility");
            same(quality.discernibility_of_classes, dm, "discernibility of classes");
            same(quality.average_class_size, &set["reference_basic"]["mean_class"], "average class size");
            if pycanon.get("discernability").is_some() {
                same(quality.discernibility, &pycanon["discernability"], "pycanon's discernibility");
                same(quality.average_class_size, &pycanon["average_ecsize"], "pycanon's class size");
                same(1.0 / judged.worst(&[])["k_anonymity"], &pycanon["max_rir"], "pycanon's highest risk");
                check_classification(&judged, &quality, &pycanon["classification_metric"]);
            }
            if let Some(stated) = set.get("class_size_histogram") {
                let found = sizes(&judged.classes, |_| true).into_iter().map(|(size, n)| (size.to_string(), n.into()));
                assert_eq!(*stated, Value::Object(found.collect()));
            }
        }
        if let Some(values) = set.get("numeric_age_sensitive") {
            println!("{name}, age");
            let quasi = names(&values["qi"]);
            let (table, hierarchies) = adult.table(&quasi, &["age"], &adult.all, false);
            let judged = Judged::new(table, &hierarchies, &levels_of(&quasi));
            check_column("age", &judged, &values["reference"], &values["pycanon"]);
            check_sizes(&judged, &values["reference_basic"]);
        }
    }
}

/// pycanon reports the worst of several sensitive columns.
fn check_together(columns: &[&str], judged: &Judged, pycanon: &Value) {
    let all: Vec<BTreeMap<_, f64>> = columns.iter().map(|column| judged.worst(&specs(column))).collect();
    let largest = |id: &str| all.iter().map(|worst| worst[id]).fold(f64::MIN, f64::max);
    let least = |id: &str| all.iter().map(|worst| worst[id]).fold(f64::MAX, f64::min);
    same(least("k_anonymity"), &pycanon["k_anonymity"], "k");
    same(largest("alpha_k"), &pycanon["alpha_k"], "alpha");
    same(least("distinct_l_diversity"), &pycanon["l_diversity"], "distinct l");
    same(largest("t_closeness_equal"), &pycanon["t_closeness"], "t");
    same(largest("basic_beta_likeness"), &pycanon["basic_beta_likeness"], "basic beta");
    let skipped = |(at, _): (usize, _)| {
        judged.over(&DeltaDisclosure::new(at, 1e-9, Absent::Skipped, &judged.table.distribution(at), false))
    };
    let delta = columns.iter().enumerate().map(skipped).fold(f64::MIN, f64::max);
    same(delta, &pycanon["delta_disclosure"], "delta");
}

/// pycanon lets all records pay that do not have a most frequent value: where two are, neither's records pay. It
/// takes the values of several columns as one list. Between that and ours lie the records of such ties.
fn check_classification(judged: &Judged, quality: &Quality, stated: &Value) {
    let n = judged.table.total_records() as f64;
    let columns = judged.table.sensitive.len();
    let paying = |class: Class| {
        let counts: Vec<u64> = (0..columns).flat_map(|at| class.values(at).iter().map(|value| value.1)).collect();
        let most = counts.iter().max().copied().unwrap();
        counts.into_iter().filter(|&count| count != most).sum::<u64>()
    };
    same(judged.classes().map(paying).sum::<u64>() as f64 / n, stated, "pycanon's classification metric");
    for (at, column) in quality.classification.iter().enumerate() {
        let ours = |class: Class| {
            let counts = || class.values(at).iter().map(|value| value.1);
            counts().sum::<u64>() - counts().max().unwrap()
        };
        let ours = judged.classes().map(ours).sum::<u64>() as f64 / n;
        same(column.penalty, &ours.into(), "classification metric");
    }
}

#[test]
fn sampled_nodes_have_the_stated_classes() {
    let Some(shared) = shared() else { return };
    let (adult, stated) = (Adult::load(&shared), oracle(&shared, "metrics_adult.json"));
    let (table, hierarchies) = adult.table(&names(&stated["qi_order"]), &[], &adult.all, false);
    for (column, hierarchy) in names(&stated["qi_order"]).iter().zip(&hierarchies) {
        assert_eq!(stated["max_levels"][column], hierarchy.top());
    }
    let sample = &stated["lattice_sample"];
    let columns = ["levels", "k", "n_classes", "records_in_classes_lt5", "records_in_classes_lt10", "uniques"];
    assert_eq!(names(&sample["columns"]), columns);
    for row in sample["rows"].as_array().unwrap() {
        let all = sizes(&table.classes(&hierarchies, &levels(&row[0])), |_| true);
        let below = |size: u64| all.iter().filter(|s| s.0 < size).map(|s| s.0 * s.1).sum::<u64>();
        let classes: u64 = all.iter().map(|size| size.1).sum();
        let found = [all[0].0, classes, below(5), below(10), below(2)].map(Value::from);
        assert_eq!(row.as_array().unwrap()[1..], found, "{}", row[0]);
    }
}
