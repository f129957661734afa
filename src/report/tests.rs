//! The report on made-up evidence.

#[path = "../../tests/common/report.rs"]
mod made;

use made::{certified, refused, refused_early};

use super::*;
use crate::error::Reason;
use crate::spec::Declaration;

fn pages() -> [String; 3] {
    [certified(), refused(), refused_early()].map(|data| to_html(&data).unwrap())
}

#[test]
fn pages_fetch_nothing_and_run_nothing() {
    for page in pages() {
        for forbidden in
            ["http:", "https:", "url(", "@import", "<link", "src=", "<script", "onclick", "{{", "{%", "NaN"]
        {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(!page.contains("none</") && !page.contains("undefined"), "a missing value shows");
    }
}

#[test]
fn both_languages_say_the_verdict() {
    let [certified, refused, _] = pages();
    assert!(certified.contains(r#"<span lang="zh">已认证</span><span lang="en">Certified</span>"#));
    assert!(refused.contains(r#"<span lang="zh">未放行</span><span lang="en">Refused</span>"#));
    assert!(certified.contains("本地密钥") && certified.contains("local key, not endorsed by anyone"));
    assert!(refused.contains("the smallest class has 2 subjects, <code>k</code> asks for 5"));
    for page in pages() {
        assert_eq!(page.matches(r#"lang="zh">"#).count(), page.matches(r#"lang="en">"#).count());
    }
}

fn numbers(json: &serde_json::Value, into: &mut Vec<f64>) {
    match json {
        serde_json::Value::Number(number) => into.extend(number.as_f64()),
        serde_json::Value::Array(list) => list.iter().for_each(|part| numbers(part, into)),
        serde_json::Value::Object(object) => object.values().for_each(|part| numbers(part, into)),
        _ => {}
    }
}

#[test]
fn numbers_on_the_page_are_those_of_the_json() {
    for data in [certified(), refused()] {
        let page = to_html(&data).unwrap();
        let json: serde_json::Value = serde_json::from_str(&to_json(&data).unwrap()).unwrap();
        let mut told = Vec::new();
        numbers(&json, &mut told);
        let marked = page.split("<data").skip(1).map(|rest| rest.split("value=\"").nth(1).unwrap());
        let shown: Vec<f64> = marked.map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect();
        assert!(shown.len() >= data.measures.len() + data.attacks.len());
        for number in shown {
            assert!(told.iter().any(|told| (told - number).abs() <= 1e-12 * number.abs()), "{number}");
        }
    }
}

#[test]
fn every_section_has_its_part_or_says_why_not() {
    for (data, absent) in [(certified(), 0), (refused(), 2), (refused_early(), 5)] {
        let page = to_html(&data).unwrap();
        for section in 1..=8 {
            assert!(page.contains(&format!("<section id=\"s{section}\">")), "{section}");
        }
        assert_eq!(page.matches("before this was measured").count(), absent);
        assert!(page.contains("42460-2023, 6.4") && page.contains("Article 29, second half"));
        assert_eq!(page.contains("openssl pkeyutl -verify"), data.verdict == Verdict::Certified);
    }
}

#[test]
fn the_language_is_that_which_was_asked_for() {
    let [zh, en] = [Lang::Zh, Lang::En].map(|lang| to_html_in(&certified(), lang).unwrap());
    assert!(zh.contains(r#"id="zh" aria-label="中文" checked"#) && !zh.contains(r#"aria-label="English" checked"#));
    assert!(en.contains(r#"aria-label="English" checked"#) && !en.contains(r#"aria-label="中文" checked"#));
}

#[test]
fn the_schema_holds_what_is_written() {
    let schema = schema();
    let known = schema["properties"].as_object().unwrap();
    for data in [certified(), refused(), refused_early()] {
        let json: serde_json::Value = serde_json::from_str(&to_json(&data).unwrap()).unwrap();
        let written = json.as_object().unwrap();
        assert!(written.keys().all(|key| known.contains_key(key)));
        let required = schema["required"].as_array().unwrap();
        assert!(required.iter().all(|key| written.contains_key(key.as_str().unwrap())), "{required:?}");
    }
    for part in ["Told", "Attacked", "ColumnTold", "Distribution", "Choices", "Assumptions", "Quality"] {
        assert!(schema["$defs"].get(part).is_some(), "{part}");
    }
}

#[test]
fn a_report_of_the_first_form_is_read() {
    let mut json: serde_json::Value = serde_json::from_str(&to_json(&certified()).unwrap()).unwrap();
    let object = json.as_object_mut().unwrap();
    for later in ["tool", "assumptions", "choices"] {
        assert!(object.remove(later).is_some());
    }
    object.insert("version".into(), "tuomin-report/1".into());
    for column in object["columns"].as_array_mut().unwrap() {
        let column = column.as_object_mut().unwrap();
        column.remove("level");
        column.remove("distribution");
    }
    let data: ReportData = serde_json::from_value(json).unwrap();
    assert!(to_html(&data).unwrap().contains("did not search for it"));
}

#[test]
fn markdown_says_the_same_in_both_languages() {
    let [zh, en] = [Lang::Zh, Lang::En].map(|lang| to_markdown(&certified(), lang).unwrap());
    for section in 1..=8 {
        for text in [&zh, &en] {
            assert!(text.contains(&format!("\n## {section} ")), "{section}");
        }
    }
    assert!(zh.contains("已认证") && !zh.contains("Verdict") && en.contains("certified") && !en.contains("结论"));
    assert!(en.contains("| Smallest class (k) | 5 | ≥ 5 | ✓ kept | anyone | pipeline file |"));
    assert!(en.contains("\n    sha256sum --check SHA256SUMS\n"));
    assert!(!en.contains("\n\n\n") && !en.contains("{{") && !en.contains("none"), "{en}");
    // every row of a table has as many cells as its head
    for text in [&zh, &en] {
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let mut head = None;
        for line in text.lines() {
            let now = line.starts_with('|').then(|| cells(line));
            assert!(now.is_none() || head.is_none() || now == head, "{line}");
            head = now.and(head.or(now));
        }
    }
    let refused = to_markdown(&refused(), Lang::En).unwrap();
    assert!(refused.contains("the smallest class has 2 subjects") && refused.contains("round \\`用电量\\` to"));
}

#[test]
fn json_reads_back() {
    for data in [certified(), refused(), refused_early()] {
        let back: ReportData = serde_json::from_str(&to_json(&data).unwrap()).unwrap();
        assert_eq!((&back.verdict, &back.columns, &back.after), (&data.verdict, &data.columns, &data.after));
        assert_eq!(back.version, "tuomin-report/2");
        assert_eq!((back.choices, back.assumptions), (data.choices, data.assumptions));
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
    data.signing_key = Some(SigningKey { id: evil.clone(), local: true, user_id: Some(evil.clone()) });
    data.tool = Some(evil.clone());
    for column in &mut data.columns {
        column.name = evil.clone();
        column.treatment = evil.clone();
        column.level = Some(LevelTold { level: None, of: 1, name: evil.clone() });
        let label = LabelCount { label: Some(evil.clone()), before: Some(1), after: 1 };
        column.distribution = Some(Distribution { labels: vec![label], others: None });
        column.facts = Some(serde_json::json!({ evil.clone(): evil, "names": [evil], "matrix": [[1.0]] }));
    }
    data.attacks[0].outcome.id = evil.clone();
    data.attacks[0].zh = evil.clone();
    data.attacks[0].en = evil.clone();
    data.attacks[0].met = Some(false);
    data.attacks[0].outcome.advice = Some(evil.clone());
    let assumed = data.assumptions.as_mut().unwrap();
    assumed.quasi = vec![evil.clone()];
    assumed.subject_token = Some(evil.clone());
    assumed.rules_title = evil.clone();
    let choices = data.choices.as_mut().unwrap();
    choices.quasi = vec![evil.clone()];
    choices.others.metric = evil.clone();
    choices.others.columns[0].column = evil.clone();
    data.measures[0].measure.id = evil.clone();
    data.measures[0].measure.columns = vec![evil.clone()];
    if let Some(limit) = &mut data.measures[0].measure.limit {
        limit.source = evil.clone();
        limit.confidence = Some(crate::spec::Confidence(evil.clone()));
    }
    let certified = to_html(&data).unwrap();
    data.verdict = Verdict::Refused(vec![Reason { condition: evil.clone(), message: evil.clone(), help: Some(evil) }]);
    for page in [certified, to_html(&data).unwrap()] {
        assert!(!page.contains("<img") && !page.contains("onerror=\"a()\">"));
        assert!(page.contains("&lt;img"));
    }
    let text = to_markdown(&data, Lang::En).unwrap();
    // only the indented commands show a text as it is
    assert!(text.lines().all(|line| line.starts_with("    ") || !line.contains("<img")));
}

#[test]
fn the_terminal_gets_a_dozen_lines() {
    insta::assert_snapshot!(to_text(&certified()), @"
    certified  residential-electricity-2025 20261124T060000Z-7c1f0a52
    claim      anonymized 匿名化, under cn-gbt42460-2023
    records    20000 read, 20000 subjects, 19588 released, 412 withheld
    recoding   loss 0.292816, optimal of 12960 nodes, 181 checked
      出生日期: decade (level 4 of 5)
      区: region (level 1 of 3)
      人口数: 4 (level 2 of 3)
      ok  attacks 7 of 7 withstood; inference comes nearest to its limit: 0.043478 (≤ 0.09)
      ok  k_anonymity 5 (≥ 5)
      ok  classes_above_tau 0 (≤ 0)
      ok  gbt42460_risk 0.00731064 (< 0.05)
      ok  gbt42460_level 3 (≥ 3)
      ok  identifier_columns 0 (≤ 0)
      ok  suppressed_share 0.0206 (≤ 0.05)
      ok  subjects_not_countable 0 (≤ 0)
      ok  one_to_one_columns 0 (≤ 0)
      ok  determining_columns 0 (≤ 0)
      ok  row_order_correlation 0.0119516 (≤ 0.155262)
      ok  row_order_neighbours 0 (≤ 0.0200803)
    signed     9f2c4be07a31d5c86a1e0f4477b8c2d95b3e6180aa4d7c1f92e5036b8d1f7a40 (local key, not endorsed by anyone)
    ");
    let refused = to_text(&refused());
    assert!(refused.starts_with("refused    residential-electricity-2025\n") && !refused.contains("signed"));
    assert!(refused.contains("  NO  k_anonymity 2 (≥ 5)\n"));
}

#[test]
fn what_became_of_a_column_is_told_in_chinese() {
    for (name, zh) in [
        ("12 labels, as coarse as each class needs", "12 个标签，各等价类只粗到必要的程度"),
        ("`*` in 1,234 of the records, otherwise the value", "1,234 条记录为 `*`，其余为原值"),
        ("median of each of 30 groups, which lose 0.12 of the variance", "30 组各自的中位数，损失方差的 0.12"),
        ("width 10", "宽 10 的区间"),
    ] {
        assert_eq!(super::level_zh(name), zh);
    }
    let page = to_markdown(&refused(), Lang::Zh).unwrap();
    assert!(page.contains("实测") && page.contains("，要求 "), "what was found stands beside what was asked: {page}");
}
