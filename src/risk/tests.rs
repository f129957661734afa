//! Vectors of the standards, other tools' numbers, and laws against naive references.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::spec::{AttackProbabilities, ByGrade, Grade, LevelPerClaim, PerContext, Threshold};

/// The thresholds of GB/T 42460-2023.
pub(crate) fn rules() -> RulePack {
    let confidence = Confidence("H/S".into());
    let threshold = |value, source: &str| Threshold { value, source: source.into(), confidence: confidence.clone() };
    let d15 = "GB/T 42460-2023 D.1.5";
    RulePack {
        name: "cn-gbt42460-2023".into(),
        in_force: "2023-10-01".into(),
        title: "GB/T 42460-2023".into(),
        class_risk: PerContext {
            public: threshold(0.05, d15),
            controlled: threshold(0.2, d15),
            enclave: threshold(0.333333333333, d15),
        },
        overall_risk: threshold(0.05, d15),
        level: LevelPerClaim {
            deidentified: threshold(2.0, "GB/T 42460-2023 5"),
            anonymized: threshold(3.0, "GB/T 42460-2023 5"),
        },
        attack: AttackProbabilities {
            source: "El Emam 2013".into(),
            confidence: Confidence("M/S".into()),
            insider: ByGrade {
                high: ByGrade { low: 0.05, medium: 0.1, high: 0.2 },
                medium: ByGrade { low: 0.2, medium: 0.3, high: 0.4 },
                low: ByGrade { low: 0.4, medium: 0.5, high: 0.6 },
            },
            breach: ByGrade { high: 0.14, medium: 0.27, low: 0.55 },
        },
        attacks: BTreeMap::new(),
        least_subjects: None,
        allowed_contexts: None,
        finest_date: None,
        least_population: None,
    }
}

/// T1 = 0.1, T2 = 1 − 0.9995^150 = 0.072274, T3 = 0.14.
pub(crate) fn attacker() -> Attacker {
    Attacker {
        mitigation: Grade::High,
        motive: Grade::Medium,
        recipient_control: Grade::High,
        prevalence: 0.0005,
        acquaintances: 150,
    }
}

/// Conditions without further models.
fn nothing_more() -> Conditions {
    conditions(Claim::Deidentified, Context::Controlled)
}

pub(crate) fn conditions(claim: Claim, context: Context) -> Conditions {
    Conditions {
        claim,
        context,
        k: 5,
        suppression_limit: 0.05,
        sampling_fraction: 1.0,
        sampling: None,
        attacker: Some(attacker()),
        rules: rules(),
        quasi: vec!["district".into(), "birth".into()],
        identifiers: vec!["account".into(), "phone".into()],
        tokens: vec!["account".into()],
        models: Vec::new(),
        recoding: crate::spec::RecodingKind::Global,
        population: false,
        trees: Vec::new(),
        subject_token: Some("account".into()),
    }
}

fn sizes(sizes: &[u64]) -> ClassSizes {
    ClassSizes::from_classes(sizes.iter().copied())
}

fn value(measures: &[Measure], id: &str) -> f64 {
    measures.iter().find(|m| m.id == id).unwrap().value
}

fn evidence(mut measures: Vec<Measure>) -> Evidence {
    // what a run always adds; an empty list stays empty
    for id in ["subjects_not_countable", "one_to_one_columns", "determining_columns"] {
        if !measures.is_empty() && measures.iter().all(|measure| measure.id != id) {
            measures.push(Measure::no_columns(id, "regulation article 29", vec![]));
        }
    }
    Evidence { measures, attacks: vec![], before: ClassSizes::default(), after: ClassSizes::default() }
}

#[test]
fn the_vectors_of_gbt_42460() {
    for (classes, context, above, highest, mean, risk, level) in [
        (&[5, 5, 10, 20][..], Context::Controlled, 0.0, 0.2, 0.1375, 0.01925, 3),
        (&[4, 5, 10, 20], Context::Controlled, 0.25, 0.25, 0.15, 1.0, 2),
        (&[20, 25, 40], Context::Public, 0.0, 0.05, 0.115 / 3.0, 0.05, 2),
        (&[21, 25, 40], Context::Public, 0.0, 1.0 / 21.0, (1.0 / 21.0 + 0.065) / 3.0, 0.047619, 3),
        (&[3, 3, 6], Context::Enclave, 0.0, 1.0 / 3.0, 0.833333 / 3.0, 0.038889, 3),
    ] {
        let found = gbt42460::assess(&sizes(classes), &rules(), context, Some(&attacker()));
        for (found, expected) in
            [(found.above_tau, above), (found.highest, highest), (found.mean, mean), (found.risk, risk)]
        {
            assert!((found - expected).abs() < 1e-6, "{classes:?}: {found} is not {expected}");
        }
        assert_eq!(gbt42460::level(&found, &rules(), 0, 2), level, "{classes:?}");
    }
}

#[test]
fn probability_of_an_attempt() {
    let (rules, attacker) = (rules(), attacker());
    let pr = |context, attacker| gbt42460::attack(&rules, context, attacker);
    assert_eq!(pr(Context::Controlled, Some(&attacker)), 0.14);
    assert_eq!(pr(Context::Public, Some(&attacker)), 1.0);
    assert_eq!(pr(Context::Enclave, None), 1.0);
    let known = Attacker { prevalence: 0.01, ..attacker };
    assert!((pr(Context::Controlled, Some(&known)) - (1.0 - 0.99_f64.powi(150))).abs() < 1e-12, "T2 is the highest");
    let motivated = Attacker { mitigation: Grade::Low, motive: Grade::High, ..attacker };
    assert_eq!(pr(Context::Controlled, Some(&motivated)), 0.6);
    let broken = Attacker { prevalence: f64::NAN, ..attacker };
    assert_eq!(pr(Context::Controlled, Some(&broken)), 1.0);
}

#[test]
fn levels() {
    let good = gbt42460::assess(&sizes(&[50, 50]), &rules(), Context::Controlled, Some(&attacker()));
    let level = |identifiers, quasi| gbt42460::level(&good, &rules(), identifiers, quasi);
    assert_eq!((level(1, 0), level(1, 2), level(0, 0), level(0, 2)), (1, 1, 4, 3));
}

#[test]
fn a_class_at_the_boundary_is_not_above() {
    for (size, tau) in [(20, 0.05), (5, 0.2), (3, 0.333333333), (3, 1.0 / 3.0), (7, 1.0 / 7.0), (49, 1.0 / 49.0)] {
        assert!(!exceeds(1.0, size, tau), "size {size}");
        assert!(exceeds(1.0, size - 1, tau), "size {size} - 1");
    }
    assert!(exceeds(1.0, 1_000_000, f64::NAN) && exceeds(1.0, 1_000_000, 0.0) && exceeds(1.0, 0, 0.5));
    assert!(!exceeds(0.1, 1, 0.1), "a fraction counts");
}

#[test]
fn nothing_released_proves_nothing() {
    let measures = measure(&sizes(&[]), &conditions(Claim::Deidentified, Context::Controlled), &[]);
    assert_eq!(value(&measures, "k_anonymity"), 0.0);
    for id in ["class_risk_highest", "classes_above_tau", "mean_class_risk", "gbt42460_risk", "marketer"] {
        assert_eq!(value(&measures, id), 1.0, "{id}");
    }
    assert!(verdict(&evidence(measures), &nothing_more()).is_err());
    assert!(verdict(&evidence(vec![]), &nothing_more()).is_err());
}

#[test]
fn weighing_classes_and_weighing_members_differ() {
    let measures = measure(&sizes(&[5, 5, 10, 20]), &conditions(Claim::Anonymized, Context::Controlled), &[]);
    assert_eq!(value(&measures, "mean_class_risk"), 0.1375);
    assert_eq!(value(&measures, "prosecutor_average"), 0.1);
    assert_eq!(value(&measures, "marketer"), 0.1);
}

#[test]
fn an_anonymized_release_is_certified_only_below_the_threshold() {
    let released: Vec<String> = ["account", "district", "birth"].map(String::from).into();
    let mut asked = conditions(Claim::Anonymized, Context::Controlled);
    assert_eq!(verdict(&evidence(measure(&sizes(&[5, 5, 10, 20]), &asked, &released)), &nothing_more()), Ok(()));
    asked.attacker = None;
    let refusal = verdict(&evidence(measure(&sizes(&[5, 5, 10, 20]), &asked, &released)), &nothing_more()).unwrap_err();
    let unmet: Vec<_> = refusal.reasons.iter().map(|r| r.condition.as_str()).collect();
    assert_eq!(unmet, ["gbt42460_risk", "gbt42460_level"]);
    asked.claim = Claim::Deidentified;
    assert_eq!(verdict(&evidence(measure(&sizes(&[5, 5, 10, 20]), &asked, &released)), &nothing_more()), Ok(()));
}

#[test]
fn at_the_threshold_is_not_below() {
    let mut asked = conditions(Claim::Anonymized, Context::Public);
    asked.k = 20;
    let refused = verdict(&evidence(measure(&sizes(&[20, 25, 40]), &asked, &[])), &nothing_more()).unwrap_err();
    assert_eq!(refused.reasons.len(), 2);
    assert_eq!(verdict(&evidence(measure(&sizes(&[21, 25, 40]), &asked, &[])), &nothing_more()), Ok(()));
}

#[test]
fn a_released_identifier_is_named_and_a_token_is_not() {
    let released: Vec<String> = ["phone", "account", "phone", "district"].map(String::from).into();
    let asked = conditions(Claim::Deidentified, Context::Controlled);
    let measures = measure(&sizes(&[9]), &asked, &released);
    let found = measures.iter().find(|m| m.id == "identifier_columns").unwrap();
    assert_eq!((found.value, &found.columns[..]), (1.0, &["phone".to_string()][..]));
    assert_eq!(value(&measures, "gbt42460_level"), 1.0);
    let refusal = verdict(&evidence(measures), &nothing_more()).unwrap_err();
    assert!(refusal.reasons.iter().any(|r| r.message == "identifier columns are released: `phone`"), "{refusal:?}");
}

#[test]
fn refusals_say_what_and_what_helps() {
    let asked = conditions(Claim::Anonymized, Context::Controlled);
    let mut measures = measure(&sizes(&[3, 9]), &asked, &[]);
    measures.push(suppressed_share(120, 1000, &asked));
    measures.push(Measure::no_columns("one_to_one_columns", "regulation article 29", vec!["meter".into()]));
    let refusal = verdict(&evidence(measures), &nothing_more()).unwrap_err();
    let told: Vec<_> = refusal.reasons.iter().map(|r| r.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "the smallest class has 3 subjects, `k` asks for 5",
            "50 % of the classes carry more risk than the context tolerates (GB/T 42460-2023 D.1.5)",
            "the overall risk is 1 and must be below 0.05 (GB/T 42460-2023 D.1.5)",
            "the release reaches level 2 of GB/T 42460, the claim needs 3",
            "12 % of the records would be withheld, the limit is 5 %",
            "released columns are one-to-one with a column of the source: `meter`",
        ]
    );
    assert!(refusal.reasons.iter().all(|r| r.help.is_some()));
}

#[test]
fn a_number_that_is_none_refuses() {
    let mut measures = measure(&sizes(&[9, 9]), &conditions(Claim::Deidentified, Context::Controlled), &[]);
    assert_eq!(verdict(&evidence(measures.clone()), &nothing_more()), Ok(()));
    measures[0].value = f64::NAN;
    assert!(verdict(&evidence(measures), &nothing_more()).is_err());
}

/// The folder with other tools' numbers.
fn shared(file: &str) -> Option<serde_json::Value> {
    let root = std::env::var_os("TUOMIN_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let text = std::fs::read_to_string(root.join("oracles").join(file)).ok();
    if text.is_none() {
        eprintln!("SKIPPED: no {file} in {}", root.display());
    }
    text.map(|text| serde_json::from_str(&text).unwrap())
}

#[test]
fn adult_has_the_risk_that_arx_computes() {
    let Some(oracle) = shared("risk_adult.json") else { return };
    let mut compared = 0;
    for (name, table) in oracle.as_object().unwrap() {
        let Some(histogram) = table.get("histogram").and_then(|h| h.as_array()) else { continue };
        let pairs: Vec<u64> = histogram.iter().map(|n| n.as_f64().unwrap() as u64).collect();
        let sizes = ClassSizes(pairs.chunks(2).map(|pair| (pair[0], pair[1])).collect());
        let close = |found: f64, expected: &serde_json::Value| {
            assert!((found - expected.as_f64().unwrap()).abs() < 1e-12, "{name}: {found} is not {expected}");
        };
        let risks = &table["sample_risks"];
        close(prosecutor(&sizes, 0.1).highest, &risks["estimated_prosecutor"]);
        close(prosecutor(&sizes, 0.1).average, &risks["average"]);
        close(journalist(&sizes, 0.1, 1.0).highest, &risks["estimated_journalist"]);
        close(marketer(&sizes, 1.0), &risks["estimated_marketer"]);
        close(sizes.mean().unwrap(), &table["avg_class_size"]);
        for (tau, key) in
            [(0.05, "summary_threshold_0.05"), (0.1, "summary_threshold_0.1"), (0.2, "summary_threshold_0.2")]
        {
            close(prosecutor(&sizes, tau).share_above, &table[key]["prosecutor"]["records_at_risk"]);
        }
        compared += 1;
    }
    assert!(compared > 0, "the oracle has no table");
}

proptest! {
    #[test]
    fn equals_counting_member_by_member(
        classes in prop::collection::vec(1..40_u64, 1..40), tau in 0.01..0.6_f64, fraction in 0.05..1.0_f64,
    ) {
        let counted = sizes(&classes);
        let members: Vec<f64> = classes.iter().flat_map(|&n| (0..n).map(move |_| fraction / n as f64)).collect();
        let n = members.len() as f64;
        let risk = journalist(&counted, tau, fraction);
        prop_assert!((risk.average - members.iter().sum::<f64>() / n).abs() < 1e-9);
        prop_assert!((risk.highest - members.iter().copied().fold(0.0, f64::max)).abs() < 1e-12);
        // a random τ is not within 1e-9 of a boundary
        prop_assert!((risk.share_above - members.iter().filter(|&&r| r > tau).count() as f64 / n).abs() < 1e-12);
        prop_assert_eq!(counted.members(), members.len() as u128);
        prop_assert_eq!(counted.classes(), classes.len() as u128);
        prop_assert_eq!(counted.min(), classes.iter().copied().min());
    }

    #[test]
    fn the_order_of_classes_does_not_count(classes in prop::collection::vec(0..100_u64, 0..40)) {
        let asked = conditions(Claim::Anonymized, Context::Controlled);
        let mut reversed = classes.clone();
        reversed.reverse();
        let (a, b) = (measure(&sizes(&classes), &asked, &[]), measure(&sizes(&reversed), &asked, &[]));
        let bits = |measures: &[Measure]| measures.iter().map(|m| m.value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&a), bits(&b));
        prop_assert!(a.iter().all(|m| m.value.is_finite() && m.value >= 0.0));
    }

    #[test]
    fn copies_of_all_classes_change_no_mean(
        classes in prop::collection::vec(1..100_u64, 1..40), copies in 1..1_000_000_000_000_u64,
    ) {
        let asked = conditions(Claim::Anonymized, Context::Controlled);
        let once = sizes(&classes);
        let often = ClassSizes(once.0.iter().map(|&(size, count)| (size, count * copies)).collect());
        for (a, b) in measure(&once, &asked, &[]).iter().zip(measure(&often, &asked, &[])) {
            prop_assert!((a.value - b.value).abs() <= 1e-12 * a.value.abs(), "{}", a.id);
        }
    }

    #[test]
    fn merging_two_classes_raises_no_risk(classes in prop::collection::vec(1..60_u64, 2..20)) {
        let asked = conditions(Claim::Anonymized, Context::Controlled);
        let mut merged = classes.clone();
        let last = merged.pop().unwrap();
        merged[0] += last;
        let (fine, coarse) = (measure(&sizes(&classes), &asked, &[]), measure(&sizes(&merged), &asked, &[]));
        for id in ["class_risk_highest", "prosecutor_average", "prosecutor_share_above", "journalist_highest", "marketer"] {
            prop_assert!(value(&coarse, id) <= value(&fine, id), "{}", id);
        }
        prop_assert!(value(&coarse, "k_anonymity") >= value(&fine, "k_anonymity"));
    }

    #[test]
    fn json_keeps_measures_but_for_the_last_digit(classes in prop::collection::vec(1..100_u64, 1..40)) {
        let measures = measure(&sizes(&classes), &conditions(Claim::Anonymized, Context::Controlled), &[]);
        let back: Vec<Measure> = serde_json::from_str(&serde_json::to_string(&measures).unwrap()).unwrap();
        prop_assert_eq!(back.len(), measures.len());
        for (back, measure) in back.iter().zip(&measures) {
            prop_assert!((back.value - measure.value).abs() <= 1e-12 * measure.value.abs(), "{}", measure.id);
            prop_assert_eq!(&Measure { value: measure.value, ..back.clone() }, measure);
            prop_assert_eq!(back.met(), measure.met(), "{}", measure.id);
        }
    }
}

#[test]
fn a_model_that_was_asked_for_must_be_measured_as_often() {
    let model = |column: &str| ModelSpec::DistinctLDiversity { column: column.into(), l: 2 };
    let mut asked = conditions(Claim::Deidentified, Context::Controlled);
    asked.models = vec![model("a"), model("b"), model("b")];
    let mut measures = vec![];
    for id in [
        "k_anonymity",
        "classes_above_tau",
        "gbt42460_level",
        "identifier_columns",
        "subjects_not_countable",
        "one_to_one_columns",
        "determining_columns",
    ] {
        measures.push(Measure::no_columns(id, "test", vec![]));
    }
    let missing = |measures: &[Measure]| verdict(&evidence(measures.to_vec()), &asked).unwrap_err().reasons.len();
    assert_eq!(missing(&measures), 3);
    let measured = |column: &str| {
        let limit = Limit { comparison: Comparison::AtLeast, value: 2.0, source: "pipeline".into(), confidence: None };
        Measure { columns: vec![column.into()], limit: Some(limit), ..measures::told("distinct_l_diversity", 3.0) }
    };
    measures.extend([measured("a"), measured("b")]);
    assert_eq!(missing(&measures), 2, "the two conditions on one column were measured once");
    measures.push(measured("b"));
    assert_eq!(verdict(&evidence(measures), &asked), Ok(()));
}
