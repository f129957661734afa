//! The report on made-up evidence.

use super::*;
use crate::error::Reason;
use crate::risk::tests::conditions;
use crate::risk::{self, ClassSizes, Comparison, Evidence, Measure};
use crate::spec::{Claim, Context, Declaration, Purpose, RecodingKind, Role};

fn evidence(after: ClassSizes) -> Evidence {
    let asked = conditions(Claim::Anonymized, Context::Controlled);
    let released = ["account", "district"].map(String::from);
    let mut measures = risk::measure(&after, &asked, &released);
    measures.push(risk::suppressed_share(412, 20_000, &asked));
    measures.push(risk::loss(0.2928158759));
    let article = "regulation article 29; PIPL 73(4)";
    measures.push(Measure::no_columns("one_to_one_columns", article, vec![]));
    measures.push(Measure::no_columns("determining_columns", article, vec![]));
    let places: Vec<_> = (0..997_u32).map(|i| (f64::from(i), f64::from(i * 373 % 997))).collect();
    measures.extend(risk::order::row_order(&places).measures());
    let before = (1..60_u64).map(|size| (size, 9000 / size.pow(2) + 1)).collect();
    let attack = |id: &str, successes: u64, limit: f64| {
        let baseline =
            risk::attack::Baseline { successes: 40, trials: 500, what: risk::attack::BaselineKind::ControlGroup };
        let limit =
            risk::Limit { comparison: Comparison::AtMost, value: limit, source: "WP216".into(), confidence: None };
        risk::AttackOutcome::new(id, successes, 500, Some(baseline)).on(["出生日期", "区"]).held(limit)
    };
    let attacks = vec![attack("relink_quasi", 0, 0.0), attack("inference", 60, 0.09)];
    Evidence { measures, attacks, before: ClassSizes(before), after }
}

fn certified() -> ReportData {
    let evidence = evidence(ClassSizes((5..240).map(|size| (size, 1 + 400 / size)).collect()));
    let column = |name: &str, role, treatment: &str, distinct: Option<(u64, u64)>, loss| ColumnTold {
        name: name.into(),
        role,
        treatment: treatment.into(),
        distinct_before: distinct.map(|d| d.0),
        distinct_after: distinct.map(|d| d.1),
        loss,
        facts: None,
    };
    ReportData {
        version: VERSION.into(),
        verdict: Verdict::Certified,
        release: "20261124-7c1f0a52".into(),
        name: "residential-electricity-2025".into(),
        issued_at: "2026-11-24T06:00:00Z".into(),
        claim: Claim::Anonymized,
        purpose: Purpose::Trade,
        context: Context::Controlled,
        declaration: Declaration {
            source_basis: "供用电合同第8条；用户授权".into(),
            provider: "示例电力公司".into(),
            recipient: "示例数据交易中心".into(),
            purpose_of_use: "负荷预测模型训练".into(),
        },
        rules: "cn-gbt42460-2023".into(),
        signing_key: Some(SigningKey { id: "ed25519:9f2c4be07a31d5c8".into(), local: true }),
        records_read: Some(20_000),
        subjects_read: Some(20_000),
        records_released: Some(19_588),
        suppressed_records: Some(412),
        lattice_size: Some("12960".into()),
        nodes_checked: Some(181),
        recoding: Some(RecodingKind::Global),
        metric: Some("loss".into()),
        metric_value: None,
        metric_lower_bound: None,
        proven_optimal: Some(true),
        quality: None,
        loss: Some(0.2928158759),
        k: 5,
        attacks: attacks(&evidence),
        measures: told(&evidence),
        columns: vec![
            column("户号", Role::Identifier, "token hmac-sm3, key dies with the release", None, None),
            column("身份证号", Role::Identifier, "drop", None, None),
            column("出生日期", Role::Quasi, "decade (level 4 of 5)", Some((14_203, 9)), Some(0.1134)),
            column("区", Role::Quasi, "region (level 1 of 3)", Some((16, 4)), Some(0.2217)),
            column("人口数", Role::Quasi, "4 (level 2 of 3)", Some((11, 3)), Some(0.5433)),
            column("用电量", Role::Sensitive, "round to 10", None, None),
            column("备注", Role::Insensitive, "drop", None, None),
        ],
        before: evidence.before,
        after: evidence.after,
        seconds: Some(1.2345),
    }
}

fn refused() -> ReportData {
    let evidence = evidence(ClassSizes(vec![(2, 3), (7, 40), (31, 12)]));
    let refusal =
        risk::verdict(&evidence, &risk::tests::conditions(Claim::Anonymized, Context::Controlled)).unwrap_err();
    ReportData {
        verdict: Verdict::Refused(refusal.reasons),
        signing_key: None,
        columns: vec![],
        attacks: attacks(&evidence),
        measures: told(&evidence),
        after: evidence.after,
        seconds: None,
        ..certified()
    }
}

/// Both pages; also written to the folder that `TUOMIN_PAGES` names, to be looked at.
fn pages() -> [String; 2] {
    let pages = [certified(), refused()].map(|data| to_html(&data).unwrap());
    if let Some(folder) = std::env::var_os("TUOMIN_PAGES") {
        for (name, page) in ["certified.html", "refused.html"].iter().zip(&pages) {
            std::fs::write(std::path::Path::new(&folder).join(name), page).unwrap();
        }
    }
    pages
}

#[test]
fn pages_fetch_nothing_and_run_nothing() {
    for page in pages() {
        for forbidden in ["http:", "https:", "url(", "@import", "<link", "src=", "<script", "onclick", "{{", "{%"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(!page.contains("none</") && !page.contains("undefined"), "a missing value shows");
    }
}

#[test]
fn both_languages_say_the_verdict() {
    let [certified, refused] = pages();
    assert!(certified.contains(r#"<span lang="zh">已认证</span><span lang="en">Certified</span>"#));
    assert!(refused.contains(r#"<span lang="zh">未放行</span><span lang="en">Refused</span>"#));
    assert!(certified.contains("本地密钥") && certified.contains("local key, not endorsed by anyone"));
    assert!(refused.contains("the smallest class has 2 subjects, <code>k</code> asks for 5"));
    for page in [certified, refused] {
        assert_eq!(page.matches(r#"lang="zh">"#).count(), page.matches(r#"lang="en">"#).count());
    }
}

#[test]
fn numbers_on_the_page_are_those_of_the_json() {
    let data = certified();
    let page = to_html(&data).unwrap();
    let json: serde_json::Value = serde_json::from_str(&to_json(&data).unwrap()).unwrap();
    let of = |list: &str, key: &str| -> Vec<f64> {
        json[list].as_array().unwrap().iter().map(|told| told[key].as_f64().unwrap()).collect()
    };
    let told = [of("measures", "value"), of("attacks", "risk")].concat();
    let shown: Vec<f64> =
        page.split("<data value=\"").skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect();
    assert_eq!(shown.len(), data.measures.len() + data.attacks.len());
    for number in shown {
        assert!(told.iter().any(|told| (told - number).abs() <= 1e-12 * number.abs()), "{number}");
    }
}

#[test]
fn json_reads_back() {
    for data in [certified(), refused()] {
        let back: ReportData = serde_json::from_str(&to_json(&data).unwrap()).unwrap();
        assert_eq!((&back.verdict, &back.columns, &back.after), (&data.verdict, &data.columns, &data.after));
        assert_eq!(back.version, "tuomin-report/1");
    }
}

#[test]
fn every_measure_has_words() {
    for told in certified().measures.iter().chain(&refused().measures) {
        assert!(words::measure(&told.measure.id).is_some(), "{}", told.measure.id);
    }
}

#[test]
fn everything_foreign_is_escaped() {
    let evil = "<img src=x onerror=\"a()\">'&".to_string();
    let mut data = certified();
    data.name = evil.clone();
    data.release = evil.clone();
    data.rules = evil.clone();
    data.issued_at = evil.clone();
    data.lattice_size = Some(evil.clone());
    data.declaration = Declaration {
        source_basis: evil.clone(),
        provider: evil.clone(),
        recipient: evil.clone(),
        purpose_of_use: evil.clone(),
    };
    data.signing_key = Some(SigningKey { id: evil.clone(), local: true });
    data.columns[0].name = evil.clone();
    data.columns[0].treatment = evil.clone();
    data.measures[0].measure.id = evil.clone();
    data.measures[0].measure.columns = vec![evil.clone()];
    if let Some(limit) = &mut data.measures[0].measure.limit {
        limit.source = evil.clone();
        limit.confidence = Some(crate::spec::Confidence(evil.clone()));
    }
    let certified = to_html(&data).unwrap();
    data.verdict = Verdict::Refused(vec![Reason { condition: evil.clone(), message: evil.clone(), help: Some(evil) }]);
    for page in [certified, to_html(&data).unwrap()] {
        assert!(!page.contains("<img") && !page.contains("onerror=\""));
        assert!(page.contains("&lt;img"));
    }
}

#[test]
fn the_terminal_gets_a_dozen_lines() {
    insta::assert_snapshot!(to_text(&certified()), @"
    certified  residential-electricity-2025 20261124-7c1f0a52
    claim      anonymized 匿名化, under cn-gbt42460-2023
    records    20000 read, 20000 subjects, 19588 released, 412 withheld
    recoding   loss 0.292816, optimal of 12960 nodes, 181 checked
      出生日期: decade (level 4 of 5)
      区: region (level 1 of 3)
      人口数: 4 (level 2 of 3)
      ok  attacks 2 of 2 withstood; inference comes nearest to its limit: 0.043478 (≤ 0.09)
      ok  k_anonymity 5 (≥ 5)
      ok  classes_above_tau 0 (≤ 0)
      ok  gbt42460_risk 0.00731064 (< 0.05)
      ok  gbt42460_level 3 (≥ 3)
      ok  identifier_columns 0 (≤ 0)
      ok  suppressed_share 0.0206 (≤ 0.05)
      ok  one_to_one_columns 0 (≤ 0)
      ok  determining_columns 0 (≤ 0)
      ok  row_order_correlation 0.0119516 (≤ 0.155262)
      ok  row_order_neighbours 0 (≤ 0.0200803)
    signed     ed25519:9f2c4be07a31d5c8 (local key, not endorsed by anyone)
    ");
    let refused = to_text(&refused());
    assert!(refused.starts_with("refused    residential-electricity-2025\n") && !refused.contains("signed"));
    assert!(refused.contains("  NO  k_anonymity 2 (≥ 5)\n"));
}
