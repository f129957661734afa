//! Reports made of made-up numbers, with something in every section.

use tuomin::error::Reason;
use tuomin::report::{self, *};
use tuomin::risk::attack::{Baseline, BaselineKind};
use tuomin::risk::preparation::PreparedStep;
use tuomin::risk::quality::{DataQuality, Tested};
use tuomin::risk::{self, AttackOutcome, ClassSizes, Comparison, Conditions, Evidence, Limit, Measure};
use tuomin::search::{Alternatives, Choice, ColumnCost};
use tuomin::spec::quality::Dimension;
use tuomin::spec::{self, Attacker, Claim, Context, Declaration, Grade, Purpose, RecodingKind, Role};

const RULES: &str = include_str!("../../pipelines/rules/cn-gbt42460-2023.toml");

fn conditions() -> Conditions {
    let mut rules = spec::parse_rules(RULES).unwrap();
    rules.attacks.clear(); // those below have limits of their own
    Conditions {
        claim: Claim::Anonymized,
        context: Context::Controlled,
        k: 5,
        suppression_limit: 0.05,
        sampling_fraction: 1.0,
        sampling: None,
        attacker: Some(Attacker {
            mitigation: Grade::High,
            motive: Grade::Medium,
            recipient_control: Grade::High,
            prevalence: 0.0005,
            acquaintances: 150,
        }),
        rules,
        quasi: ["出生日期", "区", "人口数"].map(String::from).to_vec(),
        identifiers: ["户号", "身份证号"].map(String::from).to_vec(),
        tokens: vec!["户号".into()],
        models: Vec::new(),
        recoding: RecodingKind::Global,
        population: false,
        trees: Vec::new(),
        subject_token: Some("户号".into()),
    }
}

fn attacks(successes: u64) -> Vec<AttackOutcome> {
    let made = |id: &str, successes: u64, trials: u64, control: Option<u64>, limit: Option<f64>| {
        let what = BaselineKind::ControlGroup;
        let baseline = control.map(|successes| Baseline { successes, trials: 500, what });
        let limit = limit.map(|value| {
            let source = "WP216；Giomi 等, PETS 2023".to_owned();
            Limit { comparison: Comparison::AtMost, value, source, confidence: Some(spec::Confidence("M/S".into())) }
        });
        AttackOutcome { limit, ..AttackOutcome::new(id, successes, trials, baseline).on(["出生日期", "区"]) }
    };
    let advice = "round `用电量` to a step of 50: it was computed that 3 of 412 rare values remain";
    vec![
        made("residual_patterns", 0, 19_588, None, Some(0.0)),
        made("relink_quasi", 0, 2000, None, Some(0.0)),
        made("singling_out_univariate", 3, 2000, Some(1), Some(0.09)),
        made("singling_out_multivariate", 21, 2000, Some(4), Some(0.09)),
        made("linkability", 24, 500, Some(12), Some(0.09)),
        made("inference", 60 + successes, 500, Some(40), Some(0.09)).advised((successes > 0).then(|| advice.into())),
        made("near_unique_value", successes, 1500, None, Some(0.09)),
        AttackOutcome::nothing_there("token_enumeration"),
        made("trail_unicity_2", 18, 300, None, None),
    ]
}

fn evidence(after: ClassSizes, successes: u64) -> Evidence {
    let asked = conditions();
    let mut measures = risk::measure(&after, &asked, &["户号", "出生日期", "区", "人口数"].map(String::from));
    measures.push(risk::suppressed_share(412, 20_000, &asked));
    measures.push(risk::loss(0.2928158759));
    let article = "article 29; PIPL article 73(4)";
    measures.push(Measure::no_columns("subjects_not_countable", article, vec![]));
    measures.push(Measure::no_columns("one_to_one_columns", article, vec![]));
    measures.push(Measure::no_columns("determining_columns", article, vec![]));
    let places: Vec<_> = (0..997_u32).map(|i| (f64::from(i), f64::from(i * 373 % 997))).collect();
    measures.extend(risk::order::row_order(&places).measures());
    let before = (1..60_u64).map(|size| (size, 9000 / size.pow(2) + 1)).collect();
    Evidence { measures, attacks: attacks(successes), before: ClassSizes(before), after }
}

fn columns() -> Vec<ColumnTold> {
    let column = |name: &str, role, treatment: &str| ColumnTold {
        name: name.into(),
        role,
        treatment: treatment.into(),
        treatment_zh: String::new(),
        level: None,
        distinct_before: None,
        distinct_after: None,
        loss: None,
        facts: None,
        distribution: None,
    };
    let quasi = |name: &str, level: usize, of: usize, words: &str, distinct: (u64, u64), loss, labels: &[_]| {
        let count = |&(label, before, after): &(&str, u64, u64)| LabelCount {
            label: (!label.is_empty()).then(|| label.into()),
            before: Some(before),
            after,
        };
        ColumnTold {
            level: Some(LevelTold { level: Some(level), of, name: words.into() }),
            distinct_before: Some(distinct.0),
            distinct_after: Some(distinct.1),
            loss: Some(loss),
            distribution: Some(Distribution { labels: labels.iter().map(count).collect(), others: None }),
            ..column(name, Role::Quasi, &format!("{words} (level {level} of {of})"))
        }
    };
    let mut born = quasi(
        "出生日期",
        4,
        5,
        "decade",
        (14_203, 9),
        0.1134,
        &[
            ("1940", 1320, 1301),
            ("1950", 2544, 2501),
            ("1960", 3690, 3655),
            ("1970", 4121, 4089),
            ("1980", 4008, 3931),
            ("1990", 2976, 2905),
            ("", 210, 210),
        ],
    );
    let others = OtherLabels { labels: 3, before: Some(1131), after: 996 };
    born.distribution = born.distribution.map(|counted| Distribution { others: Some(others), ..counted });
    let names = ["大工业", "一般工商业", "居民生活"];
    let matrix = [[0.88, 0.031, 0.089], [0.012, 0.899, 0.089], [0.012, 0.031, 0.957]];
    vec![
        column("户号", Role::Identifier, "token hmac-sm3, key dies with the release"),
        column("身份证号", Role::Identifier, "drop"),
        born,
        quasi(
            "区",
            1,
            3,
            "region",
            (16, 4),
            0.2217,
            &[
                ("市内六区", 8012, 7902),
                ("环城四区", 5511, 5400),
                ("远郊五区", 3904, 3801),
                ("滨海新区（含中新天津生态城）", 2573, 2485),
            ],
        ),
        quasi("人口数", 2, 3, "4", (11, 3), 0.5433, &[("1-4", 15_231, 15_100), ("5-8", 4540, 4366), ("9+", 229, 122)]),
        ColumnTold {
            facts: Some(serde_json::json!({
                "keep": 0.85, "invariant": true, "rule": "keep + (1 - keep) * share of the category in the source",
                "categories": 4, "categories_of_fewer_than_k_subjects": 1, "names": names, "matrix": matrix,
            })),
            ..column("用电类别", Role::Sensitive, "invariant PRAM, 4 categories, kept with 0.85")
        },
        ColumnTold {
            facts: Some(serde_json::json!({
                "bottom": null, "top": { "quantile": 0.995, "cut": 1180.0, "subjects_at_or_beyond": 97 },
            })),
            ..column("用电量", Role::Sensitive, "top coded at 1180")
        },
        column("备注", Role::Insensitive, "drop"),
    ]
}

fn choices() -> Choices {
    let choice = |levels: [usize; 3], value: f64, suppressed_records, classes, k| Choice {
        levels: levels.to_vec(),
        value,
        suppressed_records,
        classes,
        smallest_class: Some(k),
    };
    let by_risk = vec![
        choice([1, 0, 0], 0.0411, 0, 9120, 1),
        choice([3, 0, 1], 0.1602, 310, 1804, 2),
        choice([4, 1, 2], 0.2928158759, 412, 108, 5),
        choice([4, 2, 2], 0.4012, 88, 54, 10),
        choice([5, 1, 2], 0.5344, 12, 12, 50),
        choice([5, 2, 2], 0.6127, 0, 6, 229),
        choice([5, 3, 3], 1.0, 0, 1, 20_000),
    ];
    let best = vec![by_risk[2].clone(), choice([4, 1, 3], 0.3107, 290, 36, 6), choice([4, 2, 1], 0.3392, 960, 90, 5)];
    let cost = |column: &str, now, removed| ColumnCost {
        column: column.into(),
        now: Some(now),
        removed,
        coarser: None,
        finer: None,
    };
    let columns = vec![
        cost("出生日期", 0.3825, Some(0.1208)),
        cost("区", 0.3284, Some(0.2511)),
        cost("人口数", 0.1675, Some(0.1402)),
    ];
    Choices {
        quasi: ["出生日期", "区", "人口数"].map(String::from).to_vec(),
        chosen: Some(by_risk[2].clone()),
        others: Alternatives { metric: "loss".into(), proven: true, by_risk, best, columns },
    }
}

fn preparation() -> Vec<PreparedStep> {
    let step = |step: &str, columns: &[&str], rows_out, changed, failed| PreparedStep {
        step: step.into(),
        columns: columns.iter().map(|name| (*name).into()).collect(),
        rows_in: 20_431,
        rows_out,
        changed: Some(changed),
        failed: Some(failed),
        as_of: None,
    };
    vec![
        step("rename", &["身份证号 → 证件"], 20_431, 0, 0),
        step("cast", &["人口数"], 20_431, 20_418, 13),
        step("filter", &[], 20_000, 0, 0),
    ]
}

fn data_quality() -> DataQuality {
    let rule = |rule: &str, column: Option<&str>, dimension, failed| Tested {
        rule: rule.into(),
        column: column.map(Into::into),
        dimension,
        tested: 20_000,
        failed,
    };
    let rules = vec![
        rule("required", Some("出生日期"), Dimension::Completeness, 0),
        rule("pattern", Some("户号"), Dimension::Conformity, 37),
        rule("unique", Some("户号"), Dimension::Accuracy, 2),
        rule("峰谷之和", None, Dimension::Consistency, 5),
        rule("read", None, Dimension::Accessibility, 0),
    ];
    DataQuality::new(rules, &[(Dimension::Conformity, 0.99)])
}

/// A release with every section.
pub fn certified() -> ReportData {
    let evidence = evidence(ClassSizes((5..240).map(|size| (size, 1 + 400 / size)).collect()), 0);
    ReportData {
        version: VERSION.into(),
        tool: Some("tuomin 0.1.0".into()),
        verdict: Verdict::Certified,
        release: "20261124T060000Z-7c1f0a52".into(),
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
        signing_key: Some(SigningKey {
            id: "9f2c4be07a31d5c86a1e0f4477b8c2d95b3e6180aa4d7c1f92e5036b8d1f7a40".into(),
            local: true,
            user_id: None,
        }),
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
        attacks: report::attacks(&evidence),
        measures: told(&evidence.measures),
        columns: columns(),
        before: evidence.before,
        after: evidence.after,
        seconds: Some(1.2345),
        preparation: preparation(),
        data_quality: Some(data_quality()),
        assumptions: Some(Assumptions::of(&conditions())),
        choices: Some(choices()),
    }
}

/// A refusal after all was measured.
pub fn refused() -> ReportData {
    let evidence = evidence(ClassSizes(vec![(2, 3), (7, 40), (31, 12)]), 190);
    let refusal = risk::verdict(&evidence, &conditions()).unwrap_err();
    ReportData {
        verdict: Verdict::Refused(refusal.reasons),
        signing_key: None,
        columns: vec![],
        attacks: report::attacks(&evidence),
        measures: told(&evidence.measures),
        after: evidence.after,
        seconds: None,
        choices: None,
        ..certified()
    }
}

/// A refusal before anything was measured.
#[allow(dead_code, reason = "not every test binary uses all of it")]
pub fn refused_early() -> ReportData {
    let reason = Reason {
        condition: "search".into(),
        message: "not even one class of all records keeps `k`".into(),
        help: Some("lower `k`".into()),
    };
    ReportData {
        verdict: Verdict::Refused(vec![reason]),
        records_read: None,
        subjects_read: None,
        records_released: None,
        suppressed_records: None,
        lattice_size: None,
        nodes_checked: None,
        recoding: None,
        metric: None,
        proven_optimal: None,
        loss: None,
        attacks: vec![],
        measures: vec![],
        before: ClassSizes::default(),
        after: ClassSizes::default(),
        assumptions: None,
        preparation: vec![],
        data_quality: None,
        ..refused()
    }
}
